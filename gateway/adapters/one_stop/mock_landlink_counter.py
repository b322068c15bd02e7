"""The counter of the old one-stop: what its clerks do, and what the register shows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from gateway.adapters.one_stop.mock_acts import merged
from gateway.adapters.one_stop.mock_contract import Office
from gateway.adapters.one_stop.mock_landlink_calls import Act, Calls
from gateway.adapters.one_stop.mock_landlink_dialect import Dialect
from gateway.adapters.one_stop.mock_landlink_fate import Fate, Verdict
from gateway.adapters.one_stop.mock_landlink_files import Files
from gateway.adapters.one_stop.mock_landlink_register import (
    AT_COUNTER,
    DONE,
    HANDED,
    IN_WORK,
    PAPERS,
    Dossier,
    Linked,
    Register,
    Told,
    What,
    take,
)

Step = Mapping[str, Any]
TABLE = "landlink"
#: What every counter does, each time, unless the scenario decides otherwise.
SUPPLEMENT: Step = {
    "on": f"status:{PAPERS}",
    "after_h": 24.0,
    "do": "supplement",
    "content": {
        "papers": [
            {
                "name": "Giấy tờ bổ sung",
                "originals": 1,
                "files": [{"name": "bo-sung.pdf", "text": "%PDF-1.4 bo sung"}],
            }
        ]
    },
}
HANDS_OUT: Step = {"on": "results", "after_h": 24.0, "do": "result_handed"}


class Counter:
    """Dossiers of one link, from hand-over to the result in the citizen's hand."""

    def __init__(
        self, office: Office, settings: Mapping[str, Any], dialect: Dialect
    ) -> None:
        """Set the clock for every dossier of the list in the settings."""
        self._office = office
        self._dialect = dialect
        self._register = Register()
        office.shows("Hồ sơ liên thông đất đai ở một cửa", self._register.kept)
        self._calls = Calls(office, settings, dialect, self._settled)
        self._files = Files(office, str(settings["files_base"]))
        for row in settings.get("dossiers", ()):
            hand_in = partial(self.hand_in, row["number"])
            office.after(_seconds(row, office.now()), hand_in)

    async def hand_in(self, number: str) -> None:
        """A clerk presses the button; a second time for the same dossier: nothing."""
        if self._register.find(number) is not None:
            return
        record = self._office.scenario(number, TABLE)["dossier"]
        dossier = Dossier(number, record.get("receipt", number), record)
        self._register.add(dossier)
        self._shows(dossier, AT_COUNTER, "handed_in")
        self._do(dossier, "hand_over", {})

    def told(self, told: Told, body: bytes) -> tuple[str, str]:
        """A message of the land system: the dossier's number, and what came of it."""
        dossier = self._place(told)
        if dossier is None:
            return told.receipt, "unknown_dossier"
        before, was = dossier.status, dossier.ended
        verdict = take(
            dossier, told, hashlib.sha256(body).hexdigest(), self._office.now()
        )
        for number, kind in told.notices:
            if (number, kind) not in dossier.notices:
                dossier.notices.add((number, kind))
                self._office.effect(
                    "link_notice", dossier.number, notice=number, of=kind
                )
        if told.what is What.TAX_RESULT and verdict == "noted":
            self._fetch(dossier, told.links)
        if verdict == "moved" and (before, was) != (dossier.status, dossier.ended):
            self._shows(dossier, dossier.status, told.what.value)
            if dossier.ended:
                self._fetch(dossier, dossier.results, results=True)
        return dossier.number, verdict

    def _place(self, told: Told) -> Dossier | None:
        """The dossier of a message; one that the land system opened is entered."""
        dossier = self._register.find(told.own_code or told.receipt)
        if told.what is not What.OPENED:
            return dossier
        if dossier is None and not told.own_code:
            dossier = Dossier(told.receipt, told.receipt, status=IN_WORK)
            self._register.add(dossier)
            self._office.effect("link_opened", dossier.number)
        elif dossier is not None and told.own_code:
            if self._register.find(told.receipt) is None:
                self._office.effect("link_number", dossier.number, value=told.receipt)
            self._register.also_known(dossier, told.receipt)
        return dossier

    def _fetch(
        self, dossier: Dossier, links: Sequence[Linked], *, results: bool = False
    ) -> None:
        missing = dict(enumerate(links))

        def have(place: int) -> None:
            del missing[place]
            if results and not missing:
                self._happened(dossier, "results")

        if results and not missing:
            self._happened(dossier, "results")
        for place, linked in enumerate(links):
            self._files.fetch(dossier.number, linked, partial(have, place))

    def _do(self, dossier: Dossier, kind: str, content: Mapping[str, Any]) -> None:
        if kind == "hand_over":
            dossier.record = merged(dossier.record, content)
        now = self._office.now()
        body = self._dialect.body(kind, dossier, content, now)
        self._calls.send(Act(kind, dossier.number, body))

    def _settled(self, act: Act, verdict: Verdict) -> None:
        """The end of one of our messages; only what was taken moves anything."""
        dossier = self._register.find(act.number)
        if dossier is None:
            return
        if verdict.fate is not Fate.TAKEN:
            self._office.effect(
                "link_stuck", act.number, do=act.kind, rule=verdict.rule
            )
            self._happened(dossier, f"{verdict.fate.value}:{act.kind}")
            return
        match act.kind, dossier.status, dossier.ended:
            case ("hand_over", 2, False) | ("supplement", 5, False):
                dossier.status = IN_WORK
            case "result_handed", 9, True:
                dossier.status = HANDED
            case "result_wrong", (9 | 10), True:
                dossier.status, dossier.ended = IN_WORK, False
            case _:
                self._happened(dossier, f"taken:{act.kind}")
                return
        self._shows(dossier, dossier.status, act.kind)
        self._happened(dossier, f"taken:{act.kind}")

    def _shows(self, dossier: Dossier, status: int, cause: str) -> None:
        facts: dict[str, str | int | bool] = {"status": status, "cause": cause}
        if dossier.due is not None:
            facts["due"] = dossier.due.isoformat()
        if dossier.as_of is not None:
            facts["as_of"] = dossier.as_of.isoformat()
        self._office.effect("link_status", dossier.number, **facts)
        self._happened(dossier, f"status:{status}")

    def _happened(self, dossier: Dossier, event: str) -> None:
        """Set the clock for every step that waited for this."""
        dossier.seen[event] += 1
        scenario = self._office.scenario(dossier.number, TABLE)
        for place, step in enumerate(_steps(scenario)):
            usual = step is SUPPLEMENT or step is HANDS_OUT
            turn = usual or step.get("nth", 1) == dossier.seen[event]
            if step["on"] == event and turn and place not in dossier.done_steps:
                if not usual:
                    dossier.done_steps.add(place)
                self._office.later(
                    float(step.get("after_h", 0)),
                    partial(self._act, dossier, step, dossier.seen["results"]),
                )

    async def _act(self, dossier: Dossier, step: Step, results: int) -> None:
        """A clerk's act; what was found wrong or refused is not handed out."""
        current = dossier.status == DONE and dossier.seen["results"] == results
        if step is HANDS_OUT and not current:
            return
        self._do(dossier, str(step["do"]), step.get("content", {}))


def _steps(scenario: Mapping[str, Any]) -> list[Step]:
    steps: list[Step] = list(scenario.get("step", ()))
    decided = {step["do"] for step in steps}
    if "supplement" not in decided and scenario.get("supplements", True):
        steps.append(SUPPLEMENT)
    if "result_handed" not in decided and scenario.get("hands_out", True):
        steps.append(HANDS_OUT)
    return steps


def _seconds(row: Mapping[str, Any], now: datetime) -> float:
    """Until a dossier of the list is handed in: ``at``, or ``after_h`` from now."""
    if "at" in row:
        at = row["at"]
        moment = at if isinstance(at, datetime) else datetime.fromisoformat(at)
        return (moment - now).total_seconds()
    return float(row.get("after_h", 0)) * 3600
