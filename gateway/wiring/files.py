"""Configuration files as the content of one configuration version."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.areas import national
from gateway.domain.unreadable import unreadable
from gateway.routing.communes import NATIONAL, Areas, read_areas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.routing.finding import Where


#: Folder of a run folder with one folder per office that files are carried to.
PACKAGES = "packages"
_AREAS = Path("areas", "communes.toml")
_CLOCKS = Path("clocks") / "terms.toml"


def read_folder(folder: Path) -> dict[str, Any]:
    """Everything under ``config/`` that is configuration, as JSON values.

    Raises:
        ValueError: a file is no TOML; the message names it.
    """
    content = {
        "agencies": [_toml(p) for p in sorted((folder / "agencies").glob("*.toml"))],
        "procedures": [
            _toml(p) for p in sorted((folder / "procedures").glob("*.toml"))
        ],
        "rules": _rows(folder / "routing" / "competence.toml", "rule"),
        **_areas(folder / _AREAS),
        "platforms": _rows(folder / "platforms.toml", "platform"),
        "calendar": _calendar(folder / "calendar"),
        "clocks": _rows(folder / _CLOCKS, "clock"),
    }
    plain: dict[str, Any] = json.loads(json.dumps(content, default=as_text))
    return plain


def read_areas_of(folder: Path) -> Areas:
    """The communes of a configuration folder; none where it has no list of them.

    Raises:
        ValueError: the file is no TOML, or a row is wrong.
    """
    try:
        return read_areas(_areas(folder / _AREAS))
    except KeyError as missing:
        raise ValueError(f"{folder / _AREAS}: thiếu khóa {missing}") from missing


@dataclass(frozen=True, slots=True)
class Sources:
    """Which file each entry of the content came from."""

    _files: Mapping[Where, tuple[Path, Where]]

    def find(self, where: Where) -> tuple[Path | None, Where]:
        """File and place inside it; None: the content as a whole."""
        for length in range(len(where), 0, -1):
            found = self._files.get(where[:length])
            if found is not None:
                return found[0], (*found[1], *where[length:])
        return None, ()


def sources(folder: Path) -> Sources:
    """Where ``read_folder`` has its content from, entry by entry."""
    found: dict[Where, tuple[Path, Where]] = {}
    for name in ("agencies", "procedures"):
        for i, path in enumerate(sorted((folder / name).glob("*.toml"))):
            found[name, i] = (path, ())
    for name, path, table in (
        ("rules", folder / "routing" / "competence.toml", "rule"),
        ("communes", folder / _AREAS, "commune"),
        ("changes", folder / _AREAS, "change"),
        ("platforms", folder / "platforms.toml", "platform"),
        ("clocks", folder / _CLOCKS, "clock"),
    ):
        if path.exists():
            found[(name,)] = (path, (table,))
    if (folder / _AREAS).exists():
        found[("national",)] = (folder / _AREAS, ())
    for path in sorted((folder / "calendar").glob("*.toml")):
        found["calendar", path.stem] = (path, ())
    return Sources(found)


def as_text(value: object) -> str:
    """What JSON has no form for, as a configuration has it.

    Raises:
        ValueError: it has no place in one.
    """
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    message = f"{value!r} is no configuration value"
    raise ValueError(message)


def text_of(path: Path) -> str:
    """A file's text; the mark that Windows editors put before it is no part of it."""
    return path.read_text("utf-8-sig")


def _toml(path: Path) -> dict[str, Any]:
    try:
        return dict(_parsed(text_of(path)))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        message = f"{path} {unreadable(wrong)}"
        raise ValueError(message) from wrong


@lru_cache(maxsize=256)
def _parsed(text: str) -> Mapping[str, Any]:
    """One file's content by its text; nobody may change what is below."""
    return tomllib.loads(text)


def _rows(path: Path, name: str) -> list[Any]:
    found = _toml(path).get(name, []) if path.exists() else []
    return list(found)


def _areas(path: Path) -> dict[str, Any]:
    """The province's own rows, and the national ones where it includes them.

    Copied into the version: what it meant stays so when a later package has another
    list. What is included wrongly the linter finds, at its line.
    """
    whole = _toml(path) if path.exists() else {}
    content = {
        "communes": list(whole.pop("commune", ())),
        "changes": list(whole.pop("change", ())),
    }
    if whole.get("include") == NATIONAL:
        shipped = national.shipped()
        rows = shipped.rows_of(str(whole.get("province")))
        whole["list"] = {"source": dict(shipped.source), **rows}
    return {**content, "national": whole} if whole else content


def _calendar(folder: Path) -> dict[str, Any]:
    return {path.stem: _toml(path) for path in sorted(folder.glob("*.toml"))}
