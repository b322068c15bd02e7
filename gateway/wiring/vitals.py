"""Gathers what the page of the gateway's health shows, from where others read it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.api.health import in_words
from gateway.domain.errors import StoreError
from gateway.settings import Profile
from gateway.watch.disk_growth import days_left, mark_of, read
from gateway.watch.keeping import vital
from gateway.watch.vitals import Disk, Facts, Vital, vitals
from gateway.wiring.backups import NAME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gateway.domain.alert import Holding
    from gateway.ports.nodes import KnownNode
    from gateway.sealing.tools import Tools
    from gateway.settings import Settings
    from gateway.telemetry.gauges import Samples
    from gateway.watch.readiness import Readiness
    from gateway.wiring.gauging import Gauging
    from gateway.wiring.loops import Loops
    from gateway.wiring.ports import Opened
    from gateway.wiring.ready import Ready


@dataclass(frozen=True, slots=True)
class Vitals:
    """One look each time somebody opens the page."""

    tools: Tools
    settings: Settings
    opened: Opened
    loops: Loops
    ready: Ready
    readiness: Readiness
    gauging: Gauging

    async def look(self) -> Sequence[Vital]:
        """Everything that is known now, the worst first."""
        samples = await self.gauging.samples()
        alerts, nodes, failing = await self._of_store()
        now, engine = self.tools.clock.now(), self.loops.engine
        roads = self.loops.alerting.roads
        folder = self.settings.backups
        backup = await asyncio.to_thread(newest, folder) if folder else None
        found = vitals(
            Facts(
                now=now,
                why_not=await self.ready.why_not(),
                store_words=await self.readiness.why_not(),
                store=self.opened.facts,
                backlog=_one(samples, "lienthong_store_backlog"),
                standing=[in_words(self.tools, one) for one in engine.standing],
                looked_at=engine.looked_at,
                alerts=alerts,
                nodes=nodes,
                disks=await self._disks(samples, now),
                oldest=_oldest(samples),
                unsealed_s=_one(samples, "lienthong_journal_unsealed_seconds"),
                certificates=_by(samples, "lienthong_certificate_seconds"),
                failing=failing,
                roads=[one.name for one in roads.channels],
                backups=folder is not None,
                # Archives are dated by the machine, whatever clock dossiers run by.
                backup_at=backup and now - (datetime.now(UTC) - backup),
            )
        )
        found.append(await vital(self.tools))
        scanner = self.loops.alerting.scanner
        if scanner.is_used or self.settings.profile is not Profile.MOCK:
            found.append(await scanner.vital())
        return sorted(found, key=lambda one: -one.tone)

    async def _of_store(
        self,
    ) -> tuple[list[Holding], Sequence[KnownNode], Mapping[str, tuple[datetime, str]]]:
        """What the store knows; nothing while it is away, which is told anyway."""
        kept = self.opened.kept
        try:
            rows = await kept.standing_alerts()
            told = [row.alert.holding for row in rows if row.alert.told_at is not None]
            return told, await kept.nodes(), await kept.channels()
        except StoreError:
            return [], [], {}

    async def _disks(self, samples: Samples, now: datetime) -> list[Disk]:
        free = _by(samples, "lienthong_disk_free_bytes")
        total = _by(samples, "lienthong_disk_size_bytes")
        try:
            known = read(await self.tools.store.mark(mark_of(self.settings.node)))
        except StoreError:
            known = {}
        return [
            Disk(
                place,
                int(left),
                int(total[place]),
                days_left(
                    known.get(place, []), now, int(total[place] - left), int(left)
                ),
            )
            for place, left in free.items()
        ]


def newest(folder: Path) -> datetime | None:
    """When the newest archive in a folder was made, by its name; None: there is none."""
    try:
        names = [NAME.fullmatch(path.name) for path in folder.iterdir()]
    except OSError:
        return None
    stamps = [found[1] for found in names if found]
    if not stamps:
        return None
    return datetime.strptime(max(stamps), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _one(samples: Samples, name: str) -> float | None:
    found = samples.get(name)
    return found[0][1] if found else None


def _by(samples: Samples, name: str) -> dict[str, float]:
    return {labels[0]: number for labels, number in samples.get(name, ())}


def _oldest(samples: Samples) -> dict[str, float]:
    """By state, over all agencies."""
    found: dict[str, float] = {}
    for (_, state), seconds in samples.get("lienthong_transfers_oldest_seconds", ()):
        found[state] = max(found.get(state, 0.0), seconds)
    return found
