"""Pages of lists: as long as asked for, within bounds, from where the last one ended."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from gateway.domain.chase import Standing
from gateway.domain.errors import SenderError
from gateway.domain.identifiers import OfficeId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.sealing.tools import Tools

PAGE = 100
#: Beyond it no number of a row lies: stores count in 64 bits.
LAST_NUMBER = 2**63 - 1


def page_of(limit: int) -> int:
    """Rows of one page; a ``limit`` out of bounds is moved to the nearest bound."""
    return min(max(limit, 1), PAGE)


def number_after(after: int) -> int:
    """A row's number; one out of bounds is moved to the nearest bound."""
    return min(max(after, 0), LAST_NUMBER)


def row_after(after: str | None, kind: str) -> str | None:
    """The row behind which a page begins; its identifier begins with ``kind``.

    Raises:
        SenderError: no such row can be. A page from there would show what nobody asked
            for, or that there is nothing.
    """
    if after and not after.startswith(f"{kind}_"):
        raise _no_place()
    return after or None


def place_after(after: str | None) -> str | None:
    """The place behind which a page begins: a moment, ``~`` and a row.

    Raises:
        SenderError: it is none.
    """
    at, mark, _ = (after or "").partition("~")
    if after and not (mark and _is_moment(at)):
        raise _no_place()
    return after or None


def chase_after(after: str | None, states: Sequence[Standing]) -> str | None:
    """The place behind which a page of chases begins: how it stands, by what, which.

    Raises:
        SenderError: it is none, or of another list than that of ``states``.
    """
    state, _, place = (after or "").partition("~")
    by, _, identifier = place.partition("~")
    is_by = by.isdecimal() if state == Standing.UNANSWERED else _is_day(by)
    if after and not (state in states and is_by and identifier):
        raise _no_place()
    return after or None


def must_be_an_office(
    tools: Tools, office: str | None, found: Sequence[object]
) -> None:
    """Refuse a filter by a code that no office has, where nothing was found by it.

    An office that was taken out of the configuration keeps what it has.

    Raises:
        SenderError: nobody has it; an empty list would be taken for «nothing there».
    """
    if office and not found and OfficeId(office) not in tools.versions.current.offices:
        raise SenderError(
            code="office_unknown",
            remedy="Không có đơn vị này; xem lienthong lane list.",
        )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _no_place() -> SenderError:
    return SenderError(
        remedy="after là giá trị mà trang trước trả về; bỏ after để xem từ đầu."
    )
