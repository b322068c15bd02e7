"""A keyring and a vault of invented keys, below a folder of the test."""

from __future__ import annotations

import resource
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from gateway.vault.keyring import Keyring
from gateway.vault.local import LocalVault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Mono:
    """Seconds that a test moves on."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@contextmanager
def files_at_most(size_bytes: int) -> Iterator[None]:
    """A disk that takes no more: the system refuses to write beyond this size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def mono() -> Mono:
    return Mono()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def keyring(keys: Path) -> Keyring:
    return Keyring.open(keys, may_create=True)


@pytest.fixture
def vault(keyring: Keyring, mono: Mono) -> LocalVault:
    return LocalVault(keyring, mono=mono)
