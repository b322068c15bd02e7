"""Calls of the old one-stop to the land system: one of a dossier after the other."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway.adapters.one_stop.mock_contract import Answer, Office
from gateway.adapters.one_stop.mock_landlink_dialect import Dialect
from gateway.adapters.one_stop.mock_landlink_door import Barred
from gateway.adapters.one_stop.mock_landlink_fate import Fate, Verdict

REPEAT_AFTER_S = 300.0
REPEATS = 100
#: Counted anew each time it is sent: after an unclear fate a person decides.
NEVER_BLINDLY = frozenset({"result_wrong"})
#: Failures before a connection stood: nothing has left.
_NOT_CONNECTED = ("ClientConnector", "ConnectionTimeout")


@dataclass(frozen=True, slots=True)
class Act:
    """One message on its way; repeated with the same bytes."""

    kind: str
    number: str
    body: bytes


class Calls:
    """Sends messages, and insists on an answer that says what became of them."""

    def __init__(
        self,
        office: Office,
        settings: Mapping[str, Any],
        dialect: Dialect,
        settled: Callable[[Act, Verdict], None],
    ) -> None:
        """``settled`` hears the end of each message, whatever it is."""
        self._office = office
        self._door = dialect.door(office, settings)
        self._dialect = dialect
        self._settled = settled
        self._waiting: dict[str, deque[Act]] = {}

    def send(self, act: Act) -> None:
        """Send after everything that this dossier sent before."""
        queue = self._waiting.setdefault(act.number, deque())
        queue.append(act)
        if len(queue) == 1:
            self._office.after(0, partial(self._try, act, 1))

    async def _try(self, act: Act, attempt: int) -> None:
        answer, verdict = await self._call(act)
        self._office.arrived(
            "call_answer",
            act.number,
            do=act.kind,
            operation=self._dialect.operation(act.kind),
            attempt=attempt,
            status=answer.status if answer else 0,
            fate=verdict.fate.value,
            rule=verdict.rule,
            sha256=hashlib.sha256(act.body).hexdigest(),
        )
        blind = verdict.fate is Fate.UNCLEAR and act.kind in NEVER_BLINDLY
        open_still = verdict.fate in {Fate.LATER, Fate.UNCLEAR} and not blind
        if open_still and attempt <= REPEATS:
            again = partial(self._try, act, attempt + 1)
            self._office.after(max(REPEAT_AFTER_S, _asked_for(answer)), again)
            return
        if open_still:
            self._office.arrived("call_given_up", act.number, do=act.kind)
        queue = self._waiting[act.number]
        queue.popleft()
        self._settled(act, verdict)
        if queue:
            self._office.after(0, partial(self._try, queue[0], 1))

    async def _call(self, act: Act) -> tuple[Answer | None, Verdict]:
        operation = self._dialect.operation(act.kind)
        try:
            answer = await self._door.send(operation, act.body, act.number)
        except Barred as barred:
            return barred.answer, barred.verdict
        except OSError as away:
            left = not str(away).startswith(_NOT_CONNECTED)
            fate = Fate.UNCLEAR if left else Fate.LATER
            return None, Verdict(fate, "no_answer" if left else "not_connected")
        return answer, self._dialect.verdict(act.kind, answer)


def _asked_for(answer: Answer | None) -> float:
    """Seconds that the other side asked to be left alone."""
    headers = answer.headers if answer else {}
    shown = next((v for n, v in headers.items() if n.lower() == "retry-after"), "0")
    return float(shown) if shown.isdecimal() else 0.0
