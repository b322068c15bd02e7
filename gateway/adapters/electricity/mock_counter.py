"""Where the company checks, keeps and answers the calls of senders."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from gateway.adapters.electricity.mock_contract import Handler, Office, Reply, Request
from gateway.adapters.electricity.mock_published import (
    CANCEL,
    KINDS,
    NEW,
    PAPER,
    PROGRESS,
    SUPPLEMENT,
    TEXT,
    Published,
    Told,
    knows,
    number_in,
    parsed,
)
from gateway.adapters.electricity.mock_register import Case, Row, content_of
from gateway.adapters.electricity.mock_works import Works, day_of

MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_FILE_BYTES = 10 * 1024 * 1024
_SUCCESSES = {"accepted", "already_there", "found"}

#: Name of an answer, and its further fields.
Said = tuple[str, dict[str, Any]]


@dataclass(slots=True)
class ServiceDesk:
    """The register, and the five operations on it."""

    office: Office
    published: Published
    works: Works
    _cases: dict[str, Case] = field(default_factory=dict)
    _asked_at: dict[str, datetime] = field(default_factory=dict)
    _odd: Counter[tuple[str, str]] = field(default_factory=Counter)
    #: answers that were given because the scenario wants them

    def cases(self) -> Mapping[str, Case]:
        """The register, for people to look at."""
        return self._cases

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Each operation at its path."""
        return [("POST", f"/{name}", partial(self._serve, name)) for name in KINDS]

    async def _serve(self, operation: str, request: Request) -> Reply:
        if len(request.body) > MAX_BODY_BYTES:
            return 413, TEXT, b""
        call = parsed(request.body)
        number = number_in(call)
        place = ""
        try:
            name, more = self._answer(operation, call)
        except Told as told:
            name, place, more = told.name, told.place, {}
        wanted = self._wanted(operation, number)
        if wanted:
            name, place, more = wanted, "", {}
        older = self.office.settings.get("service", "newer") == "older"
        if (
            older
            and operation == PROGRESS
            and name in {"request_unknown", "system_error"}
        ):
            name = "not_found_or_error"
        if name in _SUCCESSES:
            more = {"TYPE": self.office.settings.get("success", "OK"), **more}
        self.office.arrived(KINDS[operation], number, answer=name)
        return self.published.reply(name, place, **more)

    def _wanted(self, operation: str, number: str) -> str:
        """An answer that hides what was really done, because the scenario says so."""
        scenario = self.office.scenario(number)
        table = scenario.get("answer_after", {})
        name = str(table.get(operation, ""))
        if not name or self._odd[operation, number] >= int(table.get("times", 1)):
            return ""
        self._odd[operation, number] += 1
        return name

    def _answer(self, operation: str, call: dict[str, Any] | None) -> Said:
        if call is None:
            raise Told("malformed")
        if not knows(call.get("KHOA"), self.office.settings["key"]):
            raise Told("key_refused")
        self.published.check(operation, call)
        if operation == NEW:
            return self._receive(call)
        if operation == PROGRESS:
            self._not_too_often(call["MA_HOSO_DVC"])
        case = self._cases.get(call["MA_HOSO_DVC"])
        if case is None or call.get("MA_YCAU_KNAI", case.own_number) != case.own_number:
            raise Told("request_unknown")
        works = {
            PROGRESS: self._progress,
            PAPER: self._paper,
            SUPPLEMENT: self._supplement,
            CANCEL: self._cancel,
        }
        return works[operation](case, call)

    def _receive(self, call: dict[str, Any]) -> Said:
        number, content = str(call["MA_HOSO_DVC"]), content_of(call)
        known = self._cases.get(number)
        if known is not None:
            if known.content != content:
                raise Told("contradiction")
            return _said(known, repeated=True)
        settings = self.office.settings
        if call["MA_DVIQLY"] not in settings.get("units", [call["MA_DVIQLY"]]):
            raise Told("wrong_unit")
        customer = str(call.get("MA_KHANG", ""))
        if customer and customer not in settings.get("customers", [customer]):
            raise Told("customer_unknown")
        own = f"99{day_of(self.office.now())}{len(self._cases) + 1:07d}"
        case = Case(number, own, content, str(call["MA_DVIQLY"]), customer)
        self._cases[number] = case
        self.office.effect(
            "hand_over", number, ma_loai_ycau=case.kind, ma_ycau_knai=own
        )
        self.works.take_up(case)
        return _said(case)

    def _not_too_often(self, number: str) -> None:
        gap_s = float(self.office.settings.get("min_poll_s", 0))
        now, last = self.office.now(), self._asked_at.get(number)
        if last is not None and (now - last).total_seconds() < gap_s:
            raise Told("too_often")
        self._asked_at[number] = now

    def _progress(self, case: Case, _call: Mapping[str, Any]) -> Said:
        told = {
            "MA_HOSO_DVC": case.number,
            "MA_YCAU_KNAI": case.own_number,
            "MA_DVIQLY": case.unit,
            **({"MA_KHANG": case.customer} if case.customer else {}),
            "HSGT": [
                {"MA_LOAI_HSO": kind, "MA_BAM": hash_} for kind, hash_ in case.papers
            ],
            "TIEN_DO": self.works.writing.rows(case),
        }
        return "found", told

    def _paper(self, case: Case, call: Mapping[str, Any]) -> Said:
        name = (str(call["MA_LOAI_HSO"]), str(call["MA_BAM"]))
        if name in case.papers:
            return _said(case, repeated=True)
        if case.has_ended:
            raise Told("request_ended")
        raw = _decoded(call["NOI_DUNG_TEP"])
        if hashlib.sha256(raw).hexdigest() != name[1]:
            raise Told("unreadable_file", "MA_BAM")
        case.papers[name] = None
        self.office.effect("paper", case.number, ma_loai_hso=name[0], bytes=len(raw))
        self.works.take_up(case)
        return _said(case)

    def _supplement(self, case: Case, call: Mapping[str, Any]) -> Said:
        content, known = content_of(call), case.answers.get(call["MA_GIAODICH"])
        if known is not None:
            if known != content:
                raise Told("contradiction")
            return _said(case, repeated=True)
        if case.has_ended:
            raise Told("request_ended")
        row = self._asking(case)
        there = {hash_ for _, hash_ in case.papers}
        if not there.issuperset(call["DS_MA_BAM"]):
            raise Told("papers_missing")
        case.answers[call["MA_GIAODICH"]] = content
        self.office.effect("supplement", case.number, papers=len(call["DS_MA_BAM"]))
        self.works.supplement(case, row)
        return _said(case)

    def _asking(self, case: Case) -> Row:
        for row in case.rows:
            if row.is_open and self.published.asks_for_papers(row.obstacle):
                return row
        raise Told("nothing_asked")

    def _cancel(self, case: Case, _call: Mapping[str, Any]) -> Said:
        if case.is_cancelled:
            return _said(case, repeated=True)
        if case.has_ended:
            raise Told("request_ended")
        if case.has_begun("BTT"):
            raise Told("too_late")
        self.office.effect("withdraw", case.number)
        self.works.cancel(case)
        return _said(case)


def _said(case: Case, *, repeated: bool = False) -> Said:
    name = "already_there" if repeated else "accepted"
    return name, {
        "MA_YCAU_KNAI": case.own_number,
        "TRUNG_HSO": "1" if repeated else "0",
    }


def _decoded(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Told("unreadable_file", "NOI_DUNG_TEP") from error
    if len(raw) > MAX_FILE_BYTES:
        raise Told("unreadable_file", "NOI_DUNG_TEP")
    return raw
