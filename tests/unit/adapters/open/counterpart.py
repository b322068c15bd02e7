"""The mock agency beside the desk, in virtual time; and pushes as the gateway signs them."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import ClientSession
from joserfc import jws
from joserfc.jwk import ECKey

from gateway.mockagency.faults import Fault
from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, serve
from tests.unit.adapters.open.desk import KEY, OFFICE, Desk, handed_over, served

if TYPE_CHECKING:
    from pathlib import Path

START = datetime.fromisoformat("2026-03-10T07:30:00+07:00")
NUMBER, SECOND = "H00.01-260310-0001", "H00.01-260310-0002"


@dataclass(frozen=True)
class Signer:
    """The gateway's key, by an outside library: an independent judge of the mock."""

    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))

    @property
    def kid(self) -> str:
        """As section 4.10 makes it."""
        return self.key.thumbprint()

    @property
    def public(self) -> dict[str, Any]:
        """A row of the answer of ``keys``."""
        row = self.key.as_dict(private=False)
        mine = {n: row[n] for n in ("kty", "crv", "x", "y")}
        return {**mine, "kid": self.kid, "alg": "ES256", "use": "sig"}

    def envelope(self, identifier: str, at: datetime, content: Any) -> dict[str, Any]:
        """A push or a question."""
        payload = json.dumps(content, ensure_ascii=False).encode()
        stamp = int(at.timestamp())
        covered = f"{identifier}.{stamp}.".encode() + payload
        header = {"alg": "ES256", "kid": self.kid}
        whole = jws.serialize_compact(header, covered, self.key)
        head, _, signature = whole.split(".")
        return {
            "id": identifier,
            "time": stamp,
            "payload": base64.b64encode(payload).decode(),
            "signature": f"{head}..{signature}",
        }


@dataclass
class Stage:
    """A mock agency, the desk that it works with, and time."""

    mock: MockAgency
    base: str
    desk: Desk
    session: ClientSession
    signer: Signer

    async def run(self, hours: float) -> None:
        """Let so much virtual time pass, from timer to timer."""
        clock = self.mock.clock
        end = clock.now() + timedelta(hours=hours)
        while True:
            if clock._tasks:
                await asyncio.gather(*clock._tasks)
                continue
            moments = [at for at in (clock.next, clock.next_look) if at is not None]
            if not moments or min(moments) > end:
                break
            clock.set(min(moments))
        clock.set(end)
        await asyncio.gather(*clock._tasks)

    async def post(self, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Call the agency."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self.session.post(f"{self.base}{path}", data=data) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text.startswith("{") else {}

    async def push(
        self, transfer: Mapping[str, Any], **changes: Any
    ) -> tuple[int, dict[str, Any]]:
        """Push a transfer; ``changes`` of the envelope after it was signed."""
        at = self.mock.clock.now()
        envelope = self.signer.envelope(transfer["id"], at, transfer)
        return await self.post(f"/open/{OFFICE}", {**envelope, **changes})

    async def ask(self, identifier: str) -> tuple[int, dict[str, Any]]:
        """Ask whether a transfer is there."""
        at = self.mock.clock.now()
        envelope = self.signer.envelope("q-1", at, {"enquiry": identifier})
        return await self.post(f"/open/{OFFICE}/status", envelope)

    def hand_out(self, identifier: str, number: str = NUMBER, **more: Any) -> None:
        """A new dossier with one file waits."""
        transfer, files = handed_over(identifier, number, **more)
        self.desk.hand_out(transfer, **files)

    @property
    def effects(self) -> list[tuple[str, str]]:
        """Kind and dossier of every effect."""
        return [(row["kind"], row["number"]) for row in self.mock.effects.lines()]

    def arrivals(self, kind: str) -> list[dict[str, Any]]:
        """Facts of the arrivals of one kind."""
        lines = self.mock.arrivals.lines()
        return [row["facts"] for row in lines if row["kind"] == kind]

    @property
    def reported(self) -> list[tuple[float, str]]:
        """Hours since the start and kind of every report that was made."""
        return [
            ((call.at - START).total_seconds() / 3600, call.body["kind"])
            for call in self.desk.calls
            if call.operation == "report"
        ]


@asynccontextmanager
async def stage(
    folder: Path,
    *,
    scenario: str = "",
    faults: tuple[Fault, ...] = (),
    is_pushed_to: bool = False,
    start: datetime = START,
    **settings: Any,
) -> AsyncIterator[Stage]:
    """Everything started; closed at the end."""
    scenarios = Scenarios(None)
    if scenario:
        place = folder / "scenarios" / "01" / "scenario.toml"
        place.parent.mkdir(parents=True)
        place.write_text(f'number = "{NUMBER}"\n{scenario}', "utf-8")
        scenarios = Scenarios(folder / "scenarios")
    async with served(Desk()) as desk, ClientSession() as session:
        unit = {
            "id": OFFICE,
            "base": desk.base,
            "key": KEY,
            "is_pushed_to": is_pushed_to,
        }
        mock = MockAgency(
            "open",
            {"offices": [unit], **settings},
            folder,
            start=start,
            scenarios=scenarios,
            faults=list(faults),
        )
        desk.now = mock.clock.now
        runner, base = await serve(mock, 0)
        signer = Signer()
        desk.keys = [signer.public]
        try:
            yield Stage(mock, base, desk, session, signer)
        finally:
            await runner.cleanup()
            await mock.close()
