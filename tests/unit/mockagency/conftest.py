"""Faults are seen on both event loops: mocks run on uvloop, tests mostly do not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import uvloop

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    Loops = dict[str, Callable[[], asyncio.AbstractEventLoop]]
#: Modules about what happens on a socket.
ON_BOTH = frozenset({"test_faults_seen", "test_mock_tls"})


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Loops:
    del config
    loops: Loops = {"asyncio": asyncio.new_event_loop}
    if item.path.stem in ON_BOTH:
        loops["uvloop"] = uvloop.new_event_loop
    return loops
