"""What is wanted of each figure, and whether a record reaches it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Target:
    """One figure of a scenario.

    ``wanted``: by store, as the printed line has it; a store that stands in the name of
    the fact instead (PEERS) is put in for ``{store}``. ``at_least``: what a record must
    have been run with to count, as printed or given: so many dossiers, rounds, minutes.
    """

    name: str
    text: str
    scenario: str
    fact: str
    wanted: Mapping[str, float]
    unit: str = ""
    is_floor: bool = True
    at_least: Mapping[str, float] = field(default_factory=dict)

    def counts(self, record: Mapping[str, Any], store: str) -> bool:
        """Whether a record has this figure of a store, of a run that is large enough."""
        facts = record["facts"]
        return (
            record["scenario"] == self.scenario
            and facts.get("store", store) == store
            and self.fact.format(store=store) in facts
            and all(
                facts.get(what, record["given"].get(what, 0)) >= least
                for what, least in self.at_least.items()
            )
        )

    def figure(self, record: Mapping[str, Any], store: str) -> float:
        """What was measured."""
        return float(record["facts"][self.fact.format(store=store)])

    def is_reached(self, figure: float, store: str) -> bool:
        """Whether that is as good as wanted."""
        wanted = self.wanted[store]
        return figure >= wanted if self.is_floor else figure < wanted

    def wants(self, store: str) -> str:
        """In words: ``≥ 0.5``, ``< 25 ms``."""
        sign = "≥" if self.is_floor else "<"
        return f"{sign} {self.wanted[store]:g} {self.unit}".rstrip()


#: Fewer rounds, or shorter ones, are a trial.
_FIVE: Mapping[str, float] = {"rounds": 5, "dossiers": 500}


def _both(sqlite: float, postgresql: float | None = None) -> dict[str, float]:
    return {
        "sqlite": sqlite,
        "postgresql": sqlite if postgresql is None else postgresql,
    }


def _peer(name: str, title: str, wanted: dict[str, float]) -> Target:
    text = f"S1 against {title}, which does less"
    fact = f"{{store}}_to_{name}"
    return Target(f"to_{name}", text, "PEERS", fact, wanted, "×", at_least=_FIVE)


#: A slope of memory that is called none: MB in an hour, far below what caches breathe.
FLAT_MB_PER_H = 5.0
#: A shorter run is a trial.
_NO_TRIAL: Mapping[str, float] = {"minutes": 2}
TARGETS = (
    Target(
        "ratio_naked",
        "S1, ratio to the naked floor of the same run",
        "S1",
        "ratio_naked",
        _both(0.5, 0.4),
        at_least=_FIVE,
    ),
    Target(
        "dossiers_per_s",
        "S1, dossiers a second (each is two transfers)",
        "S1",
        "dossiers_per_s",
        _both(500, 400),
        at_least=_FIVE,
    ),
    _peer("celery", "Celery", _both(3)),
    _peer("procrastinate", "procrastinate", _both(3)),
    _peer("dbos", "DBOS", _both(3)),
    _peer("pgqueuer", "PgQueuer", _both(1, 0.8)),
    Target(
        "slips_per_s",
        "S2, slips a second",
        "S2",
        "slips_per_s",
        _both(200, 180),
        at_least={"rounds": 5, "slips": 200},
    ),
    Target(
        "accept_p99",
        "accept at 50 a second, 99th of 100",
        "S12",
        "accept_at_50_per_s_p99_ms",
        _both(25),
        "ms",
        is_floor=False,
        at_least=_NO_TRIAL,
    ),
    Target(
        "delivered_p50",
        "accepted → delivered at 10 a second, middle",
        "S12",
        "delivered_p50_ms",
        _both(15, 20),
        "ms",
        is_floor=False,
        at_least=_NO_TRIAL,
    ),
    Target(
        "delivered_p99",
        "accepted → delivered at 10 a second, 99th of 100",
        "S12",
        "delivered_p99_ms",
        _both(60, 80),
        "ms",
        is_floor=False,
        at_least=_NO_TRIAL,
    ),
    Target(
        "large_growth",
        "S3, memory's growth while 1 GB goes through",
        "S3",
        "large_growth_mb",
        _both(64),
        "MB",
        is_floor=False,
        at_least={"large_bytes": 1_000_000_000},
    ),
    Target(
        "find_p99",
        "S11, search by a number among a million dossiers, 99th of 100",
        "S11",
        "find_p99_ms",
        _both(20),
        "ms",
        is_floor=False,
        at_least={"dossiers": 1_000_000},
    ),
    Target(
        "slope",
        "S12, 20 minutes: slope of memory, wanted about 0",
        "S12",
        "slope_mb_per_h",
        _both(FLAT_MB_PER_H),
        "MB/h",
        is_floor=False,
        at_least={"minutes": 20},
    ),
    Target(
        "idle",
        "S12, processor of an idle gateway",
        "S12",
        "idle_cpu_percent",
        _both(2),
        "%",
        is_floor=False,
        at_least=_NO_TRIAL,
    ),
)
