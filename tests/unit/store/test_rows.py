"""What is written is read back exactly."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.case import Case, LegCase
from gateway.domain.principal import EVERYTHING, Scope
from gateway.store.rows import as_json, case_of, moment, scope_of, stamp

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=7))])
MOMENTS = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001  the zone is drawn apart
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001  the same
    timezones=ZONES,
)
TEXTS = st.lists(st.text(max_size=8), max_size=4).map(tuple)
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
LEGS = st.builds(
    LegCase,
    since=MOMENTS,
    reported_until=st.none() | MOMENTS,
    happened=TEXTS,
)
CASES = st.builds(
    Case,
    version=st.integers(0, 2**40),
    configuration=st.integers(0, 2**31),
    revision=st.integers(0, 999),
    round=st.integers(0, 999),
    told=st.integers(0, 2**31),
    accepted_at=MOMENTS,
    ended_at=st.none() | MOMENTS,
    due_on=st.none() | DAYS,
    handed_out_on=st.none() | DAYS,
    legs=st.lists(LEGS, max_size=3).map(tuple),
    happened=TEXTS,
    facts=st.dictionaries(st.text(max_size=5), JSON, max_size=4),
)


@given(CASES)
def test_a_case_is_read_back_as_it_was(case: Case) -> None:
    read = case_of(as_json(case))
    assert read == case
    assert [type(leg.state) for leg in read.legs] == [
        type(leg.state) for leg in case.legs
    ]
    assert read.accepted_at.tzinfo is UTC


@given(MOMENTS)
def test_a_moment_is_read_back_to_the_microsecond_in_utc(at: datetime) -> None:
    read = moment(stamp(at))
    assert read == at
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    ("scope", "condition"),
    [
        (Scope(), "false"),
        (EVERYTHING, "true"),
        (Scope(units=("a", "b")), "d.unit IN (?, ?)"),
    ],
)
def test_an_empty_scope_is_nothing_and_everything_is_said(
    scope: Scope, condition: str
) -> None:
    assert scope_of(scope)[0] == condition
