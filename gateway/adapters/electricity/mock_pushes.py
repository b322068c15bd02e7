"""How the company tells the sender of steps, and insists."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from gateway.adapters.electricity.mock_contract import Answer, Office
from gateway.adapters.electricity.mock_published import JSON, parsed, written
from gateway.adapters.electricity.mock_register import Case, Row, Writing

REPEAT_AFTER_S = 15 * 60
REPEATS = 20
OPERATION = "CapNhatTienDo"


@dataclass(frozen=True, slots=True)
class Push:
    """One message on its way; repeated with the same bytes."""

    number: str
    body: bytes


class Pushes:
    """Messages on their way live in the clock's timers only."""

    def __init__(self, office: Office) -> None:
        """``callback_base`` missing: this company is only polled."""
        self._office = office

    def are_wanted(self, number: str) -> bool:
        """Whether the company tells of that dossier by itself."""
        if not self._office.settings.get("callback_base"):
            return False
        return bool(self._office.scenario(number).get("pushes", True))

    def of(self, case: Case, row: Row, writing: Writing) -> Push:
        """A message about one row, as the row stands now."""
        content = {
            "KHOA": self._office.settings["callback_key"],
            "MA_DVIQLY": case.unit,
            "MA_HOSO_DVC": case.number,
            "MA_YCAU_KNAI": case.own_number,
            **({"MA_KHANG": case.customer} if case.customer else {}),
            "TIEN_DO": [writing.row(case, row)],
        }
        return Push(case.number, written(content))

    async def send(self, push: Push, attempt: int = 1) -> None:
        """One attempt; the next follows by the clock unless it was answered."""
        answer = await self._call(push)
        told = parsed(answer.body) if answer and answer.status == 200 else None
        kind = str(told.get("TYPE", "")) if told else ""
        words = str(told.get("MESSAGE", "")).casefold() if told else ""
        self._office.arrived(
            "callback_answer",
            push.number,
            operation=OPERATION,
            attempt=attempt,
            status=answer.status if answer else 0,
            type=kind,
        )
        if kind and "không có quyền truy cập" not in words:
            return
        if attempt > REPEATS:
            self._office.arrived("callback_given_up", push.number, operation=OPERATION)
            return
        self._office.after(REPEAT_AFTER_S, partial(self.send, push, attempt + 1))

    async def _call(self, push: Push) -> Answer | None:
        try:
            return await self._office.call(
                "POST",
                f"{self._office.settings['callback_base']}/{OPERATION}",
                headers={"Content-Type": JSON},
                body=push.body,
                kind=OPERATION,
                number=push.number,
            )
        except OSError:  # refused, reset or timed out
            return None
