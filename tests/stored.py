"""A small store with files, made without a gateway."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from gateway.conformance.store_making import SENDER, UNIT, Bench
from gateway.ports.store import AttachmentLink, Upload
from gateway.vault.local import LocalVault
from tests.files import DiskAttachments

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from gateway.ports.store import Store
    from gateway.vault.keyring import Keyring


async def keep(
    store: Store, keyring: Keyring, folder: Path, files: Sequence[bytes]
) -> list[str]:
    """Keep the first file as an upload and the others with a dossier; their names."""
    vault = LocalVault(keyring, mono=time.monotonic)
    disk, bench = DiskAttachments(folder, vault), Bench(store)  # type: ignore[arg-type]

    async def chunks(content: bytes) -> AsyncIterator[bytes]:
        yield content

    stored = [await disk.put(chunks(one), limit_bytes=10**8) for one in files]
    disk.close()
    blind = hashlib.sha256(files[0]).digest()
    await store.add_upload(Upload(stored[0], SENDER, blind, bench.now))
    case = bench.case()
    key = vault.new_key(case.dossier_id, UNIT)
    links = tuple(
        AttachmentLink(
            key.take(one), "input", key.seal_value("file", "a.pdf"), one.id.encode()
        )
        for one in stored[1:]
    )
    await store.apply(
        bench.acceptance(case=case, wrapped_key=key.wrapped, attachments=links)
    )
    await store.seal(now=bench.now)
    return [one.name for one in stored]
