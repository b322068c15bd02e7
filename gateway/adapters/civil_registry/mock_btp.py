"""BTP: takes dossiers in two envelopes, and answers three at a time."""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from gateway.adapters.civil_registry.mock_contract import (
    MAX_BODY_BYTES,
    TEXT,
    Handler,
    Office,
    Reply,
    Request,
    as_json,
    parsed,
)
from gateway.adapters.civil_registry.mock_officer import Officer, entry
from gateway.adapters.civil_registry.mock_published import (
    Published,
    Unreadable,
    decoded,
    fields_of_json,
    fields_of_xml,
)
from gateway.adapters.civil_registry.mock_register import (
    Register,
    Registration,
    scenario_of,
)


class Told(Exception):
    """An answer that ends a call; ``name`` as in codes.toml."""

    def __init__(self, name: str, fields: str = "") -> None:
        """``fields``: names of wrong ones, glued together."""
        super().__init__(name)
        self.name = name
        self.fields = fields


class BTP:
    """The ministry's electronic civil registry."""

    def __init__(
        self, office: Office, published: Published, register: Register
    ) -> None:
        """Nothing has come."""
        self._office = office
        self._settings: Mapping[str, Any] = office.settings["btp"]
        self._published = published
        self._register = register
        self._officer = Officer(office, register)
        self._polls = 0
        self._pushes: Counter[str] = Counter()
        self._asked_at: dict[tuple[str, str], datetime] = {}

    def routes(self) -> tuple[tuple[str, str, Handler], ...]:
        """Every operation with its path."""
        return (
            ("POST", "/btp/nhanHoSoDKHT", partial(self._admit, self._push)),
            ("POST", "/btp/dangKyHoTich", partial(self._admit, self._push)),
            ("POST", "/btp/layKetQuaDKHT", partial(self._admit, self._poll)),
        )

    async def _admit(self, work: Handler, request: Request) -> Reply:
        if not self._knows(request.headers.get("Authorization", "")):
            self._office.arrived("btp_denied", "")
            return 401, TEXT, b""
        if len(request.body) > MAX_BODY_BYTES:
            return 413, TEXT, b""
        return await work(request)

    def _knows(self, shown: str) -> bool:
        if "account" not in self._settings:
            return True
        pair = f"{self._settings['account']}:{self._settings['password']}"
        wanted = "Basic " + base64.b64encode(pair.encode()).decode()
        return hmac.compare_digest(shown.encode(), wanted.encode())

    # ---- dossiers

    async def _push(self, request: Request) -> Reply:
        operation = request.path.rpartition("/")[2]
        is_linked = operation == "nhanHoSoDKHT"
        kind = "btp_push" if is_linked else "btp_register"
        content = parsed(request.body) or {}
        number = str(content.get("maHoSoLT" if is_linked else "maHoSo", ""))
        own = str(content.get("maHoSoMCDT" if is_linked else "maHoSo", ""))
        planned = scenario_of(self._office, number, own)
        try:
            self._refuse_as_planned(number, planned, operation, content)
            name, fields = self._taken(operation, content), ""
        except Told as told:
            name, fields = told.name, told.fields
        self._office.arrived(kind, number, answer=name)
        return self._said(name, fields, planned)

    def _refuse_as_planned(
        self,
        number: str,
        planned: Mapping[str, Any],
        operation: str,
        content: Mapping[str, Any],
    ) -> None:
        self._pushes[number] += 1
        is_its_turn = self._pushes[number] <= int(planned.get("btp_says_times", 1))
        if "btp_says" in planned and is_its_turn:
            if planned.get("btp_says_stored"):
                self._taken(operation, content)
            raise Told(planned["btp_says"])

    def _taken(self, operation: str, content: Mapping[str, Any]) -> str:
        """Look at a push in the published order, and store it.

        Raises:
            Told: with what is answered instead.
        """
        if not content:
            raise Told("unreadable")
        wrong = self._published.wrong(operation, content)
        if wrong == ["module"]:
            raise Told("unreadable")
        if wrong:
            raise Told("fields_wrong", "".join(wrong))
        if content["maDonVi"] not in self._settings["units"]:
            raise Told("unit_unknown")
        is_linked = operation == "nhanHoSoDKHT"
        number = content["maHoSoLT" if is_linked else "maHoSo"]
        before = self._register.registrations.get((content["module"], number))
        if before is not None and before.state == 6:
            raise Told("ended_refused")
        if before is not None and before.state != 2:
            raise Told("already_there")
        self._look_inside(content, is_linked=is_linked)
        if before is not None:
            self._office.effect("btp_supplement", number)
            self._officer.supplied(before)
            return "accepted"
        self._open(content, number, is_linked=is_linked)
        return "accepted"

    def _look_inside(self, content: Mapping[str, Any], *, is_linked: bool) -> None:
        module = content["module"].removeprefix("LT")
        try:
            read = fields_of_json if is_linked else fields_of_xml
            fields = read(content["data"])
            wrong = self._published.wrong(f"LT{module}", fields)
            if wrong:
                raise Told("fields_wrong", "".join(wrong))
            for paper in content.get("fileDinhKem", ()):
                decoded(paper["duLieuTepDinhKem"])
        except Unreadable as error:
            raise Told("unreadable") from error

    def _open(
        self, content: Mapping[str, Any], number: str, *, is_linked: bool
    ) -> None:
        own = content["maHoSoMCDT"] if is_linked else number
        planned = scenario_of(self._office, number, own)
        registration = Registration(
            module=content["module"],
            number=number,
            linked=number if is_linked else "",
            own=own,
            province=planned.get("filed_under", self._settings["province"]),
            changed_at=self._office.now(),
        )
        self._register.registrations[(registration.module, number)] = registration
        kind = "btp_push" if is_linked else "btp_register"
        self._office.effect(kind, number, ma_ho_so=own)
        self._officer.begin(registration)

    def _said(self, name: str, fields: str, planned: Mapping[str, Any]) -> Reply:
        row = self._published.btp[name]
        words = str(row["text"]).partition(": ")[0]
        status: str | int = row["sent_as"]
        if planned.get("written") == "numbers":
            status = int(status)
        is_taken = row["sent_as"] == "1"
        told = {
            "status": status,
            "statusDescription": words,
            "errorCode": "" if is_taken else "ERR",
            "errorDescription": f"{words}: {fields}" if fields else "",
        }
        return as_json(200, told)

    # ---- results

    async def _poll(self, request: Request) -> Reply:
        content = parsed(request.body) or {}
        asked = content.get("maDinhDanhHoSo")
        numbers = [str(one) for one in asked] if isinstance(asked, list) else []
        planned = [scenario_of(self._office, number) for number in numbers]
        is_alone = self._polls == 0
        self._polls += 1
        try:
            if not is_alone:
                raise Told("overlapping")
            works_s = max((float(p.get("poll_works_s", 0)) for p in planned), default=0)
            if works_s:
                await asyncio.sleep(works_s)
            value, answer = self._found(content, numbers), "found"
        except Told as told:
            value, answer = None, told.name
        finally:
            self._polls -= 1
        for number in numbers or [""]:
            at_once = len(numbers)
            self._office.arrived("btp_poll", number, answer=answer, at_once=at_once)
        row = self._published.btp[answer]
        is_text = any(one.get("written") == "text" for one in planned)
        status = row["sent_as"] if is_text else int(row["sent_as"])
        words = {"status": status, "statusDescription": row["text"], "value": value}
        if is_text and not value:
            words["value"] = None
        return as_json(200, words)

    def _found(
        self, content: Mapping[str, Any], numbers: list[str]
    ) -> list[dict[str, Any]]:
        if len(numbers) > 3:
            raise Told("too_many")
        if self._published.wrong("btp-poll", content):
            raise Told("unreadable")
        if content["maTinh"] not in self._settings["provinces"]:
            raise Told("province_unknown")
        self._refuse_if_too_often(content, numbers)
        found = [
            self._register.registrations.get((content["module"], number))
            for number in numbers
        ]
        return [
            entry(one, scenario_of(self._office, one.number, one.own))
            for one in found
            if one is not None and one.province == content["maTinh"]
        ]

    def _refuse_if_too_often(
        self, content: Mapping[str, Any], numbers: list[str]
    ) -> None:
        least = float(self._settings.get("min_poll_s", 0))
        now = self._office.now()
        for number in numbers:
            key = (content["maTinh"], number)
            before = self._asked_at.get(key)
            if before is not None and (now - before).total_seconds() < least:
                raise Told("busy")
        for number in numbers:
            self._asked_at[content["maTinh"], number] = now
