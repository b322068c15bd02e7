"""The adapters against the mock on a real socket, as the kit opens them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gateway.conformance.adapter_bench import Bench
from gateway.conformance.adapter_kit import Kit, kits, merged
from gateway.conformance.adapter_lent import Lab
from gateway.conformance.adapter_opening import opened
from gateway.domain.report import AgencyReport
from gateway.mockagency.calls import Call
from gateway.ports.agency import Answer, OutboundMessage
from gateway.ports.listed import Pulled
from gateway.registry.manifest import installed
from gateway.wiring.secrets import Secrets, make_mock_secrets
from tests.unit.adapters.civil_registry.published import ROOT
from tests.unit.adapters.civil_registry.test_details import catalogue

SCHEMAS = ROOT / "schemas"
KITS: Mapping[str, Kit] = {kit.name: kit for kit in kits(installed(SCHEMAS))}
BTP, SINGLE, DVCLT = (
    "civil_registry",
    "civil_registry/single",
    "civil_registry/dvclt",
)
#: What BTP does with a dossier when nobody says otherwise: taken, then registered.
USUAL = ""


@dataclass(slots=True)
class Desk:
    """An adapter beside the mock that it speaks to."""

    bench: Bench

    async def submit(self, kind: str = "hand_over", **changed: Any) -> Answer:
        """A message of the kit; ``changed``: parts of it that are others."""
        return await self.bench.send(self.message(kind, **changed))

    def message(self, kind: str = "hand_over", **changed: Any) -> OutboundMessage:
        sample = next(s for k, s in self.bench.kit.samples.items() if k == kind)
        return self.bench.message(sample, **changed)

    async def poll(self, *messages: OutboundMessage) -> list[Answer]:
        """What a poll brings of each."""
        asked = messages or (self.message(),)
        return list(await self.bench.adapter.poll(asked, timeout_s=10))

    async def states(self) -> list[tuple[str, str]]:
        """Kind and step of every report of one poll."""
        return [
            (str(report.kind), str(report.facts["step"]))
            for answer in await self.poll()
            for report in answer.reports
        ]

    async def pull(self, cursor: str = "") -> Pulled:
        return await self.bench.adapter.pull_dossiers(cursor, timeout_s=10)

    async def pull_all(self) -> list[AgencyReport]:
        """Every dossier that is there, each acknowledged by the next fetch."""
        cursor = ""
        found: list[AgencyReport] = []
        for _ in range(300):
            pulled = await self.pull(cursor)
            found += pulled.reports
            if pulled.cursor == cursor:
                return found
            cursor = pulled.cursor
        raise AssertionError("it goes on for ever")

    async def pass_hours(self, hours: float) -> None:
        await self.bench.pass_time(hours)

    def calls(self, name: str) -> list[Call]:
        """Calls whose path ends so."""
        return [call for call in self.bench.calls if call.path.endswith(name)]

    def asked(self) -> list[dict[str, Any]]:
        """What BTP was asked."""
        return [json.loads(call.body) for call in self.calls("layKetQuaDKHT")]

    def effects(self, kind: str) -> list[dict[str, Any]]:
        """Lines of the mock's book."""
        return [
            line for line in self.bench.mock.effects.lines() if line["kind"] == kind
        ]


@asynccontextmanager
async def desk(
    folder: Path,
    name: str,
    *,
    scenario: str | None = None,
    office: Mapping[str, Any] | None = None,
    mock: Mapping[str, Any] | None = None,
    **changed: Any,
) -> AsyncIterator[Desk]:
    """An adapter of a kit; what is given takes the place of what the kit says."""
    kit = KITS[name]
    kit = replace(
        kit,
        scenario=kit.scenario if scenario is None else scenario,
        office=merged(kit.office, office or {}),
        mock=merged(kit.mock, mock or {}),
        **changed,
    )
    keys = folder / "keys"
    secrets = [f"{kit.office['id']}.{one}" for one in kit.secrets]
    make_mock_secrets(keys, secrets, ("gateway", *kit.pairs))
    lab = Lab(Secrets(keys), catalogue(), SCHEMAS / "agencies")
    async with opened(kit, lab, folder / "desk") as bench:
        yield Desk(bench)


def applications(*rows: tuple[str, int], module: str = "KS") -> dict[str, Any]:
    """Applications that lie at DVCLT: dossier code and ``id`` of each."""
    return {
        "dvclt": {
            "applications": [
                {"number": number, "module": module, "unit": 99103, "id": identifier}
                for number, identifier in rows
            ]
        }
    }
