"""The operations that the land system offers, and the files that it lends."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import orjson

from gateway.adapters.land_registry.mock_answers import NotTaken, answer
from gateway.adapters.land_registry.mock_callbacks import Callbacks
from gateway.adapters.land_registry.mock_contract import (
    Handler,
    Office,
    Reply,
    Request,
)
from gateway.adapters.land_registry.mock_demands import read, weigh_files
from gateway.adapters.land_registry.mock_dialect import Dialect
from gateway.adapters.land_registry.mock_register import WORDS, Dossier, Register
from gateway.adapters.land_registry.mock_script import Script

BODY_LIMIT = 64 * 1024 * 1024

#: What an operation made of a message: name of the answer, and facts for the book.
Outcome = tuple[str, dict[str, str | int | bool]]


class LandSystem:
    """One land system with its register; several branches may share it."""

    def __init__(
        self, office: Office, settings: Mapping[str, Any], dialect: Dialect
    ) -> None:
        """Nothing is sent before the first dossier has come."""
        self._office = office
        self._dialect = dialect
        self._register = Register(settings, dialect.own_number)
        self._callbacks = Callbacks(office, dialect)
        office.shows(f"Sổ hồ sơ đất đai ({dialect.base})", self._register.kept, WORDS)
        self._script = Script(office, self._register, self._callbacks, dialect)

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Method, path and handler of each operation."""
        works: dict[str, Callable[[dict[str, Any]], Outcome]] = {
            "hand_over": self._hand_over,
            "supplement": self._supplement,
            "result_handed": self._result_handed,
            "result_wrong": self._result_wrong,
            "paid": self._paid,
            "owed_again": self._owed_again,
            "withdraw": self._withdraw,
        }
        routes: list[tuple[str, str, Handler]] = [
            (
                "POST",
                f"{self._dialect.base}/{name}",
                partial(self._serve, name, kind, works[kind]),
            )
            for name, kind in self._dialect.kinds.items()
        ]
        return [*routes, ("GET", f"{self._dialect.files}/{{name}}", self._file)]

    async def _serve(
        self,
        operation: str,
        kind: str,
        work: Callable[[dict[str, Any]], Outcome],
        request: Request,
    ) -> Reply:
        now = self._office.now()
        if len(request.body) > BODY_LIMIT:
            self._office.arrived(kind, "", answer="too_large")
            return 413, "text/plain; charset=utf-8", b""
        number, detail = "", ""
        facts: dict[str, str | int | bool] = {}
        try:
            number = self._number(request)
            name, facts = work(read(self._dialect.shapes[operation], request.body))
        except NotTaken as refusal:
            name, detail = refusal.name, refusal.detail
        self._office.arrived(kind, number, answer=name, **facts)
        return answer(name, now, detail)

    def _number(self, request: Request) -> str:
        named = number_named(request.body)
        dossier = self._register.known(named)
        return dossier.number if dossier else named

    def _hand_over(self, message: dict[str, Any]) -> Outcome:
        receipt = message["SoBienNhan"]
        number = message.get("MaHoSoMotCua") or receipt
        weight = weigh_files(message["DanhSachGiayToDinhKem"])
        known = self._register.known(receipt)
        if known is not None and known.number != number:
            raise NotTaken("number_of_another", receipt)
        if known is not None and not known.back_at_counter:
            raise NotTaken("already_there")
        self._register.check(message)
        content = _without_files(message)
        if known is not None:
            known.content = content
            known.back_at_counter = False
            return self._in_effect(known, "hand_over", "corrected", weight)
        dossier = self._register.open(number, content)
        return self._in_effect(dossier, "hand_over", "accepted", weight)

    def _supplement(self, message: dict[str, Any]) -> Outcome:
        dossier = self._running(message)
        weight = weigh_files(message["DanhSachGiayToBoSung"])
        if not dossier.waits_for_papers:
            raise NotTaken("not_waiting")
        dossier.waits_for_papers = False
        return self._in_effect(dossier, "supplement", "accepted", weight)

    def _result_handed(self, message: dict[str, Any]) -> Outcome:
        dossier = self._finished(message)
        if dossier.handed:
            raise NotTaken("result_already_handed")
        dossier.handed = True
        return self._in_effect(dossier, "result_handed", "accepted")

    def _result_wrong(self, message: dict[str, Any]) -> Outcome:
        dossier = self._finished(message)
        weight = weigh_files(message["DanhSachGiayToDinhKem"])
        return self._in_effect(dossier, "result_wrong", "accepted", weight)

    def _paid(self, message: dict[str, Any]) -> Outcome:
        dossier = self._register.find(message["SoBienNhan"])
        if dossier.paid:
            raise NotTaken("paid_already_noted")
        self._running(message).paid = True
        dossier.owed_again.clear()
        notices = {"notices": len(message["DanhSachThongBao"])}
        return self._in_effect(dossier, "paid", "accepted_paid", notices)

    def _owed_again(self, message: dict[str, Any]) -> Outcome:
        dossier = self._register.find(message["SoBienNhan"])
        rows = message["DanhSachThongBao"]
        numbers = frozenset(row["SoThongBao"] for row in rows)
        if numbers in dossier.owed_again:
            raise NotTaken("owed_again_already_noted")
        self._running(message).paid = False
        dossier.owed_again.add(numbers)
        notices = {"notices": len(rows)}
        return self._in_effect(dossier, "owed_again", "accepted_owed_again", notices)

    def _withdraw(self, message: dict[str, Any]) -> Outcome:
        dossier = self._register.find(message["SoBienNhan"])
        if dossier.withdrawn:
            raise NotTaken("withdrawal_already_noted")
        self._running(message).withdrawn = True
        self._script.drop_waiting(dossier)
        return self._in_effect(dossier, "withdraw", "accepted_withdrawal")

    def _running(self, message: dict[str, Any]) -> Dossier:
        dossier = self._register.find(message["SoBienNhan"])
        if dossier.ended:
            raise NotTaken("dossier_ended")
        return dossier

    def _finished(self, message: dict[str, Any]) -> Dossier:
        dossier = self._register.find(message["SoBienNhan"])
        if not dossier.ended:
            raise NotTaken("no_result_yet")
        return dossier

    def _in_effect(
        self,
        dossier: Dossier,
        kind: str,
        name: str,
        facts: dict[str, int] | None = None,
    ) -> Outcome:
        booked: dict[str, str | int | bool] = {**(facts or {})}
        self._office.effect(kind, dossier.number, **booked)
        self._script.happened(dossier, kind)
        if kind == "hand_over":
            self._callbacks.pull_lists_once(dossier.branch)
        return name, booked

    async def _file(self, request: Request) -> Reply:
        found = self._script.files.get(request.params["name"])
        if found is None:
            return 404, "text/plain; charset=utf-8", b""
        return 200, "application/pdf", found


def number_named(body: bytes) -> str:
    """The number in a message: dossier code, else receipt number, else empty."""
    for name in (b"MaHoSoMotCua", b"SoBienNhan"):
        found = re.search(rb'"%b"\s*:\s*("(?:[^"\\]|\\.)*")' % name, body)
        if found:
            return _text(found[1])
    return ""


def _text(literal: bytes) -> str:
    try:
        return str(orjson.loads(literal))
    except orjson.JSONDecodeError:
        return ""


def _without_files(message: dict[str, Any]) -> dict[str, Any]:
    """The message to be remembered; scans would only fill the memory."""
    return {k: v for k, v in message.items() if k != "DanhSachGiayToDinhKem"}
