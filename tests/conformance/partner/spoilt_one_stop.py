"""One-stop systems that hand dossiers in and are wrong in one thing each: the mock, spoilt."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from aiohttp import web

from gateway.conformance.partner.mocked import Spoiling
from gateway.mockagency.office import Answer
from gateway.mockagency.server import MockAgency


@dataclass(frozen=True)
class Call:
    """One call of the one-stop; ``content``: None where it is no JSON."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> dict[str, Any]:
        return json.loads(self.body) if self.is_json else {}

    @property
    def is_json(self) -> bool:
        return self.headers["Content-Type"] == "application/json" and bool(self.body)

    def saying(self, **more: Any) -> Call:
        """The same with other members."""
        if not self.is_json:
            return self
        whole = json.dumps({**self.content, **more}, ensure_ascii=False)
        return replace(self, body=whole.encode())


TAKEN = Answer(202, {}, json.dumps({"dossier": {"id": "d-khac"}}).encode())
BUSY = Answer(503, {}, b"{}")


def calling(
    send: Callable[[Call], Call] = lambda call: call,
    hear: Callable[[Answer], Answer] = lambda answer: answer,
    lost_is: Answer | None = None,
) -> Spoiling:
    """A one-stop that calls otherwise, or takes answers for others."""

    def alter(mock: MockAgency, _app: web.Application) -> None:
        call = mock.office.call

        async def spoilt(
            method: str, url: str, *, headers: Any, body: bytes, **more: Any
        ) -> Answer:
            said = send(Call(method, url, dict(headers), body))
            try:
                answer = await call(
                    said.method, said.url, headers=said.headers, body=said.body, **more
                )
            except ConnectionError:
                if lost_is is None:
                    raise
                return lost_is
            return hear(answer)

        mock.office.call = spoilt  # type: ignore[method-assign]

    return Spoiling(alter=alter)


def heard(status: int, as_: Answer) -> Spoiling:
    """A one-stop for which this status is another answer."""
    return calling(hear=lambda answer: as_ if answer.status == status else answer)


def _asked_for(query: str) -> Callable[[Call], Call]:
    return lambda call: replace(call, url=f"{call.url}?{query}")


def _packed(call: Call) -> Call:
    if not call.is_json:
        return call
    headers = {**call.headers, "Content-Encoding": "gzip"}
    return replace(call, headers=headers, body=gzip.compress(call.body))


def _other_field(call: Call) -> Call:
    return call.saying(truong_la="1") if "applicant" in call.content else call


def _same_revision(call: Call) -> Call:
    return call.saying(revision=1) if call.method == "PUT" else call


def _own_number(call: Call) -> Call:
    return replace(call, url=call.url.replace("/d-", "/"))


def _wrong_hash(call: Call) -> Call:
    papers = call.content.get("documents", [])
    for paper in papers:
        for one in paper.get("files", ()):
            one["sha256"] = "0" * 64
    return call.saying(documents=papers) if papers else call


def _new_keys() -> Spoiling:
    keys = count(1)

    def send(call: Call) -> Call:
        headers = {**call.headers, "Idempotency-Key": f"khoa-{next(keys)}"}
        return replace(call, headers=headers)

    return calling(send)


def _no_reason(call: Call) -> Call:
    return call.saying(reason="") if "reason" in call.content else call


def _at_once(answer: Answer) -> Answer:
    rest = {k: v for k, v in answer.headers.items() if k.lower() != "retry-after"}
    return Answer(answer.status, rest, answer.body)


def _believed(answer: Answer) -> Answer:
    return answer if answer.status == 202 else TAKEN


CLIENTS: dict[str, tuple[Spoiling, set[str]]] = {
    "the token stands in the address": (
        calling(_asked_for("token=token-thu-cua-mot-cua")),
        {"MC-202"},
    ),
    "the telephone stands in the address": (
        calling(_asked_for("q=0900000001")),
        {"MC-205"},
    ),
    "bodies are compressed": (calling(_packed), {"MC-203"}),
    "a dossier has another field": (calling(_other_field), {"MC-301"}),
    "a correction is no next revision": (calling(_same_revision), {"MC-501"}),
    "a withdrawal has no reason": (calling(_no_reason), {"MC-503"}),
    "addresses have the number": (calling(_own_number), {"MC-206"}),
    "hashes are wrong": (calling(_wrong_hash), {"MC-401", "MC-502"}),
    "each attempt has another key": (
        _new_keys(),
        {"MC-310", "MC-312", "MC-313", "MC-314", "MC-504"},
    ),
    "a lost answer is a success": (calling(lost_is=TAKEN), {"MC-310", "MC-504"}),
    "500 is a success": (heard(500, TAKEN), {"MC-312"}),
    "422 is sent again": (heard(422, BUSY), {"MC-315"}),
    "409 is sent again": (heard(409, BUSY), {"MC-316"}),
    "Retry-After is not read": (calling(hear=_at_once), {"MC-313"}),
    "everything is a success": (
        calling(hear=_believed, lost_is=TAKEN),
        {"MC-310", "MC-312", "MC-313", "MC-314", "MC-504"},
    ),
}
