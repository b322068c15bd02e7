"""Configuration files as the content of one configuration version."""

from __future__ import annotations

import json
import tomllib
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


#: Folder of a run folder with one folder per office that files are carried to.
PACKAGES = "packages"


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
        "communes": _rows(folder / "areas" / "communes.toml", "commune"),
        "changes": _rows(folder / "areas" / "communes.toml", "change"),
        "platforms": _rows(folder / "platforms.toml", "platform"),
        "calendar": _calendar(folder / "calendar"),
    }
    plain: dict[str, Any] = json.loads(json.dumps(content, default=_text))
    return plain


def _text(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    message = f"{value!r} is no configuration value"
    raise ValueError(message)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        message = f"{path}: {wrong}"
        raise ValueError(message) from wrong


def _rows(path: Path, name: str) -> list[Any]:
    found = _toml(path).get(name, []) if path.exists() else []
    return list(found)


def _calendar(folder: Path) -> dict[str, Any]:
    return {path.stem: _toml(path) for path in sorted(folder.glob("*.toml"))}
