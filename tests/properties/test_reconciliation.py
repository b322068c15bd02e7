"""Whatever the lists hold: every code in exactly one class, and order is nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from gateway.ports.sheets import Sheet, Table
from gateway.reconciling.kinds import Kind
from gateway.reconciling.reconcile import reconcile
from gateway.reconciling.values import code_key
from tests.lists import DAY, OURS, THEIRS

if TYPE_CHECKING:
    from gateway.reconciling.reconcile import Reconciliation

BEGIN = date(2026, 3, 1)
codes = st.integers(1, 12).flatmap(
    lambda n: st.sampled_from(
        [
            f"H00.01-260310-{n:04}",
            f"h00.01 260310 {n:04}",
            f"H0001260310{n:04}",
            f"MAU-{n}",
            f" mau-{n} ",
        ]
    )
)
words = st.sampled_from(
    ["Đang xử lý", "Chờ bổ sung", "Đã xong", "Từ chối", "Đã rút", "Tạm gác", ""]
)
days = st.one_of(
    st.sampled_from(["", "31/02/2026", "mai"]),
    st.integers(0, 40).map(lambda n: f"{BEGIN + timedelta(days=n):%d/%m/%Y}"),
)
rows = st.lists(st.tuples(codes, days, days, days, words), min_size=1, max_size=25)


def result(
    ours: list[tuple[str, ...]], theirs: list[tuple[str, ...]]
) -> Reconciliation:
    return reconcile(
        Table((Sheet("Một cửa", [OURS, *ours]),)),
        Table((Sheet("Cơ quan", [THEIRS, *theirs]),)),
        day=DAY,
    )


@given(rows, rows)
def test_every_code_of_either_list_is_in_exactly_one_class(
    ours: list[tuple[str, ...]], theirs: list[tuple[str, ...]]
) -> None:
    found = result(ours, theirs)
    keys = [code_key(finding.code) for finding in found.findings]
    assert len(keys) == len(set(keys))
    assert set(keys) == {code_key(row[0]) for row in (*ours, *theirs)}
    assert sum(found.counts().values()) == len(keys)
    assert all(f.sentence for f in found.findings if f.kind is not Kind.AGREES)


def told(found: Reconciliation) -> list[object]:
    """What is said of each code, without the places of rows."""
    return [
        (
            finding.kind,
            finding.code,
            finding.paper_days,
            finding.differences,
            "" if finding.kind is Kind.REPEATED else finding.sentence,
            sorted(row.word for row in (*finding.ours, *finding.theirs)),
        )
        for finding in found.findings
    ]


@given(rows, rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(
    ours: list[tuple[str, ...]], theirs: list[tuple[str, ...]], chance: object
) -> None:
    shuffled = [list(ours), list(theirs)]
    for one in shuffled:
        chance.shuffle(one)  # type: ignore[attr-defined]
    assert told(result(ours, theirs)) == told(result(*shuffled))


@given(rows)
def test_a_list_held_against_itself_agrees_but_for_what_it_leaves_unclear(
    both: list[tuple[str, ...]],
) -> None:
    found = result(both, both)
    allowed = {Kind.AGREES, Kind.UNCLEAR, Kind.REPEATED, Kind.DIFFERS}
    kinds = {finding.kind for finding in found.findings}
    assert kinds <= allowed
    # A list may say of itself what cannot be: that it was done before it came.
    for finding in found.of(Kind.DIFFERS):
        (row,) = finding.ours
        assert row.received is not None
        assert row.ended is not None
        assert row.ended < row.received
