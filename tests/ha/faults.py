"""What is done to the machines while traffic goes on, and how they come back."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.ha.programs import wait
from tests.ha.senders import all_go_on
from tests.nodes import rests

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tests.ha.cluster import Cluster, Machine
    from tests.ha.senders import Sender

#: Real seconds in which traffic has to go on by itself: the time that a leader may be
#: silent, an election, connections.
RESUMES_S = 120.0
#: After which the machine's watchdog would reset it: the shipped ttl less its margin.
WATCHDOG_S = 15.0
#: How long a leader that is none any more goes on, where nobody sees it.
ALONE_S = 10.0
#: Until a supervisor has started a program again.
AGAIN_S = 2.0
#: How long standbys take nothing before their leader dies, less than is noticed.
DEAF_S = 4.0


@dataclass(frozen=True, slots=True)
class Outage:
    """One fault and how long a node took nothing."""

    fault: str
    changed_leader: bool
    seconds: float


class Faults:
    """Breaks a cluster in one way after the other."""

    def __init__(self, cluster: Cluster, senders: Sequence[Sender]) -> None:
        self._cluster = cluster
        self._senders = senders

    async def do(self, name: str) -> Outage:
        """One of ``BY_NAME``: break, wait until all goes on by itself, then repair."""
        cluster = self._cluster
        await asyncio.to_thread(cluster.whole)
        await all_go_on(self._senders, RESUMES_S)
        leader = await asyncio.to_thread(cluster.led)
        begun = time.monotonic()
        await BY_NAME[name](self, leader)
        await all_go_on(self._senders, RESUMES_S)
        ended = time.monotonic()
        for one in cluster.machines:
            await asyncio.to_thread(one.continue_patroni)
            await asyncio.to_thread(one.start)
        # One that has just woken says for a moment that it leads.
        await asyncio.to_thread(cluster.whole)
        after = await asyncio.to_thread(cluster.led)
        gaps = (one.longest_gap(begun, ended) for one in self._senders)
        return Outage(name, after is not leader, max(gaps))

    async def _machine_killed(self, leader: Machine) -> None:
        await asyncio.to_thread(leader.kill)

    async def _standby_killed(self, _: Machine) -> None:
        """The one that commits wait for."""
        machines = self._cluster.machines
        asked = [await asyncio.to_thread(one.asked, "synchronous") for one in machines]
        (standby,) = (
            one for one, (told, _) in zip(machines, asked, strict=True) if told == 200
        )
        await asyncio.to_thread(standby.kill)

    async def _server_killed(self, leader: Machine) -> None:
        await asyncio.to_thread(leader.kill_server)

    async def _patroni_stopped(self, leader: Machine) -> None:
        """The server goes on without it, as if it led; nothing resets the machine."""
        leader.stop_patroni()
        await self._another_than(leader)

    async def _patroni_stopped_watchdog(self, leader: Machine) -> None:
        """The same on a machine with a watchdog, whose part is played here."""
        leader.stop_patroni()
        await rests(WATCHDOG_S)
        await asyncio.to_thread(leader.kill)

    async def _patroni_stopped_alone(self, leader: Machine) -> None:
        """The same with nobody who would see it: until it wakes."""
        leader.stop_patroni()
        await self._another_than(leader)
        await rests(ALONE_S)
        leader.continue_patroni()

    async def _proxy_killed(self, _: Machine) -> None:
        await asyncio.to_thread(self._cluster.end_proxy)
        await rests(AGAIN_S)
        await asyncio.to_thread(self._cluster.begin_proxy)

    async def _pool_killed(self, _: Machine) -> None:
        await asyncio.to_thread(self._cluster.end_pool)
        await rests(AGAIN_S)
        await asyncio.to_thread(self._cluster.begin_pool)

    async def _switchover(self, _: Machine) -> None:
        await asyncio.to_thread(self._cluster.switch_over)

    async def _standbys_deaf(self, leader: Machine) -> None:
        """No standby takes anything in for a while; then the leader dies."""
        others = [one for one in self._cluster.machines if one is not leader]
        deaf = [pid for one in others for pid in one.receivers()]
        assert len(deaf) == 2, "a standby does not follow"
        for pid in deaf:
            os.kill(pid, signal.SIGSTOP)
        await rests(DEAF_S)
        await asyncio.to_thread(leader.kill)
        for pid in deaf:
            # It ends before it reads what has come to its machine all the same.
            os.kill(pid, signal.SIGTERM)
            os.kill(pid, signal.SIGCONT)

    async def _another_than(self, leader: Machine) -> None:
        others = [one for one in self._cluster.machines if one is not leader]

        def leads() -> bool:
            return any(one.leads for one in others)

        await asyncio.to_thread(wait, leads, RESUMES_S, self._cluster.words)


#: What may be asked for, by the name that is printed.
BY_NAME: dict[str, Callable[[Faults, Machine], Awaitable[None]]] = {
    "machine_killed": Faults._machine_killed,
    "standby_killed": Faults._standby_killed,
    "server_killed": Faults._server_killed,
    "patroni_stopped": Faults._patroni_stopped,
    "patroni_stopped_watchdog": Faults._patroni_stopped_watchdog,
    "patroni_stopped_alone": Faults._patroni_stopped_alone,
    "proxy_killed": Faults._proxy_killed,
    "pool_killed": Faults._pool_killed,
    "switchover": Faults._switchover,
    "standbys_deaf": Faults._standbys_deaf,
}
