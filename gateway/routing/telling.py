"""What the one-stop is told: the whole present state, never a delta."""

from __future__ import annotations

from typing import Any

from gateway.domain.case import (
    BY_HAND,
    PORTAL_CODES,
    Case,
    End,
    LegCase,
    LegState,
    Pause,
    Place,
    asked_of_counter,
    pause_of,
    portal_code,
)
from gateway.domain.closing import WHOLE, closed
from gateway.domain.closing import sentence as by_hand_sentence
from gateway.domain.procedure import Event
from gateway.domain.words import WORDS, words_of
from gateway.routing.catalogue import Catalogue
from gateway.routing.joining import end_of, is_unheard
from gateway.routing.route import COMMUNES

_LIES = frozenset({LegState.OPEN, LegState.PAUSED})


def places(case: Case) -> tuple[LegCase, ...]:
    """Legs on whose desks the dossier lies; several while legs run in parallel."""
    return tuple(leg for leg in case.legs if leg.state in _LIES)


def view(case: Case) -> tuple[int, Pause, frozenset[str]]:
    """What a status is about; a new one is sent when this changes."""
    if case.handed_out_on:
        return (9, Pause.NONE, frozenset())  # handing out is the counter's own act
    desks = frozenset(
        f"{leg.office}:{leg.asks}:{leg.place is Place.ISSUER}:{leg.notices}"
        f":{_awaits_confirmation(leg)}:{waits_for_applicant(leg)}"
        for leg in places(case)
    )
    by_hand = frozenset(f"by_hand:{name}" for name in case.facts.get(BY_HAND, {}))
    return (portal_code(case), pause_of(case), desks | by_hand)


def _awaits_confirmation(leg: LegCase) -> bool:
    """Whether all that is owed was paid, as vouchers say, and tax has to confirm it."""
    return leg.pause is Pause.FINANCIAL_OBLIGATION and leg.place is Place.AGENCY


def waits_for_applicant(leg: LegCase) -> bool:
    """Whether an agency stopped because the applicant has to do something first."""
    return leg.pause is Pause.STOPPED and leg.place is Place.CITIZEN


def status_facts(case: Case, catalogue: Catalogue) -> dict[str, Any]:
    """Facts of a status event or summary; nothing personal."""
    code = portal_code(case)
    closed_here = by_hand(case, catalogue)
    return {
        "sequence": case.told,
        "portal_code": code,
        "portal_text": PORTAL_CODES[code],
        "pause": pause_of(case).value,
        "places": [_place(leg, catalogue) for leg in places(case)],
        "asks": questions(case, catalogue),
        "due_on": case.due_on.isoformat() if case.due_on else None,
        "due_reason": case.due_reason,
        "round": case.round,
        "revision": case.revision,
        "end": case.end.value,
        "procedure": case.procedure,
        "sentence": sentence(case, catalogue),
        **({"by_hand": closed_here} if closed_here else {}),
    }


def by_hand(case: Case, catalogue: Catalogue) -> list[dict[str, Any]]:
    """What people ended, and how; the whole dossier has no leg. Nothing personal."""
    found = []
    for name, told in case.facts.get(BY_HAND, {}).items():
        office = case.leg(name).office if name else ""
        found.append(
            {
                "leg": name,
                "office": office,
                "office_name": _office_name(case.leg(name), catalogue) if name else "",
                "way": told["way"],
                "outcome": told.get("outcome", ""),
                "at": told["at"],
                "sentence": closed_words(case, name, catalogue),
            }
        )
    return found


def closed_words(case: Case, leg: str, catalogue: Catalogue) -> str:
    """One sentence on what people ended; empty: they did not."""
    if closed(case, leg) is None:
        return ""
    office = _office_name(case.leg(leg), catalogue) if leg else ""
    return by_hand_sentence(case, leg, office)


def _place(leg: LegCase, catalogue: Catalogue) -> dict[str, str]:
    office = catalogue.offices.get(leg.office)
    return {
        "agency": leg.agency,
        "office": leg.office,
        "office_name": office.name if office else leg.office,
        "place": leg.place.value,
        "since": leg.since.isoformat(),
    }


#: What the counter may choose to answer a question: code → field of the dossier,
#: the office's own list in its configuration, and the key of a row's value.
CHOICES: dict[str, tuple[str, str, str]] = {
    "receiver_missing": ("receiver", "receiver", "login"),
    "unknown_receiver": ("receiver", "receiver", "login"),
    "case_missing": ("case", "case", "code"),
}


#: The dossier's own question: what its commune became is in its area, not an office's.
WHICH_COMMUNE = "area_ambiguous"


def questions(case: Case, catalogue: Catalogue) -> list[dict[str, Any]]:
    """What the counter has to supply before a message can leave; empty: nothing.

    Where the office has a list of its own to choose from, the list comes along.
    """
    if case.end is not End.OPEN:
        return []
    found = []
    if case.unrouted == WHICH_COMMUNE:
        said = WORDS[WHICH_COMMUNE]
        asked = {"leg": "", "office": "", "code": WHICH_COMMUNE}
        told = {**asked, "reason": said.reason, "remedy": said.next_action}
        found.append({**told, **_communes(case)})
    for leg in case.legs:
        if asked_of_counter(leg):
            # An agency's own code says nothing to a counter.
            said = words_of(leg.asks if leg.asks in WORDS else "needs_data", {})
            asked = {"leg": leg.name, "office": leg.office, "code": leg.asks}
            told = {**asked, "reason": said.reason, "remedy": said.next_action}
            listed = _communes(case) if leg.asks == WHICH_COMMUNE else {}
            found.append({**told, **listed, **_choices(leg, catalogue)})
    return found


