"""The form of a maintenance window, and what it would do, shown before it is kept."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import own_number
from gateway.api.maintenance import late_notice
from gateway.api.problems import status_of
from gateway.api.signin import administrator, same_origin
from gateway.api.windows import read_window, words_of_window
from gateway.console import offices, show
from gateway.console.language import later, say
from gateway.delivery import windows
from gateway.delivery.stopping import REASON_AT_MOST
from gateway.domain.case import LegState
from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    SenderError,
)
from gateway.domain.identifiers import OfficeId
from gateway.domain.json_text import canonical_json
from gateway.domain.legal_day import legal_day
from gateway.domain.opening import WEEKDAY_WORDS, WEEKDAYS
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import FormData

    from gateway.console.render import Pages
    from gateway.delivery.windows import Foreseen
    from gateway.domain.opening import Maintenance
    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools

PATH = "/console/bao-tri"
NEW = f"{PATH}/moi"
#: Dossiers whose promised day lies in a window that are named.
NAMED = 20
_KEY = re.compile(r"m_[0-9A-Za-z]{8,40}")
#: Weeks of a month in which a rule holds; the empty one is each of them.
WEEKS = {
    "": later("mọi tuần"),
    "1": later("tuần đầu của tháng"),
    "2": later("tuần thứ hai"),
    "3": later("tuần thứ ba"),
    "4": later("tuần thứ tư"),
    "-1": later("tuần cuối của tháng"),
}
_FIELDS = (
    *("whom", "how", "from", "to", "week", "month_day", "start", "end"),
    *("valid_from", "valid_to", "announced_on", "announced_by", "reference", "reason"),
)
_TYPED_AT_MOST = 400
_LOOK_AGAIN = later("Nội dung đã đổi so với lúc xem trước: xem lại rồi ghi.")


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the form."""
    tools = pages.tools

    @routes.get(NEW)
    async def ask(request: Request) -> Response:
        principal = await administrator(tools, request)
        office = request.query_params.get("don-vi", "")
        known = office in tools.versions.current.offices
        typed = {"whom": f"office:{office}" if known else ""}
        return _form(pages, principal, typed, ())

    @routes.post(NEW)
    async def post(request: Request) -> Response:
        same_origin(request)
        principal = await administrator(tools, request)
        form = await request.form(max_files=0, max_fields=60)
        typed = {name: _text(form, name) for name in _FIELDS}
        days = tuple(
            one for one in map(str, form.getlist("weekday")) if one in WEEKDAYS
        )
        key = _text(form, "key")
        try:
            window = read_window(
                _content(typed, days),
                tools.versions.current,
                identifier=key if _KEY.fullmatch(key) else tools.chance.identifier("m"),
                by=principal.id,
                now=tools.clock.now(),
            )
        except SenderError as error:
            return _form(*(pages, principal, typed, days), wrong=error.remedy, key=key)
        digest = _digest(typed, days)
        if form.get("do") != "keep" or form.get("seen") != digest:
            wrong = say(_LOOK_AGAIN) if form.get("do") == "keep" else ""
            found = await windows.foreseen(tools, window, principal)
            return _form(
                *(pages, principal, typed, days),
                wrong=wrong,
                key=window.id,
                seen=await told(tools, principal, found),
                digest=digest,
                words=words_of_window(window),
            )
        return await _kept(pages, principal, window)


async def _kept(pages: Pages, principal: Principal, window: Maintenance) -> Response:
    try:
        await windows.add(pages.tools, pages.lanes, principal, window)
    except ChangedMeanwhile:
        told_ = say("Biểu mẫu này đã được dùng để ghi một đợt khác: mở lại rồi ghi.")
        return pages.told(principal, 409, told_, NEW)
    except (SenderError, ActionNotPossible) as error:
        return pages.told(principal, status_of(error), error.remedy, PATH)
    done = say("Đã ghi đợt bảo trì: %(when)s.") % {"when": words_of_window(window)}
    return pages.told(principal, 200, done, PATH)


def _text(form: FormData, name: str) -> str:
    found = form.get(name)
    return str(found).strip()[:_TYPED_AT_MOST] if found is not None else ""


