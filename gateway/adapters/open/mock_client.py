"""How the agency calls the gateway: one operation, one answer, or again later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from gateway.adapters.open.mock_contract import Office

REPEAT_AFTER_S = 300.0
REPEATS = 100
#: Answers after which the same call is made again (section 3.3); 0: none came.
COME_AGAIN = frozenset({0, 429, 500, 502, 503, 504})
_BOUNDARY = "ranh-gioi-cua-co-quan-gia-lap"


@dataclass(frozen=True, slots=True)
class Unit:
    """One office of the agency: where its gateway is, and its key."""

    id: str
    base: str
    key: str
    is_pushed_to: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What the gateway answered; ``content`` is empty unless it was JSON."""

    status: int
    body: bytes
    content: Mapping[str, Any]

    @property
    def ok(self) -> bool:
        """Whether it is the gateway's own success."""
        return self.status == 200 and bool(self.content)

    @property
    def code(self) -> str:
        """Code of an error; empty if it has none."""
        return str(self.content.get("code", ""))


@dataclass(frozen=True, slots=True)
class Message:
    """A call that is repeated with the same bytes until it is answered."""

    operation: str
    number: str
    body: Mapping[str, Any]


class Client:
    """Calls of one office; they live in the clock's timers only."""

    def __init__(self, office: Office, unit: Unit) -> None:
        """Nothing is called before somebody asks for it."""
        self._office = office
        self.unit = unit

    async def ask(self, operation: str, number: str, body: Mapping[str, Any]) -> Told:
        """One call, whatever becomes of it."""
        return await self._call(operation, number, orjson.dumps(body))

    async def upload(self, number: str, name: str, content: bytes) -> str:
        """Put a file there before the report that names it; empty if it failed."""
        lines = (
            f"--{_BOUNDARY}",
            f'Content-Disposition: form-data; name="file"; filename="{name}"',
            "Content-Type: application/pdf",
            "",
            "",
        )
        body = (
            "\r\n".join(lines).encode() + content + f"\r\n--{_BOUNDARY}--\r\n".encode()
        )
        media_type = f"multipart/form-data; boundary={_BOUNDARY}"
        told = await self._call("upload", number, body, media_type)
        return str(told.content.get("upload", "")) if told.ok else ""

    async def insist(self, message: Message, attempt: int = 1) -> None:
        """Call until there is an answer that repeating would not change."""
        told = await self.ask(message.operation, message.number, message.body)
        self._office.arrived(
            f"{message.operation}_answer",
            message.number,
            attempt=attempt,
            status=told.status,
            code=told.code,
            said=_said(told.content),
        )
        unanswered = told.status in COME_AGAIN or (told.status == 200 and not told.ok)
        if unanswered and attempt < REPEATS:
            again = partial(self.insist, message, attempt + 1)
            self._office.after(REPEAT_AFTER_S, again)

    async def _call(
        self,
        operation: str,
        number: str,
        body: bytes,
        media_type: str = "application/json; charset=utf-8",
    ) -> Told:
        headers = {
            "Authorization": f"Bearer {self.unit.key}",
            "Content-Type": media_type,
        }
        try:
            answer = await self._office.call(
                "POST",
                f"{self.unit.base}/{operation}",
                headers=headers,
                body=body,
                kind=operation,
                number=number,
            )
        except ConnectionError:
            return Told(0, b"", {})
        return Told(answer.status, answer.body, object_of(answer.body))


def _said(content: Mapping[str, Any]) -> str:
    """The word by which a success differs from another one."""
    results = content.get("results")
    if isinstance(results, list):
        return " ".join(str(row.get("result", "")) for row in results)
    return str(content.get("result", ""))


def object_of(text: bytes) -> dict[str, Any]:
    """A JSON object; empty if it is none."""
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}
