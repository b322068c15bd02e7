"""Habits of people: what a scenario's words make of a script, whichever it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Step = Mapping[str, Any]
USUAL_H = 8.0


def with_habits(steps: Sequence[Step], scenario: Mapping[str, Any]) -> Sequence[Step]:
    """The script of a dossier as this scenario's people play it."""
    if scenario.get("silent"):
        return ()
    if "refuses" in scenario:
        told = scenario["refuses"]
        refusal = {"act": "refuse", "note": told["reason"]}
        rest = [{**step, "on": "never"} if _follows(step) else step for step in steps]
        return [*rest, {"after_h": told.get("after_h", USUAL_H), **refusal}]
    played = [_told(step, scenario) for step in steps]
    if "asks" not in scenario:
        return played
    told = scenario["asks"]
    question = {"act": "supplement", "note": told["reason"]}
    later = [
        {**step, "on": "supplement"} if _follows(step) else step for step in played
    ]
    return [*later, {"after_h": told.get("after_h", USUAL_H), **question}]


def _follows(step: Step) -> bool:
    """Whether it comes of the hand-over, after the beginning."""
    on_hand_over = step.get("on", "hand_over") == "hand_over"
    return on_hand_over and bool(step["act"] != "step")


def _told(step: Step, scenario: Mapping[str, Any]) -> Step:
    if not _follows(step) or step["act"] != "finish":
        return step
    if scenario.get("forgets_finish"):
        return {**step, "unclicked": True}
    if "clicks_late_h" in scenario:
        return {**step, "late_h": scenario["clicks_late_h"]}
    return step
