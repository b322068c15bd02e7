"""Days of keeping are the law's: Vietnam's calendar, counted from the day after the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.retention import (
    Kept,
    RetentionRule,
    deletes_sooner,
    digest_over,
    in_force,
)

NOW = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)


def rule(version: int = 1, effect_at: datetime = NOW, **days: int) -> RetentionRule:
    kept = {Kept(kind): count for kind, count in days.items()}
    return RetentionRule(version, NOW, effect_at, "head-1", "QĐ 1", kept)


@pytest.mark.parametrize(
    ("ended", "now", "goes"),
    [
        # 23:59 on 1 March in Vietnam; ten days are over with 11 March.
        ("2026-03-01T16:59:00", "2026-03-11T16:59:59", False),
        ("2026-03-01T16:59:00", "2026-03-11T17:00:00", True),
        # A minute later it is 2 March there.
        ("2026-03-01T17:00:00", "2026-03-11T17:00:00", False),
        ("2026-03-01T17:00:00", "2026-03-12T17:00:00", True),
    ],
)
def test_the_day_of_the_end_does_not_count(ended: str, now: str, goes: bool) -> None:
    at = datetime.fromisoformat(ended).replace(tzinfo=UTC)
    looked = datetime.fromisoformat(now).replace(tzinfo=UTC)
    before = rule(files=10).before(Kept.FILES, looked)
    assert before is not None
    assert (at < before) is goes


def test_what_has_no_days_is_kept() -> None:
    assert rule(files=10).before(Kept.DOSSIER, NOW) is None


def test_the_newest_rule_that_has_taken_effect_holds() -> None:
    first, second = rule(1), rule(2, NOW + timedelta(days=3))
    assert in_force([second, first], NOW) == first
    assert in_force([second, first], NOW + timedelta(days=3)) == second
    assert in_force([second], NOW) is None
    assert in_force([], NOW) is None


def test_less_days_and_days_where_there_were_none_delete_sooner() -> None:
    ten, twenty = {Kept.FILES: 10}, {Kept.FILES: 20}
    assert deletes_sooner(ten, twenty)
    assert deletes_sooner(ten, {})
    assert deletes_sooner({Kept.NOTES: 30, **twenty}, twenty)
    assert not deletes_sooner(twenty, ten)
    assert not deletes_sooner({}, ten)
    assert not deletes_sooner(ten, ten)


def test_a_digest_is_of_what_was_deleted_in_whatever_order() -> None:
    assert digest_over([b"a", b"b"]) == digest_over([b"b", b"a"])
    assert digest_over([b"ab", b"c"]) != digest_over([b"a", b"bc"])
    assert digest_over([b"a"]) != digest_over([b"a", b"a"])
