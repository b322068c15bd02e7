"""Where the portal checks, stores and answers the calls of senders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from lxml.etree import _Element

from gateway.adapters.tax.mock_counter import Request
from gateway.adapters.tax.mock_limits import CallLimits, TooManyCalls
from gateway.adapters.tax.mock_portal_calls import (
    MAX_BODY_BYTES,
    TEXT,
    Call,
    PortalOffice,
    Published,
    Reply,
    Told,
    decoded,
    files_of,
    glance,
    opened,
    read,
)
from gateway.adapters.tax.mock_portal_desk import Case, PortalDesk, Slip
from gateway.adapters.tax.mock_portal_pushes import Pushes
from gateway.adapters.tax.mock_portal_slips import SlipFile
from gateway.adapters.tax.mock_portal_tax import TaxAtWork
from gateway.adapters.tax.mock_signatures import Certificate, check_seal, load_all
from gateway.adapters.tax.mock_xml import Refused, Schemas, text_of

_AGENCIES = Path(__file__).resolve().parents[3] / "schemas" / "agencies"


@dataclass(slots=True)
class PortalCounter:
    """Where calls are checked, stored and answered."""

    office: PortalOffice
    published: Published
    slips: SlipFile
    senders: tuple[Certificate, ...]
    _asked_at: dict[tuple[str, str, str], datetime] = field(default_factory=dict)
    _limits: CallLimits = field(default_factory=CallLimits)

    @classmethod
    def open(cls, office: PortalOffice) -> PortalCounter:
        """Read schemas and certificates."""
        settings = office.settings
        slips = Path(settings.get("schemas", _AGENCIES / "tax"))
        own = Path(settings["portal"].get("schemas", _AGENCIES / "tax_portal"))
        desk = PortalDesk()
        office.shows("Phiếu chuyển đã nhận (Cổng)", desk.seen)
        return cls(
            office,
            Published.load(own),
            SlipFile(
                Schemas.load(slips),
                load_all(settings["issuer_certificates"]),
                TaxAtWork(office, Pushes(office)),
                desk,
            ),
            load_all(settings["gateway_certificate"]),
        )

    async def receive(self, request: Request) -> Reply:
        """Every call that can be read is answered 201."""
        if len(request.body) > MAX_BODY_BYTES:
            return 413, TEXT, b""
        kind, number = glance(request.body)
        facts: dict[str, str | int | bool] = {}
        try:
            unit, content = opened(request.body, self.office.settings["portal"])
            works_s = self.office.scenario(number, "tax_portal").get("works_s", 0)
            async with self._limits.call_of(unit, self.office.now(), float(works_s)):
                call = read(unit, content, self.published)
                facts["id"] = call.id
                facts["so_phieu"] = str(call.data["SoPhieu"])
                reply = self._reply(call)
        except (Told, TooManyCalls) as refused:
            told = refused if isinstance(refused, Told) else Told("overload")
            self.office.arrived(kind, number, **facts, error=told.name)
            return self.published.reply(told.name, told.place)
        self.office.arrived(kind, number, **facts)
        return reply

    def _reply(self, call: Call) -> Reply:
        scenario = self.office.scenario(call.number, "tax_portal")
        zero = scenario.get("zero", "0")
        if call.service == "TraCuuNghiaVu":
            data = self._enquired(call)
            return self.published.reply("found", zero=zero, data=data)
        if call.service == "GuiPhieuChuyen":
            self._take_slip(call, scenario)
        else:
            self._take_answer(call)
        return self.published.reply("accepted", zero=zero)

    # ---- slips

    def _take_slip(self, call: Call, scenario: Mapping[str, Any]) -> None:
        """Steps 5 to 8 of the checks, then the file."""
        raw = self._sealed(call)
        numbers = (call.data["SoPhieu"], call.data["LoaiPhieu"])
        self.slips.refuse_repeat(call.unit, call.number, numbers, raw)
        self.slips.refuse_if_told(call.number, scenario)
        row, slip = self.slips.read(raw, self.office.now())
        related = self._compared(call, row, slip)
        self.slips.check(call.unit, call.number, row, slip, related)
        self.slips.take(call.unit, call.number, slip, related, scenario)
        self.office.effect(call.kind, call.number, so_phieu=slip.number)

    def _sealed(self, call: Call) -> bytes:
        own = self.office.settings.get("ma_cqt")
        if own is not None and call.data["MaCoQuanThue"] != own:
            raise Told("wrong_office")
        raw = decoded(call.data["FilePhieuChuyen"], "Data.FilePhieuChuyen")
        try:
            check_seal(call.data["DauChuyen"], raw, self.senders, self.office.now())
        except Refused as refused:
            raise Told("seal_invalid") from refused
        return raw

    def _compared(self, call: Call, row: _Element, slip: Slip) -> Case | None:
        """The related case, once what stands outside is what was signed."""
        signed = {
            "MaHoSo": text_of(row, "TT_CHUNG/MA_HS"),
            "SoPhieu": slip.number,
            "LoaiPhieu": slip.kind,
        }
        for name, value in signed.items():
            if call.data[name] != value:
                raise Told("slip_differs", f"Data.{name}")
        if slip.kind == "10":
            return None
        related = self.slips.related(call.unit, call.number, slip)
        named = call.data.get("SoPhieuLienQuan")
        known = self.slips.desk.slips(call.unit, call.number)
        by_number = next((one for one in known if one.number == named), None)
        seq_id = by_number.seq_id if by_number else slip.refers_to
        if seq_id != slip.refers_to or (related and named not in {None, _of(related)}):
            raise Told("slip_differs", "Data.SoPhieuLienQuan")
        return related

    # ---- questions

    def _take_answer(self, call: Call) -> None:
        answer = (call.data["NoiDung"], *files_of(call.data))
        question = self.slips.question(call.unit, call.data)
        self.slips.answer(call.unit, call.number, question, answer)
        self.office.effect("question_answer", call.number, so_van_ban=question.number)

    # ---- enquiries

    def _enquired(self, call: Call) -> dict[str, Any]:
        number = str(call.data["SoPhieu"])
        self._refuse_if_too_often((call.unit, call.number, number))
        case = self.slips.desk.case_of(call.unit, call.number, number)
        if case is not None:
            return case.told()
        return {"MaHoSo": call.number, "TrangThai": "CHUA_CO", "SoPhieu": number}

    def _refuse_if_too_often(self, key: tuple[str, str, str]) -> None:
        least = float(self.office.settings["portal"].get("min_poll_s", 0))
        now, before = self.office.now(), self._asked_at.get(key)
        if before is not None and (now - before).total_seconds() < least:
            raise Told("overload")
        self._asked_at[key] = now


def _of(case: Case) -> str:
    return case.slip.number
