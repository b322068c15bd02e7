"""What a release would find if it were started here: looked at, nothing changed."""

from __future__ import annotations

import ctypes
import http.client
import json
import platform
import re
import shutil
import sys
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import version
from typing import TYPE_CHECKING

import apsw
from pydantic import ValidationError

from gateway import settings as settings_module
from gateway.domain.errors import GatewayError
from gateway.domain.legal_day import VIETNAM
from gateway.domain.unreadable import unreadable
from gateway.domain.words import WORDS
from gateway.routing.versions import Versions
from gateway.store.connection import has_wal_reset_bug
from gateway.store.looking import (
    Looked,
    look_at_file,
    look_at_server,
    newest,
    steps,
)
from gateway.store.postgres.connection import refuse_weak
from gateway.vault.keyring import Keyring
from gateway.wiring.checking import check_content
from gateway.wiring.keys import KEYS, MARK, STORE
from gateway.wiring.release_order import is_older

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from gateway.settings import Settings

PACKAGE = "lienthong-gateway"
PYTHONS = ((3, 11), (3, 13))
GIB = 1024**3
#: Beside a copy of the store: logs, temporary tables of a migration.
SPARE_BYTES = GIB
#: Clocks further apart than this would make one node's deadlines another's past.
CLOCKS_S = 2.0
BACKUP_HOURS = 26
#: An archive that was written to its end has the moment that it holds in its name.
_MADE = re.compile(r"lienthong-(\d{8}T\d{6}Z)-[0-9a-f]{8}\.backup")
#: What the kernel answers while its clock follows no other.
_NOT_SYNCHRONISED = 5
_TIMEOUT_S = 5.0


