"""A store on a file of its own, and programs that use one from outside."""

import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from gateway.conformance.store_making import Bench
from gateway.store.sqlite import SQLiteStore

PROGRAMS = Path(__file__).parent / "programs.py"
Program = Callable[[str, Path], subprocess.Popen[str]]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SQLiteStore]:
    store = await SQLiteStore.open(tmp_path / "store.db")
    yield store
    await store.close()


@pytest.fixture
def bench(store: SQLiteStore) -> Bench:
    return Bench(store)


@pytest.fixture
def program() -> Program:
    def start(name: str, path: Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, PROGRAMS, name, path], stdout=subprocess.PIPE, text=True
        )

    return start
