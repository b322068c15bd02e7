"""The counter at work: what it shows, and what it does after which event."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gateway.adapters.one_stop.mock_acts import Acts
from gateway.adapters.one_stop.mock_clerk import ACTS
from gateway.adapters.one_stop.mock_contract import Office
from gateway.adapters.one_stop.mock_webhook import Delivery, NotTaken

Step = Mapping[str, Any]

#: What every counter does with a finished dossier.
HANDS_OUT: Step = {"on": "status:9", "after_h": 24.0, "do": "handed_out"}

#: Fields of the register, for people.
WORDS = {
    "number": "Mã hồ sơ",
    "sequence": "Số thứ tự tin mới nhất",
    "shown": "Tình trạng đang hiện",
    "seen": "Tin đã nhận",
    "done_steps": "Bước kịch bản đã làm",
}


@dataclass
class Dossier:
    """One dossier as the one-stop's own screens show it."""

    number: str
    sequence: int = -1
    shown: Mapping[str, Any] = field(default_factory=dict)
    seen: Tally[str] = field(default_factory=Tally)
    done_steps: set[int] = field(default_factory=set)


class Counter:
    """Everything that one one-stop system knows; gone with the process."""

    def __init__(self, office: Office) -> None:
        """Nothing is known before the first submission or event."""
        self._office = office
        self._acts = Acts(office)
        self._dossiers: dict[str, Dossier] = {}
        self._payloads: dict[str, bytes] = {}
        self._asked: Tally[str] = Tally()
        office.shows("Hồ sơ ở một cửa", self.kept, WORDS)

    def kept(self) -> Mapping[str, Dossier]:
        """Everything, for people to look at."""
        return self._dossiers

    def submitted(self, number: str) -> None:
        """A clerk handed a dossier in (told by whoever plays the clerk)."""
        self._office.arrived("submitted", number)
        self._happened(self._dossier(number), "submitted")

    def asked(self, number: str, act: str) -> None:
        """A clerk does something with a dossier now."""
        self._asked[number] += 1
        place = self._asked[number]
        name = f"{act}-{place}"
        self._office.after(0, partial(self._acts.do, number, name, ACTS[act]))

    def take(self, delivery: Delivery) -> bool:
        """Take an event in; whether it was known before.

        Raises:
            NotTaken: its identifier stood for another event.
        """
        event = delivery.event
        number, sequence = _who_and_when(event)
        known = self._payloads.get(delivery.id)
        if known is not None and known != delivery.payload:
            raise NotTaken(409, "id_reused", "Mã sự kiện đã dùng cho nội dung khác")
        dossier = self._dossier(number)
        newer = known is None and sequence > dossier.sequence
        self._office.arrived(
            "status", number, id=delivery.id, sequence=sequence, shown=newer
        )
        self._payloads[delivery.id] = delivery.payload
        if newer:
            dossier.sequence, dossier.shown = sequence, event
            code = int(event["portal_code"])
            self._office.effect(
                "status",
                number,
                portal_code=code,
                pause=str(event.get("pause", "")),
                sequence=sequence,
            )
            self._happened(dossier, f"status:{code}")
        return known is not None

    def _dossier(self, number: str) -> Dossier:
        return self._dossiers.setdefault(number, Dossier(number))

    def _happened(self, dossier: Dossier, event: str) -> None:
        """Set the clock for every step that waited for this."""
        dossier.seen[event] += 1
        for place, step in enumerate(self._steps(dossier.number), start=1):
            due = step["on"] == event and step.get("nth", 1) == dossier.seen[event]
            if due and place not in dossier.done_steps:
                dossier.done_steps.add(place)
                self._office.work(
                    dossier.number,
                    float(step.get("after_h", 0)),
                    partial(self._acts.do, dossier.number, place, step),
                )

    def _steps(self, number: str) -> Sequence[Step]:
        scenario = self._office.scenario(number)
        steps: list[Step] = list(scenario.get("step", ()))
        decided = any(step["do"] == "handed_out" for step in steps)
        decided = decided or number in self._asked
        if not decided and scenario.get("hands_out", True):
            steps.append(HANDS_OUT)
        return steps


def _who_and_when(event: Mapping[str, Any]) -> tuple[str, int]:
    try:
        number, sequence = str(event["number"]), int(event["sequence"])
        int(event["portal_code"])
    except (KeyError, TypeError, ValueError):
        raise NotTaken(422, "event_invalid", "Thiếu trường của sự kiện") from None
    if not number:
        raise NotTaken(422, "event_invalid", "Sự kiện không ghi mã hồ sơ")
    return number, sequence
