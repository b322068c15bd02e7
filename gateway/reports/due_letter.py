"""The weekly letter as a mail: codes, days and places; the list as a Word document."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.domain.paper_forms import Form
from gateway.ports.mail import Mail, MailFile
from gateway.reports.due_soon import as_paper, by_office
from gateway.reports.naming import Names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.reports.due_soon import Due, DueSoon
    from gateway.reports.due_targets import Target
    from gateway.reports.due_weeks import Week
    from gateway.sealing.tools import Tools

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FILE = "sap-den-han.docx"
#: Codes that the text of a mail lists; the document has all.
LISTED = 200
_HERE = "cổng liên thông"
_FOOT = (
    "Thư tự động mỗi tuần, chỉ nêu mã hồ sơ, thủ tục và nơi hồ sơ đang ở. Xin không trả"
    " lời thư này."
)


async def letter(
    tools: Tools, target: Target, week: Week, found: DueSoon, *, again: bool, page: str
) -> Mail:
    """The mail; ``again``: an earlier one of the week may have arrived.

    No contacts stand in it: what leaves by mail names nobody.
    """
    names = Names(tools)
    paper = replace(
        as_paper(found, names, None, tools.clock.now()),
        unit=target.name,
    )
    content = await asyncio.to_thread(tools.papers.docx, Form.DUE_SOON, paper)
    count, overdue = len(found.rows) + found.left_out, _overdue(found)
    told = f", trong đó {overdue} hồ sơ đã quá hẹn trả" if overdue else ""
    repeat = "Gửi lại: thư trước cùng nội dung có thể đã đến. " if again else ""
    lines = [
        f"Đơn vị: {target.name}",
        f"{repeat}Hẹn trả đến hết ngày {week.until:%d/%m/%Y}: {count} hồ sơ{told}.",
        "",
        *_lines(found, names),
        f"Danh sách đầy đủ trong tệp kèm theo ({FILE}).",
        *([f"Mở trên cổng: {page}/console/sap-den-han"] if page else []),
        _FOOT,
    ]
    subject = (
        f"Liên thông: {count} hồ sơ sắp đến hạn, {overdue} quá hạn, tuần từ"
        f" {week.day:%d/%m/%Y}"
    )
    file = MailFile(FILE, DOCX, content)
    return Mail(
        target.to, subject, "\n".join(lines) + "\n", _name(target, week), (file,)
    )


def _name(target: Target, week: Week) -> str:
    """The same for every try of one letter."""
    text = f"due_soon|{week.day.isoformat()}|{target.kind}|{target.id}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _overdue(found: DueSoon) -> int:
    return sum(row.late for row in found.rows)


def _lines(found: DueSoon, names: Names) -> Iterator[str]:
    left = LISTED
    for office, rows in by_office(found).items():
        if left <= 0:
            break
        yield f"Đang ở: {names.lead(office) if office else _HERE}"
        for row in rows[:left]:
            yield f"- {row.number}: hẹn trả {row.due_on:%d/%m/%Y}{_late(row)}"
        left -= len(rows)
        yield ""
    more = len(found.rows) + found.left_out - LISTED
    if more > 0:
        yield f"… và {more} hồ sơ khác."


def _late(row: Due) -> str:
    return ", ĐÃ QUÁ HẠN" if row.late else ""
