"""Where values of secrets come from: the folder of keys, the environment, files, commands."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

from gateway.domain.system_words import system_words
from gateway.settings import own_secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gateway.settings import SecretSource

FILE = "secrets.json"
#: Seconds that a command has to answer.
COMMAND_S = 10.0
Marks = tuple[tuple[str, int, int], ...]


def read(folder: Path, sources: Mapping[str, SecretSource]) -> dict[str, str]:
    """Every value by name; what the settings say of a name goes before the folder.

    Raises:
        ValueError: one cannot be had; its name is told, never a value.
        OSError: the folder cannot be read.
    """
    found = of_folder(folder)
    for name, source in sources.items():
        found[name] = value_of(name, source)
    return found


def of_folder(folder: Path) -> dict[str, str]:
    """What lies in the folder of keys.

    Raises:
        ValueError: the file is no JSON of names and values.
    """
    path = folder / FILE
    found: Any = {}
    if path.exists():
        try:
            found = json.loads(path.read_text("utf-8"))
        except ValueError:
            found = None
    texts = isinstance(found, dict) and all(isinstance(v, str) for v in found.values())
    if not texts:
        # Not the parser's own words: they repeat the text, and the text is secrets.
        message = f"{path} không phải JSON gồm tên và giá trị chữ"
        raise ValueError(message)
    values: dict[str, str] = dict(found)
    for key in sorted(folder.glob("*.sftp")):
        values[key.name] = key.read_text("utf-8")
    return values


def marks(folder: Path, sources: Mapping[str, SecretSource]) -> Marks:
    """What changes when a file does that values are read from."""
    paths = [folder / FILE, *sorted(folder.glob("*.sftp"))]
    paths += [one.file for one in sources.values() if one.file is not None]
    found = []
    for path in paths:
        try:
            seen = path.stat()
        except FileNotFoundError:
            continue
        found.append((str(path), seen.st_mtime_ns, seen.st_ino))
    return tuple(found)


def value_of(name: str, source: SecretSource) -> str:
    """One value from where the settings say.

    Raises:
        ValueError: it is not there.
    """
    if source.env:
        value = os.environ.get(source.env, "")
        where = f"biến môi trường {source.env}"
    elif source.file is not None:
        value, where = _of_file(name, source.file), f"tệp {source.file}"
    else:
        value = _of_command(name, source.command)
        where = f"lệnh {source.command[0]}"
    if not value:
        message = f"[secrets] {name}: {where} trống hoặc chưa đặt"
        raise ValueError(message)
    return value


def _of_file(name: str, path: Path) -> str:
    try:
        return own_secret(path)
    except OSError as error:
        message = f"[secrets] {name}: không đọc được tệp {path} ({system_words(error)})"
        raise ValueError(message) from None


def _of_command(name: str, command: tuple[str, ...]) -> str:
    wrong = f"[secrets] {name}: lệnh {command[0]}"
    try:
        ran = subprocess.run(  # noqa: S603  the operator's own settings
            command, capture_output=True, timeout=COMMAND_S, check=False
        )
    except subprocess.TimeoutExpired:
        message = f"{wrong} không trả lời trong {COMMAND_S:.0f} giây"
        raise ValueError(message) from None
    except OSError as error:
        message = f"{wrong} không chạy được ({system_words(error)})"
        raise ValueError(message) from None
    if ran.returncode:
        message = f"{wrong} kết thúc với mã {ran.returncode}"
        raise ValueError(message)
    return ran.stdout.decode("utf-8", "replace").rstrip("\r\n")
