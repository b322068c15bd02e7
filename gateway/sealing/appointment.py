"""Days that follow from what happened: the second appointment, the last for papers; pure.

The first one, on the receipt, cannot know how long the citizen takes to pay. From
then on the office that waited has its own working days (procedure data).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from gateway.calendar.telling import prediction_note
from gateway.calendar.working_time import working_time
from gateway.domain.case import End
from gateway.domain.procedure import Event

if TYPE_CHECKING:
    from gateway.domain.procedure import Procedure
    from gateway.routing.catalogue import Catalogue
    from gateway.routing.messages import Enclosure
    from gateway.routing.progress import Step

#: Fact of what asks for papers: the last day to bring them.
UNTIL = "supplement_until"


def with_supplement_day(
    enclosure: Enclosure,
    step: Step,
    procedure: Procedure,
    catalogue: Catalogue,
    day: date,
) -> Enclosure:
    """The enclosure with the last day to bring what is missing, where nobody named one."""
    asked = any(t.event is Event.SUPPLEMENT_REQUESTED for t in step.happened)
    if not asked or not procedure.supplement_days or UNTIL in enclosure.facts:
        return enclosure
    last = working_time(catalogue.calendar).days_after(day, procedure.supplement_days)
    return replace(enclosure, facts={**enclosure.facts, UNTIL: last.isoformat()})


def appointed(
    step: Step, procedure: Procedure, catalogue: Catalogue, day: date
) -> Step:
    """The step with the date that follows from it, if the procedure counts one."""
    rule = procedure.second_date
    if rule is None or step.case.end is not End.OPEN:
        return step
    if not any(trigger in rule.on for trigger in step.happened):
        return step
    working = working_time(catalogue.calendar)
    due_on = working.days_after(day, rule.days)
    reason = (
        f"ngày hẹn thứ hai: {rule.days} ngày làm việc kể từ {day:%d/%m/%Y},"
        " khi không còn phải nộp"
    )
    note = prediction_note(working, day, due_on)
    reason = f"{reason} ({note})" if note else reason
    return replace(step, case=replace(step.case, due_on=due_on, due_reason=reason))
