"""Configurations that people hand in at a page: unpacked, checked, forgotten."""

from __future__ import annotations

import asyncio
import hashlib
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.disk.archives import ArchiveRefused, opened
from gateway.domain.json_text import canonical_json, of_json
from gateway.domain.legal_day import legal_day
from gateway.ports.candidates import Candidate, Candidates, Found
from gateway.wiring.checking import check_content, check_folder
from gateway.wiring.files import read_folder
from gateway.wiring.lately import Lately

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.ports.clock import Clock
    from gateway.settings import Settings

#: Files of a configuration, and bytes of all of them together.
MOST_FILES, MOST_BYTES = 2_000, 16 * 1024 * 1024
#: What a folder of configuration has of the gateway; everything else stays unread,
#: the settings of a process above all.
_OURS = re.compile(
    r"(?:.*/)?((?:agencies|procedures|routing|areas|calendar|clocks)/[\w.-]+\.toml"
    r"|platforms\.toml)"
)


class FolderCandidates(Candidates):
    """Checks by the same functions as ``lienthong config check``."""

    def __init__(self, clock: Clock, settings: Settings) -> None:
        """``settings``: of this process, to look for keys and addresses."""
        self._clock, self._settings = clock, settings
        self._lately: Lately[list[Found]] = Lately()

    async def findings(self, content: Mapping[str, Any]) -> Sequence[Found]:
        """Everything wrong or doubtful, without a line."""
        digest = hashlib.sha256(canonical_json(content)).digest()
        key = (digest, legal_day(self._clock.now()))
        return await self._lately.of(key, lambda: self._check(content))

    async def read(self, name: str, archive: bytes) -> Candidate:
        """What was handed in, unpacked in a folder that is gone afterwards."""
        return await asyncio.to_thread(self._read, name, archive)

    def _check(self, content: Mapping[str, Any]) -> list[Found]:
        today = legal_day(self._clock.now())
        return [
            Found(one.what, one.todo, one.warning, where=one.where)
            for one in check_content(content, today, self._settings)
        ]

    def _read(self, name: str, archive: bytes) -> Candidate:
        if len(archive) > MOST_BYTES:
            raise ValueError("Tệp lớn quá 16 MB")
        if name.lower().endswith(".json"):
            content = _json(archive)
            return Candidate(content, self._check(content))
        with tempfile.TemporaryDirectory(prefix="lienthong-config-") as place:
            folder = Path(place)
            for path, text in _files(archive):
                (folder / path).parent.mkdir(exist_ok=True)
                (folder / path).write_bytes(text)
            today = legal_day(self._clock.now())
            located = check_folder(folder, today, settings=self._settings)
            found = [
                Found(
                    one.finding.what,
                    one.finding.todo,
                    one.finding.warning,
                    where=one.finding.where,
                    file=one.file.removeprefix(place).lstrip("/"),
                    line=one.line,
                )
                for one in located
            ]
            try:
                return Candidate(read_folder(folder), found)
            except ValueError:
                return Candidate(None, found)  # a finding says which file is no TOML


def _json(text: bytes) -> dict[str, Any]:
    try:
        content = of_json(text)
    except ValueError:
        raise ValueError("Tệp không phải JSON") from None
    if not isinstance(content, dict):
        raise ValueError("Tệp JSON không phải nội dung cấu hình")  # noqa: TRY004
    return content


def _files(archive: bytes) -> Sequence[tuple[str, bytes]]:
    """Files of a configuration by their path in its folder."""
    left = MOST_BYTES
    found: list[tuple[str, bytes]] = []
    try:
        with opened(archive) as packed:
            for one in packed.infolist():
                name = _OURS.fullmatch(one.filename.replace("\\", "/"))
                if name is None or one.is_dir():
                    continue
                with packed.open(one) as file:
                    found.append((name[1], file.read(left + 1)))
                left -= len(found[-1][1])
                if left < 0 or len(found) > MOST_FILES:
                    break
    except ArchiveRefused:
        raise ValueError("Tệp không phải zip, hoặc có mật khẩu") from None
    if left < 0 or len(found) > MOST_FILES:
        raise ValueError("Cấu hình trong tệp zip lớn quá 16 MB")
    names = [path for path, _ in found]
    for path in names:
        if names.count(path) > 1:
            raise ValueError(f"Tệp zip có hai tệp {path}")
    if not found:
        raise ValueError(
            "Tệp zip không có cấu hình: cần các thư mục agencies, procedures, routing…"
        )
    return found
