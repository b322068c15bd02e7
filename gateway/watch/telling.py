"""What one look changes about the alerts that stand; pure.

Nothing is told of what only one look has seen, and nothing ends before it has stayed
away for a while: what comes and goes is one alert with a counter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.alert import Alert, What
from gateway.domain.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import datetime, timedelta

    from gateway.domain.alert import Holding


@dataclass(frozen=True, slots=True)
class Step:
    """An alert as it is from now on, and what is to be told of it."""

    alert: Alert
    what: What | None = None
    forgotten: bool = False
    #: seen once only: as if it had never been


def compared(
    standing: Collection[Alert],
    holding: Iterable[Holding],
    now: datetime,
    *,
    node: str,
    settled: timedelta,
    name: Callable[[], str],
) -> list[Step]:
    """Steps from what stands in the books to what holds now.

    ``settled``: how long something has to stay away until it has ended; ``name`` gives
    identifiers of new alerts.
    """
    known = {one.holding.key: one for one in standing}
    found = _gravest(holding)
    steps = [
        Step(Alert(name(), 1, node, one, seen_at=now))
        for key, one in found.items()
        if key not in known
    ]
    for key, alert in known.items():
        here = found.get(key)
        steps += _gone(alert, now, settled) if here is None else _here(alert, here, now)
    return steps


def _gravest(holding: Iterable[Holding]) -> Mapping[tuple[str, str], Holding]:
    """Of two with one key the graver one."""
    found: dict[tuple[str, str], Holding] = {}
    for one in holding:
        other = found.get(one.key)
        if other is None or other.severity.rank < one.severity.rank:
            found[one.key] = one
    return found


def _here(alert: Alert, here: Holding, now: datetime) -> Iterator[Step]:
    since = min(alert.holding.since, here.since)
    fresh = replace(
        alert,
        holding=replace(here, since=since),
        gone_at=None,
        returns=alert.returns + (alert.gone_at is not None),
    )
    if alert.told_at is None:
        began = replace(fresh, told_at=now, told_severity=here.severity)
        yield Step(_next(began), What.BEGAN)
    elif alert.told_severity.rank < here.severity.rank:
        # Who knew of it did not know of this.
        worse = replace(
            fresh,
            told_severity=here.severity,
            acknowledged_at=None,
            acknowledged_by="",
        )
        yield Step(_next(worse), What.WORSE)
    elif fresh != alert:
        yield Step(_next(fresh))


def _gone(alert: Alert, now: datetime, settled: timedelta) -> Iterator[Step]:
    if alert.told_at is None:
        yield Step(alert, forgotten=True)
    elif alert.gone_at is None:
        yield Step(_next(replace(alert, gone_at=now)))
    elif now - alert.gone_at >= settled:
        yield Step(_next(replace(alert, ended_at=now)), What.ENDED)


def _next(alert: Alert) -> Alert:
    return replace(alert, version=alert.version + 1)
