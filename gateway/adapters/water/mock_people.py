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
        refusal = {"state": "TU_CHOI", "cells": {"NOI_DUNG": told["reason"]}}
        rest = [{**step, "on": "never"} if _follows(step) else step for step in steps]
        return [*rest, {"after_h": told.get("after_h", USUAL_H), **refusal}]
    played = [_told(step, scenario) for step in steps]
    if "asks" not in scenario:
        return played
    told = scenario["asks"]
    question = {"state": "CHO_BO_SUNG", "cells": {"NOI_DUNG": told["reason"]}}
    later = [{**step, "on": "BO_SUNG"} if _follows(step) else step for step in played]
    return [*later, {"after_h": told.get("after_h", USUAL_H), **question}]


def _follows(step: Step) -> bool:
    """Whether it comes of the hand-over, after the beginning."""
    on_hand_over = step.get("on", "MOI") == "MOI"
    return on_hand_over and bool(step["state"] != "DA_TIEP_NHAN")


def _told(step: Step, scenario: Mapping[str, Any]) -> Step:
    if not _follows(step) or step["state"] != "HOAN_THANH":
        return step
    if scenario.get("forgets_finish"):
        return {**step, "unclicked": True}
    if "clicks_late_h" in scenario:
        return {**step, "late_h": scenario["clicks_late_h"]}
    return step
