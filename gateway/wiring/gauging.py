"""Looks the gauges up when somebody reads them, and asks the store only so often."""

from __future__ import annotations

import asyncio
import platform
import shutil
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from gateway.delivery.seen import seen
from gateway.domain.errors import StoreError
from gateway.domain.identifiers import OfficeId
from gateway.domain.principal import EVERYTHING
from gateway.domain.transfer import State
from gateway.telemetry.labels import OTHER
from gateway.wiring.alerting import certificates
from gateway.wiring.keys import KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from gateway.delivery.lanes import Lanes
    from gateway.sealing.tools import Tools
    from gateway.telemetry.gauges import Samples
    from gateway.watch.engine import Engine
    from gateway.watch.restored import Restored
    from gateway.watch.scanner import ScannerWatch
    from gateway.wiring.ports import Opened

#: The distribution, whose version is the release.
PACKAGE = "lienthong-gateway"
#: Real seconds for which numbers of the store hold, however often they are read; and
#: how many times longer than they took to find.
EVERY_S, REST = 10.0, 20.0
#: Real seconds that a reader waits for the store; then the other gauges go alone.
PATIENCE_S = 5.0
#: Certificates of the gateway itself, beside those called after offices.
_OWN_CERTIFICATE = "gateway"
Found = list[tuple[tuple[str, ...], float]]


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at."""

    tools: Tools
    opened: Opened
    lanes: Lanes
    engine: Engine
    restored: Restored
    scanner: ScannerWatch
    run_dir: Path
    folders: Mapping[str, Path]
    #: ``run`` and, where files lie elsewhere on a disk, ``files``
    started: datetime


class Gauging:
    """One look at the store at a time; whoever reads meanwhile waits for the same."""

    def __init__(self, at: Watched) -> None:
        """Nothing is asked before somebody reads."""
        self._at = at
        self._look: asyncio.Task[Samples | None] | None = None
        self._holds_until = 0.0

    async def samples(self) -> Samples:
        """All gauges of this moment; those of the store where it answers."""
        stored = await self._stored()
        local = await asyncio.to_thread(self._on_disk)
        return {**self._local(), **local, **(stored or {}), **_asked(stored)}

    async def text(self) -> bytes:
        """Everything as Prometheus reads it."""
        return self._at.opened.metrics.text(await self.samples())

    # ---------------------------------------------------------- of the store

    async def _stored(self) -> Samples | None:
        mono = self._at.tools.clock.mono
        if self._look is None or (self._look.done() and mono() >= self._holds_until):
            self._look = asyncio.create_task(self._ask())
        done, _ = await asyncio.wait([self._look], timeout=PATIENCE_S)
        return self._look.result() if done else None

    async def _ask(self) -> Samples | None:
        mono = self._at.tools.clock.mono
        began = mono()
        try:
            return await self._found()
        except StoreError as error:
            self._at.tools.probe.trouble("telemetry.gauges", error)
            return None
        finally:
            self._holds_until = mono() + max(EVERY_S, REST * (mono() - began))

    async def _found(self) -> Samples:
        at, now = self._at, self._at.tools.clock.now()
        kept = at.opened.kept
        counts = await kept.counts(EVERYTHING)
        oldest = await kept.unsealed_since()
        nodes = Counter(
            "alive" if one.is_alive else "away" for one in await kept.nodes()
        )
        alerts = Counter(
            row.alert.told_severity.value for row in await kept.standing_alerts()
        )
        return {
            **await self._transfers(now),
            "lienthong_dossiers": _each(counts, ("open", "unrouted")),
            "lienthong_reports_unmatched": [((), counts["unmatched"])],
            "lienthong_clocks_overdue": await self._clocks(now),
            "lienthong_alerts": _each(alerts, ("info", "warning", "critical")),
            "lienthong_nodes": _each(nodes, ("alive", "away")),
            "lienthong_journal_unsealed_seconds": [
                ((), _ago(oldest, now) if oldest else 0.0)
            ],
        }

    async def _transfers(self, now: datetime) -> Samples:
        number: Counter[tuple[str, ...]] = Counter()
        oldest: dict[tuple[str, ...], float] = {}
        for one in await self._at.opened.kept.transfer_counts():
            key = (self._agency(one.office), one.state)
            number[key] += one.count
            if one.since is not None:
                oldest[key] = max(oldest.get(key, 0.0), _ago(one.since, now))
        for agency in self._at.opened.metrics.offices.agencies():
            for state in (State.DUE, State.UNCONFIRMED, State.PARKED):
                number.setdefault((agency, state.value), 0)
                oldest.setdefault((agency, state.value), 0.0)
        return {
            "lienthong_transfers": _sorted(number),
            "lienthong_transfers_oldest_seconds": _sorted(oldest),
        }

    async def _clocks(self, now: datetime) -> Found:
        found: Counter[tuple[str, ...]] = Counter()
        for one in await self._at.opened.kept.due_now(EVERYTHING, now):
            agency = self._at.opened.metrics.offices.agency(one.agency or None)
            found[one.whose.value, agency if one.agency else "none"] += one.clocks
        return _sorted(found)

    # ------------------------------------------------------ of this process

    def _local(self) -> Samples:
        at, backlog = self._at, self._at.opened.kept.backlog()
        standing = Counter(one.what for one in at.engine.standing)
        facts = at.opened.facts
        build = (version(PACKAGE), platform.python_version(), facts.get("store", ""))
        return {
            "lienthong_build": [(build, 1.0)],
            "lienthong_started_timestamp_seconds": [((), at.started.timestamp())],
            "lienthong_lanes": _sorted(Counter(self._lanes())),
            "lienthong_store_away": [((), float(at.opened.metrics.is_away))],
            "lienthong_store_backlog": [((), backlog.count)],
            "lienthong_store_backlog_seconds": [((), backlog.longest_s)],
            "lienthong_loop_turned_seconds": [
                ((name,), seconds) for name, seconds in at.engine.turned_s().items()
            ],
            "lienthong_engine_standing": _each(
                standing, ("send", "ask", "poll", "lease", "loop")
            ),
            "lienthong_restored": [((), float(at.restored.open is not None))],
            "lienthong_scanner_away": [((), float(at.scanner.away))],
            "lienthong_spans_lost": [
                ((), at.opened.tracing.sends.lost if at.opened.tracing else 0)
            ],
            "lienthong_log_lines_lost": [((), at.opened.lines.lost)],
            "lienthong_log_fields_left_out": [((), at.opened.lines.left_out.total())],
        }

    def _on_disk(self) -> Samples:
        """What waits for a disk; in a thread."""
        at = self._at
        usage = {name: shutil.disk_usage(one) for name, one in at.folders.items()}
        now = at.tools.clock.now()
        left: dict[tuple[str, ...], float] = {}
        for one in certificates(at.run_dir / KEYS):
            key = (self._certificate(one.name),)
            seconds = (one.ends_at - now).total_seconds()
            left[key] = min(left.get(key, seconds), seconds)
        return {
            "lienthong_disk_free_bytes": [((k,), u.free) for k, u in usage.items()],
            "lienthong_disk_size_bytes": [((k,), u.total) for k, u in usage.items()],
            "lienthong_certificate_seconds": _sorted(left),
        }

    def _lanes(self) -> Iterator[tuple[str, str]]:
        now = self._at.tools.clock.now()
        for office in self._at.tools.versions.current.offices.values():
            yield str(office.agency), seen(self._at.lanes, office.id, now).state.value

    def _agency(self, office: OfficeId) -> str:
        return self._at.opened.metrics.offices.agency(None, office)

    def _certificate(self, name: str) -> str:
        """Files are called by people: only names of offices are told."""
        known = OfficeId(name) in self._at.tools.versions.current.offices
        return name if known or name == _OWN_CERTIFICATE else OTHER


def _asked(stored: Samples | None) -> Samples:
    return {"lienthong_store_asked": [((), float(stored is not None))]}


def _ago(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())


def _each(counted: Mapping[str, float], names: Sequence[str]) -> Found:
    """By these names, nought included: what never was cannot be compared."""
    return [((name,), counted.get(name, 0)) for name in names]


def _sorted(counted: Mapping[tuple[str, ...], float]) -> Found:
    return sorted(counted.items())
