"""The gateway's side of a company's folder, over each way to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from gateway.adapters.water.desk import PARTS
from tests.sftp import Server
from tests.unit.adapters.water.gateway_side import Side

Make = Callable[[bool], Side]


@pytest.fixture(params=["folder", pytest.param("sftp", marks=pytest.mark.system)])
async def make_side(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Make]:
    """Makes a side by program or by hand; the same test holds for a path and SFTP."""
    sides: list[Side] = []

    def make(by_hand: bool) -> Side:
        if request.param == "folder":
            return Side(tmp_path, by_hand)
        server: Server = request.getfixturevalue("sftp_server")
        place = server.place(*PARTS)
        account = server.account(folder=place.name)
        sides.append(Side(place, by_hand, account=account))
        return sides[-1]

    yield make
    for side in sides:
        for folder in side.remote:
            await folder.close()


@pytest.fixture
def side(make_side: Make) -> Side:
    """Before a company that has a program."""
    return make_side(False)


@pytest.fixture
def clerk(make_side: Make) -> Side:
    """Before a company by hand."""
    return make_side(True)
