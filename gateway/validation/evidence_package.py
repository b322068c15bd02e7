"""Checks a package of evidence without the gateway that made it.

Besides this module a script stands alone (``examples/verify``); the two share no code, so
that a mistake of one is seen by the other.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.disk.archives import ArchiveRefused, read_stored
from gateway.domain.delivering import Way
from gateway.domain.evidence import (
    EXPORTED,
    PACKAGE,
    ROOT,
    EvidenceKey,
    fingerprint,
    key_id,
    root_from,
    to_be_signed,
)
from gateway.domain.identifiers import PayloadId
from gateway.domain.journal import GENESIS, JournalLine, canonical
from gateway.domain.json_text import of_json
from gateway.evidence import packing
from gateway.evidence.events import events, told
from gateway.validation.timestamps import StampWrong, checked_stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Json = dict[str, Any]


class NotWhole(ValueError):
    """The first thing that does not fit, as a sentence."""


@dataclass(slots=True)
class Verdict:
    """What was found of a package that is whole."""

    number: str
    dossier: str
    made_at: datetime
    lines: int = 0
    roots: int = 0
    stamped: int = 0
    unchecked: int = 0
    deleted: int = 0
    left_out: int = 0
    keys: dict[str, str] = field(default_factory=dict)
    #: fingerprints of those that signed
    compared: bool = False
    #: whether these were held against ones that came from elsewhere


@dataclass(frozen=True, slots=True)
class Trust:
    """What whoever checks has from elsewhere; without keys and fingerprints: nothing."""

    fingerprints: tuple[str, ...] = ()
    keys: tuple[EvidenceKey, ...] = ()
    authority: bytes = b""
    #: of the timestamp service, PEM

    @property
    def is_given(self) -> bool:
        """Whether there is anything to hold the package's keys against."""
        return bool(self.fingerprints or self.keys)


def published(content: bytes) -> tuple[EvidenceKey, ...]:
    """The keys of a file as the gateway publishes them.

    Raises:
        NotWhole: it is no such file.
    """
    try:
        return tuple(_key(one) for one in of_json(content)["keys"])
    except (ValueError, KeyError, TypeError) as wrong:
        raise NotWhole("tệp khóa không phải tệp khóa đã công bố của cổng") from wrong


def check(content: bytes, trust: Trust) -> Verdict:
    """Hold a package against itself and what is trusted.

    Raises:
        NotWhole: with the first thing that does not fit.
    """
    try:
        return _Checked(read_stored(content), trust).verdict()
    except ArchiveRefused as wrong:
        raise NotWhole("tệp gói hỏng hoặc bị sửa") from wrong
    except NotWhole:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as wrong:
        raise NotWhole(f"gói thiếu hoặc sai phần {wrong!r}") from wrong


def _need(true: object, sentence: str) -> None:
    if not true:
        raise NotWhole(sentence)


def _key(one: Mapping[str, Any]) -> EvidenceKey:
    public = bytes.fromhex(one["public"])
    until, revoked = one["until"], one["revoked_at"]
    return EvidenceKey(
        id=key_id(public),
        public=public,
        since=datetime.fromisoformat(one["since"]),
        until=datetime.fromisoformat(until) if until else None,
        revoked_at=datetime.fromisoformat(revoked) if revoked else None,
    )


