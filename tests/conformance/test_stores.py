"""Each store against each case."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.conformance import store_cases
from gateway.conformance.store_making import CASES, Bench
from gateway.store.postgres.store import PostgresStore
from gateway.store.sqlite import SQLiteStore

pytestmark = pytest.mark.store


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Bench]:
    store = await SQLiteStore.open(tmp_path / "store.db")
    yield Bench(store)
    await store.close()


@pytest.fixture
async def postgres(database: dict[str, Any]) -> AsyncIterator[Bench]:
    store = await PostgresStore.open(database)
    yield Bench(store)
    await store.close()


def test_there_are_cases_in_every_module() -> None:
    modules = {check.__module__ for check in CASES.values()}
    assert store_cases.__name__ in modules
    folder = Path(store_cases.__file__).parent
    files = {one.stem for one in folder.glob("store_*cases.py")}
    assert modules == {f"gateway.conformance.{name}" for name in files}


@pytest.mark.parametrize("name", sorted(CASES))
async def test_sqlite_holds(name: str, sqlite: Bench) -> None:
    await CASES[name](sqlite)


@pytest.mark.system
@pytest.mark.parametrize("name", sorted(CASES))
async def test_postgresql_holds(name: str, postgres: Bench) -> None:
    await CASES[name](postgres)
