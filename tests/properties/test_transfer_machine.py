"""Whatever order things happen in: order is kept, nothing vanishes, nothing doubles.

The same machine runs on a file and on a server that two nodes share.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.properties.nodes_of_machine import FileNodes, Nodes, ServerNodes
from tests.properties.transfer_machine import Delivery

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.store, pytest.mark.timeout(600)]
STEPS = 50
#: Examples in ``make test``, the same each time; and how many times as many there
#: are in ``make test-all``, others each time.
ON_A_FILE, ON_A_SERVER, LONG = 80, 60, 10


def run(nodes: Nodes, examples: int, request: pytest.FixtureRequest) -> None:
    """Everything that may happen, so often."""
    long = request.config.getoption("--long")
    times = LONG if long else 1
    machine: Any = partial(Delivery, nodes)
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=examples * times,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not long,
            suppress_health_check=list(HealthCheck),
            # What failed is made short where there is time for it.
            phases=[p for p in Phase if long or p is not Phase.shrink],
        ),
    )


@pytest.fixture
def on_a_file() -> Iterator[Nodes]:
    nodes = FileNodes()
    yield nodes
    nodes.end()


@pytest.fixture
def on_a_server(database: dict[str, Any]) -> Iterator[Nodes]:
    nodes = ServerNodes(database)
    yield nodes
    nodes.end()


def test_transfers_on_a_file(on_a_file: Nodes, request: pytest.FixtureRequest) -> None:
    run(on_a_file, ON_A_FILE, request)


@pytest.mark.system
def test_transfers_on_a_server(
    on_a_server: Nodes, request: pytest.FixtureRequest
) -> None:
    run(on_a_server, ON_A_SERVER, request)
