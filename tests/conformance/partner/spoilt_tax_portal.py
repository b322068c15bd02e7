"""Portals to tax that are wrong in one thing each: the mock with that thing spoilt."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest
from aiohttp import web

from gateway.adapters.tax import (
    mock_limits,
    mock_portal_calls,
    mock_portal_counter,
    mock_portal_desk,
    mock_portal_pushes,
    mock_portal_slips,
    mock_portal_tax,
    mock_signatures,
)
from gateway.adapters.tax.mock_portal_calls import Told
from gateway.adapters.tax.mock_portal_desk import Case
from gateway.conformance.partner.mocked import SOUND, Spoiling
from tests.conformance.partner.spoilt import calling

Patch = pytest.MonkeyPatch
Spoil = Callable[[Patch], Spoiling]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Content = dict[str, Any]


def patched(change: Callable[[Patch], None]) -> Spoil:
    """A mock in which something of its code is another."""

    def spoil(patch: Patch) -> Spoiling:
        change(patch)
        return SOUND

    return spoil


def set_to(where: object, name: str, value: object) -> Spoil:
    """A mock in which one name means something else."""
    return patched(lambda patch: patch.setattr(where, name, value))


def answering(
    change: Callable[[Content, Content], tuple[int, Content | str]],
) -> Spoil:
    """A mock behind which something changes answers; ``change``: call and answer."""

    @web.middleware
    async def spoil(request: web.Request, handler: Handler) -> web.StreamResponse:
        call = mock_portal_calls.parsed(await request.read())
        response = await handler(request)
        assert isinstance(response, web.Response)
        if response.status != 201 or not isinstance(response.body, bytes):
            return response
        told: Content = mock_portal_calls.parsed(response.body) or {
            "text": response.body.decode()
        }
        status, content = change(call or {}, told)
        if isinstance(content, str) or "text" in content:
            text = content if isinstance(content, str) else str(content["text"])
            return web.Response(status=status, text=text)
        return web.json_response(content, status=status)

    return lambda _patch: Spoiling(
        alter=lambda _mock, app: app.middlewares.append(spoil)
    )


def refusals_are_400(_call: Content, told: Content) -> tuple[int, Content]:
    """What a web framework would do by itself."""
    refused = "text" not in told and str(told.get("error_code")) == "-1"
    return (400 if refused else 201), told


def _key_refused_as_json(_call: Content, told: Content) -> tuple[int, Content]:
    said = {"error_code": "-1", "message": "401 Unauthorized"}
    return 201, said if "text" in told else told


def _numbers_for_amounts(_call: Content, told: Content) -> tuple[int, Content]:
    data = told.get("Data")
    if isinstance(data, dict) and "TongPhaiNop" in data:
        data["TongPhaiNop"] = int(data["TongPhaiNop"])
    return 201, told


def _no_place(_call: Content, told: Content) -> tuple[int, Content]:
    if "message" in told:
        told["message"] = str(told["message"]).split(":")[0]
    return 201, told


def _values_are_told(call: Content, told: Content) -> tuple[int, Content]:
    if str(told.get("error_code")) == "-1":
        told["message"] = f"{told['message']} {json.dumps(call)}"[:3900]
    return 201, told


def _no_seal(patch: Patch) -> None:
    patch.setattr(mock_portal_counter, "check_seal", lambda *_given: None)


def _any_signer(patch: Patch) -> None:
    patch.setattr(mock_signatures, "_verifies", lambda *_given: True)


def _message_id_deduplicates(patch: Patch) -> None:
    reply = mock_portal_counter.PortalCounter._reply
    seen: dict[str, str] = {}

    def once(own: Any, call: Any) -> Any:
        slip = f"{call.number} {call.data['SoPhieu']}"
        is_slip = call.service == "GuiPhieuChuyen"
        if is_slip and seen.setdefault(call.id, slip) != slip:
            return own.published.reply("already_there")
        return reply(own, call)

    patch.setattr(mock_portal_counter.PortalCounter, "_reply", once)


def _signature_before_repeats(patch: Patch) -> None:
    refuse = mock_portal_slips.SlipFile.refuse_repeat

    def late(own: Any, unit: str, dossier: str, numbers: Any, raw: bytes) -> None:
        own.read(raw, own.tax._office.now())
        refuse(own, unit, dossier, numbers, raw)

    patch.setattr(mock_portal_slips.SlipFile, "refuse_repeat", late)


def _outside_counts(patch: Patch) -> None:
    def compared(own: Any, call: Any, _row: Any, slip: Any) -> Case | None:
        found: Case | None = own.slips.related(call.unit, call.number, slip)
        return found

    patch.setattr(mock_portal_counter.PortalCounter, "_compared", compared)


def _old_number_is_another(patch: Patch) -> None:
    def own_case(own: Any, unit: str, dossier: str, number: str) -> Case | None:
        cases = own._all(unit, dossier)
        mine = (c for c in cases if any(s.number == number for s in c.slips))
        return next(mine, None)

    patch.setattr(mock_portal_desk.PortalDesk, "case_of", own_case)


def _ended_is_fine(patch: Patch) -> None:
    patch.setattr(Case, "is_in_force", property(lambda own: own.replaced_by is None))


def _sums_forget_the_deferred(patch: Patch) -> None:
    valid = mock_portal_desk.VALID
    patch.setattr(
        mock_portal_desk.Notice, "is_owed", property(lambda own: own.status == valid)
    )


def _no_reason(patch: Patch) -> None:
    patch.setattr(Case, "_reason", lambda _own, _state: "")


def _answers_may_change(patch: Patch) -> None:
    def answer(own: Any, unit: str, dossier: str, question: Any, told: Any) -> None:
        if question.answer == told:
            raise Told("already_there")
        question.answer = told

    patch.setattr(mock_portal_slips.SlipFile, "answer", answer)


def _no_limits(patch: Patch) -> None:
    @asynccontextmanager
    async def room(*_given: Any) -> AsyncIterator[None]:
        yield

    patch.setattr(mock_limits.CallLimits, "call_of", room)


def yes_to_everything(patch: Patch) -> None:
    """Whatever comes is answered with success."""

    async def fine(own: Any, request: Any) -> Any:
        content = mock_portal_calls.parsed(request.body) or {}
        if content.get("Service") != "TraCuuNghiaVu":
            return own.published.reply("accepted")
        data = content.get("Data")
        asked = data if isinstance(data, dict) else {}
        told = {"MaHoSo": asked.get("MaHoSo"), "SoPhieu": asked.get("SoPhieu")}
        return own.published.reply("found", data={**told, "TrangThai": "CHUA_CO"})

    patch.setattr(mock_portal_counter.PortalCounter, "receive", fine)


#: What is wrong → the portal, and the requirements that it does not keep when called.
CALLED: dict[str, tuple[Spoil, set[str]]] = {
    "a wrong key is told in JSON": (answering(_key_refused_as_json), {"TP-305"}),
    "amounts are numbers": (
        answering(_numbers_for_amounts),
        {"TP-705", "TP-706", "TP-707", "TP-708", "TP-710", "TP-714"},
    ),
    "fields are not named": (answering(_no_place), {"TP-302"}),
    "values are told": (answering(_values_are_told), {"TP-303"}),
    "the seal is not looked at": (patched(_no_seal), {"TP-514"}),
    "nobody looks who signed": (patched(_any_signer), {"TP-522", "TP-523", "TP-525"}),
    "message ids deduplicate": (patched(_message_id_deduplicates), {"TP-403"}),
    "signatures come before repeats": (patched(_signature_before_repeats), {"TP-519"}),
    "what stands outside counts": (patched(_outside_counts), {"TP-510", "TP-511"}),
    "an old number is another slip": (patched(_old_number_is_another), {"TP-506"}),
    "what is withdrawn is in force": (patched(_ended_is_fine), {"TP-507"}),
    "the deferred is not owed": (patched(_sums_forget_the_deferred), {"TP-708"}),
    "no reason is told": (patched(_no_reason), {"TP-709", "TP-710", "TP-713"}),
    "answers may change": (patched(_answers_may_change), {"TP-603"}),
    "as many calls as one likes": (patched(_no_limits), {"TP-1202"}),
    "times are UTC": (set_to(mock_portal_desk, "VIETNAM", UTC), {"TP-704"}),
}


def _key_in_the_query(url: str, call: Content) -> tuple[str, Content]:
    return f"{url}?key={call['SecurityKey']}", call


def _other_key(url: str, call: Content) -> tuple[str, Content]:
    return url, {**call, "SecurityKey": "khoa-thu-cua-ben-gui"}


def _flag_is_a_boolean(url: str, call: Content) -> tuple[str, Content]:
    if "IsUpdating" in call:
        call["IsUpdating"] = call["IsUpdating"] == "True"
    return url, call


def _due_yesterday(url: str, call: Content) -> tuple[str, Content]:
    if "HanTraLoi" in call["Data"]:
        call["Data"]["HanTraLoi"] = "01-01-2020"
    return url, call


def _one_sum(url: str, call: Content) -> tuple[str, Content]:
    payment = call["Data"].get("ThongTinThanhToan")
    if payment:
        payment["SoTien"] = "1"
    return url, call


def _ends_with(status: int, code: str) -> Spoil:
    """A portal for which such an answer of the sender is the end."""

    def hear(answer: Any) -> Any:
        if answer.status != status or code not in answer.body.decode():
            return answer
        return replace(answer, status=201, body=b'{"error_code": "0"}')

    return lambda _patch: calling(hear=hear)


def _goes_on_after(code: str) -> Spoil:
    """A portal for which that error_code is no end."""

    def hear(answer: Any) -> Any:
        told = f'"error_code": "{code}"' in answer.body.decode()
        return replace(answer, status=500) if told else answer

    return lambda _patch: calling(hear=hear)


def _dots_in_amounts(patch: Patch) -> None:
    row = mock_portal_tax.TaxAtWork._row

    def dotted(own: Any, *given: Any, **more: Any) -> Any:
        found = row(own, *given, **more)
        return replace(found, amount=f"{int(found.amount):,}".replace(",", "."))

    patch.setattr(mock_portal_tax.TaxAtWork, "_row", dotted)


def _adjustments_are_not_marked(patch: Patch) -> None:
    row = mock_portal_tax.TaxAtWork._row

    def plain(own: Any, *given: Any, **more: Any) -> Any:
        return replace(row(own, *given, **more), is_update=False)

    patch.setattr(mock_portal_tax.TaxAtWork, "_row", plain)


def withdrawn_in_silence(patch: Patch) -> None:
    """Notices of a slip that ended stay as they are."""
    patch.setattr(mock_portal_tax.TaxAtWork, "ended", lambda _own, _case: None)


def _other_amounts_in_the_file(patch: Patch) -> None:
    row = mock_portal_tax.TaxAtWork._row

    def more(own: Any, *given: Any, **other: Any) -> Any:
        found = row(own, *given, **other)
        return replace(found, item=f"{found.item} (khác)")

    patch.setattr(mock_portal_tax.TaxAtWork, "_row", more)


def sent(send: Callable[[str, Content], tuple[str, Content]]) -> Spoil:
    """A portal that calls otherwise."""
    return lambda _patch: calling(send)


#: What is wrong → the portal, and the requirements that it does not keep when it calls.
CALLING: dict[str, tuple[Spoil, set[str]]] = {
    "the key stands in the address": (sent(_key_in_the_query), {"TP-253"}),
    "the wrong one of two keys": (sent(_other_key), {"TP-252"}),
    "flags are booleans": (sent(_flag_is_a_boolean), {"TP-801", "TP-901"}),
    "due before it was asked": (sent(_due_yesterday), {"TP-1002"}),
    "vouchers are of another sum": (sent(_one_sum), {"TP-904"}),
    "503 is taken for an end": (_ends_with(503, ""), {"TP-255"}),
    "500 is taken for an end": (_ends_with(500, ""), {"TP-256"}),
    "a refused key is taken for an end": (_ends_with(201, "401 Un"), {"TP-258"}),
    "what was taken is sent again": (_goes_on_after("0"), {"TP-260"}),
    "what was refused is sent again": (_goes_on_after("-1"), {"TP-261"}),
    "it repeats after a minute": (
        set_to(mock_portal_pushes, "REPEAT_AFTER_S", 60),
        {"TP-262"},
    ),
    "amounts have dots": (patched(_dots_in_amounts), {"TP-802", "TP-804", "TP-904"}),
    "items are named otherwise": (patched(_other_amounts_in_the_file), {"TP-804"}),
    "adjustments are not marked": (
        patched(_adjustments_are_not_marked),
        {"TP-807", "TP-808"},
    ),
}
