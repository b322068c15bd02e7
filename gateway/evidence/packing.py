"""The files of a package, from what was gathered; pure.

Every file but the manifest and its signature is named in the manifest with its hash.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.domain.evidence import ALGORITHM, PACKAGE, fingerprint
from gateway.domain.journal import canonical
from gateway.domain.json_text import canonical_json
from gateway.evidence.events import told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from gateway.domain.delivering import Evidence, Way
    from gateway.domain.evidence import Covered, EvidenceKey, Signature, SignedRoot
    from gateway.domain.identifiers import DossierId
    from gateway.domain.journal import WrittenLine

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig.json"
JOURNAL, PROOFS, KEYS = "journal.jsonl", "proofs.json", "keys.json"
EVENTS, CUSTODY, PAYLOADS = "events.json", "custody.json", "payloads.json"
FILES, PAGE, SCRIPT = "files.json", "trang-in.html", "kiem-tra.py"
#: What is known of a line's payload.
INCLUDED, LEFT_OUT, DELETED = "included", "left_out", "deleted"
LEFT_OUT_WORDS = (
    (
        "Nội dung các văn bản, câu trả lời của cơ quan, lý do do người ghi: chỉ có giá trị"
        " băm, không có nội dung"
    ),
    "Tệp giấy tờ và tệp kết quả: không có trong gói",
)


@dataclass(frozen=True, slots=True)
class Part:
    """A payload of a line: in the package with its salt, left out, or deleted."""

    id: str
    line: int
    state: str
    kind: str = ""
    salt: bytes = b""
    plain: bytes = b""


@dataclass(frozen=True, slots=True)
class File:
    """A file of the dossier, and the lines whose payload names its hash."""

    id: str
    name: str
    role: str
    content: bytes
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that a package is made of."""

    package: str
    dossier: DossierId
    number: str
    made_at: datetime
    made_by: str
    payloads: bool
    lines: Sequence[WrittenLine]
    covered: Covered
    keys: Sequence[EvidenceKey]
    ways: Mapping[str, Way]
    sender: str
    events: Sequence[Evidence]
    custody: Sequence[Mapping[str, Any]]
    parts: Sequence[Part]
    files: Sequence[File]
    names: Mapping[str, str]
    #: of offices, by their codes


def contents(found: Gathered, page: bytes, script: bytes) -> dict[str, bytes]:
    """Every file but the manifest and its signature."""
    held = {
        JOURNAL: _journal(found.lines),
        PROOFS: canonical_json(_proofs(found)),
        KEYS: canonical_json({"keys": [key_told(one) for one in found.keys]}),
        EVENTS: canonical_json(_events(found)),
        CUSTODY: canonical_json({"custody": list(found.custody)}),
        PAYLOADS: canonical_json({"payloads": [_part(one) for one in found.parts]}),
        FILES: canonical_json({"files": [_file(one) for one in found.files]}),
        PAGE: page,
        SCRIPT: script,
    }
    for one in found.covered.roots:
        held |= _root(one)
    held |= {f"payloads/{p.id}": p.plain for p in found.parts if p.state == INCLUDED}
    held |= {f"files/{one.id}": one.content for one in found.files}
    return held


def manifest(found: Gathered, held: Mapping[str, bytes]) -> bytes:
    """What is signed: whose package it is, where its chain ends, every file's hash."""
    last = found.lines[-1]
    return canonical_json(
        {
            "what": PACKAGE,
            "package": found.package,
            "dossier": found.dossier,
            "number": found.number,
            "made_at": found.made_at.isoformat(),
            "made_by": found.made_by,
            "payloads": INCLUDED if found.payloads else LEFT_OUT,
            "left_out": [] if found.payloads else list(LEFT_OUT_WORDS),
            "head": {"position": last.position, "digest": last.digest.hex()},
            "files": {
                name: hashlib.sha256(held[name]).hexdigest() for name in sorted(held)
            },
        }
    )


def signature(one: Signature) -> bytes:
    """The file beside what was signed."""
    told_ = {"key": one.key, "at": one.at.isoformat(), "signature": one.value.hex()}
    return canonical_json(told_)


def key_told(one: EvidenceKey) -> dict[str, Any]:
    """A public key as it is published."""
    return {
        "id": one.id,
        "algorithm": ALGORITHM,
        "public": one.public.hex(),
        "fingerprint": fingerprint(one.public),
        "since": one.since.isoformat(),
        "until": one.until.isoformat() if one.until else None,
        "revoked_at": one.revoked_at.isoformat() if one.revoked_at else None,
    }


def _journal(lines: Iterable[WrittenLine]) -> bytes:
    """The very bytes that the chain covers, a line each; nothing is written anew."""
    texts = [canonical(one.line, one.chain, one.position) for one in lines]
    return b"".join(text + b"\n" for text in texts)


def _proofs(found: Gathered) -> dict[str, Any]:
    by_number = {one.number: one for one in found.covered.lines}
    lines = []
    for line in found.lines:
        proof = by_number[line.number or 0]
        lines.append(
            {
                "position": line.position,
                "number": proof.number,
                "digest": line.digest.hex(),
                "seal": proof.seal,
                "index": proof.index,
                "path": [one.hex() for one in proof.path],
            }
        )
    seals = [
        {
            "last": one.seal.last,
            "lines": one.seal.lines,
            "root": one.seal.root.hex(),
            "previous": one.seal.previous.hex(),
            "signed_root": one.root,
            "index": one.index,
            "path": [step.hex() for step in one.path],
        }
        for one in found.covered.seals
    ]
    return {"lines": lines, "seals": seals}


def _root(one: SignedRoot) -> dict[str, bytes]:
    name = f"roots/{one.root.number:08d}"
    held = {f"{name}.json": one.root.statement}
    held |= {f"{name}.{each.key}.sig": signature(each) for each in one.signatures}
    if one.stamp is not None:
        held[f"{name}.tsr"] = one.stamp.token
    return held


def _events(found: Gathered) -> dict[str, Any]:
    """With what they were read by beside the lines, so that they can be read again."""
    ways = {
        name: {"office": way.office, "kind": way.kind, "digest": way.digest}
        for name, way in found.ways.items()
    }
    return {
        "sender": found.sender,
        "ways": ways,
        "names": dict(found.names),
        "events": [told(one) for one in found.events],
    }


def _part(one: Part) -> dict[str, Any]:
    there = {"kind": one.kind, "salt": one.salt.hex()} if one.state == INCLUDED else {}
    return {"id": one.id, "line": one.line, "state": one.state, **there}


def _file(one: File) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "role": one.role,
        "size_bytes": len(one.content),
        "sha256": hashlib.sha256(one.content).hexdigest(),
        "lines": list(one.lines),
    }
