"""Rules for every test: loopback only (pyproject.toml), no skip, long ones on demand.

What only some tests need is imported by its fixture: every run pays for the rest.
"""

from __future__ import annotations

import gc
import shutil
from collections.abc import AsyncIterator, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests import postgres, sftp

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# Two busy cores make single examples slow; the test's own timeout still holds.
settings.register_profile("gateway", deadline=None, print_blob=True)
settings.load_profile("gateway")

#: New objects before a look for garbage: the usual 700 cost a fifth of all time.
COLLECT_AFTER = 10_000
#: Without them a closed network makes the browser call home again and again.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """What ``make test-all`` and ``make test-core`` pass."""
    parser.addoption("--long", action="store_true", help="also tests marked long")
    parser.addoption(
        "--screenshots", action="store_true", help="keep pictures in docs/console"
    )
    parser.addoption(
        "--core", action="store_true", help="only what needs nothing but Python"
    )


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out by deselecting, which pytest counts, never by skipping."""
    unwanted: set[str] = set()
    if not config.getoption("--long"):
        unwanted.add("long")
    if config.getoption("--core"):
        unwanted |= {"system", "browser"}
    left_out = [
        item for item in items if unwanted & {m.name for m in item.iter_markers()}
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and never among what was imported, which stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 10, 10)


def _a_skip_is_a_failure(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"A skip is a failure here: {report.longreprtext}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[
    None, pytest.TestReport, pytest.TestReport
]:
    """A test that needs something says so by a marker and is installed for."""
    report = yield
    _a_skip_is_a_failure(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[
    None, pytest.CollectReport, pytest.CollectReport
]:
    """The same for a module that skips itself."""
    report = yield
    _a_skip_is_a_failure(report)
    return report


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """One server for all tests that ask for it."""
    from tests import postgres

    with postgres.running() as server:
        yield server


@pytest.fixture
def database(postgres_server: postgres.Server) -> Iterator[dict[str, Any]]:
    """How to reach an empty database of this release's schema, for one test."""
    with postgres_server.database() as parameters:
        yield parameters


@pytest.fixture(scope="session")
def sftp_server() -> Iterator[sftp.Server]:
    """One server for all tests that ask for it."""
    from tests import sftp

    with sftp.running() as server:
        yield server


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """An empty page of the system's Chromium, Vietnamese, in a profile of its own."""
    from playwright.async_api import async_playwright

    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert chromium, f"none of {', '.join(CHROMIUM)} is installed"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=[*QUIET]
        )
        try:
            yield await browser.new_page(locale="vi-VN")
        finally:
            await browser.close()
