"""What a page remembers of a comparison, and what it says when it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from gateway.console.remembered import recall, remember
from gateway.domain.errors import StoreUnavailable
from gateway.domain.identifiers import PrincipalId
from gateway.domain.principal import EVERYTHING, Principal, Role
from tests.lists import OURS, THEIRS, csv, held

if TYPE_CHECKING:
    from gateway.ports.store import Store

OPERATOR = Principal(PrincipalId("operator"), "Bà Ví Dụ", Role.OPERATOR, EVERYTHING)
MINE = csv([OURS, ("H1", "", "", "", "Đang xử lý")])
YOURS = csv([THEIRS, ("H1", "", "", "", "Đã xong")])
STRANGERS = csv([THEIRS, ("H2", "", "", "", "Đã xong")])


class Marks:
    """Of a store, the marks."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.writes = 0
        self.full = False

    async def mark(self, name: str) -> str | None:
        return self.kept.get(name)

    async def set_mark(self, name: str, value: str) -> None:
        if self.full:
            raise StoreUnavailable
        self.writes += 1
        self.kept[name] = value


@pytest.fixture
def marks() -> Marks:
    return Marks()


def store(marks: Marks) -> Store:
    return cast("Store", marks)


async def test_one_reading_is_kept_for_each_principal_and_written_once(
    marks: Marks,
) -> None:
    result = held(MINE, YOURS)
    kept, told = await remember(store(marks), OPERATOR, result, "")
    assert told.startswith("Cổng đã nhớ cách đọc này")
    assert await recall(store(marks), OPERATOR) == kept
    await remember(store(marks), OPERATOR, result, kept)
    assert (list(marks.kept), marks.writes) == (["reconcile:operator"], 1)


async def test_a_reading_told_from_headings_that_shares_no_code_is_not_kept(
    marks: Marks,
) -> None:
    kept, told = await remember(store(marks), OPERATOR, held(MINE, STRANGERS), "trước")
    assert (kept, marks.kept) == ("trước", {})
    assert "đáng ngờ" in told


async def test_a_reading_that_a_person_chose_is_kept_though_no_code_is_shared(
    marks: Marks,
) -> None:
    chosen = held(MINE, STRANGERS, mapping=held(MINE, YOURS).mapping)
    assert chosen.warnings
    kept, _ = await remember(store(marks), OPERATOR, chosen, "")
    assert marks.kept == {"reconcile:operator": kept}


async def test_a_store_that_takes_nothing_costs_the_memory_and_not_the_result(
    marks: Marks,
) -> None:
    marks.full = True
    kept, told = await remember(store(marks), OPERATOR, held(MINE, YOURS), "")
    assert kept == ""
    assert "chưa nhớ được" in told


@pytest.mark.parametrize("old", ["[ours", '[ours.columns]\ncolour = "x"\n', ""])
async def test_what_this_version_cannot_read_any_more_is_as_if_nothing_were_kept(
    marks: Marks, old: str
) -> None:
    marks.kept["reconcile:operator"] = old
    assert await recall(store(marks), OPERATOR) == ""
