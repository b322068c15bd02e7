"""What every store must do about lists that people named."""

from __future__ import annotations

from typing import Any

from gateway.conformance.expect import equal, raises
from gateway.conformance.store_making import Bench, case
from gateway.domain.errors import KeyTaken
from gateway.ports.saved_views import SavedView

MOST = 3


def _view(bench: Bench, by: str, name: bytes, **changes: Any) -> SavedView:
    values: dict[str, Any] = {
        "id": bench.name("v"),
        "by": by,
        "at": bench.now,
        "page": "transfers",
        "query": "don-vi=land-1",
        "blind": name,
        "shared": False,
        "sealed": bench.payload(),
    }
    return SavedView(**{**values, **changes})


async def _kept(bench: Bench, row: SavedView) -> bool:
    line = bench.line("saved_view")
    return await bench.store.add_view(row, line, most=MOST)


@case
async def own_and_shared_lists_come_back(bench: Bench) -> None:
    """Of the page asked for alone; one's own first."""
    mine = _view(bench, "person-1", b"a")
    private = _view(bench, "person-2", b"b")
    shared = _view(bench, "person-2", b"c", shared=True)
    elsewhere = _view(bench, "person-1", b"a", page="still")
    for row in (private, shared, mine, elsewhere):
        equal(await _kept(bench, row), expected=True)
    store = bench.store
    equal(list(await store.views("person-1", "transfers")), [mine, shared])
    equal(list(await store.views("person-2", "transfers")), [private, shared])
    equal(list(await store.views("person-1", "still")), [elsewhere])
    equal(list(await store.views("person-3", "nothing")), [])


@case
async def a_name_of_a_list_is_one_persons_once(bench: Bench) -> None:
    """And they get so many; another person may use the name."""
    await _kept(bench, _view(bench, "person-1", b"a"))
    await raises(KeyTaken, _kept(bench, _view(bench, "person-1", b"a")))
    equal(await _kept(bench, _view(bench, "person-2", b"a")), expected=True)
    equal(await _kept(bench, _view(bench, "person-1", b"b")), expected=True)
    equal(await _kept(bench, _view(bench, "person-1", b"c")), expected=True)
    equal(await _kept(bench, _view(bench, "person-1", b"d")), expected=False)


@case
async def only_who_named_a_list_drops_it(bench: Bench) -> None:
    """And once."""
    row = _view(bench, "person-1", b"a", shared=True)
    await _kept(bench, row)
    line = bench.line("saved_view")
    drop = bench.store.drop_view
    equal(await drop(row.id, "person-2", line), expected=False)
    equal(list(await bench.store.views("person-2", "transfers")), [row])
    equal(await drop(row.id, "person-1", line), expected=True)
    equal(await drop(row.id, "person-1", line), expected=False)
    equal(list(await bench.store.views("person-2", "transfers")), [])
