"""What a dossier owes, as people read it: each notice, and what was paid on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.console import labels, offices, show
from gateway.console.language import say
from gateway.domain.written import money
from gateway.receipts.owed import opened

if TYPE_CHECKING:
    from gateway.domain.obligation import Ledger, Notice, Voucher
    from gateway.sealing.folder import Folder
    from gateway.sealing.tools import Tools


async def owed(tools: Tools, folder: Folder) -> dict[str, Any] | None:
    """The table of notices and vouchers; None when nobody told any."""
    ledger = await opened(folder)
    if not ledger.notices and not ledger.vouchers:
        return None
    return {
        "notices": [_notice(tools, notice) for notice in ledger.notices],
        "vouchers": [_voucher(tools, voucher) for voucher in ledger.vouchers],
        "left": _left(ledger),
    }


def _notice(tools: Tools, notice: Notice) -> dict[str, Any]:
    return {
        "item": notice.item or say("Khoản phải nộp"),
        "number": notice.number,
        "amount": "" if notice.amount is None else money(str(notice.amount)),
        "due_on": _day(notice.due_on),
        "state_code": notice.state.value,
        "state": labels.notice(notice.state),
        "replaced_by": notice.replaced_by,
        "roads": ", ".join(offices.name(tools, road) for road in notice.roads),
    }


def _voucher(tools: Tools, voucher: Voucher) -> dict[str, Any]:
    return {
        "notice": voucher.notice,
        "amount": money(str(voucher.amount)),
        "paid_at": show.moment(voucher.paid_at),
        "road": offices.name(tools, voucher.road),
    }


def _left(ledger: Ledger) -> str:
    """What has still to be paid; empty when nothing, or when nobody told an amount."""
    amounts = [notice.amount for notice in ledger.open]
    if not amounts or None in amounts:
        return ""
    return money(str(sum(amount or 0 for amount in amounts)))


def _day(text: str) -> str:
    try:
        return show.day(text) if text else ""
    except ValueError:
        return text