def _communes(case: Case) -> dict[str, Any]:
    """Those that the dossier's code became; nothing where nobody kept them."""
    listed = case.facts.get(COMMUNES)
    return {"field": "commune", "choices": listed} if listed else {}


def _choices(leg: LegCase, catalogue: Catalogue) -> dict[str, Any]:
    if leg.asks not in CHOICES:
        return {}
    field, table, key = CHOICES[leg.asks]
    office = catalogue.offices.get(leg.office)
    rows = office.settings.get(table, ()) if office else ()
    listed = [
        {"value": str(row[key]), "name": str(row.get("name", ""))} for row in rows
    ]
    return {"field": field, "choices": listed}


_DESKS = {
    Place.CITIZEN: "người nộp hồ sơ",
    Place.ISSUER: "nơi lập phiếu chuyển thông tin",
    Place.ONE_STOP: "bộ phận một cửa",
}


def desk(leg: LegCase, catalogue: Catalogue) -> str:
    """Where one leg lies, in the words that officials use."""
    if leg.place in _DESKS:
        return _DESKS[leg.place]
    if not leg.office:
        return "cổng liên thông"
    name = _office_name(leg, catalogue)
    if leg.place is Place.GATEWAY:
        return f"cổng liên thông (đang chuyển đến {name})"
    return name


def sentence(case: Case, catalogue: Catalogue) -> str:
    """What to show on the one-stop's own screen, in Vietnamese."""
    if case.end is End.CLOSED:
        return closed_words(case, WHOLE, catalogue)
    legs = (closed_words(case, leg.name, catalogue) for leg in case.legs)
    return " ".join(filter(None, [_stands(case, catalogue), *legs]))


def _stands(case: Case, catalogue: Catalogue) -> str:
    if case.end is End.FINISHED and case.handed_out_on:
        return f"Đã trả kết quả cho người nộp hồ sơ.{_beside(case, catalogue)}"
    if case.end is End.FINISHED:
        return f"Đã giải quyết xong, chờ trả kết quả.{_beside(case, catalogue)}"
    if case.end is End.REFUSED:
        refused = (
            "từ chối tiếp nhận" if portal_code(case) == 3 else "từ chối giải quyết"
        )
        at_counter = Event.REFUSED.value in case.happened
        who = "Bộ phận một cửa" if at_counter else "Cơ quan giải quyết"
        return f"{who} {refused} hồ sơ."
    if case.end is End.WITHDRAWN:
        return "Người nộp đã rút hồ sơ."
    return _open_sentence(case, catalogue)


def _beside(case: Case, catalogue: Catalogue) -> str:
    """What a finished dossier says nothing of: refused in part, or done elsewhere."""
    unheard = [leg for leg in case.legs if is_unheard(case, leg)]
    names = ", ".join(dict.fromkeys(_office_name(leg, catalogue) for leg in unheard))
    told = (
        f" Phần việc của {names} do các cơ quan tự làm; cổng chưa được báo kết quả."
        if names
        else ""
    )
    return f"{_apart(case, catalogue)}{told}"


def _apart(case: Case, catalogue: Catalogue) -> str:
    """What was not done of a dossier that went on, or was finished, all the same."""
    words = {End.REFUSED: "từ chối giải quyết", End.WITHDRAWN: "không làm, đã được rút"}
    return "".join(
        f" Riêng {_office_name(leg, catalogue)} {words[end]}."
        for leg in case.legs
        if (end := end_of(leg)) in words
    )


def _office_name(leg: LegCase, catalogue: Catalogue) -> str:
    office = catalogue.offices.get(leg.office)
    return office.name if office else str(leg.office)


def _open_sentence(case: Case, catalogue: Catalogue) -> str:
    if case.unrouted:
        return "Chưa xác định được cơ quan có thẩm quyền; chờ cán bộ xử lý."
    where = ", ".join(dict.fromkeys(desk(leg, catalogue) for leg in places(case)))
    lies = f"Hồ sơ đang ở: {where}." if where else "Hồ sơ đã được tiếp nhận."
    lies += _apart(case, catalogue)
    waiting = [leg for leg in case.legs if waits_for_applicant(leg)]
    asked = questions(case, catalogue)
    if asked:
        return f"{lies} {asked[0]['reason']}: {asked[0]['remedy']}"
    match pause_of(case):
        case Pause.SUPPLEMENT:
            return f"{lies} Cần bổ sung giấy tờ theo yêu cầu."
        case Pause.FINANCIAL_OBLIGATION if any(
            _awaits_confirmation(leg) for leg in case.legs
        ):
            return f"{lies} Đã có chứng từ nộp tiền, chờ thuế xác nhận."
        case Pause.FINANCIAL_OBLIGATION:
            return f"{lies} Chờ thực hiện nghĩa vụ tài chính."
        case Pause.STOPPED if waiting:
            return f"{lies} Cơ quan giải quyết chờ người nộp hồ sơ."
        case Pause.STOPPED:
            return f"{lies} Cơ quan giải quyết đang dừng xử lý."
        case _ if waiting:
            who = ", ".join(_office_name(leg, catalogue) for leg in waiting)
            return f"{lies} {who} chờ người nộp hồ sơ."
        case _:
            return lies
