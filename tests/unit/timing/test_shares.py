"""Who had a dossier how long: shares follow each other and add up exactly."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.lateness import Party
from gateway.domain.legal_day import VIETNAM
from gateway.domain.measure import Whose
from gateway.domain.procedure import Event
from gateway.domain.report import ReportKind
from gateway.timing.attribution import by_party
from tests.unit.timing.journey import PROVINCE, Journey, at
from tests.unit.timing.test_clocks import over_tet

HOUSE = "1.999051"


def test_land_gives_its_time_to_tax_while_it_waits_for_tax() -> None:
    measured = over_tet().measured("2026-03-20 09:00")

    assert [(s.whose, s.leg) for s in measured.shares] == [
        (Whose.GATEWAY, "land"),
        (Whose.AGENCY, "land"),
        (Whose.GATEWAY, "tax"),
        (Whose.AGENCY, "tax"),
        (Whose.CITIZEN, "tax"),
        (Whose.AGENCY, "land"),
    ]


def test_where_two_must_end_the_last_one_has_the_time() -> None:
    journey = Journey("2026-03-09 08:00", code=HOUSE)
    journey.delivered("2026-03-09 08:01", "electricity")
    journey.delivered("2026-03-09 08:02", "water")
    journey.told("2026-03-12 10:00", "electricity", ReportKind.FINISHED)
    journey.told("2026-03-16 10:00", "water", ReportKind.FINISHED)

    shares = journey.measured("2026-03-20 09:00").shares

    assert {share.leg for share in shares} == {"water"}
    assert sum(share.minutes for share in shares) == PROVINCE.minutes(
        at("2026-03-09 08:00"), at("2026-03-16 10:00")
    )


def test_before_the_gateway_knew_of_it_nobody_is_charged() -> None:
    journey = Journey("2026-03-09 08:00", received_at="2026-03-05T08:00:00+07:00")

    first = journey.measured("2026-03-10 09:00").shares[0]

    assert (first.whose, first.since) == (Whose.BEFORE, at("2026-03-05 08:00"))


_ACTS = st.sampled_from(
    [
        "handed electricity",
        "handed water",
        "progress electricity",
        "slip electricity",
        "slip electricity",
        "notices water",
        "question water",
        "paid water",
        "progress water",
        "supplement_request electricity",
        "supplement_request water",
        "paused water",
        "supplemented",
        "supplement electricity",
        "supplement water",
        "finished electricity",
        "finished water",
        "refused water",
        "withdrawn electricity",
    ]
)
_LEGS = st.lists(
    st.tuples(_ACTS, st.integers(0, 3000), st.integers(0, 4000)), max_size=24
)


@given(_LEGS, st.sampled_from([HOUSE, "1.999001"]), st.integers(0, 20_000))
def test_shares_add_up_to_the_whole_over_random_parallel_legs(
    acts: list[tuple[str, int, int]], code: str, more: int
) -> None:
    journey = Journey("2026-02-10 14:50", code=code)
    moment = at("2026-02-10 14:50")
    named = {"electricity": "land", "water": "tax"} if code != HOUSE else {}
    for act, minutes, back in acts:
        moment += timedelta(minutes=minutes)
        _do(journey, act, moment, moment - timedelta(minutes=back), named)
    now = _text(moment + timedelta(minutes=more))

    measured = journey.measured(now)

    shares = measured.shares
    edges = [measured.accepted_at, *(share.until for share in shares)]
    begins = [share.since for share in shares]
    assert begins == edges[:-1]
    assert edges[-1] == max(measured.ended_at or at(now), measured.accepted_at)
    assert sum(share.minutes for share in shares) == measured.minutes
    assert sum(by_party(shares).values()) == measured.minutes
    assert all(share.since < share.until for share in shares)


_PARTIES = st.sampled_from(
    ["one_stop:", "citizen:", "excused:", "agency:elsewhere", "gateway:"]
)


@given(
    st.lists(st.tuples(st.booleans(), st.booleans(), _PARTIES), max_size=6),
    st.integers(0, 40),
)
def test_decisions_move_what_an_office_ran_over_and_the_sum_stays(
    words: list[tuple[bool, bool, str]], days: int
) -> None:
    journey = Journey("2026-02-10 14:50", due_on="2026-02-20")
    journey.delivered("2026-02-10 14:55", "land")
    end = at("2026-02-24 10:00") + timedelta(days=days)
    journey.told(_text(end), "land", ReportKind.FINISHED)
    before = journey.measured(_text(end))
    for place, (decided, upheld, party) in enumerate(words):
        charge = journey.measured(_text(end)).charge
        if charge is None or not charge.party.is_office:
            break
        journey.objected(f"ob_{place}", charge.party.office or "")
        if decided:
            journey.answered(f"ob_{place}", party if upheld else "")

    measured = journey.measured(_text(end))

    assert measured.shares == before.shares
    assert measured.timeliness is before.timeliness
    charge = measured.charge
    assert (charge is None) == (before.charge is None)
    if charge is None:
        return
    office = Party(Whose.AGENCY, charge.cause)
    sums = {Party(w, o): 0 for w, _, o in by_party(measured.shares)}
    for (whose, _, held_by), minutes in by_party(measured.shares).items():
        sums[Party(whose, held_by)] += minutes
    assert 0 <= charge.minutes <= sums[office]
    sums[office] -= charge.minutes
    sums[charge.party] = sums.get(charge.party, 0) + charge.minutes
    assert sum(sums.values()) == measured.minutes
    assert min(sums.values()) >= 0


def _do(
    journey: Journey, act: str, moment: datetime, own: datetime, named: dict[str, str]
) -> None:
    what, _, leg = act.partition(" ")
    leg, when = named.get(leg, leg), _text(moment)
    match what:
        case "handed":
            journey.delivered(when, leg)
        case "supplement":
            journey.delivered(when, leg, "supplement")
        case "supplemented":
            journey.counter(when, Event.SUPPLEMENTED)
        case _:
            journey.told(when, leg, ReportKind(what), event_at=_text(own))


def _text(moment: datetime) -> str:
    return moment.astimezone(VIETNAM).strftime("%Y-%m-%d %H:%M:%S")
