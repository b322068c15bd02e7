"""Whether a shared folder is there, can be read and written: by a file that is no message."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

from gateway.carriers.folder import UNFINISHED
from gateway.carriers.sftp import DENIED, HOST_KEY, KEY_UNUSABLE, MISCONFIGURED
from gateway.domain.attempt import Outcome
from gateway.domain.errors import FolderRefused, StoreUnavailable
from gateway.ports.agency import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.carriers.exchange_folder import ExchangeFolder
    from gateway.carriers.folder import Folder
    from gateway.ports.reaching import Ping

READY = "folder_ready"
MISSING, UNREADABLE = "folder_missing", "folder_unreadable"
UNWRITABLE = "folder_unwritable"
#: We never came as far as the folder.
NOT_LET_IN = frozenset({HOST_KEY, DENIED, KEY_UNUSABLE, MISCONFIGURED})
#: What a disk says of a place that cannot be made.
_NO_PLACE = ("EACCES", "EPERM", "EROFS", "ENOENT", "ENOTDIR")
#: What lies there for a moment: the other side reads nothing that begins so.
_TRIAL = ".cong-kiem-tra-"


def folder_ping(folder: Folder, *, reads: Sequence[str], writes: Sequence[str]) -> Ping:
    """What an adapter offers whose messages are files in these parts."""

    async def ping(*, timeout_s: float) -> Answer:
        try:
            async with asyncio.timeout(timeout_s):
                return await try_folder(folder, reads=reads, writes=writes)
        except TimeoutError:
            return Answer(Outcome.NOT_DELIVERED, UNREADABLE, reads[0])

    return ping


def exchange_ping(folder: ExchangeFolder) -> Ping:
    """The same where people carry the files."""

    async def ping(*, timeout_s: float) -> Answer:
        try:
            async with asyncio.timeout(timeout_s):
                return await try_exchange(folder)
        except TimeoutError:
            return Answer(Outcome.NOT_DELIVERED, UNREADABLE, folder.path.name)

    return ping


async def try_folder(
    folder: Folder, *, reads: Sequence[str], writes: Sequence[str]
) -> Answer:
    """Make, list and write as messages do; DELIVERED: all of it can be done.

    ``detail`` names the part that cannot, or tells what an unknown server has shown.
    """
    stage, part = MISSING, ""
    try:
        for part in (*reads, *writes):
            await folder.make(part)
        stage = UNREADABLE
        for part in reads:
            await folder.listed(part)
        stage = UNWRITABLE
        for part in writes:
            name = f"{_TRIAL}{secrets.token_hex(8)}{UNFINISHED}"
            await folder.claim(part, name)
            await folder.remove(part, name)
    except StoreUnavailable as error:
        return _failed(stage, part, error)
    return Answer(Outcome.DELIVERED, READY)


async def try_exchange(folder: ExchangeFolder) -> Answer:
    """The same of a folder whose files people carry."""
    stage = UNWRITABLE
    name = f"kiem-tra-{secrets.token_hex(8)}"
    try:
        await folder.note(name, b"")
        await folder.forget(name)
        stage = UNREADABLE
        await folder.lying()
        await folder.waiting()
    except StoreUnavailable as error:
        return _failed(stage, str(folder.path.name), error)
    return Answer(Outcome.DELIVERED, READY)


def _failed(stage: str, part: str, error: StoreUnavailable) -> Answer:
    if error.code in NOT_LET_IN:
        return Answer(Outcome.NEEDS_CONFIGURATION, error.code, error.detail)
    nowhere = isinstance(error, FolderRefused) or error.detail.endswith(_NO_PLACE)
    if stage == MISSING and not nowhere:
        # The share or the connection is away: nobody knows what lies there.
        stage = UNREADABLE
    return Answer(Outcome.NOT_DELIVERED, stage, part)
