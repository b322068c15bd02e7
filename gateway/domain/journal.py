"""The journal: append-only lines in hash chains.

A dossier's lines form the dossier's chain, its head in the dossier's row;
reads, configuration, lanes and sign-ins form a chain per node and day.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from gateway.domain.identifiers import DossierId, PayloadId
from gateway.domain.json_text import canonical_json
from gateway.domain.values import dataclass

GENESIS = bytes(32)


@dataclass(frozen=True, slots=True)
class JournalLine:
    """A line to be appended; ``facts`` hold nothing personal.

    ``payload_digest`` is an HMAC with a salt that is deleted with the payload,
    so that the chain stays verifiable after deletion.
    """

    kind: str
    at: datetime
    actor: str
    facts: dict[str, Any]
    payload: PayloadId | None = None
    payload_digest: bytes = b""


@dataclass(frozen=True, slots=True)
class WrittenLine:
    """A line as it stands in a chain; ``number`` is None until it is sealed."""

    id: int
    number: int | None
    chain: str
    position: int
    dossier_id: DossierId | None
    line: JournalLine
    previous: bytes
    digest: bytes


def canonical(line: JournalLine, chain: str, position: int) -> bytes:
    """The exact bytes that a line's digest covers (after the previous digest)."""
    return canonical_json(
        {
            "chain": chain,
            "position": position,
            "kind": line.kind,
            "at": line.at.isoformat(),
            "actor": line.actor,
            "facts": line.facts,
            "payload": line.payload or "",
            "payload_digest": line.payload_digest.hex(),
        }
    )


def chained(previous: bytes, line: JournalLine, chain: str, position: int) -> bytes:
    """Digest of a line: SHA-256 over the previous digest and the line's bytes."""
    return hashlib.sha256(previous + canonical(line, chain, position)).digest()


def merkle_root(leaves: list[bytes]) -> bytes:
    """Merkle root as in RFC 9162 (leaf prefix 0, node prefix 1); of nothing: SHA-256("")."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        paired = [
            hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest()
            for i in range(0, len(level) - 1, 2)
        ]
        if len(level) % 2:
            paired.append(level[-1])
        level = paired
    return level[0]
