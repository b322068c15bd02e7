"""The folder that a counterpart shares: on an SFTP account, or a path of this machine."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

from gateway.carriers.folder import NameTaken
from gateway.carriers.sftp import DENIED, HOST_KEY, KEY_UNUSABLE, PORT, Account
from gateway.carriers.sftp_folder import SFTPFolder
from gateway.carriers.shared_folder import SharedFolder
from gateway.conformance.partner.wire import NoAnswer, Stranger
from gateway.conforming import Door, Lying, NotTried
from gateway.domain.errors import FolderRefused, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gateway.carriers.folder import Folder
    from gateway.conformance.partner.preset import Preset

#: A longer file than any interface document allows is not fetched.
MOST_BYTES = 96 * 1024 * 1024
_WHY = {
    DENIED: "tài khoản không nhận khóa của bộ thử (sftp.key)",
    KEY_UNUSABLE: "sftp.key không phải khóa riêng đọc được, hoặc có mật khẩu",
}
_T = TypeVar("_T")


class Share:
    """One folder; every step ends in what it says or in ``NoAnswer``."""

    def __init__(self, folder: Folder, account: Account | None = None) -> None:
        """``account``: of the server behind it; None: a path of this machine."""
        self._folder = folder
        self._account = account
        self._own: set[tuple[str, str]] = set()

    @property
    def is_sftp(self) -> bool:
        """Whether a server stands between."""
        return self._account is not None

    async def enter(self, parts: Sequence[str]) -> None:
        """Make the parts, and remember what lies there already.

        Raises:
            Stranger: the server is not the one that was told.
            NoAnswer: the folder cannot be entered.
        """
        await self._step(self._folder.make(*parts))
        self._own |= {(one.part, one.name) for one in await self.lying(parts)}

    def is_foreign(self, one: Lying) -> bool:
        """Whether it was neither here before nor put here by us."""
        return (one.part, one.name) not in self._own

    async def lying(self, parts: Sequence[str]) -> Sequence[Lying]:
        """Files of these parts, finished or not."""
        found = []
        for part in parts:
            listed = await self._step(self._folder.listed(part))
            found += [Lying(part, one.name, one.size_bytes) for one in listed]
        return found

    async def put(self, part: str, name: str, content: bytes) -> None:
        """Put a file down whole.

        Raises:
            NotTried: a file of that name lies there.
        """
        self._own.add((part, name))
        try:
            await self._step(self._folder.put(part, name, _at_once(content)))
        except NameTaken:
            raise NotTried(f"ở {part} đã có tệp {name}") from None

    async def read(self, one: Lying) -> bytes | None:
        """A file's bytes; None: it is gone."""
        return await self._step(self._folder.read(one.part, one.name, MOST_BYTES))

    async def move(self, one: Lying, to: str) -> str:
        """Move a file; the name that it got, empty where it was gone."""
        name = await self._step(self._folder.move(one.part, one.name, to))
        self._own.add((to, name))
        return name

    async def remove(self, one: Lying) -> None:
        """Delete a file."""
        await self._step(self._folder.remove(one.part, one.name))

    async def door(self) -> Door:
        """Try what the account must not allow.

        Raises:
            NotTried: there is no account.
        """
        if self._account is None:
            raise NotTried("thư mục trên máy này, không qua SFTP")
        # Whoever only has a folder needs no such library.
        from gateway.conformance.partner import share_door  # noqa: PLC0415

        return await share_door.tried(self._account)

    async def _step(self, work: Awaitable[_T]) -> _T:
        try:
            return await work
        except FolderRefused as refused:
            if refused.code == HOST_KEY:
                raise Stranger(
                    f"máy chủ trình khóa không có trong sftp.host_keys ({refused})"
                ) from refused
            raise NoAnswer(_WHY.get(refused.code, "không có quyền")) from refused
        except StoreUnavailable as away:
            raise NoAnswer(f"không vào được thư mục dùng chung ({away})") from away

    async def close(self) -> None:
        """Leave."""
        if isinstance(self._folder, SFTPFolder):
            await self._folder.close()


def opened(preset: Preset, now: Callable[[], datetime]) -> Share:
    """The folder of a preset's address; nothing is connected yet.

    Raises:
        ValueError: address or keys cannot be.
    """
    address = urlsplit(preset.server)
    if address.scheme != "sftp":
        path = Path(unquote(address.path) if address.scheme else preset.server)
        if not path.is_dir() or not os.access(path, os.W_OK):
            raise ValueError(f"không có thư mục {path}, hoặc không ghi được vào đó")
        if not hasattr(os, "O_DIRECTORY"):
            raise ValueError("thư mục trên máy này: trên Windows dùng địa chỉ sftp://")
        return Share(SharedFolder(path))
    account = _account(address, preset)
    for key, wrong in account.misfits():
        place = f"sftp.{key}" if key == "host_keys" else "addresses.server"
        raise ValueError(f"{place}: {wrong}")
    return Share(SFTPFolder(account, now), account)


def _account(address: SplitResult, preset: Preset) -> Account:
    if preset.sftp_key is None:
        raise ValueError("sftp.key: thiếu tệp khóa riêng để vào tài khoản")
    try:
        port = address.port or PORT
    except ValueError as wrong:
        raise ValueError(f"addresses.server: số cổng không đúng ({wrong})") from wrong
    return Account(
        host=address.hostname or "",
        user=unquote(address.username or ""),
        host_keys=preset.host_keys,
        key=preset.sftp_key.read_text("utf-8"),
        port=port,
        # One slash ends the host; a second one begins a path from the root.
        folder=unquote(address.path)[1:],
    )


async def _at_once(content: bytes) -> AsyncIterator[bytes]:
    yield content
