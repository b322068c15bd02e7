"""An officer who works by the list, as ``docs/agencies/manual.md`` describes it.

Somebody brings paper with a hand-over list (``POST /brought``, ``{"number": …}``).
From then on the officer opens the list every two hours, says what was received and
does what the scenario says, until all that was brought is done with and five days
more. What the officer knows is in memory and goes with the process; the books stay.

**Settings** (the table of this mock): ``base``, the address of the gateway; ``desks``
rows ``{office, code}``, a list and the access code that opens it.

**Books**: each message in the list is an arrival and an effect of its kind, once by
its id. ``act_answer`` tells what the gateway said to an act (``status``, ``applied``,
``repeated``), ``list_answer`` of a list that did not open.

**Scenario** (``office.scenario(dossier number)``): ``[[step]]`` rows replace the
default script (received at once, looked at after 4 h, finished with a paper after
24 h; withdrawn 2 h after a withdrawal; another paper 8 h after a wrong result).

* ``on``: the kind of message that the step waits for (default ``hand_over``), or
  ``done:N`` (step N, counted from 1, was done). Every step runs once. ``after_h``.
* ``act``: what is done; ``step``, ``note``; ``files``: names of papers (one for
  ``finish`` if not given); ``backdated_h``: it happened so many hours earlier.
* ``twice``: clicked twice, with the same key.

Beside the steps, habits of people, of whichever script: ``silent``: taken, nothing is
done; ``asks`` and ``refuses``: ``{after_h, reason}``; ``forgets_finish``: done, and never
told; ``clicks_late_h``: told so much later, with the earlier date. What was done without
a click is an effect ``done_unclicked``.

``receives`` = false: the officer never says that something was received.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from functools import partial
from typing import Any

from gateway.adapters.manual.mock_contract import Handler, Office, Reply, Request
from gateway.adapters.manual.mock_paper import form, paper
from gateway.adapters.manual.mock_people import with_habits

JSON = "application/json"
VIETNAM = timezone(timedelta(hours=7))
LOOK_EVERY = timedelta(hours=2)
#: Until an officer presses a button again that did nothing.
PRESS_AGAIN_S = 600.0
#: After the last dossier is done with, somebody may still say that it was wrong.
GOES_ON = timedelta(days=5)
Step = Mapping[str, Any]
DEFAULT: Sequence[Step] = (
    {"on": "hand_over", "after_h": 4.0, "act": "step", "step": "kiem-tra"},
    {"on": "hand_over", "after_h": 24.0, "act": "finish"},
    {"on": "withdraw", "after_h": 2.0, "act": "withdrawn"},
    {"on": "result_wrong", "after_h": 8.0, "act": "finish"},
)
ENDS = frozenset({"finish", "refuse", "withdrawn"})

#: Fields of the officer's table, for people.
WORDS = {
    "number": "Mã hồ sơ",
    "item": "Việc trong danh sách",
    "done": "Bước đã làm",
    "planned": "Bước đã hẹn",
    "ended": "Đã xong",
}


@dataclass
class Dossier:
    """One dossier on the officer's table."""

    number: str
    item: str = ""
    done: set[int] = field(default_factory=set)
    planned: set[int] = field(default_factory=set)
    ended: bool = False


def create(office: Office) -> Iterable[tuple[str, str, Handler]]:
    """What others may tell the officer."""
    desks = [Desk(office, row) for row in office.settings.get("desks", ())]

    async def brought(request: Request) -> Reply:
        number = number_of(request)
        office.arrived("brought", number)
        for desk in desks:
            desk.expect(number)
        return 200, JSON, b"{}"

    return (("POST", "/brought", brought),)


def number_of(request: Request) -> str:
    """The dossier number that a call names, unverified; empty if none."""
    try:
        return str(json.loads(request.body)["number"])
    except (KeyError, TypeError, ValueError):
        return ""


def kind_of(request: Request) -> str:
    """What the books call a call."""
    return request.path.rpartition("/")[2]


