"""The whole gateway with its mock agencies on loopback, under virtual time."""

from __future__ import annotations

import contextlib
import json
import shutil
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

import aiohttp

from gateway.conformance import examples
from gateway.mockagency import conductor
from gateway.mockagency.faults import read_fault
from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, read_config, serve
from gateway.settings import load
from gateway.wiring import feeding
from gateway.wiring.serve import Gateway
from gateway.wiring.stage import AGENCIES, EXAMPLES, Stage

Json = dict[str, Any]


async def _never() -> bool:
    return False


@dataclass(frozen=True)
class Answered:
    """What the API answered."""

    status: int
    body: Json
    headers: Mapping[str, str]


class World:
    """One run folder, three mock agencies, one gateway; everything on real sockets.

    Mock agencies and gateway live in the test's own event loop, so that a test
    can stop and start each of them; they know each other by address only.
    """

    def __init__(self, folder: Path, *, example: str | None = None) -> None:
        """``example``: only this one of the examples has a scenario."""
        self.stage = Stage(folder, examples=self._scenarios(folder, example))
        self.faults: list[Json] = []
        self.more_settings = ""
        self._mocks: dict[str, MockAgency] = {}
        self._runners: list[Any] = []
        self.gateway: Gateway | None = None

    @staticmethod
    def _scenarios(folder: Path, example: str | None) -> Path:
        chosen = folder / "examples"
        chosen.mkdir(parents=True)
        if example is not None:
            shutil.copytree(EXAMPLES / example, chosen / example)
        return chosen

    def scenario(self, number: str, **tables: Any) -> None:
        """What the agencies do with a dossier of the test's own; before the start."""
        assert self.stage.examples is not None
        lines = _toml({"number": number, **tables})
        folder = self.stage.examples / f"own-{len(list(self.stage.examples.iterdir()))}"
        folder.mkdir()
        (folder / "scenario.toml").write_text(lines, "utf-8")

    async def __aenter__(self) -> Self:
        """Start everything."""
        await self._start_mocks()
        await self.start_gateway()
        return self

    @contextlib.asynccontextmanager
    async def mocks_only(self) -> AsyncIterator[Self]:
        """Start the mock agencies; the gateway is somebody else's process."""
        await self._start_mocks()
        try:
            yield self
        finally:
            await self.__aexit__()

    async def _start_mocks(self) -> None:
        self.stage.prepare(fixed_ports=False)
        config = read_config(self.stage.mocks_path)
        for agency in AGENCIES:
            mock = MockAgency(
                agency,
                config[agency],
                self.stage.run_dir,
                start=datetime.fromisoformat(self.stage.start),
                scenarios=Scenarios(self.stage.examples),
                faults=[read_fault(f) for f in self.faults if f["agency"] == agency],
            )
            runner, _ = await serve(mock, self.stage.ports[agency])
            self._mocks[agency] = mock
            self._runners.append(runner)

    async def start_gateway(
        self, wrap: Callable[[Gateway], None] | None = None
    ) -> Gateway:
        """Start the gateway, its virtual clock where the mocks' clocks are."""
        now = self._mocks["tax"].clock.now().isoformat()
        self.stage.write_settings(start=now, more=self.more_settings)
        gateway = Gateway(load(self.stage.settings_path))
        if wrap is not None:
            wrap(gateway)
        await gateway.start()
        self.gateway = gateway
        return gateway

    async def stop_gateway(self) -> None:
        """Stop it in an orderly way."""
        if self.gateway is not None:
            await self.gateway.stop()
            self.gateway = None

    async def __aexit__(self, *_: object) -> None:
        """Stop everything."""
        await self.stop_gateway()
        for runner in self._runners:
            await runner.cleanup()
        for mock in self._mocks.values():
            await mock.close()

    async def settle(self) -> None:
        """Let virtual time pass until nobody has anything left to do."""
        await conductor.run(self.stage.participants, until=_never)

    async def pass_hours(self, hours: float) -> None:
        """Let that much virtual time pass."""
        target = self.now() + timedelta(hours=hours)
        await conductor.advance(self.stage.participants, target, until=_never)

    def now(self) -> datetime:
        """Virtual time."""
        return self._mocks["tax"].clock.now()

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: str = "one_stop",
        **options: Any,
    ) -> Answered:
        """One call of the API; ``role`` empty: without a token."""
        headers = dict(options.pop("headers", {}))
        if role:
            token = self.stage.secrets.value(f"token.{role}")
            headers.setdefault("Authorization", f"Bearer {token}")
        if body is not None:
            options["json"] = body
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                method, self.stage.url("front") + path, headers=headers, **options
            ) as answer,
        ):
            text = await answer.read()
            found = json.loads(text) if text[:1] in {b"{", b"["} else {}
            return Answered(answer.status, found, dict(answer.headers))

    async def submit(self, document: Json) -> Answered:
        """Submit a dossier and tell the one-stop's mock of it."""
        answered = await self.call("POST", "/v1/dossiers", document)
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                self.stage.url("one_stop") + "/submitted",
                json={"number": document["number"]},
            ),
        ):
            return answered

    async def shown(self, number: str) -> Json:
        """The dossier as the API shows it."""
        return (await self.call("GET", f"/v1/dossiers/{number}", role="operator")).body

    def book(self, agency: str, name: str = "effects") -> list[Json]:
        """Lines of a mock's book."""
        return feeding.book(self.stage, agency, name)

    def effects(self, number: str, agency: str, kind: str) -> list[Json]:
        """What really changed at an agency for a dossier."""
        return [
            line
            for line in self.book(agency)
            if (line["number"], line["kind"]) == (number, kind)
        ]

    async def feed(self, example: str) -> examples.Expected:
        """Submit one example with its files."""
        async with feeding.signed_in(self.stage, "one_stop") as session:
            return await feeding.feed_one(
                self.stage, session, EXAMPLES / example, lambda _: None
            )

    async def judge(self, expected: examples.Expected) -> examples.Verdict:
        """Hold store and books against an expectation."""
        (verdict,) = await feeding.judge_all(self.stage, [expected])
        return verdict


def document_of(example: str) -> Json:
    """An example's dossier without its files."""
    text = (EXAMPLES / example / "dossier.json").read_text("utf-8")
    document: Json = json.loads(text)
    for paper in document.get("documents", ()):
        paper.pop("files", None)
    return document


def scenario_of(example: str) -> Json:
    """An example's scenario."""
    return tomllib.loads((EXAMPLES / example / "scenario.toml").read_text("utf-8"))


def _toml(value: Mapping[str, Any], prefix: str = "") -> str:
    """The few shapes of TOML that scenarios need."""
    plain = [f"{k} = {json.dumps(v)}" for k, v in value.items() if not _is_table(v)]
    lines = [*plain]
    for key, item in value.items():
        name = f"{prefix}{key}"
        if isinstance(item, Mapping):
            lines += [f"[{name}]", _toml(item, f"{name}.")]
        elif _is_table(item):
            for row in item:
                lines += [f"[[{name}]]", _toml(row, f"{name}.")]
    return "\n".join(lines) + "\n"


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)
    )
