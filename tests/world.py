"""The whole gateway with its mock agencies on loopback, under virtual time."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import aiohttp
from aiohttp import web

from gateway.conformance import examples
from gateway.mockagency import conductor, platform
from gateway.mockagency.behaviour import behaviour_of
from gateway.mockagency.faults_reading import read_fault
from gateway.mockagency.running import read_config
from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, serve
from gateway.settings import load
from gateway.wiring import feeding
from gateway.wiring.serve import Gateway
from gateway.wiring.stage import CONFIG, EXAMPLES, Stage
from tests import kept_keys, kept_routes

Json = dict[str, Any]
Twist = Callable[[web.Request, web.StreamResponse], Awaitable[web.StreamResponse]]
kept_routes.install()


async def _never() -> bool:
    return False


@dataclass(frozen=True)
class Answered:
    """What the API answered."""

    status: int
    body: Json
    headers: Mapping[str, str]
    content: bytes = b""


@dataclass(frozen=True)
class Heard:
    """One request as a mock agency heard it."""

    agency: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class ListeningMock(MockAgency):
    """A mock agency that keeps every request it heard."""

    heard: list[Heard]
    twist: Twist | None = None
    #: what becomes of its answers before they leave: an agency that somebody took over

    async def _serve(self, request: web.Request, handler: Any) -> web.StreamResponse:
        body = await request.read()
        url = f"{request.method} {request.path_qs}"
        self.heard.append(Heard(self.agency, url, dict(request.headers), body))
        answer = await super()._serve(request, handler)
        return answer if self.twist is None else await self.twist(request, answer)


class World:
    """One run folder, three mock agencies, one gateway; everything on real sockets.

    Mock agencies and gateway live in the test's own event loop, so that a test
    can stop and start each of them; they know each other by address only.
    """

    def __init__(
        self,
        folder: Path,
        *,
        example: str | None = None,
        examples: Iterable[str] = (),
        configure: Callable[[Path], None] | None = None,
    ) -> None:
        """``example``, ``examples``: only these of the examples have a scenario.

        ``configure`` changes a copy of the shipped configuration before the start.
        """
        chosen = [*examples, *([example] if example else [])]
        self.stage = Stage(folder, examples=self._scenarios(folder, chosen))
        if configure is not None:
            self.stage.config = folder / "config"
            shutil.copytree(CONFIG, self.stage.config)
            configure(self.stage.config)
        self.faults: list[Json] = []
        self.behaviour: Json | None = None
        #: how offices play themselves (decision 0049); None: at any hour
        self.seed = 0
        #: of the faults
        self.mock_settings: dict[str, Json] = {}
        #: further settings of mocks, by agency
        self.more_settings = ""
        self.heard: list[Heard] = []
        self._mocks: dict[str, MockAgency] = {}
        self._platforms: dict[str, platform.MockPlatform] = {}
        self._runners: list[Any] = []
        self.gateway: Gateway | None = None

    @staticmethod
    def _scenarios(folder: Path, names: Iterable[str]) -> Path:
        chosen = folder / "examples"
        chosen.mkdir(parents=True)
        for name in names:
            shutil.copytree(EXAMPLES / name, chosen / name)
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
        with kept_keys.of_this_run(self.stage.run_dir / "keys"):
            self.stage.prepare(fixed_ports=False)
        config = read_config(self.stage.mocks_path)
        for agency in self.stage.mocks:
            mock = ListeningMock(
                agency,
                {**config[agency], **self.mock_settings.get(agency, {})},
                self.stage.run_dir,
                start=datetime.fromisoformat(self.stage.start),
                scenarios=Scenarios(self.stage.examples),
                faults=[
                    read_fault(f) for f in self.faults if f.get("agency") == agency
                ],
                behaviour=behaviour_of(agency, self.behaviour),
                seed=self.seed,
            )
            mock.heard = self.heard
            mock.around = config["around"]
            runner, _ = await serve(mock, self.stage.ports[agency])
            self._mocks[agency] = mock
            self._runners.append(runner)
        for name, kind in self.stage.platforms.items():
            await self._start_platform(name, kind, config)

    async def _start_platform(self, name: str, kind: str, config: Json) -> None:
        """What the configuration puts before agencies; its faults name it."""
        module = import_module(f"gateway.mockagency.platform_{kind}")
        faults = [row for row in self.faults if row.get("platform") == name]
        start = datetime.fromisoformat(self.stage.start)
        mock = module.from_config(
            {**config, "fault": faults}, self.stage.run_dir, start, name
        )
        runner, _ = await platform.serve(mock, self.stage.ports[name])
        self._platforms[name] = mock
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
        for agency in self._mocks.values():
            agency.release()
        await self.stop_gateway()
        for runner in self._runners:
            await runner.cleanup()
        for agency in self._mocks.values():
            await agency.close()
        for between in self._platforms.values():
            await between.close()

    async def settle(self) -> None:
        """Let virtual time pass until nobody has anything left to do."""
        await conductor.run(self.stage.participants, until=_never, here=self._here())

    async def pass_hours(self, hours: float) -> None:
        """Let that much virtual time pass."""
        target = self.now() + timedelta(hours=hours)
        await self._advance(target)

    async def pass_until(self, moment: datetime) -> None:
        """Let virtual time pass up to a moment; nothing if it is over."""
        if moment > self.now():
            await self._advance(moment)

    async def _advance(self, moment: datetime) -> None:
        await conductor.advance(
            self.stage.participants, moment, until=_never, here=self._here()
        )

    def _here(self) -> dict[str, conductor.Here]:
        """Mocks by their address; the gateway is asked as it always is."""
        mocks: dict[str, conductor.Here] = {**self._mocks, **self._platforms}
        return {self.stage.url(name): mock for name, mock in mocks.items()}

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
            return Answered(answer.status, found, dict(answer.headers), text)

    async def push(
        self,
        operation: str,
        body: Any,
        *,
        office: str = "land-mau-1",
        secret: str | None = None,
    ) -> Answered:
        """A land office calls back; ``body``: JSON, or exact bytes."""
        if secret is None:
            secret = self.stage.secrets.value(f"{office}.callback")
        exact = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = f"{self.stage.url('agencies')}/callbacks/{office}/{operation}/{secret}"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=exact) as answer,
        ):
            text = await answer.read()
            found = json.loads(text) if text[:1] == b"{" else {}
            return Answered(answer.status, found, dict(answer.headers), text)

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

    async def seal(self) -> None:
        """Seal the journal now: the sealer keeps real time, tests do not wait for it."""
        assert self.gateway is not None
        await self.gateway.tools.store.seal(now=self.now())

    async def transfers(self, number: str, kind: str) -> list[Json]:
        """Transfers of one kind of a dossier, oldest first, as the API shows them."""
        shown = await self.shown(number)
        return [t for t in shown["transfers"] if t["kind"] == kind]

    async def history(self, transfer: Json) -> Json:
        """One transfer with its attempts and what can be done with it."""
        path = f"/v1/transfers/{transfer['id']}"
        return (await self.call("GET", path, role="operator")).body

    async def act(self, transfer: Json, action: str, reason: str) -> Answered:
        """An operator does something with a transfer."""
        path = f"/v1/transfers/{transfer['id']}/{action}"
        return await self.call("POST", path, {"reason": reason}, role="operator")

    def arrivals(self, number: str, agency: str, kind: str) -> list[Json]:
        """What came to an agency about a dossier, whatever became of it."""
        return [
            line
            for line in self.book(agency, "arrivals")
            if (line["number"], line["kind"]) == (number, kind)
        ]

    def told(self, number: str) -> list[tuple[int, str]]:
        """Portal code and pause of every status that the one-stop shows."""
        return [
            (line["facts"]["portal_code"], line["facts"]["pause"])
            for line in self.effects(number, "one_stop", "status")
        ]

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

    def twist(self, agency: str, twist: Twist | None) -> None:
        """From now on an agency's answers leave as this makes them; None: as they are."""
        mock = self._mocks[agency]
        assert isinstance(mock, ListeningMock)
        mock.twist = twist

    def release(self, agency: str) -> None:
        """Calls that a fault with ``held`` keeps at an agency go on."""
        self._mocks[agency].release()

    def most_at_once(self, agency: str) -> int:
        """Calls that an agency had under way together, as it counted them."""
        return self._mocks[agency].counted.most_at_once

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


def quick(config: Path) -> None:
    """Lanes for tests: short timeouts, tax is asked every six hours."""
    for path in (config / "agencies").glob("*.toml"):
        text = path.read_text("utf-8")
        text = re.sub(r"(?m)^timeout_s = .*$", "timeout_s = 5.0", text)
        text = re.sub(r"(?m)^poll_every_s = .*$", "poll_every_s = 21600.0", text)
        path.write_text(text, "utf-8")


def a_dossier(number: str, **changed: Any) -> Json:
    """A valid minimal dossier of a land transfer; ``changed`` replaces fields."""
    return {
        "number": number,
        "procedure": "1.999001",
        "received_at": "2026-03-10T07:00:00+07:00",
        "due_on": "2026-04-10",
        "units": {"intake": "H00.20.01"},
        "area": {"commune": "99101"},
        "applicant": {"name": "Nguyễn Văn Ví Dụ", "address": "Xã Mẫu, tỉnh Mẫu"},
        "parcels": [{"number": "101", "sheet": "7", "area_m2": "120,5"}],
        "documents": [{"name": "Đơn đăng ký biến động", "originals": 1, "copies": 0}],
        **changed,
    }


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