def _content(typed: Mapping[str, str], days: tuple[str, ...]) -> dict[str, Any]:
    """What was typed, as the call of the API takes it.

    Raises:
        SenderError: nobody is named, or a day of the month is none.
    """
    kind, _, which = typed["whom"].partition(":")
    if kind not in {"office", "agency"} or not which:
        raise SenderError(
            code="maintenance_invalid", remedy=say("Chọn đơn vị hoặc ngành bảo trì.")
        )
    content: dict[str, Any] = {
        kind: which,
        "reason": typed["reason"],
        "announced_by": typed["announced_by"],
        "reference": typed["reference"],
    }
    if typed["announced_on"]:
        content["announced_on"] = typed["announced_on"]
    if typed["how"] != "again":
        return content | {name: typed[name] for name in ("from", "to") if typed[name]}
    rule: dict[str, Any] = {"hours": f"{typed['start']}-{typed['end']}"}
    if days:
        rule["weekdays"] = list(days)
    if typed["week"] in WEEKS and typed["week"]:
        rule["weeks"] = [int(typed["week"])]
    if typed["month_day"]:
        rule["days"] = _month_days(typed["month_day"])
    rule |= {
        name: typed[f"valid_{name}"]
        for name in ("from", "to")
        if typed[f"valid_{name}"]
    }
    return content | {"rule": rule}


def _month_days(text: str) -> list[int]:
    found = [one for one in re.split(r"[\s,;]+", text) if one]
    if any(not re.fullmatch(r"[0-9]{1,2}", one) for one in found):
        raise SenderError(
            code="maintenance_invalid",
            remedy=say(
                "Ngày trong tháng là số từ 1 đến 31, cách nhau bằng dấu phẩy: 15, 30."
            ),
        )
    return [int(one) for one in found]


def _digest(typed: Mapping[str, str], days: tuple[str, ...]) -> str:
    """What was shown, as one word: what is kept is what was looked at."""
    return hashlib.sha256(canonical_json([dict(typed), list(days)])).hexdigest()


def _form(  # noqa: PLR0913  what stands on the page
    pages: Pages,
    principal: Principal,
    typed: Mapping[str, str],
    days: tuple[str, ...],
    *,
    wrong: str = "",
    key: str = "",
    seen: dict[str, Any] | None = None,
    digest: str = "",
    words: str = "",
) -> Response:
    tools = pages.tools
    return pages.render(
        "maintenance_new.html",
        principal,
        422 if wrong else 200,
        typed={**dict.fromkeys(_FIELDS, ""), "how": "once", **typed},
        days=days,
        weekdays=[
            (code, say(name))
            for code, name in zip(WEEKDAYS, WEEKDAY_WORDS, strict=True)
        ],
        weeks=[(code, say(name)) for code, name in WEEKS.items()],
        choices=choices(tools, principal),
        wrong=wrong,
        key=key if _KEY.fullmatch(key) else tools.chance.identifier("m"),
        seen=seen,
        digest=digest,
        words=words,
        today=legal_day(tools.clock.now()).isoformat(),
        most=REASON_AT_MOST,
        here="maintenance",
    )


def choices(tools: Tools, principal: Principal) -> list[tuple[str, list[Any]]]:
    """Whom a window may be for: each agency's offices, and all of them at once."""
    own = principal.scope.offices
    found: dict[str, list[tuple[str, str]]] = {}
    for office in tools.versions.current.offices.values():
        if not own or office.id in own:
            named = found.setdefault(office.agency, [])
            named.append((f"office:{office.id}", office.name))
    groups = []
    for agency, named in found.items():
        name = offices.sector(tools, agency)
        if not own and len(named) > 1:
            every = say("mọi đơn vị: %(agency)s") % {"agency": name}
            named.insert(0, (f"agency:{agency}", every))
        groups.append((name, named))
    return groups


async def told(tools: Tools, principal: Principal, found: Foreseen) -> dict[str, Any]:
    """What a window would do, for a page; dossiers whose part there is over not told."""
    offices = {office.id for office in found.offices}
    dossiers: list[dict[str, Any]] = []
    for one in found.promised:
        row = await tools.store.dossier(one.dossier_id, principal.scope)
        if row is None or not any(
            OfficeId(leg.office) in offices and leg.state is not LegState.ENDED
            for leg in row.case.legs
        ):
            continue
        number = (
            await own_number(Folder.shown(tools, row)) if len(dossiers) < NAMED else ""
        )
        day = show.day(one.promised_on or one.due_on)
        dossiers.append({"id": one.dossier_id, "number": number, "day": day})
    held = [(office.name, office.id, count) for office, count in found.held]
    return {
        "turn": found.turn,
        "offices": len(found.offices),
        "held": held,
        "waiting": sum(count for *_, count in held),
        "at_least": len(found.offices) > windows.COUNTED
        or any(count >= windows.MOST for *_, count in held),
        "dossiers": dossiers[:NAMED],
        "promised": len(dossiers),
        "more_promised": len(found.promised) >= windows.MOST,
        "notice": late_notice(found.earliest) if found.earliest else "",
    }
