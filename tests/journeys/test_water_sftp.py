"""A water company behind a real SFTP server: whole dossiers, and what goes wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import asyncssh
import pytest

from gateway.adapters.water.desk import PARTS
from tests.sftp import Server, Wire
from tests.world import World, document_of, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.system, pytest.mark.timeout(120)]
EXAMPLE, OFFICE = "67-lap-nuoc-moi", "cap-nuoc-mau"
NUMBER = "H00.01-260310-0067"


def behind(folder: Path, server: Server, place: Path, **changed: Any) -> World:
    """A world in which the company's folder is below an SFTP server."""
    run_dir = folder / "run"

    def configure(config: Path) -> None:
        quick(config)
        told = server.told(folder=place.name, **changed)
        lines = [f"{key} = {json.dumps(value)}" for key, value in told.items()]
        with (config / "agencies/water.toml").open("a", encoding="utf-8") as file:
            file.write("\n".join(["", "[office.sftp]", *lines, ""]))

    keys = run_dir / "keys"
    keys.mkdir(parents=True, mode=0o700)
    (keys / f"{OFFICE}.sftp").write_text(server.private_key, "utf-8")
    (run_dir / "packages").mkdir()
    # What the company's clerks open as a folder.
    (run_dir / "packages" / OFFICE).symlink_to(place)
    return World(run_dir, example=EXAMPLE, configure=configure)


async def test_a_dossier_goes_to_its_end_over_sftp(
    tmp_path: Path, sftp_server: Server
) -> None:
    place = sftp_server.place(*PARTS)
    async with behind(tmp_path, sftp_server, place) as world:
        expected = await world.feed(EXAMPLE)
        await world.settle()
        assert (await world.judge(expected)).differences == []
    lying = {path.suffix for path in (place / "yeu-cau/da-nhan").iterdir()}
    assert lying == {".json", ".csv", ".xlsx", ".pdf"}
    assert [*(place / "yeu-cau").glob("YC-*")] == []


async def test_a_line_that_is_cut_in_a_file_is_taken_up_again_and_counts_once(
    tmp_path: Path, sftp_server: Server
) -> None:
    place = sftp_server.place(*PARTS)
    async with (
        Wire(sftp_server.port).open() as wire,
        behind(tmp_path, sftp_server, place, port=wire.port) as world,
    ):
        # In the second of its papers, 90,000 bytes.
        wire.cut_after = 60_000
        expected = await world.feed(EXAMPLE)
        await world.settle()
        assert wire.cuts == 1
        assert (await world.judge(expected)).differences == []


async def test_a_server_with_another_key_gets_nothing_and_a_person_is_told(
    tmp_path: Path, sftp_server: Server
) -> None:
    place = sftp_server.place(*PARTS)
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key()
    keys = [other.decode().strip()]
    async with behind(tmp_path, sftp_server, place, host_keys=keys) as world:
        await world.submit({**document_of(EXAMPLE), "number": NUMBER})
        await world.pass_hours(1)
        (told,) = await world.transfers(NUMBER, "hand_over")
        assert (told["state"], told["cause"]) == ("parked", "sftp_host_key")
        assert "đối chiếu khóa máy chủ" in str(await world.history(told))
        assert not [path for path in place.rglob("*") if path.is_file()]
