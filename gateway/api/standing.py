"""Why a transfer stands still and what is to be done, in the words of its agency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import NeedsConfiguration
from gateway.domain.identifiers import OfficeId
from gateway.domain.transfer import Fate, State
from gateway.domain.words import Words, situation, words_of
from gateway.ports.overview import Still
from gateway.routing.link import TOLD_BY_ONE_STOP, late_mark, link_between

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.case import Case
    from gateway.domain.transfer import Transfer
    from gateway.ports.store import ReportRow
    from gateway.sealing.tools import Tools

_SEEN = (
    "Một cửa đã thấy câu trả lời này của cơ quan trên phần mềm của mình: sửa rồi gửi lại"
    " cùng số hồ sơ. Không gửi nữa thì bấm «Hủy lượt gửi»."
)
_ASKED = (
    "Một cửa đã được trả lời là nhận trước khi cơ quan từ chối; cổng đã gửi"
    " YeuCauCapNhatHoSo kèm lý do. Chờ một cửa sửa rồi gửi lại cùng số hồ sơ; hết ngày"
    " chưa thấy thì gọi một cửa."
)
_TO_BE_CALLED = (
    "Một cửa đã được trả lời là nhận trước khi cơ quan từ chối. Gọi một cửa, đọc lý do"
    " này: một cửa sửa rồi gửi lại cùng số hồ sơ."
)


def reasons(tools: Tools, office: str) -> Mapping[str, tuple[str, str]]:
    """Words for the codes of an office's own answers."""
    try:
        return tools.adapters.of(OfficeId(office)).words
    except NeedsConfiguration:
        return {}


#: Of what waits to be taken in: nothing of it is sent.
_TAKEN_IN = {
    "in_answer": (
        "Phản hồi nằm trong câu trả lời của cơ quan, cổng sắp ghi nhận",
        "Không cần làm gì: cổng tự ghi nhận trong vài phút.",
    ),
    "case_not_mapped": (
        "Trường hợp của thủ tục chưa được khai báo cho đơn vị này",
        "Quản trị khai báo trường hợp của đơn vị, áp dụng cấu hình, rồi bấm «Nhận lại».",
    ),
    "one_stop_not_configured": (
        "Cơ quan tự mở hồ sơ nhưng chưa khai báo hồ sơ thuộc một cửa nào",
        "Quản trị khai báo mục opened của đơn vị, áp dụng cấu hình, rồi bấm «Nhận lại».",
    ),
    "report_unforeseen": (
        "Cổng chưa ghi nhận được phản hồi này",
        "Báo bộ phận kỹ thuật của cổng; khắc phục xong thì bấm «Nhận lại».",
    ),
}


def kept_words(tools: Tools, row: ReportRow) -> Words:
    """Why a report waits for a person, and what is to be done."""
    return words_of(row.code, {**reasons(tools, row.office), **_TAKEN_IN})


def standing(
    tools: Tools,
    row: Transfer | Still,
    code: str | None,
    case: Case | None = None,
) -> Words:
    """Why a transfer stands still and what is to be done, as the pages say it.

    ``code``: its cause; ``case``: of its dossier, where the one-stop may be an old
    one that corrects in a program which knows its office's interface alone.
    """
    traits = tools.traits(row.office, row.kind)
    known = reasons(tools, row.office)
    deduplicates = traits is not None and traits.deduplicates
    said = situation(row.state, row.fate, code, known, deduplicates=deduplicates)
    if case is None or not is_the_counters(tools, row, code, case):
        return said
    link = link_between(tools.versions.current, case.sender, row.office)
    if not told_accepted(case, row):
        return Words(said.reason, _SEEN)
    asked = link is not None and link.late_refusals
    return Words(said.reason, _ASKED if asked else _TO_BE_CALLED)


def told_accepted(case: Case, row: Transfer | Still) -> bool:
    """Whether the one-stop was answered *accepted* before its office had answered."""
    identifier = row.transfer_id if isinstance(row, Still) else row.id
    return identifier is not None and late_mark(identifier) in case.happened


def is_the_counters(
    tools: Tools, row: Transfer | Still, code: str | None, case: Case
) -> bool:
    """Whether an old one-stop is to correct a message of its own that was not taken.

    The gateway's own trouble, or one that passes, is not for the counter to mend.
    """
    own = link_between(tools.versions.current, case.sender, row.office) is not None
    parked = row.state == State.PARKED and row.fate == Fate.NOT_LEFT
    if not own or not parked or row.kind not in TOLD_BY_ONE_STOP:
        return False
    said = reasons(tools, row.office).get(code or "")
    return said is not None and "ổng tự" not in said[1]
