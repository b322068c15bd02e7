"""What one look changes about the alerts that stand."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.alert import Alert, Holding, Severity, What
from gateway.domain.values import replace
from gateway.watch.telling import Step, compared

NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SETTLED = 15 * MINUTE


def holding(subject: str = "office-1", **changed: Any) -> Holding:
    values: dict[str, Any] = {
        "kind": "lane",
        "subject": subject,
        "severity": Severity.WARNING,
        "since": NOW,
        "reason": "Không gửi được",
        "next_action": "Gọi đầu mối",
    }
    return Holding(**{**values, **changed})


@dataclass
class Books:
    """Alerts as a store keeps them, look by look."""

    standing: dict[str, Alert] = field(default_factory=dict)
    told: list[tuple[str, What]] = field(default_factory=list)
    now: datetime = NOW
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def look(self, *found: Holding, after: timedelta = MINUTE) -> list[Step]:
        self.now += after
        steps = compared(
            list(self.standing.values()),
            found,
            self.now,
            node="",
            settled=SETTLED,
            name=lambda: f"al_{next(self._numbers)}",
        )
        for step in steps:
            one = step.alert
            self.standing[one.id] = one
            if step.forgotten or one.ended_at is not None:
                del self.standing[one.id]
            if step.what is not None:
                self.told.append((one.holding.subject, step.what))
        return steps

    def heard(self) -> list[What]:
        return [what for _, what in self.told]


def test_what_only_one_look_has_seen_is_told_to_nobody_and_leaves_nothing() -> None:
    books = Books()
    books.look(holding())
    books.look()
    assert (books.told, books.standing) == ([], {})


def test_what_two_looks_have_seen_is_told_once_however_long_it_lasts() -> None:
    books = Books()
    for count in range(1, 200):
        books.look(holding(count=count))
    assert books.heard() == [What.BEGAN]
    (alert,) = books.standing.values()
    assert (alert.holding.count, alert.told_at) == (199, NOW + 2 * MINUTE)


def test_it_has_ended_once_it_stayed_away_for_a_while() -> None:
    books = Books()
    books.look(holding())
    books.look(holding())
    books.look()
    books.look(after=SETTLED - MINUTE)
    assert books.heard() == [What.BEGAN]
    (step,) = books.look()
    assert books.heard() == [What.BEGAN, What.ENDED]
    assert step.alert.gone_at == NOW + 3 * MINUTE
    assert books.standing == {}


def test_what_comes_and_goes_is_one_alert_with_a_counter() -> None:
    books = Books()
    for _ in range(20):
        books.look(holding())
        books.look(holding())
        books.look(after=5 * MINUTE)
    assert books.heard() == [What.BEGAN]
    books.look(after=SETTLED)
    assert books.heard() == [What.BEGAN, What.ENDED]


def test_a_return_keeps_the_first_moment_and_counts() -> None:
    books = Books()
    books.look(holding())
    books.look(holding())
    books.look()
    books.look(holding(since=NOW + 4 * MINUTE))
    (alert,) = books.standing.values()
    assert (alert.holding.since, alert.returns, alert.gone_at) == (NOW, 1, None)


def test_what_grows_worse_is_told_once_more_and_never_again_for_less() -> None:
    books = Books()
    grave = holding(severity=Severity.CRITICAL)
    for one in (holding(), holding(), grave, grave, holding(), grave):
        books.look(one)
    assert books.heard() == [What.BEGAN, What.WORSE]


def test_a_look_that_changes_nothing_writes_nothing() -> None:
    books = Books()
    for _ in range(3):
        books.look(holding())
    assert books.look(holding()) == []


def test_of_two_with_one_key_the_graver_counts() -> None:
    books = Books()
    for _ in range(2):
        books.look(holding(), holding(severity=Severity.CRITICAL), holding())
    (alert,) = books.standing.values()
    assert alert.told_severity is Severity.CRITICAL


def test_each_step_is_the_next_version() -> None:
    books = Books()
    (first,) = books.look(holding())
    (second,) = books.look(holding())
    assert (first.alert.version, second.alert.version) == (1, 2)
    assert replace(second.alert, version=1, told_at=None).id == first.alert.id


@given(st.lists(st.tuples(st.sets(st.sampled_from("abc")), st.integers(1, 40))))
def test_whatever_comes_and_goes_onsets_and_ends_take_turns(
    looks: list[tuple[set[str], int]],
) -> None:
    books = Books()
    for found, minutes in looks:
        books.look(*map(holding, sorted(found)), after=minutes * MINUTE)
    for subject in "abc":
        heard = [what for one, what in books.told if one == subject]
        wanted = [What.BEGAN, What.ENDED] * len(heard)
        assert heard == wanted[: len(heard)]
        stands = any(
            one.holding.subject == subject and one.told_at
            for one in books.standing.values()
        )
        assert stands == (len(heard) % 2 == 1)
