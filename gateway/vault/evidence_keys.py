"""The keys that sign evidence: beside the master key, each node its own or all the same."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.disk import durable
from gateway.domain.evidence import EvidenceKey, Signature, key_id, to_be_signed
from gateway.ports.evidence import Signer

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

#: What the file is called, in the folder of keys.
FILE = "evidence.json"


class EvidenceKeys(Signer):
    """A file of private keys that only its owner may read; read anew when it changes."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of keys; the file may come later."""
        self._path = folder / FILE
        self._rows: list[dict[str, Any]] = []
        self._read_at: tuple[int, ...] = ()
        self._held: list[EvidenceKey] | None = None

    def make_first(self, now: datetime) -> bool:
        """Make the first key where there is none; whether one was made.

        Raises:
            OSError: the folder cannot be written.
        """
        if self._known():
            return False
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        # From the day's beginning: a clock that is put right must not unmake it.
        self._keep([_new(day)])
        return True

    def rotate(self, now: datetime, overlap: timedelta) -> str:
        """Make a new key that signs from now on; those before go on counting a while.

        So long nodes that have not got the new one yet may sign by the old. The new
        key's id.
        """
        ends = (now + overlap).isoformat()
        rows = [{**row, "until": row["until"] or ends} for row in self._known()]
        made = _new(now)
        self._keep([*rows, made])
        return key_id(_public(made))

    def held(self) -> Sequence[EvidenceKey]:
        """Public halves; asked every few seconds, worked out once per file."""
        rows = self._known()
        if self._held is None:
            self._held = [_shown(row) for row in rows]
        return self._held

    def sign(
        self, message: bytes, at: datetime, but: Collection[str] = ()
    ) -> Signature | None:
        """By the newest key of the moment."""
        for row in reversed(self._known()):
            key = _shown(row)
            if key.id not in but and key.signs_at(at):
                value = _private(row).sign(to_be_signed(message, at))
                return Signature(key.id, at, value)
        return None

    def _known(self) -> list[dict[str, Any]]:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._rows, self._read_at, self._held = [], (), None
            return []
        mark = (found.st_ino, found.st_mtime_ns, found.st_size)
        if mark != self._read_at:
            if found.st_mode & 0o077:
                message = f"{self._path} để người khác đọc được: chmod 600 tệp ấy."
                raise ValueError(message)
            self._rows = json.loads(self._path.read_text("utf-8"))["keys"]
            self._read_at, self._held = mark, None
        return self._rows

    def _keep(self, rows: list[dict[str, Any]]) -> None:
        durable.replace(self._path, json.dumps({"keys": rows}, indent=1).encode())


def _new(since: datetime) -> dict[str, Any]:
    seed = Ed25519PrivateKey.generate().private_bytes_raw()
    kept = base64.b64encode(seed).decode()
    return {"seed": kept, "since": since.isoformat(), "until": None}


def _private(row: dict[str, Any]) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(row["seed"]))


def _public(row: dict[str, Any]) -> bytes:
    return _private(row).public_key().public_bytes_raw()


def _shown(row: dict[str, Any]) -> EvidenceKey:
    public = _public(row)
    until = row["until"]
    return EvidenceKey(
        id=key_id(public),
        public=public,
        since=datetime.fromisoformat(row["since"]),
        until=datetime.fromisoformat(until) if until else None,
    )
