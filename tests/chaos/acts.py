"""What happens to the gateway's own processes and its store, drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from heapq import merge
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Act(StrEnum):
    """One of them."""

    KILL = "kill"
    #: kill -9 of a node, and it is started again
    AIMED_KILL = "aimed_kill"
    #: kill -9 of a node just after an agency did what would count twice
    PAUSE = "pause"
    #: SIGSTOP of a node for longer than a lease, then SIGCONT
    DISK_FULL = "disk_full"
    #: nothing that is written may become longer
    DATABASE_RESTART = "database_restart"
    #: at once, as if it had crashed
    CONNECTIONS_CUT = "connections_cut"
    #: every connection of the nodes is ended by the database


#: Real seconds between two of a kind, on the average.
ON_A_FILE: Mapping[Act, float] = {Act.KILL: 9, Act.PAUSE: 25, Act.DISK_FULL: 20}
ON_A_DATABASE: Mapping[Act, float] = {
    Act.KILL: 6,
    Act.PAUSE: 20,
    Act.DISK_FULL: 40,
    Act.DATABASE_RESTART: 35,
    Act.CONNECTIONS_CUT: 12,
}
#: Real seconds that they last.
LASTS_S: Mapping[Act, tuple[float, float]] = {
    Act.PAUSE: (3.0, 6.0),
    Act.DISK_FULL: (0.5, 2.5),
}


@dataclass(frozen=True, slots=True)
class Planned:
    """At a moment of the run: seconds from its beginning."""

    at_s: float
    act: Act
    node: int
    lasts_s: float


def planned(
    rates: Mapping[Act, float], seconds: float, nodes: int, seed: str
) -> Iterator[Planned]:
    """Acts by their time, without an end; the same for the same seed.

    ``seconds``: something of every kind happens within them.
    """
    each = (_of(act, rates[act], seconds, nodes, seed) for act in rates)
    return merge(*each, key=lambda one: (one.at_s, one.act))


def _of(
    act: Act, every_s: float, seconds: float, nodes: int, seed: str
) -> Iterator[Planned]:
    chance = Random(f"{seed}\n{act}")
    low, high = LASTS_S.get(act, (0.0, 0.0))
    at_s = chance.uniform(0.2, 0.8) * min(every_s, seconds)
    while True:
        yield Planned(at_s, act, chance.randrange(nodes), chance.uniform(low, high))
        at_s += chance.uniform(0.3, 1.7) * every_s
