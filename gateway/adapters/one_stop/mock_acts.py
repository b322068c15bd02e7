"""What the counter tells the gateway, and how it insists."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import orjson

from gateway.adapters.one_stop.mock_clerk import (
    LARGE_BYTES,
    VIETNAM,
    dossier,
    file_of,
)
from gateway.adapters.one_stop.mock_contract import Answer, Office

REPEAT_AFTER_S = 300.0
REPEATS = 100
#: Answers after which the same message is sent again (section 8).
COME_AGAIN = frozenset({0, 429, 500, 502, 503, 504})
PATHS = {
    "supplement": "supplements",
    "withdrawal": "withdrawal",
    "handed_out": "handed-out",
    "result_wrong": "result-wrong",
}


@dataclass(frozen=True)
class Act:
    """One call on its way; repeated with the same bytes and the same key."""

    do: str
    number: str
    method: str
    path: str
    key: str
    body: bytes


class Acts:
    """Calls the gateway's API with the one-stop's token."""

    def __init__(self, office: Office) -> None:
        """Calls on their way live in the clock's timers only."""
        self._office = office
        self._ids: dict[str, str] = {}
        #: the gateway's own identifiers of dossiers that were handed in from here

    async def do(
        self, number: str, place: int | str, step: Mapping[str, Any], attempt: int = 1
    ) -> None:
        """Do what a step says; its content is fixed before the first call."""
        do = str(step["do"])
        content = dict(step.get("content", {}))
        path = f"/v1/dossiers/{quote(self._ids.get(number, number), safe='')}"
        key = f"{number}|{do}|{place}"
        if do == "submission":
            await self._hand_in(number, key, int(step.get("file", 0)), content)
            return
        if do == "revision":
            document = await self._corrected(number, path, content)
            if document is None:
                again = partial(self.do, number, place, step, attempt + 1)
                self._again(do, number, attempt, again)
                return
            await self._send(
                Act(do, number, "PUT", path, key, orjson.dumps(document)), 1
            )
            return
        if do == "handed_out":
            today = self._office.now().astimezone(VIETNAM).date()
            content.setdefault("on", today.isoformat())
        act = Act(do, number, "POST", f"{path}/{PATHS[do]}", key, orjson.dumps(content))
        await self._send(act, 1)

    async def _hand_in(
        self, number: str, key: str, size: int, changes: Mapping[str, Any]
    ) -> None:
        """Hand a new dossier in; a large file is uploaded before."""
        files: list[dict[str, Any]] = []
        content = file_of(size) if size else b""
        if size >= LARGE_BYTES:
            await self._send(
                Act("attachment", number, "POST", "/v1/attachments", "", content), 1
            )
            files = [{"name": "don.pdf", "sha256": sha256(content).hexdigest()}]
        elif size:
            held = base64.b64encode(content).decode()
            files = [{"name": "don.pdf", "content": held}]
        now, settings = self._office.now(), self._office.settings
        document = merged(dossier(number, now, settings, files), changes)
        body = orjson.dumps(document)
        await self._send(
            Act("submission", number, "POST", "/v1/dossiers", key, body), 1
        )

    async def _corrected(
        self, number: str, path: str, changes: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """The stored dossier with the changes, as the next revision."""
        answer = await self._call(Act("read", number, "GET", path, "", b""))
        if answer is None or answer.status != 200:
            return None
        shown = orjson.loads(answer.body)
        document: dict[str, Any] = merged(shown["document"], changes)
        document["revision"] = int(shown["revision"]) + 1
        return document

    async def _send(self, act: Act, attempt: int) -> None:
        answer = await self._call(act)
        status = answer.status if answer else 0
        self._office.arrived(
            "call_answer",
            act.number,
            do=act.do,
            attempt=attempt,
            status=status,
            code=_code(answer),
        )
        if status in COME_AGAIN:
            again = partial(self._send, act, attempt + 1)
            self._again(act.do, act.number, attempt, again, _wanted_s(answer))
        elif answer is not None and status == 202 and act.do == "submission":
            self._ids[act.number] = str(orjson.loads(answer.body)["dossier"]["id"])

    def _again(
        self, do: str, number: str, attempt: int, work: Any, wanted_s: float = 0
    ) -> None:
        if attempt > REPEATS:
            self._office.arrived("call_given_up", number, do=do)
            return
        self._office.after(max(REPEAT_AFTER_S, wanted_s), work)

    async def _call(self, act: Act) -> Answer | None:
        settings = self._office.settings
        headers = {
            "Authorization": f"Bearer {settings['token']}",
            "Content-Type": "application/octet-stream"
            if act.do == "attachment"
            else "application/json",
        }
        if act.key:
            headers["Idempotency-Key"] = act.key
        try:
            return await self._office.call(
                act.method,
                f"{settings['gateway_base']}{act.path}",
                headers=headers,
                body=act.body,
                kind=act.do,
                number=act.number,
            )
        except OSError:  # refused, reset or timed out
            return None


def _wanted_s(answer: Answer | None) -> float:
    """Seconds that an answer asks to wait; 0: it does not say."""
    for name, value in (answer.headers if answer else {}).items():
        if name.lower() == "retry-after" and value.isdecimal():
            return float(value)
    return 0


def merged(document: Any, changes: Any) -> Any:
    """A document with changes as RFC 7396 merges them; null removes a field."""
    if not isinstance(changes, Mapping):
        return changes
    out = dict(document) if isinstance(document, Mapping) else {}
    for name, value in changes.items():
        if value is None:
            out.pop(name, None)
        else:
            out[name] = merged(out.get(name), value)
    return out


def _code(answer: Answer | None) -> str:
    """The code of a problem; empty for anything else."""
    if answer is None or answer.status < 400:
        return ""
    try:
        content = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return ""
    return str(content.get("code", "")) if isinstance(content, dict) else ""
