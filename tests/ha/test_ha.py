"""A short run of each way, and of the control, as ``make ha`` makes long ones."""

import pytest

from tests.ha.__main__ import control, proof
from tests.ha.programs import account_of_servers, folder_of

pytestmark = [pytest.mark.system, pytest.mark.long, pytest.mark.timeout(900)]


async def test_what_was_taken_outlives_its_leader_by_every_way() -> None:
    with folder_of(account_of_servers()) as folder:
        folder.chmod(0o755)
        ways = ("libpq", "haproxy", "pgbouncer")
        found = await proof(folder / "proof", ways, ["machine_killed"])
    assert set(found) == set(ways)
    for figures in found.values():
        assert figures.clean, figures
        assert all(one.changed_leader for one in figures.outages)


async def test_without_a_standby_that_has_it_the_run_goes_red() -> None:
    with folder_of(account_of_servers()) as folder:
        folder.chmod(0o755)
        figures = await control(folder / "control")
    assert figures.lost
