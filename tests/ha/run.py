"""Two gateways before three machines: by each way, one fault after the other."""

from __future__ import annotations

import asyncio
import json
import statistics
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.ha.faults import RESUMES_S, Faults, Outage
from tests.ha.senders import UNKNOWN, Came, Sender, Verdict, all_go_on, flowing
from tests.nodes import NodeProcess, quick_lanes, store_table
from tests.traffic import LAND
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.ha.cluster import Cluster

#: Faults by each way, in this order. Without a watchdog only who stands before the
#: servers sees that a leader is none any more.
PLAN = {
    "libpq": (
        *("machine_killed", "patroni_stopped_watchdog", "standbys_deaf"),
        *("switchover", "patroni_stopped_alone"),
    ),
    "haproxy": (
        *("machine_killed", "server_killed", "patroni_stopped"),
        *(
            "standbys_deaf",
            "standby_killed",
            "switchover",
            "proxy_killed",
        ),
    ),
    "pgbouncer": ("machine_killed", "patroni_stopped", "pool_killed", "switchover"),
}
SETTLE_S = 180.0
LEASE_S = 20.0


@dataclass(slots=True)
class Figures:
    """What a way, or all of them, came to."""

    accepted: int = 0
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)
    fate_unknown: int = 0
    outages: list[Outage] = field(default_factory=list)

    def add(self, came: Came, unknown: int, outages: Sequence[Outage]) -> None:
        """One way's."""
        self.accepted += came.accepted
        self.lost += came.lost
        self.duplicated += came.duplicated
        self.unsettled += came.unsettled
        self.fate_unknown += unknown
        self.outages += outages

    def join(self, other: Figures) -> None:
        """Those of another way as well."""
        for name in ("lost", "duplicated", "unsettled", "outages"):
            getattr(self, name).extend(getattr(other, name))
        self.accepted += other.accepted
        self.fate_unknown += other.fate_unknown

    def row(self) -> dict[str, Any]:
        """As data."""
        return {
            "accepted": self.accepted,
            "lost": len(self.lost),
            "duplicated": len(self.duplicated),
            "unsettled": len(self.unsettled),
            "fate_unknown": self.fate_unknown,
            "outages": [
                {
                    "fault": one.fault,
                    "changed_leader": one.changed_leader,
                    "seconds": round(one.seconds, 1),
                }
                for one in self.outages
            ],
        }

    @property
    def clean(self) -> bool:
        """Something was taken and broken, and nothing is lost, doubled or stuck."""
        bad = self.lost or self.duplicated or self.unsettled
        return bool(self.accepted and self.outages) and not bad

    def line(self, name: str) -> str:
        """All of it in one line."""
        seconds = [one.seconds for one in self.outages]
        changed = sum(one.changed_leader for one in self.outages)
        return (
            f"{name}: accepted={self.accepted} faults={len(seconds)}"
            f" failovers={changed} lost={len(self.lost)}"
            f" duplicated={len(self.duplicated)} unsettled={len(self.unsettled)}"
            f" fate_unknown={self.fate_unknown}"
            f" outage_p50_s={statistics.median(seconds):.1f}"
            f" outage_most_s={max(seconds):.1f}"
        )


class Way:
    """One way from two gateways to the leader."""

    def __init__(
        self, cluster: Cluster, way: str, folder: Path, tell: Callable[[str], object]
    ) -> None:
        """``folder``: empty; everything of the gateways lies there."""
        self._cluster = cluster
        self._folder = folder
        self._tell = tell
        self._parameters = cluster.parameters(way)
        self._nodes: list[NodeProcess] = []

    def _table(self) -> str:
        given = self._parameters
        table = store_table(given, self._folder / "password", lease_s=LEASE_S)
        if "pool_host" in given:
            table += f'pool_host = "{given["pool_host"]}"\n'
            table += f"pool_port = {given['pool_port']}\n"
        return table

    async def run(self, faults: Sequence[str], settle_s: float = SETTLE_S) -> Figures:
        """All of it; whoever stops it stops every process of it."""
        world = World(self._folder / "run", configure=partial(quick_lanes, in_flight=8))
        slow = {"agency": LAND, "operation": "hand_over", "every": True}
        world.faults = [{**slow, "do": "delay_s", "seconds": 0.1}]
        figures = Figures()
        async with AsyncExitStack() as held:
            await held.enter_async_context(world.mocks_only())
            for name in ("node-1", "node-2"):
                node = NodeProcess(world, name, self._table())
                held.push_async_callback(node.close)
                assert await node.start(), node.log.read_text("utf-8")[-2000:]
                self._nodes.append(node)
            senders = [Sender(world, one, i) for i, one in enumerate(self._nodes)]
            outages: list[Outage] = []
            async with flowing(senders):
                breaking = Faults(self._cluster, senders)
                for name in faults:
                    outages.append(await breaking.do(name))
                    self._tell(f"  {name}: {outages[-1].seconds:.1f} s")
                await asyncio.to_thread(self._cluster.whole)
                await all_go_on(senders, RESUMES_S)
            came = await Verdict(world, senders).told(settle_s)
            figures.add(came, self._unknown(senders), outages)
        return figures

    def _unknown(self, senders: Sequence[Sender]) -> int:
        """Answers that said so, and lines of work of the nodes' own."""
        answers = sum((one.codes for one in senders), Counter[str]())[UNKNOWN]
        return answers + sum(_told(one.log) for one in self._nodes)


def _told(log: Path) -> int:
    lines: list[dict[str, Any]] = [
        json.loads(line)
        for line in log.read_text("utf-8").splitlines()
        if line.startswith("{") and UNKNOWN in line
    ]
    return sum(
        1 + int(line.get("count", 0)) for line in lines if line["event"] == "trouble"
    )
