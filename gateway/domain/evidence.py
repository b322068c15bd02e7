"""Evidence: signed roots over the journal's seals, and proofs that a line lies under one.

A line lies under a seal, a seal under a root; a root's statement is what is signed and
stamped. All of it can be checked with SHA-256 and the public key alone (decision 0066).
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from gateway.domain.journal import merkle_root
from gateway.domain.json_text import canonical_json, of_json
from gateway.domain.values import dataclass

#: First field of what is signed, so that no statement is taken for another kind.
ROOT, PACKAGE = "lienthong-root-1", "lienthong-evidence-1"
#: The line that ends a package, and the one about a key of the gateway's own.
EXPORTED, KEY_LINE = "evidence", "evidence_key"
ALGORITHM = "Ed25519"
_ID_CHARS = 16
_GROUP = 4


@dataclass(frozen=True, slots=True)
class Seal:
    """What the sealer wrote over some lines; ``last`` is the number of the last one."""

    last: int
    lines: int
    root: bytes
    previous: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Root:
    """A tree over the seals since the root before; ``statement`` is what is signed."""

    number: int
    last: int
    seals: int
    at: datetime
    statement: bytes

    @property
    def digest(self) -> bytes:
        """What the next root's statement names, and what is stamped."""
        return hashlib.sha256(self.statement).digest()


@dataclass(frozen=True, slots=True)
class Signature:
    """A key's word over a statement; Ed25519, over its exact bytes and the moment."""

    key: str
    at: datetime
    value: bytes


@dataclass(frozen=True, slots=True)
class Stamp:
    """A timestamp token (RFC 3161) over a root's statement."""

    root: int
    at: datetime
    #: what the service says
    token: bytes


@dataclass(frozen=True, slots=True)
class EvidenceKey:
    """The public half of a key that signs roots; ``until`` None: it has no end yet."""

    id: str
    public: bytes
    since: datetime
    until: datetime | None = None
    revoked_at: datetime | None = None

    def signs_at(self, at: datetime) -> bool:
        """Whether a signature that says to be of this moment counts."""
        ended = self.until is not None and at > self.until
        return self.since <= at and not ended and self.revoked_at is None


@dataclass(frozen=True, slots=True)
class LineProof:
    """Where a line lies under its seal: ``path`` leads from its digest to the seal's root."""

    number: int
    seal: int
    index: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class SealProof:
    """The same of a seal under its root; ``root`` 0: none covers it yet."""

    seal: Seal
    root: int
    index: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class SignedRoot:
    """A root with everybody's word over it."""

    root: Root
    signatures: tuple[Signature, ...]
    stamp: Stamp | None


@dataclass(frozen=True, slots=True)
class Covered:
    """Proofs of some lines, each seal and root once."""

    lines: tuple[LineProof, ...]
    seals: tuple[SealProof, ...]
    roots: tuple[SignedRoot, ...]


def fingerprint(public: bytes) -> str:
    """SHA-256 of a public key, as it is written on paper: in groups of four."""
    whole = hashlib.sha256(public).hexdigest()
    return " ".join(whole[at : at + _GROUP] for at in range(0, len(whole), _GROUP))


def key_id(public: bytes) -> str:
    """A key's short name: how its fingerprint begins."""
    return hashlib.sha256(public).hexdigest()[:_ID_CHARS]


def to_be_signed(text: bytes, at: datetime) -> bytes:
    """What a signature of a moment covers: the text, and when it was signed."""
    return text + b"\n" + at.isoformat().encode()


def next_root(before: Root | None, seals: list[Seal], at: datetime) -> Root:
    """The root over the seals that follow the root before."""
    number = before.number + 1 if before else 1
    told = {
        "what": ROOT,
        "number": number,
        "after": before.last if before else 0,
        "last": seals[-1].last,
        "seals": len(seals),
        "tree": merkle_root([one.digest for one in seals]).hex(),
        "previous": before.digest.hex() if before else "",
        "at": at.isoformat(),
    }
    return Root(number, seals[-1].last, len(seals), at, canonical_json(told))


def root_of(statement: bytes) -> Root:
    """The root that a statement is of."""
    told = of_json(statement)
    at = datetime.fromisoformat(told["at"])
    return Root(told["number"], told["last"], told["seals"], at, statement)


def inclusion_path(leaves: list[bytes], index: int) -> tuple[bytes, ...]:
    """Hashes that lead from a leaf to the root of ``merkle_root`` (RFC 9162, 2.1.3)."""
    level = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]
    path = []
    while len(level) > 1:
        beside = index ^ 1
        if beside < len(level):
            path.append(level[beside])
        paired = [
            hashlib.sha256(b"\x01" + level[at] + level[at + 1]).digest()
            for at in range(0, len(level) - 1, 2)
        ]
        level = paired + level[len(paired) * 2 :]
        index //= 2
    return tuple(path)


def root_from(leaf: bytes, index: int, size: int, path: tuple[bytes, ...]) -> bytes:
    """The root that a leaf at its place among ``size`` leads to; empty: to none."""
    if not 0 <= index < size:
        return b""
    node, rest = hashlib.sha256(b"\x00" + leaf).digest(), list(path)
    while size > 1:
        if index % 2 or index + 1 < size:
            if not rest:
                return b""
            other = rest.pop(0)
            pair = other + node if index % 2 else node + other
            node = hashlib.sha256(b"\x01" + pair).digest()
        index, size = index // 2, (size + 1) // 2
    return b"" if rest else node
