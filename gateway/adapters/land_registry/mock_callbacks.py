"""How the land system calls the one-stop side, and insists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from gateway.adapters.land_registry.mock_answers import JSON
from gateway.adapters.land_registry.mock_contract import Answer, Office
from gateway.adapters.land_registry.mock_dialect import Dialect

REPEAT_AFTER_S = 15 * 60
REPEATS = 20
LISTS = ("GetDanhMucNguoiDung", "GetDanhMucThuTuc", "GetDanhMucTrangThai")


@dataclass(frozen=True)
class Message:
    """One message on its way; repeated with the same bytes."""

    operation: str
    kind: str
    number: str
    branch: Mapping[str, Any]
    body: bytes


class Callbacks:
    """Sends messages until they are stored, and fetches the lists."""

    def __init__(self, office: Office, dialect: Dialect) -> None:
        """Messages on their way live in the clock's timers only."""
        self._office = office
        self._dialect = dialect
        self._pulled: set[str] = set()

    async def send(self, message: Message, attempt: int = 1) -> None:
        """One attempt; the next follows by the clock unless it was stored."""
        url = self._dialect.push_to(message.branch, message.operation)
        answer = await self._call("POST", url, message)
        stored = answer is not None and _rows(answer) is not None
        self._office.arrived(
            "callback_answer",
            message.number,
            operation=message.operation,
            attempt=attempt,
            status=answer.status if answer else 0,
            stored=stored,
            **_step(message.body),
        )
        if stored:
            return
        if attempt > REPEATS:
            self._office.arrived(
                "callback_given_up", message.number, operation=message.operation
            )
            return
        self._office.after(REPEAT_AFTER_S, partial(self.send, message, attempt + 1))

    def pull_lists_once(self, branch: Mapping[str, Any]) -> None:
        """Fetch the three lists of a branch, the first time it takes a dossier."""
        base = str(branch["callback_base"])
        if base in self._pulled or not branch.get("pull_lists", True):
            return
        self._pulled.add(base)
        self._office.after(60, partial(self._pull, branch))

    async def _pull(self, branch: Mapping[str, Any]) -> None:
        for name in LISTS:
            message = Message(name, "catalogue", "", branch, b"")
            url = self._dialect.pull_from(branch, name)
            answer = await self._call("GET", url, message)
            rows = _rows(answer) if answer else None
            self._office.arrived(
                "catalogue",
                "",
                list=name,
                status=answer.status if answer else 0,
                rows=-1 if rows is None else rows,
            )

    async def _call(self, method: str, url: str, message: Message) -> Answer | None:
        try:
            return await self._office.call(
                method,
                url,
                headers={"Content-Type": JSON},
                body=message.body,
                kind=message.kind,
                number=message.number,
            )
        except OSError:  # refused, reset or timed out
            return None


def _step(body: bytes) -> dict[str, str | int]:
    """The step that a message of progress tells, and when it was taken; else nothing."""
    told = orjson.loads(body)
    if not isinstance(told, dict) or "MaTrangThai" not in told:
        return {}
    return {"step": int(told["MaTrangThai"]), "taken_at": str(told["NgayChuyen"])}


def _rows(answer: Answer) -> int | None:
    """Number of rows under Data when the answer says Result 1; else None."""
    if answer.status != 200:
        return None
    try:
        content = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(content, dict) or content.get("Result") != 1:
        return None
    return len(content.get("Data") or ())
