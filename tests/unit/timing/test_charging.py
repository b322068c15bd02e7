"""Who answers for a late dossier, worked out of the journal."""

from __future__ import annotations

from datetime import date

from gateway.domain.lateness import (
    EXCUSED,
    ChargeState,
    ObjectionState,
    Party,
    Standing,
)
from gateway.domain.measure import Timeliness, Whose
from gateway.domain.report import ReportKind
from tests.unit.timing.journey import Journey, at

END = "2026-04-10 10:00"
LAST = date(2026, 4, 17)


def late() -> Journey:
    """Promised for 20 March, ended three weeks after its term."""
    journey = Journey("2026-03-02 08:00", due_on="2026-03-20")
    journey.delivered("2026-03-02 08:10", "land")
    journey.told(END, "land", ReportKind.FINISHED)
    return journey


def office(journey: Journey) -> str:
    charge = journey.measured(END).charge
    assert charge is not None
    return charge.cause


def test_an_open_dossier_is_counted_to_nobody() -> None:
    journey = Journey("2026-03-02 08:00", due_on="2026-03-20")
    journey.delivered("2026-03-02 08:10", "land")
    measured = journey.measured(END)
    assert measured.timeliness is Timeliness.OVERDUE
    assert measured.charge is None


def test_it_is_counted_to_the_office_whose_term_ran_over() -> None:
    measured = late().measured(END)
    charge, over = measured.charge, measured.late_by
    assert charge is not None
    assert over is not None
    assert (charge.cause, charge.state) == (over.office, ChargeState.UNTOLD)
    assert charge.minutes == over.used_minutes - over.budget_minutes
    assert charge.standing(LAST) is Standing.UNTOLD
    assert charge.standing(LAST, at("2026-04-11 00:00")) is Standing.SETTLED


def test_an_office_that_only_acknowledged_late_answers_for_nothing() -> None:
    journey = Journey("2026-03-02 08:00", due_on="2026-03-09")
    journey.delivered("2026-03-02 08:10", "land")
    # Its own term is the procedure's; it said nothing until it had finished.
    journey.told("2026-03-12 16:00", "land", ReportKind.FINISHED)
    measured = journey.measured("2026-03-12 16:00")
    over = {
        one.rule.name for one in measured.clocks if one.timeliness is Timeliness.LATE
    }
    assert over == {"receipt", "acceptance"}
    assert measured.timeliness is Timeliness.LATE
    assert (measured.late_by, measured.charge) == (None, None)


def test_its_days_include_the_last_one() -> None:
    journey = late()
    journey.letter(office(journey), LAST)
    charge = journey.measured(END).charge
    assert charge is not None
    assert charge.standing(LAST) is Standing.MAY_OBJECT
    assert charge.standing(date(2026, 4, 18)) is Standing.SETTLED


def test_an_open_objection_holds_it_back_and_a_rejected_one_settles_it() -> None:
    journey = late()
    own = office(journey)
    journey.letter(own, LAST)
    journey.objected("ob_1", own)
    charge = journey.measured(END).charge
    assert charge is not None
    assert charge.standing(date(2027, 1, 1)) is Standing.UNDER_REVIEW
    journey.answered("ob_1", "")
    charge = journey.measured(END).charge
    assert charge is not None
    assert charge.standing(date(2026, 4, 11)) is Standing.SETTLED


def test_the_last_decision_holds() -> None:
    journey = late()
    journey.objected("ob_1", office(journey))
    journey.answered("ob_1", EXCUSED.key)
    measured = journey.measured(END)
    assert measured.charge is not None
    assert measured.charge.party == EXCUSED
    assert measured.objections[0].state is ObjectionState.UPHELD
    journey.answered("ob_1", "")
    measured = journey.measured(END)
    assert measured.charge is not None
    assert not measured.charge.moved
    assert (measured.objections[0].decisions, measured.objections[0].party) == (2, None)


def test_an_office_that_a_decision_names_is_told_and_objects_in_turn() -> None:
    journey = late()
    journey.letter(office(journey), LAST)
    journey.objected("ob_1", office(journey))
    journey.answered("ob_1", "agency:tax-mau")
    charge = journey.measured(END).charge
    assert charge is not None
    assert (charge.party, charge.state) == (
        Party(Whose.AGENCY, charge.party.office),
        ChargeState.UNTOLD,
    )
    assert charge.party.office == "tax-mau"
    journey.objected("ob_2", "tax-mau")
    charge = journey.measured(END).charge
    assert charge is not None
    assert (charge.state, charge.objection) == (ChargeState.OBJECTED, "ob_2")
    # Another decision about the first: what the second office said is overtaken.
    journey.answered("ob_1", "")
    measured = journey.measured(END)
    assert [one.state for one in measured.objections] == [
        ObjectionState.REJECTED,
        ObjectionState.OVERTAKEN,
    ]


def test_a_lateness_never_goes_round() -> None:
    journey = late()
    own = office(journey)
    journey.objected("ob_1", own)
    journey.answered("ob_1", "agency:tax-mau")
    journey.objected("ob_2", "tax-mau")
    journey.answered("ob_2", f"agency:{own}")
    charge = journey.measured(END).charge
    assert charge is not None
    assert charge.party.office == "tax-mau"


def test_an_objection_is_overtaken_when_the_dossier_is_late_no_more() -> None:
    journey = Journey("2026-03-02 08:00", due_on="2026-03-20")
    journey.delivered("2026-03-02 08:10", "land")
    journey.told(END, "land", ReportKind.FINISHED, event_at="2026-03-12 10:00")
    own = office(journey)
    journey.objected("ob_1", own)
    report = next(one for one in journey.lines if one.kind == "report")
    journey.decided(str(report.facts["report"]), counts=True)
    measured = journey.measured(END)
    assert (measured.charge, measured.objections[0].state) == (
        None,
        ObjectionState.OVERTAKEN,
    )
    # Taken back: it stands as it stood, nothing was lost.
    journey.decided(str(report.facts["report"]), counts=False)
    measured = journey.measured(END)
    assert measured.charge is not None
    assert measured.charge.state is ChargeState.OBJECTED
    assert measured.objections[0].state is ObjectionState.OPEN
