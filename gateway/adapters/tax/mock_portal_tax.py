"""The tax office behind a road: what it does with a slip, and when."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from gateway.adapters.tax.mock_desk import (
    USUAL_DAYS_TO_PAY,
    USUAL_NOTICES,
    USUAL_REASON,
)
from gateway.adapters.tax.mock_portal_calls import PortalOffice
from gateway.adapters.tax.mock_portal_desk import (
    ADJUSTED,
    DEFERRED,
    VALID,
    WITHDRAWN,
    Case,
    Notice,
    Question,
    day,
    moment,
)
from gateway.adapters.tax.mock_portal_pushes import Row, answer_by

LATE_INTEREST = "Tiền chậm nộp"
#: Where a scenario names no parts: all that is left, in one payment.
WHOLE = (1.0,)
#: A dossier that no sender has.
UNKNOWN_DOSSIER = "H99.99.99-260707-9999"
#: The paper of a question; what it says is of no matter.
PAPER = b"%PDF-1.4\n% yeu cau vi du\n%%EOF\n"
USUAL_QUESTION = "Đề nghị bổ sung, giải trình thông tin trên phiếu chuyển"


class Road(Protocol):
    """How the sender learns what tax did, besides the state of a case."""

    def collect(self, case: Case, /, *rows: Row) -> None:
        """Put rows into the next notice file."""

    async def ask(self, case: Case, question: Mapping[str, Any], /) -> None:
        """Pass on a question of tax."""

    def vouch(self, case: Case, voucher: Mapping[str, Any], wait_s: float, /) -> None:
        """Pass on a voucher after so many seconds, where the road has vouchers."""


class TaxAtWork:
    """Moves cases on by the clock; everything it does shows on the road or in a state."""

    def __init__(
        self, office: PortalOffice, road: Road, *, days_to_answer: int = 3
    ) -> None:
        """``days_to_answer``: working days for a question that names none."""
        self._office = office
        self._road = road
        self._days_to_answer = days_to_answer

    def _after_h(self, hours: float, work: Any, case: Case, *given: object) -> None:
        """In working time of the office."""
        act = partial(work, case, *given)
        self._office.work(case.dossier, float(hours), act)

    # ---- what comes in

    def opened(self, case: Case) -> None:
        """A slip was put on file: ask, or decide when the time has come."""
        question = case.scenario.get("question")
        if question is not None:
            self._after_h(question.get("after_h", 4), self._ask, case, question)
        if question is None or not question.get("holds", True):
            self._decide_later(case)

    def answered(self, case: Case, question: Question) -> None:
        """The time to decide starts with the answer to what held it."""
        if question.holds and not case.is_decided:
            self._decide_later(case)

    def ended(self, case: Case) -> None:
        """Replaced or withdrawn: what was asked for is owed no more."""
        for notice in case.notices:
            if notice.is_owed:
                self._withdraw(case, notice)

    # ---- what tax does

    def _decide_later(self, case: Case) -> None:
        hours = case.scenario.get("notices_after_h", 48)
        self._after_h(hours, self._decide, case)

    async def _ask(self, case: Case, told: Mapping[str, Any]) -> None:
        if not case.is_in_force:
            return
        now = self._office.now()
        number = f"{case.serial:06d}/YC-TĐTCQ"
        holds = bool(told.get("holds", True))
        case.questions[number] = Question(number, case.slip.number, holds)
        days = told.get("days", self._days_to_answer)
        content: dict[str, Any] = {
            "MaHoSo": case.dossier,
            "SoPhieu": case.slip.number,
            "SoVanBan": number,
            "NgayVanBan": day(now),
            "NoiDung": str(told.get("text", USUAL_QUESTION)),
            "HanTraLoi": day(answer_by(now, int(days))),
            "LoaiYeuCau": str(told.get("kind", "BO_SUNG")),
        }
        if told.get("file", False):
            paper = base64.b64encode(PAPER).decode()
            content["TepDinhKem"] = {"TenTep": "yeu-cau.pdf", "Tep": paper}
        await self._road.ask(case, content)

    async def _decide(self, case: Case) -> None:
        answer = case.scenario.get("answer", "notices")
        if not case.is_in_force or case.is_decided or answer == "silent":
            return
        case.is_decided = True
        rows = case.scenario.get("notice", USUAL_NOTICES)
        if answer == "refused":
            case.returned = str(case.scenario.get("reason", USUAL_REASON))
        elif answer == "exempt":
            case.exempted = sum(int(row["so_tien"]) for row in rows)
        else:
            self._issue(case, rows)
            self._plan(case)

    def _issue(self, case: Case, rows: Any) -> None:
        self._spoil(case)
        for row in rows:
            notice = self._new(
                case,
                str(row.get("tieu_muc", "Thuế thu nhập cá nhân")),
                int(row["so_tien"]),
                days=int(row.get("han_nop_days", USUAL_DAYS_TO_PAY)),
            )
            notice.status = DEFERRED if row.get("deferred", False) else VALID
            self._road.collect(case, self._row(case, notice))

    def _new(
        self, case: Case, item: str, amount: int, *, days: int = USUAL_DAYS_TO_PAY
    ) -> Notice:
        now = self._office.now()
        number = f"{case.serial:06d}-{len(case.notices) + 1:02d}/TB"
        notice = Notice(number, item, amount, now, now + timedelta(days=days))
        case.notices.append(notice)
        return notice

    def _row(
        self,
        case: Case,
        notice: Notice,
        *,
        amount: int | None = None,
        is_update: bool = False,
    ) -> Row:
        return Row(
            case.dossier,
            case.slip.payer_code,
            notice.number,
            day(notice.decided_at),
            notice.item,
            str(notice.amount if amount is None else amount),
            is_update,
        )

    def _spoil(self, case: Case) -> None:
        """The scenario's ``bad_row``, before the good ones of the same file."""
        wrong: dict[str, dict[str, Any]] = {
            "dossier": {"dossier": UNKNOWN_DOSSIER},
            "number": {"number": ""},
            "date": {"decided_on": "31-02-2026"},
            "amount": {"amount": "1.000.000"},
        }
        kind = case.scenario.get("bad_row")
        if kind is not None:
            today, number = day(self._office.now()), f"{case.serial:06d}-99/TB"
            good = Row(case.dossier, "", number, today, "Lệ phí trước bạ", "1000000")
            self._road.collect(case, replace(good, **wrong[kind]))

    def _plan(self, case: Case) -> None:
        """What the scenario says of the notices' later life."""
        scenario = case.scenario
        if (told := scenario.get("adjust")) is not None:
            self._after_h(told.get("after_h", 24), self._adjust, case, told)
        if (told := scenario.get("withdraw_notice")) is not None:
            self._after_h(told.get("after_h", 24), self._withdraw_one, case, told)
        if not scenario.get("never_paid", False):
            for index, part in enumerate(scenario.get("pay_parts", WHOLE)):
                wait_h = index * float(scenario.get("parts_every_h", 24))
                wait_h += float(scenario.get("pay_after_h", 72))
                # Citizens keep no hours.
                self._office.later(wait_h, partial(self._pay, case, part))
        if "late_interest" in scenario:
            last = max(notice.due_at for notice in case.notices) + timedelta(days=1)
            wait = (last - self._office.now()).total_seconds()
            self._office.after(wait, partial(self._charge, case))

    async def _adjust(self, case: Case, told: Mapping[str, Any]) -> None:
        if not case.is_in_force:
            return
        old = case.notices[int(told.get("notice", 1)) - 1]
        amount = int(told["so_tien"])
        if not told.get("new_number", False):
            old.amount = amount
            self._road.collect(case, self._row(case, old, is_update=True))
            return
        new = self._new(case, old.item, amount)
        old.status, old.replaced_by = ADJUSTED, new.number
        # What was paid of the old one is not owed once more.
        new.paid, old.paid = old.paid, 0
        self._road.collect(
            case,
            self._row(case, old, amount=0, is_update=True),
            self._row(case, new, is_update=True),
        )

    async def _withdraw_one(self, case: Case, told: Mapping[str, Any]) -> None:
        if case.is_in_force:
            self._withdraw(case, case.notices[int(told.get("notice", 1)) - 1])

    def _withdraw(self, case: Case, notice: Notice) -> None:
        notice.status = WITHDRAWN
        self._road.collect(case, self._row(case, notice, amount=0, is_update=True))

    async def _charge(self, case: Case) -> None:
        """Late interest, where something is still owed after the due date."""
        if case.is_in_force and case.left > 0:
            amount = int(case.scenario["late_interest"])
            notice = self._new(case, LATE_INTEREST, amount)
            self._road.collect(case, self._row(case, notice))

    async def _pay(self, case: Case, part: float) -> None:
        """The citizen pays a part of each notice that is not deferred.

        A bank counter gives no voucher.
        """
        if not case.is_in_force:
            return
        due = [n for n in case.notices if n.status == VALID and n.paid < n.amount]
        for index, notice in enumerate(due):
            share = part if isinstance(part, int) else notice.amount * part
            amount = min(round(share), notice.amount - notice.paid)
            notice.paid += amount
            if amount > 0 and case.scenario.get("voucher", True):
                voucher = self._voucher(case, notice, amount)
                # One second apart: none waits for another, and their order is known.
                self._road.vouch(case, voucher, float(index))

    def _voucher(self, case: Case, notice: Notice, amount: int) -> dict[str, Any]:
        payment = {
            "MaThongBaoThue": notice.number,
            "SoTien": str(amount),
            "NoiDungThanhToan": notice.item,
            "ThoiGianThanhToan": moment(self._office.now()),
            "TrangThaiThanhToan": "1",
        }
        data: dict[str, Any] = {
            "MaHoSo": case.dossier,
            "MaSoThue": case.slip.payer_code,
            "HoTenNguoiNopTien": case.slip.payer,
            "HuyenNguoiNopTien": "",
            "ThongTinThanhToan": payment,
        }
        return {"IsUpdating": "False", "Data": data}