class Desk:
    """One list, and the officer who opens it."""

    def __init__(self, office: Office, row: Mapping[str, str]) -> None:
        """Nothing was brought yet."""
        self._office = office
        self._list = f"{office.settings['base']}/v1/work"
        self._own = str(row["office"])
        self._headers = {"Authorization": f"Bearer {row['code']}"}
        self._dossiers: dict[str, Dossier] = {}
        self._known: set[str] = set()
        self._looks = False
        office.shows(f"Bàn làm việc {self._own}", self.kept, WORDS)
        self._last = office.now()

    def kept(self) -> Mapping[str, Dossier]:
        """Everything, for people to look at."""
        return self._dossiers

    def expect(self, number: str) -> None:
        """Paper has come: the list is looked at until it is done with."""
        self._dossiers.setdefault(number, Dossier(number))
        self._last = self._office.now()
        if not self._looks:
            self._looks = True
            self._office.after(60.0, self._look)

    async def _look(self) -> None:
        """Open the list, take in what is new, and look again while there is reason."""
        self._looks = False
        for item in await self._items():
            await self._take(item)
        waits = any(not one.ended for one in self._dossiers.values())
        if waits or self._office.now() - self._last < GOES_ON:
            self._looks = True
            when = self._office.now() + LOOK_EVERY
            self._office.appointed("", when, self._look)

    async def _items(self) -> Sequence[Mapping[str, Any]]:
        try:
            answer = await self._office.call(
                *("GET", self._list),
                headers=self._headers,
                body=b"",
                kind="list",
                number="",
            )
        except ConnectionError:
            # The page does not open: the officer looks again at the usual time.
            self._office.arrived("list_answer", "", status=0)
            return ()
        if answer.status != 200:
            self._office.arrived("list_answer", "", status=answer.status)
            return ()
        found: Sequence[Mapping[str, Any]] = json.loads(answer.body)["items"]
        return found

    async def _take(self, item: Mapping[str, Any]) -> None:
        number = str(item["number"])
        dossier = self._dossiers.setdefault(number, Dossier(number))
        dossier.item = str(item["id"])
        fresh = [m for m in item["messages"] if m["id"] not in self._known]
        for message in fresh:
            self._known.add(str(message["id"]))
            kind = str(message["kind"])
            self._office.arrived(kind, number, papers=len(message["papers"]))
            self._office.effect(kind, number)
        if fresh and "receive" in item["acts"] and self._receives(number):
            await self._say(dossier, {"act": "receive"}, "receive")
        for message in fresh:
            self._plan(dossier, str(message["kind"]))

    def _receives(self, number: str) -> bool:
        return bool(self._office.scenario(number).get("receives", True))

    def _plan(self, dossier: Dossier, event: str) -> None:
        """Set the clock for the steps that waited for this."""
        scenario = self._office.scenario(dossier.number)
        steps = with_habits(scenario.get("step") or DEFAULT, scenario)
        for place, step in enumerate(steps, start=1):
            if place not in dossier.planned and step.get("on", "hand_over") == event:
                dossier.planned.add(place)
                hours = float(step.get("after_h", 0.0))
                act = partial(self._do, dossier, place, step)
                self._office.work(dossier.number, hours, act)

    async def _do(self, dossier: Dossier, place: int, step: Step) -> None:
        if step.get("unclicked") or step.get("late_h"):
            self._leave(dossier, place, step)
            return
        key = f"{self._own}-{dossier.number}-{place}"
        for _ in range(2 if step.get("twice") else 1):
            await self._say(dossier, step, key)
        dossier.done.add(place)
        if step["act"] in ENDS:
            dossier.ended = True
            self._last = self._office.now()
        self._plan(dossier, f"done:{place}")

    def _leave(self, dossier: Dossier, place: int, step: Step) -> None:
        """Done, and the click forgotten, or left for later with the right date."""
        self._office.effect("done_unclicked", dossier.number)
        if step.get("late_h"):
            late = {**step, "late_h": 0, "done_at": self._office.now()}
            act = partial(self._do, dossier, place, late)
            self._office.work(dossier.number, float(step["late_h"]), act)

    async def _say(self, dossier: Dossier, step: Step, key: str) -> None:
        """Press the button, with what goes with it."""
        act = str(step["act"])
        said: dict[str, Any] = {} if act == "receive" else {"key": key}
        said |= {name: step[name] for name in ("step", "note") if name in step}
        if step.get("backdated_h") or "done_at" in step:
            before = timedelta(hours=float(step.get("backdated_h", 0)))
            at = step.get("done_at", self._office.now() - before).astimezone(VIETNAM)
            said |= {"done_on": f"{at:%Y-%m-%d}", "done_at": f"{at:%H:%M}"}
        files = step.get("files", ["ket-qua.pdf"] if act == "finish" else [])
        parts = {
            f"f{place}": paper(name, dossier.number) for place, name in enumerate(files)
        }
        if files:
            said["files"] = [
                {"name": name, "part": f"f{place}"} for place, name in enumerate(files)
            ]
        kind, body = form(json.dumps(said, ensure_ascii=False).encode(), parts)
        await self._press(dossier, act, kind, body)

    async def _press(self, dossier: Dossier, act: str, kind: str, body: bytes) -> None:
        """Once; again with the same key where the page says that it could not."""
        status, content = 0, b""
        try:
            answer = await self._office.call(
                "POST",
                f"{self._list}/{self._own}/{dossier.item}/{act}",
                headers={**self._headers, "Content-Type": kind},
                body=body,
                kind=act,
                number=dossier.number,
            )
        except ConnectionError:
            pass
        else:
            status, content = answer.status, answer.body
        if status == 0 or status >= 500:
            again = partial(self._press, dossier, act, kind, body)
            self._office.after(PRESS_AGAIN_S, again)
        told = json.loads(content) if content[:1] == b"{" else {}
        self._office.arrived(
            "act_answer",
            dossier.number,
            act=act,
            status=status,
            applied=bool(told.get("applied")),
            repeated=bool(told.get("repeated")),
        )
