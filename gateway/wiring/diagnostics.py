"""A file for whoever helps from afar: versions, settings, counts; no secret, no person.

Every part is looked up for itself: where one cannot be, the file says by which error.
What is no number goes through one list of shapes, wherever it came from.
"""

from __future__ import annotations

import http.client
import json
import os
import platform
import re
import shutil
import stat
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from enum import Enum
from importlib.metadata import distributions, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw
import psycopg

from gateway import settings as settings_module
from gateway.domain.errors import GatewayError
from gateway.store.diagnosing import diagnose_file, diagnose_server
from gateway.store.looking import newest
from gateway.wiring.alerting import certificates
from gateway.wiring.keys import KEYS, STORE

if TYPE_CHECKING:
    from pydantic import BaseModel

    from gateway.settings import Listen, Settings

PACKAGE = "lienthong-gateway"
#: Settings whose texts are told; of every other only that it is set.
SHOWN = frozenset(
    {
        "day", "dbname", "host", "kind", "least", "node", "port", "profile",
        "security", "sslmode",
    }
)  # fmt: skip
#: Instead of a text that is not told, and of one that has no shape of ours.
SET, LEFT_OUT = "(đặt)", "(bỏ)"
#: No blank, nothing beyond ASCII, no @, no six digits in a row.
_SHAPE = re.compile(r"(?!.*[0-9]{6})[0-9A-Za-z/][0-9A-Za-z_.,:/+-]{0,119}")
_TIMEOUT_S = 5.0
_READ_ME = """Tệp chẩn đoán của cổng liên thông.

Chỉ có phiên bản, thiết lập (mọi mã bí mật, địa chỉ thư, đường dẫn mạng thay bằng
«(đặt)»), số đếm và mã lỗi. Không có khóa, mật khẩu, tên người, số hồ sơ, nội dung
hồ sơ. Phần nào không xem được thì ghi lỗi. Mở ra xem trước khi gửi đi.
"""


def write(path: Path, target: Path) -> list[str]:
    """Write the file; which parts could not be looked up.

    Raises:
        FileExistsError: it is there already.
        OSError: it cannot be written.
    """
    parts = {name: _looked(look) for name, look in _parts(path).items()}
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            archive.writestr("DOC-TRUOC.txt", _READ_ME)
            for name, found in parts.items():
                text = found if isinstance(found, str) else _text(found)
                archive.writestr(name, text, zipfile.ZIP_DEFLATED)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return [
        name
        for name, found in parts.items()
        if isinstance(found, dict) and "error" in found
    ]


def _parts(path: Path) -> dict[str, Callable[[], Any]]:
    """What is in it, by the names of its files."""
    loaded = settings_module.load

    def of(look: Callable[[Settings], Any]) -> Callable[[], Any]:
        return lambda: look(loaded(path))

    return {
        "versions.json": _versions,
        "settings.json": of(masked),
        "keys.json": of(_keys),
        "disk.json": of(_disk),
        "store.json": of(_store),
        "ready.json": of(lambda settings: _ready(settings.front)),
        "metrics.txt": of(_metrics),
    }


def _looked(look: Callable[[], Any]) -> Any:
    """What it gives, or by which error it gives nothing; never what the error says."""
    try:
        return look()
    except (GatewayError, apsw.Error, psycopg.Error, ValueError, OSError) as error:
        code = {"code": error.code} if isinstance(error, GatewayError) else {}
        return {"error": type(error).__name__, **code}
    except http.client.HTTPException as error:
        return {"error": type(error).__name__}


# ------------------------------------------------------------------- the parts


def _versions() -> dict[str, Any]:
    return {
        "release": version(PACKAGE),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "kernel": platform.release(),
        "made_at": datetime.now(UTC),
        "packages": {one.name: one.version for one in distributions()},
        "migrations": {kind: newest(kind) for kind in ("sqlite", "postgresql")},
    }


def masked(settings: BaseModel) -> dict[str, Any]:
    """Settings as they may leave the house."""
    return {
        name: _masked(name, getattr(settings, name))
        for name in type(settings).model_fields
    }


def _masked(name: str, value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if hasattr(type(value), "model_fields"):
        return masked(value)
    if isinstance(value, (date, time, Enum)):
        return str(value)
    if isinstance(value, Path):
        return _file(value)
    if isinstance(value, (Mapping, tuple, list)):
        return {"count": len(value)}
    if name in SHOWN:
        return value
    return SET if value else ""


def _file(path: Path) -> dict[str, Any]:
    """Whether it is there and who may read it; not where."""
    if not path.exists():
        return {"there": False}
    mode = stat.S_IMODE(path.stat().st_mode)
    return {"there": True, "folder": path.is_dir(), "mode": f"{mode:o}"}


def _keys(settings: Settings) -> dict[str, Any]:
    """How many files of keys there are, and when certificates end; no name of any."""
    folder = settings.run_dir / KEYS
    kinds = sorted(path.suffix or "none" for path in folder.iterdir())
    return {
        "folder": _file(folder),
        "files": {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)},
        "certificates_end": sorted(one.ends_at for one in certificates(folder)),
    }


def _disk(settings: Settings) -> dict[str, Any]:
    usage = shutil.disk_usage(settings.run_dir)
    return {"total": usage.total, "used": usage.used, "free": usage.free}


def _store(settings: Settings) -> dict[str, Any]:
    if settings.store.kind == "postgresql":
        return diagnose_server(settings.store.parameters())
    return diagnose_file(settings.run_dir / STORE)


def _ready(front: Listen) -> dict[str, Any]:
    status, body = _asked(front, "/readyz")
    return {"status": status, "answer": json.loads(body)}


def _metrics(settings: Settings) -> str | dict[str, Any]:
    """As monitoring reads them; loops and counts of the process are among them."""
    if settings.metrics is None:
        return {"set": False}
    _, body = _asked(settings.metrics, "/metrics")
    return body.decode("utf-8")


def _asked(listen: Listen, path: str) -> tuple[int, bytes]:
    every = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  to call, not to listen
    call = http.client.HTTPConnection(
        every.get(listen.host, listen.host), listen.port, timeout=_TIMEOUT_S
    )
    try:
        call.request("GET", path)
        answer = call.getresponse()
        return answer.status, answer.read()
    finally:
        call.close()


# ------------------------------------------------------------- how it is written


def _text(found: Any) -> str:
    return json.dumps(_told(found), ensure_ascii=False, indent=1) + "\n"


def _told(value: Any) -> Any:
    """A value as it may be told: texts by their shape, keys are ours."""
    if isinstance(value, Mapping):
        return {str(key): _told(one) for key, one in value.items()}
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, str):
        fits = value in {"", SET} or _SHAPE.fullmatch(value)
        return value if fits else LEFT_OUT
    if isinstance(value, Sequence):
        return [_told(one) for one in value]
    return value
