"""The second appointment date: computed when nothing is left to pay; pure.

The first one, on the receipt, cannot know how long the citizen takes to pay. From
then on the office that waited has its own working days (procedure data).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from gateway.calendar.workdays import read_workdays
from gateway.domain.case import End

if TYPE_CHECKING:
    from gateway.domain.procedure import Procedure
    from gateway.routing.catalogue import Catalogue
    from gateway.routing.progress import Step


def appointed(
    step: Step, procedure: Procedure, catalogue: Catalogue, day: date
) -> Step:
    """The step with the date that follows from it, if the procedure counts one."""
    rule = procedure.second_date
    if rule is None or step.case.end is not End.OPEN:
        return step
    if not any(trigger in rule.on for trigger in step.happened):
        return step
    due_on = read_workdays(catalogue.calendar).after(day, rule.days)
    reason = (
        f"ngày hẹn thứ hai: {rule.days} ngày làm việc kể từ {day:%d/%m/%Y},"
        " khi không còn phải nộp"
    )
    return replace(step, case=replace(step.case, due_on=due_on, due_reason=reason))
