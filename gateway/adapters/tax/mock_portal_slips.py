"""Slips and answers as every road takes them: read, looked at, put on file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lxml.etree import _Element

from gateway.adapters.tax.mock_counter import check_content
from gateway.adapters.tax.mock_portal_calls import SLIPS, Told
from gateway.adapters.tax.mock_portal_desk import Case, PortalDesk, Question, Slip
from gateway.adapters.tax.mock_portal_tax import TaxAtWork
from gateway.adapters.tax.mock_signatures import (
    Certificate,
    find_signature,
    signed_row,
)
from gateway.adapters.tax.mock_xml import Refused, Schemas, parse, tag, text_of

#: Codes of the checks that all carriers share → names of answers; what is not
#: listed is about the slip's content.
_NAMES = {
    "01": "slip_schema",
    "02": "signature_missing",
    "03": "signature_invalid",
    "04": "certificate_unknown",
}


@contextmanager
def _told() -> Iterator[None]:
    """A check that refuses a slip is told by the name of the answer."""
    try:
        yield
    except Refused as refused:
        raise Told(_NAMES.get(refused.code, "slip_data"), refused.note) from refused


@dataclass(slots=True)
class SlipFile:
    """Slips and answers of one road; whatever is refused raises ``Told``."""

    schemas: Schemas
    issuers: tuple[Certificate, ...]
    tax: TaxAtWork
    desk: PortalDesk = field(default_factory=PortalDesk)
    _forced: dict[str, int] = field(default_factory=dict)

    def read(self, raw: bytes, now: datetime) -> tuple[_Element, Slip]:
        """The ROW that was signed, and the slip in it."""
        with _told():
            root = parse(raw)
            find_signature(root)
            self.schemas.check(root, "DATA")
            row = signed_row(root, self.issuers, now)
            if row.find(tag("TT_CHUNG")) is None:
                raise Refused("01", "TT_CHUNG")
            return row, _slip(row, raw, now)

    def refuse_repeat(
        self, unit: str, dossier: str, numbers: tuple[str, str], raw: bytes
    ) -> None:
        """``numbers``: those of the slip, and its kind."""
        for slip in self.desk.slips(unit, dossier):
            if (slip.number, slip.kind) == numbers:
                raise Told("already_there" if slip.raw == raw else "contradiction")

    def refuse_if_told(self, dossier: str, scenario: Mapping[str, Any]) -> None:
        """The scenario's ``slip_error``, for the first ``slip_error_times`` slips."""
        name = str(scenario.get("slip_error", ""))
        told = self._forced.get(dossier, 0)
        if name and told < int(scenario.get("slip_error_times", 1_000_000)):
            self._forced[dossier] = told + 1
            raise Told(name)

    def related(self, unit: str, dossier: str, slip: Slip) -> Case | None:
        """The case that a slip refers to, as it was signed."""
        if slip.kind == "10":
            return None
        return self.desk.opened_by(unit, dossier, slip.refers_to)

    def check(
        self, unit: str, dossier: str, row: _Element, slip: Slip, related: Case | None
    ) -> None:
        """What tax looks at in a slip that was read."""
        with _told():
            check_content(row, slip.taken_at)
        numbers = {one.number for one in self.desk.slips(unit, dossier)}
        if slip.number in numbers:
            raise Told("slip_data", "TT_CHUNG/SO_PHIEU")
        if slip.kind in {"12", "13"} and related is None:
            raise Told("related_unknown")
        if related is not None and not related.is_in_force:
            raise Told("related_ended")

    def take(
        self,
        unit: str,
        dossier: str,
        slip: Slip,
        related: Case | None,
        scenario: Mapping[str, Any],
    ) -> None:
        """Put a slip on file that passed every check."""
        if slip.kind in {"10", "11"}:
            opened = self.desk.open(
                unit, dossier, slip, replaces=related, scenario=scenario
            )
            self.tax.opened(opened)
        elif related is not None:
            related.slips.append(slip)
            if slip.kind == "13":
                related.withdrawn_by = slip
        if related is not None and not related.is_in_force:
            self.tax.ended(related)

    def question(self, unit: str, told: Mapping[str, Any]) -> Question:
        """The question that an answer names; ``told``: Data of the answer."""
        dossier, number = str(told["MaHoSo"]), str(told["SoVanBan"])
        question = self.desk.question(unit, dossier, number)
        if question is None or question.slip != told["SoPhieu"]:
            raise Told("question_unknown")
        return question

    def answer(
        self, unit: str, dossier: str, question: Question, answer: tuple[Any, ...]
    ) -> None:
        """Each question is answered once."""
        if question.answer is not None:
            same = question.answer == answer
            raise Told("already_there" if same else "contradiction")
        question.answer = answer
        case = self.desk.case_of(unit, dossier, question.slip)
        if case is not None:
            self.tax.answered(case, question)


def glance_at_slip(raw: bytes) -> tuple[str, str]:
    """Kind and MA_HS of a slip that may be wrong in every way, neither verified."""
    kind = re.search(rb"<(?:[\w.-]+:)?MSG_TYPE>(\d\d)<", raw)
    dossier = re.search(rb"<(?:[\w.-]+:)?MA_HS>([^<]{1,50})<", raw)
    return (
        SLIPS.get(kind[1].decode(), "unknown") if kind else "unknown",
        dossier[1].decode("utf-8", "replace").strip() if dossier else "",
    )


def _slip(row: _Element, raw: bytes, now: datetime) -> Slip:
    people = row.findall(tag("TT_NSD"))
    payer = people[-1]
    code = text_of(payer, "MST") or text_of(payer, "SO_GIAYTO")
    return Slip(
        number=text_of(row, "TT_CHUNG/SO_PHIEU"),
        kind=text_of(row, "SYSTEM_INFO/MSG_TYPE"),
        raw=raw,
        seq_id=text_of(row, "SYSTEM_INFO/SEQ_ID"),
        refers_to=text_of(row, "SYSTEM_INFO/SEQ_REFID"),
        payer=text_of(payer, "HO_TEN"),
        payer_code=code if code.isdigit() and len(code) in {10, 12} else "",
        taken_at=now,
    )