class _Checked:
    """One look at one package, in the order in which things are named."""

    def __init__(self, files: Mapping[str, bytes], trust: Trust) -> None:
        self._files = files
        self._trust = trust
        self._manifest: Json = of_json(files[packing.MANIFEST])
        self._keys: dict[str, EvidenceKey] = {}
        self._revoked: dict[str, datetime] = {}
        self._lines: list[JournalLine] = []
        self._digests: list[bytes] = []

    def verdict(self) -> Verdict:
        self._listed()
        self._trusted()
        told_ = self._manifest
        sig = self._signed(packing.SIGNATURE, packing.MANIFEST, "bản kê")
        self._chain()
        roots = self._proofs()
        found = Verdict(
            number=told_["number"],
            dossier=told_["dossier"],
            made_at=datetime.fromisoformat(told_["made_at"]),
            lines=len(self._lines),
            roots=len(roots),
            compared=self._trust.is_given,
        )
        self._payloads(found)
        self._attachments()
        self._events()
        self._stamps(found)
        used = {sig, *(n.split(".")[1] for n in self._files if n[-4:] == ".sig")}
        for name in sorted(used & set(self._keys)):
            found.keys[name] = fingerprint(self._keys[name].public)
        return found

    def _listed(self) -> None:
        told_ = self._manifest
        _need(told_["what"] == PACKAGE, "không phải gói bằng chứng")
        beside = {packing.MANIFEST, packing.SIGNATURE}
        for name in sorted((set(self._files) | set(told_["files"])) - beside):
            _need(name in self._files, f"thiếu tệp {name}")
            found = hashlib.sha256(self._files[name]).hexdigest()
            _need(found == told_["files"].get(name), f"tệp {name} khác bản kê")

    def _trusted(self) -> None:
        rows = [_key(one) for one in of_json(self._files[packing.KEYS])["keys"]]
        wanted = {"".join(one.lower().split()) for one in self._trust.fingerprints}
        given = self._trust.keys or [
            one
            for one in rows
            if not wanted or hashlib.sha256(one.public).hexdigest() in wanted
        ]
        self._keys = {one.id: one for one in given}
        for one in (*rows, *given):
            if one.revoked_at is not None:
                self._revoked[one.id] = one.revoked_at

    def _signed(self, by: str, file: str, what: str) -> str:
        """Whether a signature counts; the key that made it."""
        sig = of_json(self._files[by])
        name, at = str(sig["key"]), datetime.fromisoformat(sig["at"])
        key = self._keys.get(name)
        if key is None:
            raise NotWhole(f"{what}: ký bằng khóa {name}, không phải khóa đã công bố")
        revoked = self._revoked.get(name)
        _need(not revoked, f"{what}: khóa {name} đã bị thu hồi lúc {revoked}")
        counts = key.signs_at(at)
        _need(counts, f"{what}: khóa {name} không còn hạn lúc ký")
        try:
            message = to_be_signed(self._files[file], at)
            value = bytes.fromhex(sig["signature"])
            Ed25519PublicKey.from_public_bytes(key.public).verify(value, message)
        except InvalidSignature:
            raise NotWhole(f"{what}: chữ ký không đúng") from None
        return name

    def _chain(self) -> None:
        told_ = self._manifest
        *texts, rest = self._files[packing.JOURNAL].split(b"\n")
        _need(texts and not rest, "nhật ký trong gói bị cắt")
        chain, digest = f"dossier:{told_['dossier']}", GENESIS
        for place, text in enumerate(texts, 1):
            row = of_json(text)
            line = _line(row)
            digest = hashlib.sha256(digest + text).digest()
            fits = (row["position"], row["chain"]) == (place, chain)
            wrong = f"nhật ký dòng {place}: sai số thứ tự hoặc của hồ sơ khác"
            _need(fits and canonical(line, chain, place) == text, wrong)
            self._lines.append(line)
            self._digests.append(digest)
        last = self._lines[-1]
        ends = last.kind == EXPORTED and last.facts.get("package") == told_["package"]
        _need(ends, "nhật ký bị cắt ở cuối: thiếu dòng ghi việc lập gói này")
        head = {"position": len(texts), "digest": digest.hex()}
        _need(told_["head"] == head, "nhật ký không kết thúc ở chỗ gói nêu")

    def _proofs(self) -> Mapping[int, Json]:
        found = of_json(self._files[packing.PROOFS])
        seals = {one["last"]: one for one in found["seals"]}
        many = len(found["lines"]) == len(self._lines)
        _need(many, "số bằng chứng khác số dòng nhật ký")
        last = 0
        for place, one in enumerate(found["lines"], 1):
            last = self._under_seal(place, one, seals[one["seal"]], last)
        roots: dict[int, Json] = {}
        for one in seals.values():
            number = one["signed_root"]
            if number not in roots:
                roots[number] = self._root(number)
            _under_root(one, roots[number])
        return roots

    def _under_seal(self, place: int, one: Json, seal: Json, last: int) -> int:
        digest, what = self._digests[place - 1], f"nhật ký dòng {place}"
        same = (one["position"], one["digest"]) == (place, digest.hex())
        _need(same, f"{what}: không phải dòng đã niêm phong")
        number: int = one["number"]
        index = number - (seal["last"] - seal["lines"]) - 1
        fits = number > last and index == one["index"]
        _need(fits, f"{what}: sai số trong nhật ký chung")
        root = root_from(digest, index, seal["lines"], _path(one))
        _need(root.hex() == seal["root"], f"{what}: không nằm dưới niêm phong đã nêu")
        return number

    def _root(self, number: int) -> Json:
        name, what = f"roots/{number:08d}", f"gốc {number}"
        text = self._files[f"{name}.json"]
        found: Json = of_json(text)
        right = (found["what"], found["number"]) == (ROOT, number)
        _need(right, f"{what}: không phải gốc của nhật ký")
        signed = [
            one.split(".")[1]
            for one in sorted(self._files)
            if one.startswith(f"{name}.") and one.endswith(".sig")
        ]
        _need(signed, f"{what}: không có chữ ký")
        good = [one for one in signed if one in self._keys and one not in self._revoked]
        by = (good or signed)[0]
        self._signed(f"{name}.{by}.sig", f"{name}.json", what)
        return found

    def _payloads(self, found: Verdict) -> None:
        rows = of_json(self._files[packing.PAYLOADS])["payloads"]
        carried = [
            (line.payload, place)
            for place, line in enumerate(self._lines, 1)
            if line.payload
        ]
        same = [(one["id"], one["line"]) for one in rows] == carried
        _need(same, "danh sách nội dung khác nhật ký")
        for one in rows:
            found.deleted += one["state"] == packing.DELETED
            found.left_out += one["state"] == packing.LEFT_OUT
            if one["state"] != packing.INCLUDED:
                continue
            plain = self._files[f"payloads/{one['id']}"]
            digest = hmac.digest(bytes.fromhex(one["salt"]), plain, "sha256")
            right = digest == self._lines[one["line"] - 1].payload_digest
            _need(right, f"nội dung {one['id']} không phải nội dung lúc nhận")

    def _attachments(self) -> None:
        rows = of_json(self._files[packing.PAYLOADS])["payloads"]
        by_line = {o["line"]: o["id"] for o in rows if o["state"] == packing.INCLUDED}
        for one in of_json(self._files[packing.FILES])["files"]:
            digest = hashlib.sha256(self._files[f"files/{one['id']}"]).hexdigest()
            right = digest == one["sha256"]
            _need(right, f"tệp {one['id']} không phải tệp lúc nhận")
            for line in one["lines"]:
                plain = self._files[f"payloads/{by_line[line]}"]
                named = digest.encode() in plain.lower()
                _need(named, f"tệp {one['id']} không có trong nội dung đã nêu")

    def _events(self) -> None:
        """Read again from the lines: an event that they do not bear out is an invention."""
        found = of_json(self._files[packing.EVENTS])
        ways = {
            name: Way(way["office"], way["kind"], way["digest"])
            for name, way in found["ways"].items()
        }
        again = events(enumerate(self._lines, 1), ways, found["sender"])
        same = [told(one) for one in again] == found["events"]
        _need(same, "bảng giao nhận không đúng với nhật ký")

    def _stamps(self, found: Verdict) -> None:
        for name in sorted(one for one in self._files if one.endswith(".tsr")):
            if not self._trust.authority:
                found.unchecked += 1
                continue
            text = self._files[f"{name.removesuffix('.tsr')}.json"]
            try:
                checked_stamp(self._files[name], text, self._trust.authority)
            except StampWrong as wrong:
                raise NotWhole(f"{name}: dấu thời gian không đúng") from wrong
            found.stamped += 1


def _line(row: Json) -> JournalLine:
    return JournalLine(
        kind=row["kind"],
        at=datetime.fromisoformat(row["at"]),
        actor=row["actor"],
        facts=row["facts"],
        payload=PayloadId(row["payload"]) if row["payload"] else None,
        payload_digest=bytes.fromhex(row["payload_digest"]),
    )


def _under_root(one: Json, root: Json) -> None:
    sizes = one["last"].to_bytes(8, "big") + one["lines"].to_bytes(8, "big")
    over = bytes.fromhex(one["previous"]) + bytes.fromhex(one["root"]) + sizes
    digest = hashlib.sha256(over).digest()
    tree = root_from(digest, one["index"], root["seals"], _path(one))
    fits = tree.hex() == root["tree"] and root["after"] < one["last"] <= root["last"]
    _need(fits, f"niêm phong {one['last']}: không nằm dưới gốc đã ký")


def _path(one: Json) -> tuple[bytes, ...]:
    steps: Iterable[str] = one["path"]
    return tuple(bytes.fromhex(step) for step in steps)
