"""Counts attacks as their tests end, and says the sum last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.attack.frame import Tally, attack_of, kind_of

if TYPE_CHECKING:
    from collections.abc import Generator

TALLY = pytest.StashKey[Tally]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """What ``make attack ROW=8`` passes."""
    parser.addoption("--row", type=int, help="only attacks of this row")
    parser.addoption("--tally", action="store_true", help="say the sum last of all")


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out the other rows, if one was asked for."""
    row = config.getoption("--row")
    if row is None:
        return
    others = [item for item in items if getattr(attack_of(item), "row", row) != row]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in others]


def pytest_configure(config: pytest.Config) -> None:
    """Begin to count."""
    config.stash[TALLY] = Tally()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """One phase of a test has ended; what failed to begin was not refused either."""
    report = yield
    attack = attack_of(item)
    if attack is not None and (call.when == "call" or report.failed):
        item.config.stash[TALLY].note(kind_of(item), attack, report.passed)
    return report


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """The table and the sum, below everything that pytest says."""
    tally = config.stash.get(TALLY, None)
    if tally is None or not config.getoption("--tally"):
        return
    screen = config.pluginmanager.get_plugin("terminalreporter")
    assert screen is not None
    for line in (*tally.table(), tally.last_line()):
        screen.write_line(line)
