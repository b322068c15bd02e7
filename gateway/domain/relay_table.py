"""What a relay lets pass: written by the core, read by the relay, free of secrets."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: How the file says what it is.
FORMAT = "lienthong-relay-1"
#: Who called, as the relay tells the core; believed on the relay's listener alone.
PEER, CERTIFICATE = "x-lienthong-peer", "x-lienthong-certificate"
#: Beginning of every header that only a relay may set.
OURS = "x-lienthong-"
#: A segment of a template that is any one segment; the secret; all that is left.
ANY, SECRET, REST = "{}", "{secret}", "{rest}"
_HASH = re.compile(r"[0-9a-f]{64}")
_SHOWN = re.compile(r"path|query:[A-Za-z_][A-Za-z0-9_]*|key|bearer|body")
_SEGMENT = re.compile(r"\{\}|\{secret\}|\{rest\}|[A-Za-z0-9._~-]+")
#: Compared with where there is nothing to compare with.
_NOBODY = "0" * 64


def hash_of_key(written: str) -> str:
    """The hash of a certificate's key as people write it, in hexadecimal; empty: none."""
    bare = written.strip().removeprefix("sha256:")
    if _HASH.fullmatch(bare.lower()):
        return bare.lower()
    try:
        raw = base64.b64decode(bare, validate=True)
    except ValueError:
        return ""
    return raw.hex() if len(raw) == hashlib.sha256().digest_size else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind of call that may pass."""

    name: str
    #: for logs: says nothing that is secret
    methods: tuple[str, ...]
    path: str
    most_bytes: int = 0
    #: of the body; 0: none
    shown: str = "body"
    #: where what proves the caller stands: ``path`` and ``query:NAME``, a secret whose
    #: hash is here; ``key``, a bearer whose hash is here, or else in the body;
    #: ``bearer``, one that only the core knows; ``body``
    hashes: tuple[str, ...] = ()
    #: of the secrets that are good at present
    tokens: str = ""
    #: how bearers begin that only the core can judge, where others are judged by hash
    certificates: tuple[str, ...] = ()
    #: hashes of keys: with a certificate of one of these it has to come; empty: with any
    per_s: float = 10.0
    burst: float = 40.0

    def __post_init__(self) -> None:
        """Refuse an entry that would let pass what nobody meant.

        Raises:
            ValueError: what is wrong, with the entry's name.
        """
        *before, last = self.path.removeprefix("/").split("/")
        hashed = self.shown in {"path", "key"} or self.shown.startswith("query:")
        wrong = {
            "path": not self.path.startswith("/")
            or not all(_SEGMENT.fullmatch(one) for one in (*before, last))
            or REST in before
            or [*before, last].count(SECRET) != (self.shown == "path"),
            "shown": not _SHOWN.fullmatch(self.shown),
            "methods": not self.methods
            or not set(self.methods) <= {"GET", "POST", "PUT", "DELETE"},
            "hashes": hashed != bool(self.hashes)
            or not all(_HASH.fullmatch(one) for one in self.hashes),
            "certificates": not all(_HASH.fullmatch(one) for one in self.certificates),
            "most_bytes": self.most_bytes < 0,
            "per_s": not (self.per_s > 0 and self.burst >= 1),
        }
        for key, is_wrong in wrong.items():
            if is_wrong:
                raise ValueError(f"{self.name}: {key}")

    def fits(self, method: str, segments: Sequence[str]) -> bool:
        """Whether a call is of this kind; the secret is looked at apart."""
        mine = self.path.removeprefix("/").split("/")
        if mine[-1] == REST:
            if len(segments) < len(mine):
                return False
            mine, segments = mine[:-1], segments[: len(mine) - 1]
        return (
            method in self.methods
            and len(mine) == len(segments)
            and all(a in (b, ANY, SECRET) for a, b in zip(mine, segments, strict=True))
        )

    def secret_in(self, segments: Sequence[str]) -> str:
        """The segment that stands where the template has its secret."""
        mine = self.path.removeprefix("/").split("/")
        return segments[mine.index(SECRET)]


@dataclass(frozen=True, slots=True)
class Table:
    """Everything that may pass, by door."""

    salt: str
    made_at: str
    doors: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)

    def hashed(self, secret: str) -> str:
        """How a secret stands in this table."""
        key = bytes.fromhex(self.salt)
        return hmac.new(key, secret.encode(), hashlib.sha256).hexdigest()

    def find(self, door: str, method: str, segments: Sequence[str]) -> Entry | None:
        """The kind of a call, if any; each is looked at, whichever it is."""
        found = [e for e in self.doors.get(door, ()) if e.fits(method, segments)]
        return found[0] if found else None

    def proves(self, entry: Entry | None, shown: str) -> bool:
        """Whether a secret is one of the entry's; takes as long where there is none."""
        shown_hash = self.hashed(shown)
        wanted = entry.hashes if entry is not None and entry.hashes else (_NOBODY,)
        right = False
        for one in wanted:
            right |= hmac.compare_digest(one, shown_hash)
        return right

    def written(self) -> bytes:
        """The file."""
        doors = {
            name: [_row(entry) for entry in rows] for name, rows in self.doors.items()
        }
        whole = {
            "format": FORMAT,
            "made_at": self.made_at,
            "salt": self.salt,
            "doors": doors,
        }
        return json.dumps(whole, indent=1, ensure_ascii=False).encode() + b"\n"


def _row(entry: Entry) -> dict[str, Any]:
    given = asdict(entry)
    return {key: value for key, value in given.items() if value not in ("", ())}


def read(content: bytes) -> Table:
    """The table of a file.

    Raises:
        ValueError: it is none, or an entry is wrong; the message says which.
    """
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as wrong:
        raise ValueError(f"không phải JSON: {wrong}") from None
    try:
        if found["format"] != FORMAT:
            raise ValueError(f"format {found['format']!r}, chỉ nhận {FORMAT!r}")
        if len(bytes.fromhex(found["salt"])) < 16:
            raise ValueError("salt ngắn hơn 16 byte")
        doors = {
            str(name): tuple(map(_entry, rows)) for name, rows in found["doors"].items()
        }
        return Table(found["salt"], str(found["made_at"]), doors)
    except (KeyError, TypeError, AttributeError) as wrong:
        raise ValueError(f"thiếu hoặc sai: {wrong}") from None


def _entry(row: Any) -> Entry:
    names = ("methods", "hashes", "certificates")
    lists = {name: tuple(row[name]) for name in names if name in row}
    return Entry(**{**row, **lists})