class Mark(StrEnum):
    """How a line counts."""

    GOOD = "được"
    NOTE = "nhắc"
    WRONG = "lỗi"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at."""

    mark: Mark
    about: str
    says: str
    todo: str = ""


def check(
    path: Path, *, backups: Path | None, now: datetime, older: bool = False
) -> Iterator[Line]:
    """Every line, as each is known; ``older``: going back is meant."""
    yield Line(Mark.GOOD, "Bản này", f"{version(PACKAGE)}, Python {_python()}")
    yield from _programs()
    try:
        settings = settings_module.load(path)
    except tomllib.TOMLDecodeError as wrong:
        yield Line(Mark.WRONG, "Thiết lập", f"{path} {unreadable(wrong)}")
        return
    except ValidationError as wrong:
        yield from _unfit(path, wrong)
        return
    yield Line(Mark.GOOD, "Thiết lập", f"{path}: mọi khóa đều đúng với bản này")
    yield from _running(settings)
    try:
        looked = _look(settings)
        # The database has just said its time; what is checked below takes a while.
        here = datetime.now(UTC)
    except (GatewayError, ValueError, OSError) as wrong:
        yield Line(Mark.WRONG, "Kho", *_words(wrong))
        return
    if looked is None:
        yield Line(
            Mark.NOTE, "Kho", "chưa có kho: cài mới, không phải nâng cấp", _FIRST
        )
        return
    yield from _schema(settings, looked)
    yield from _keys(settings, looked)
    yield from _configuration(settings, looked, now)
    yield from _room(settings, looked)
    yield from _nodes(looked, older=older)
    yield from _clocks(looked, here)
    yield from _backup(backups, now)


_FIRST = "Xem «Cài đặt» trong docs/cai-dat.vi.md"


def _python() -> str:
    return platform.python_version()


def _programs() -> Iterator[Line]:
    least, most = PYTHONS
    if not least <= sys.version_info[:2] <= most:
        yield Line(
            Mark.NOTE,
            "Python",
            f"bản này được thử với Python {least[0]}.{least[1]} đến {most[0]}.{most[1]}",
        )
    sqlite = apsw.sqlite_lib_version()
    if has_wal_reset_bug(sqlite):
        yield Line(
            Mark.WRONG,
            "SQLite",
            f"{sqlite} có lỗi làm mất lần ghi (WAL reset)",
            "Cài lại từ gói: gói mang theo SQLite từ 3.51.3",
        )
    else:
        yield Line(Mark.GOOD, "SQLite", f"{sqlite}, không có lỗi WAL reset")


def _unfit(path: Path, wrong: ValidationError) -> Iterator[Line]:
    """Keys that this release does not know, or reads otherwise."""
    for one in wrong.errors(include_url=False, include_input=False):
        key = ".".join(str(part) for part in one["loc"]) or path.name
        if one["type"] == "extra_forbidden":
            yield Line(
                Mark.WRONG,
                "Thiết lập",
                f"{path}: bản này không có khóa {key}",
                "Bỏ khóa ấy, hoặc xem CHANGELOG.md: đổi tên thành gì",
            )
        else:
            yield Line(Mark.WRONG, "Thiết lập", f"{path}: {key}: {one['msg']}")


def _running(settings: Settings) -> Iterator[Line]:
    """Whether a gateway answers at the front here, and which release it is."""
    if not settings.front.port:
        return
    asked = http.client.HTTPConnection(
        settings.front.host, settings.front.port, timeout=_TIMEOUT_S
    )
    try:
        asked.request("GET", "/health")
        facts = json.loads(asked.getresponse().read(64 * 1024))
    except (OSError, http.client.HTTPException, ValueError):
        yield Line(Mark.GOOD, "Đang chạy", "cổng trên máy này đang dừng")
        return
    finally:
        asked.close()
    facts = facts if isinstance(facts, dict) else {}
    release = facts.get("release", "trước bản này")
    if facts.get("ready") is True:
        yield Line(Mark.GOOD, "Đang chạy", f"bản {release}, đang làm việc")
    else:
        why = str(facts.get("why", ""))[:200]
        yield Line(
            Mark.NOTE,
            "Đang chạy",
            f"bản {release}, chưa sẵn sàng{': ' if why else ''}{why}",
            "Tìm nguyên nhân trước (docs/van-hanh.vi.md)",
        )


def _look(settings: Settings) -> Looked | None:
    if settings.store.kind == "postgresql":
        return look_at_server(settings.store.parameters(), master_mark=MARK)
    return look_at_file(settings.run_dir / STORE, master_mark=MARK)


def _words(wrong: Exception) -> tuple[str, str]:
    if isinstance(wrong, GatewayError):
        said = WORDS.get(wrong.code)
        todo = said.next_action if said else wrong.remedy
        return f"{said.reason if said else wrong.code} ({wrong})", todo
    return str(wrong), ""


def _schema(settings: Settings, looked: Looked) -> Iterator[Line]:
    kind = settings.store.kind
    if kind == "postgresql":
        yield from _server(looked)
    have, ours = looked.schema, newest(kind)
    if have > ours:
        yield Line(
            Mark.GOOD,
            "Lược đồ kho",
            f"kho ở {have}, mới hơn bản này ({ours}): quay lại bản cũ thì được, kho để"
            " nguyên",
        )
        return
    missing = steps(kind, have)
    if not missing:
        yield Line(Mark.GOOD, "Lược đồ kho", f"kho đã ở {have}, không phải đổi gì")
        return
    yield Line(
        Mark.GOOD,
        "Lược đồ kho",
        f"từ {have} lên {ours}, khi khởi động: {', '.join(missing)}; bản trước vẫn chạy"
        " được trên lược đồ mới",
    )


def _server(looked: Looked) -> Iterator[Line]:
    try:
        refuse_weak(dict(looked.facts))
    except GatewayError as wrong:
        yield Line(Mark.WRONG, "PostgreSQL", *_words(wrong))
    else:
        yield Line(
            Mark.GOOD,
            "PostgreSQL",
            f"{looked.facts['postgresql']}, ghi bền"
            f" (synchronous_commit={looked.facts['synchronous_commit']})",
        )


def _keys(settings: Settings, looked: Looked) -> Iterator[Line]:
    try:
        keyring = Keyring.open(settings.run_dir / KEYS)
    except (OSError, ValueError) as wrong:
        yield Line(Mark.WRONG, "Khóa", str(wrong))
        return
    if looked.master not in {None, keyring.fingerprint}:
        yield Line(
            Mark.WRONG,
            "Khóa",
            f"khóa chính ở đây có vân tay {keyring.fingerprint}, kho được tạo bằng khóa"
            f" {looked.master}",
            WORDS["master_key_differs"].next_action,
        )
        return
    yield Line(Mark.GOOD, "Khóa", f"khóa chính {keyring.fingerprint} đúng là của kho")


def _configuration(settings: Settings, looked: Looked, now: datetime) -> Iterator[Line]:
    """Every version is read at the start; the newest has to be right as a whole."""
    versions = Versions()
    for number, content in looked.configurations:
        try:
            versions.add(number, content)
        except (KeyError, TypeError, ValueError) as wrong:
            yield Line(
                Mark.WRONG,
                "Cấu hình",
                f"bản này không đọc được phiên bản {number}: {wrong}",
                "Không nâng cấp; báo nơi phát hành",
            )
            return
    if not looked.configurations:
        yield Line(Mark.WRONG, "Cấu hình", WORDS["not_configured"].reason, _FIRST)
        return
    number, content = looked.configurations[-1]
    found = check_content(content, now.astimezone(VIETNAM).date(), settings)
    wrong_ones = [one for one in found if not one.warning]
    for one in wrong_ones:
        yield Line(Mark.WRONG, "Cấu hình", f"phiên bản {number}: {one.what}", one.todo)
    if not wrong_ones:
        yield Line(
            Mark.GOOD,
            "Cấu hình",
            f"phiên bản {number} hợp lệ với bản này ({len(found)} lời nhắc, xem"
            " lienthong config check)",
        )


def _room(settings: Settings, looked: Looked) -> Iterator[Line]:
    need = looked.size_bytes + SPARE_BYTES
    said = f"kho {_gib(looked.size_bytes)}, cần trống {_gib(need)}"
    if settings.store.kind == "postgresql":
        yield Line(
            Mark.NOTE,
            "Đĩa",
            f"{said} trên máy PostgreSQL; từ đây không xem được đĩa của máy ấy",
            "Xem trên máy PostgreSQL: df -h",
        )
        return
    free = shutil.disk_usage(settings.run_dir).free
    if free < need:
        yield Line(
            Mark.WRONG,
            "Đĩa",
            f"{said}; {settings.run_dir} còn {_gib(free)}",
            "Thêm đĩa hoặc dọn bản sao lưu cũ trước",
        )
    else:
        yield Line(Mark.GOOD, "Đĩa", f"{said}; còn {_gib(free)}")


def _gib(size: int) -> str:
    return f"{size / GIB:.1f} GB".replace(".", ",")


def _nodes(looked: Looked, *, older: bool) -> Iterator[Line]:
    ours = version(PACKAGE)
    for node in looked.nodes:
        if not node.is_alive:
            continue
        release = node.facts.get("release", "không rõ")
        if is_older(ours, release) and not older:
            todo = "Quay lại có chủ ý (docs/cai-dat.vi.md): thêm --older"
            says = f"{node.name} đang chạy bản {release}, mới hơn bản này ({ours})"
            yield Line(Mark.WRONG, "Nút", says, todo)
            continue
        same = "" if release == ours else ", khác bản này: đổi từng nút một"
        yield Line(Mark.GOOD, "Nút", f"{node.name} đang chạy bản {release}{same}")


def _clocks(looked: Looked, here: datetime) -> Iterator[Line]:
    if looked.now is not None:
        apart = abs((looked.now - here).total_seconds())
        mark = Mark.GOOD if apart <= CLOCKS_S else Mark.WRONG
        yield Line(
            mark,
            "Giờ",
            f"máy này và máy PostgreSQL lệch nhau {apart:.1f} giây".replace(".", ","),
            "" if mark is Mark.GOOD else "Đồng bộ giờ hai máy (NTP) trước",
        )
    if not _synchronised():
        yield Line(
            Mark.NOTE,
            "Giờ",
            "máy này không đồng bộ giờ với máy chủ giờ nào",
            "Bật chrony hoặc systemd-timesyncd: thời hạn của hồ sơ tính theo giờ này",
        )


def _synchronised() -> bool:
    """What the kernel says of its clock; nothing is set."""
    libc = ctypes.CDLL(None, use_errno=True)
    # A ``struct timex`` is smaller; ``modes`` is its first number, 0 only reads.
    return bool(libc.adjtimex(ctypes.create_string_buffer(512)) != _NOT_SYNCHRONISED)


def _backup(folder: Path | None, now: datetime) -> Iterator[Line]:
    if folder is None:
        yield Line(
            Mark.NOTE,
            "Sao lưu",
            "chưa biết bản sao gần nhất",
            "Thêm --backups THƯ_MỤC; sao lưu ngay trước khi nâng cấp (docs/sao-luu.vi.md)",
        )
        return
    names = filter(None, (_MADE.fullmatch(path.name) for path in folder.iterdir()))
    made = [datetime.strptime(one[1], "%Y%m%dT%H%M%S%z") for one in names]
    if not made:
        yield Line(
            Mark.WRONG, "Sao lưu", f"{folder} chưa có bản sao nào", "Sao lưu trước"
        )
        return
    hours = (now - max(made)).total_seconds() / 3600
    mark = Mark.GOOD if hours <= BACKUP_HOURS else Mark.WRONG
    yield Line(
        mark,
        "Sao lưu",
        f"bản sao gần nhất trong {folder} cách đây {hours:.0f} giờ",
        "" if mark is Mark.GOOD else "Sao lưu lại trước khi nâng cấp",
    )


def plain(lines: list[Line]) -> list[Mapping[str, str]]:
    """For programs."""
    return [
        {
            "mark": one.mark.name.lower(),
            "about": one.about,
            "says": one.says,
            "todo": one.todo,
        }
        for one in lines
    ]
