"""An electricity company as ``docs/agencies/electricity.md`` describes it.

Its register lives in memory and goes with the process; the books stay. It works
from Monday to Friday and knows no holidays.

**Settings**: ``key`` (one or several: what senders show); ``callback_base`` and
``callback_key`` (where and with what it calls the sender; without them it is only
polled). If wanted: ``units`` and ``customers`` (MA_DVIQLY and MA_KHANG that exist;
else any), ``service``: ``newer`` (usual) or ``older`` (enquiries are answered 404 for
«not found» and «error» alike), ``success``: ``OK`` (usual) or ``SUCCESS``,
``min_poll_s`` (enquiries about one dossier that come sooner are answered too_often;
0: never), ``moments``: ``steps`` (usual), ``calls``, ``culture``, ``padded``,
``american`` or ``mixed``; ``turn_as_number``, ``year_one``, ``newest_first``: habits of
its rows; ``schemas``.

**Scenario** (table ``[electricity]`` of a dossier):

* ``works``: with poles or cables: seven working days in place of five.
* ``[[obstacle]]``: ``step``, ``code`` (MA_TNGAI), ``reason``; ``lasts_h`` (24; one that
  waits for papers ends with them, unless this is given). With ``ends_with`` (the
  MA_TNGAI of HU; may be empty) and ``end_reason`` the request is cancelled when the
  time is over. Each obstacle happens once, those of one step one after the other.
* ``branch``: MA_DVIQLY that takes over at PC. ``pushes = false``: nothing is told of
  this dossier. ``silent``: taken, and nothing is done.
* ``backwards``: after the meter the survey is done once more, and the meter too.
* ``forgets_finish``: connected, and HT is never ended; ``clicks_late_h``: it is ended so
  much later, with the moment at which it was. Both are an effect ``done_unclicked``.
* ``late_news``: a step whose beginning is told only after the meter.
* ``[answer_after]``: operation → name of an answer of codes.toml that hides what was
  really done; ``times`` (1).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gateway.adapters.electricity.mock_contract import Handler, Office, Request
from gateway.adapters.electricity.mock_counter import ServiceDesk
from gateway.adapters.electricity.mock_published import (
    FOLDER,
    KINDS,
    Published,
    number_in,
    parsed,
)
from gateway.adapters.electricity.mock_pushes import OPERATION, Pushes
from gateway.adapters.electricity.mock_register import Writing
from gateway.adapters.electricity.mock_works import Works

#: What a plan of faults may name: kinds of the books, and calls that it makes.
OPERATIONS = frozenset({*KINDS.values(), OPERATION})
#: Fields of its register, for people.
WORDS = {
    "number": "Mã hồ sơ dịch vụ công (MA_HOSO_DVC)",
    "own_number": "Số yêu cầu (MA_YCAU_KNAI)",
    "content": "Nội dung yêu cầu",
    "unit": "Đơn vị điện lực",
    "customer": "Mã khách hàng",
    "papers": "Giấy tờ đã nhận",
    "rows": "Tiến độ",
    "step": "Công việc",
    "turn": "Lần",
    "begun": "Bắt đầu",
    "obstacle": "Trở ngại",
    "reason": "Nguyên nhân",
    "stopped": "Dừng lúc",
    "ended": "Kết thúc",
    "answers": "Đã trả lời từng giao dịch",
    "is_at_work": "Đang giải quyết",
    "is_cancelled": "Đã hủy",
    "has_ended": "Đã xong",
}


def create(office: Office) -> Iterable[tuple[str, str, Handler]]:
    """All operations with their paths."""
    settings = office.settings
    published = Published.load(Path(settings.get("schemas", FOLDER)))
    writing = Writing(
        str(settings.get("moments", "steps")),
        turn_as_number=bool(settings.get("turn_as_number", False)),
        year_one=bool(settings.get("year_one", False)),
        newest_first=bool(settings.get("newest_first", False)),
    )
    works = Works(office, published, writing, Pushes(office))
    desk = ServiceDesk(office, published, works)
    office.shows("Yêu cầu trong hệ thống của công ty", desk.cases, WORDS)
    return desk.routes()


def number_of(request: Request) -> str:
    """MA_HOSO_DVC of a call, unverified; empty when it cannot be read."""
    return number_in(parsed(request.body))


def kind_of(request: Request) -> str:
    """What the books call an operation; the last part of its path when none."""
    operation = request.path.rpartition("/")[2]
    return KINDS.get(operation, operation)
