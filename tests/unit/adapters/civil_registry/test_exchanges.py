"""The published exchanges are what the mock answers, request by request."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.unit.adapters.civil_registry.counterpart import Both
from tests.unit.adapters.civil_registry.published import SAMPLES, SCHEMAS

SETTINGS = tomllib.loads((SCHEMAS / "mock.toml").read_text("utf-8"))["civil_registry"]
#: What stands in the samples in the place of tokens, which differ with every run.
SHOWN = {"token": "vi-du-token", "refreshToken": "vi-du-refresh"}


@dataclass(frozen=True)
class Exchange:
    """One call and its answer."""

    after_h: float
    method: str
    path: str
    headers: dict[str, str]
    sent: str
    status: int
    answered: str


def exchanges(name: str) -> Iterator[Exchange]:
    """The calls of a file in their order."""
    text = (SAMPLES / f"exchange.{name}.http").read_text("utf-8")
    for block in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        title, _, whole = block.partition("\n")
        request, _, answer = whole.partition("\n\nHTTP/1.1 ")
        head, _, sent = request.partition("\n\n")
        first, *lines = head.splitlines()
        method, path, _ = first.split(" ")
        yield Exchange(
            after_h=float(title.partition(" h:")[0]),
            method=method,
            path=path,
            headers=dict(line.split(": ", 1) for line in lines),
            sent=sent.strip(),
            status=int(answer[:3]),
            answered=answer.partition("\n\n")[2].strip(),
        )


class Tokens:
    """What the samples' tokens stand for in this run."""

    def __init__(self) -> None:
        self._live: dict[str, str] = {}

    def live(self, text: str) -> str:
        for key in reversed(SHOWN):
            text = text.replace(SHOWN[key], self._live.get(key, SHOWN[key]))
        return text

    def shown(self, content: Any) -> Any:
        if not isinstance(content, dict) or "token" not in content:
            return content
        self._live = {key: content[key] for key in SHOWN}
        return {**content, **SHOWN}


@pytest.mark.parametrize(("name", "least"), [("KS", 15), ("KT", 19), ("single", 5)])
async def test_every_published_exchange_is_what_the_mock_answers(
    open_both: Any, name: str, least: int
) -> None:
    count, hours, tokens = 0, 0.0, Tokens()
    async with open_both(dvclt=SETTINGS["dvclt"], btp=SETTINGS["btp"]) as both:
        for one in exchanges(name):
            await both.run(one.after_h - hours)
            hours = one.after_h
            count += 1
            await told_alike(both, one, tokens)
    assert count >= least


async def told_alike(both: Both, one: Exchange, tokens: Tokens) -> None:
    headers = {key: tokens.live(value) for key, value in one.headers.items()}
    body = tokens.live(one.sent).encode()
    told = await both.call(one.method, one.path, body, headers)
    assert told.status == one.status, one.path
    assert tokens.shown(told.json) == json.loads(one.answered), one.path


@pytest.mark.parametrize("name", ["KS", "KT", "single"])
def test_an_exchange_has_the_ends_that_its_name_promises(name: str) -> None:
    paths = [one.path.partition("?")[0].rpartition("/")[2] for one in exchanges(name)]
    assert "layKetQuaDKHT" in paths
    assert ("trangthaihoso" in paths) == (name != "single")
