"""One office at work: what it stored, what it reports, and when."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from functools import partial
from typing import Any

from gateway.adapters.open.mock_client import Client, Message
from gateway.adapters.open.mock_contract import Office
from gateway.adapters.open.mock_paper import one_page
from gateway.adapters.open.mock_people import with_habits

Step = Mapping[str, Any]
Transfer = Mapping[str, Any]

VIETNAM = timezone(timedelta(hours=7))
RESULTS = ("Kết quả giải quyết (giả lập)",)
DEFAULTS: Sequence[Step] = (
    {"on": "hand_over", "after_h": 1.0, "report": "accepted"},
    {"on": "hand_over", "after_h": 20.0, "report": "finished"},
    {"on": "withdraw", "after_h": 2.0, "report": "withdrawn"},
    {"on": "result_wrong", "after_h": 4.0, "report": "finished"},
)

#: Fields of the register, for people.
WORDS = {
    "number": "Mã hồ sơ",
    "own_number": "Số của đơn vị",
    "last": "Lượt gửi mới nhất",
    "seen": "Đã xảy ra",
    "done_steps": "Bước kịch bản đã làm",
    "script_age": "Lần làm lại kịch bản",
}


@dataclass
class Dossier:
    """One dossier as the office's own register has it."""

    number: str
    own_number: str
    last: str = ""
    #: the transfer that came last
    seen: Counter[str] = field(default_factory=Counter)
    done_steps: set[int] = field(default_factory=set)
    script_age: int = 0


class Desk:
    """The register of one office, gone with the process, and its officers."""

    def __init__(self, office: Office, client: Client) -> None:
        """Nothing is stored."""
        self._office = office
        self._client = client
        self._dossiers: dict[str, Dossier] = {}
        self._stored: set[str] = set()
        office.shows(f"Sổ của đơn vị {client.unit.id}", self.kept, WORDS)

    def kept(self) -> Mapping[str, Dossier]:
        """Everything, for people to look at."""
        return self._dossiers

    def has(self, identifier: str) -> bool:
        """Whether a transfer is stored."""
        return identifier in self._stored

    def store(self, transfer: Transfer) -> None:
        """Take a transfer that was not here yet into the register."""
        number, kind = str(transfer["dossier"]), str(transfer["kind"])
        self._stored.add(str(transfer["id"]))
        dossier = self._dossiers.get(number)
        if dossier is None:
            own = f"GL-{self._client.unit.id}-{len(self._dossiers) + 1:04d}"
            dossier = self._dossiers.setdefault(number, Dossier(number, own))
        dossier.last = str(transfer["id"])
        self._office.effect(
            kind,
            number,
            id=str(transfer["id"]),
            revision=int(transfer["revision"]),
            files=len(transfer["files"]),
        )
        if kind == "withdraw":
            # What the officers still had in hand is of no use any more.
            dossier.script_age += 1
        self._happened(dossier, kind)

    def _happened(self, dossier: Dossier, event: str) -> None:
        """Set the clock for every step that waited for this."""
        dossier.seen[event] += 1
        for place, step in enumerate(self._steps(dossier.number), start=1):
            its_turn = step.get("nth", 1) == dossier.seen[event]
            waited = step.get("on", "hand_over") == event and its_turn
            if waited and place not in dossier.done_steps:
                dossier.done_steps.add(place)
                work = partial(self._play, dossier, place, step, dossier.script_age)
                self._office.work(dossier.number, float(step.get("after_h", 0)), work)

    def _steps(self, number: str) -> Sequence[Step]:
        scenario = self._office.scenario(number)
        steps: Sequence[Step] = scenario.get("step", ())
        return with_habits(steps or DEFAULTS, scenario)

    async def _play(self, dossier: Dossier, place: int, step: Step, age: int) -> None:
        if age != dossier.script_age:
            return
        if step.get("unclicked") or step.get("late_h"):
            self._leave(dossier, place, step, age)
            return
        body = await self._body(dossier, place, step)
        self._happened(dossier, f"started:{place}")
        for _ in range(int(step.get("times", 1))):
            await self._client.insist(Message("report", dossier.number, body))

    def _leave(self, dossier: Dossier, place: int, step: Step, age: int) -> None:
        """Done, and the click forgotten, or left for later with the right date."""
        self._office.effect("done_unclicked", dossier.number)
        if step.get("late_h"):
            done = self._office.now().astimezone(VIETNAM).isoformat(timespec="seconds")
            body = {**step.get("body", {}), "event_at": done}
            late = {**step, "late_h": 0, "body": body}
            act = partial(self._play, dossier, place, late, age)
            self._office.work(dossier.number, float(step["late_h"]), act)

    async def _body(self, dossier: Dossier, place: int, step: Step) -> dict[str, Any]:
        """A report, fixed before the first attempt: a repeat is the same report."""
        kind = str(step["report"])
        happened = self._office.now() - timedelta(hours=step.get("backdated_h", 0))
        body: dict[str, Any] = {
            **self._about(dossier, step),
            "report_id": f"bc-{dossier.own_number}-{place}",
            "kind": kind,
            "event_at": happened.astimezone(VIETNAM).isoformat(timespec="seconds"),
        }
        if kind == "accepted":
            body["own_number"] = dossier.own_number
        titles = step.get("results", RESULTS if kind == "finished" else ())
        files = [await self._file(dossier, title, step) for title in titles]
        if files:
            body["files"] = files
        return {**body, **step.get("body", {})}

    def _about(self, dossier: Dossier, step: Step) -> dict[str, str]:
        by = str(step.get("by", "transfer"))
        names = {
            "transfer": {"transfer": dossier.last},
            "dossier": {"dossier": dossier.number},
            "own_number": {"dossier": dossier.own_number},
        }
        return {"dossier": str(step["about"])} if "about" in step else names[by]

    async def _file(self, dossier: Dossier, title: str, step: Step) -> dict[str, str]:
        content = one_page(dossier.number)
        name = "ket-qua.pdf"
        named = {"name": name, "title": title, "media_type": "application/pdf"}
        if step.get("upload"):
            upload = await self._client.upload(dossier.number, name, content)
            return {**named, "upload": upload}
        return {**named, "content": base64.b64encode(content).decode()}
