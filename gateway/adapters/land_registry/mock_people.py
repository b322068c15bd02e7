"""Habits of people: what a scenario's words make of a script, whichever it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Step = Mapping[str, Any]
USUAL_H = 20.0


def with_habits(steps: Sequence[Step], scenario: Mapping[str, Any]) -> Sequence[Step]:
    """The script of a dossier as this scenario's people play it.

    Steps keep their places, by which others wait for them; none is taken out.
    """
    if scenario.get("silent"):
        return ()
    if "refuses" in scenario:
        refusal = {"send": "KetThucHoSo", "TrangThaiKetThuc": 2}
        return (*_kept(steps), _on_hand_over(scenario["refuses"], refusal))
    played = list(steps)
    if "asks" in scenario:
        question = _on_hand_over(scenario["asks"], {"send": "YeuCauBoSungHoSo"})
        played = [*map(_after_papers, played), question]
    return [*_ended(played, scenario)]


def _kept(steps: Sequence[Step]) -> Iterator[Step]:
    """The beginning, and what follows on a withdrawal."""
    for step in steps:
        stays = _begins(step) or step["on"] == "withdraw"
        yield step if stays else {**step, "on": "never"}


def _begins(step: Step) -> bool:
    return step.get("MaTrangThai") == 11


def _on_hand_over(told: Mapping[str, Any], message: Step) -> Step:
    hours = told.get("after_h", USUAL_H)
    return {"on": "hand_over", "after_h": hours, "GhiChu": told["reason"], **message}


def _after_papers(step: Step) -> Step:
    """What would follow on the hand-over waits for the papers that were asked for."""
    waits = step["on"] == "hand_over" and not _begins(step)
    return {**step, "on": "supplement"} if waits else step


def _ended(steps: Sequence[Step], scenario: Mapping[str, Any]) -> Iterator[Step]:
    for step in steps:
        ends = step["send"] == "KetThucHoSo" and not step.get("TrangThaiKetThuc")
        if ends and scenario.get("forgets_finish"):
            yield {**step, "unclicked": True}
        elif ends and "clicks_late_h" in scenario:
            yield {**step, "late_h": scenario["clicks_late_h"]}
        else:
            yield step
