"""A look at a folder's line: whose key, whether we are let in, whether it can be used."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from gateway.carriers.exchange_folder import ExchangeFolder
from gateway.carriers.folder_trial import exchange_ping, folder_ping
from gateway.carriers.reaching_folders import FolderReach
from gateway.carriers.sftp import Account
from gateway.carriers.sftp_folder import SFTPFolder
from gateway.carriers.shared_folder import SharedFolder
from gateway.domain.check import Finding, Result, Step, Whose
from gateway.domain.check_words import told
from tests.sftp import Server
from tests.unit.carriers.conftest import closed_port

pytestmark = pytest.mark.system
NOW = datetime(2026, 3, 10, 1, tzinfo=UTC)
WORDS = {"sftp_host_key": ("Khóa máy chủ khác", "Đối chiếu khóa")}
READS, WRITES = ("tra-loi",), ("yeu-cau",)


@pytest.fixture
async def opened() -> AsyncIterator[list[SFTPFolder]]:
    made: list[SFTPFolder] = []
    yield made
    for folder in made:
        await folder.close()


async def looked(
    opened: list[SFTPFolder], server: Server, place: Path, **changed: Any
) -> dict[Step, Finding]:
    key = changed.pop("key", server.private_key)
    account = Account.of(server.told(folder=place.name, **changed), key)
    opened.append(SFTPFolder(account, lambda: NOW))
    ping = folder_ping(opened[-1], reads=READS, writes=WRITES)
    reach = FolderReach(ping, WORDS, account)
    return {one.step: one for one in await reach.look(timeout_s=20.0)}


def files(place: Path) -> list[str]:
    return [one.name for one in place.rglob("*") if one.is_file()]


def results(found: dict[Step, Finding]) -> dict[Step, Result]:
    return {step: one.result for step, one in found.items()}


async def test_a_folder_that_can_be_used_holds_nothing_of_ours_afterwards(
    sftp_server: Server, opened: list[SFTPFolder]
) -> None:
    place = sftp_server.place(*READS, *WRITES)
    found = await looked(opened, sftp_server, place)
    assert results(found) == {
        Step.NAME: Result.NONE,
        Step.CONNECT: Result.DONE,
        Step.HOST_KEY: Result.DONE,
        Step.SIGN_IN: Result.DONE,
        Step.FOLDER: Result.DONE,
    }
    assert files(place) == []


async def test_a_server_with_another_key_is_told_by_the_key_that_it_showed(
    sftp_server: Server, opened: list[SFTPFolder]
) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519")
    public = other.export_public_key().decode().strip()
    place = sftp_server.place(*READS, *WRITES)
    found = await looked(opened, sftp_server, place, host_keys=[public])
    assert found[Step.HOST_KEY].result is Result.FAILED
    said = told(found[Step.HOST_KEY])
    assert sftp_server.host_key.get_fingerprint() in said.sentence
    assert "Đối chiếu khóa" in said.sentence
    left = (Step.SIGN_IN, Step.FOLDER)
    assert {found[step].result for step in left} == {Result.LEFT}


async def test_a_key_that_the_server_does_not_know_is_a_sign_in_that_failed(
    sftp_server: Server, opened: list[SFTPFolder]
) -> None:
    stranger = asyncssh.generate_private_key("ssh-ed25519")
    private = stranger.export_private_key().decode()
    place = sftp_server.place(*READS, *WRITES)
    found = await looked(opened, sftp_server, place, key=private)
    assert found[Step.HOST_KEY].result is Result.DONE
    assert found[Step.SIGN_IN].result is Result.FAILED
    assert "PRIVATE KEY" not in str(found)


async def test_a_folder_that_we_may_not_write_is_told_by_its_name(
    sftp_server: Server, opened: list[SFTPFolder]
) -> None:
    place = sftp_server.place(*READS, *WRITES)
    (place / WRITES[0]).chmod(0o550)
    found = await looked(opened, sftp_server, place)
    assert found[Step.SIGN_IN].result is Result.DONE
    assert found[Step.FOLDER].result is Result.FAILED
    said = told(found[Step.FOLDER])
    assert "Không ghi được vào thư mục yeu-cau" in said.sentence
    assert said.whose is Whose.AGENCY


async def test_a_folder_that_is_missing_and_may_not_be_made_is_told(
    sftp_server: Server, opened: list[SFTPFolder]
) -> None:
    place = sftp_server.place(*READS)
    place.chmod(0o550)
    found = await looked(opened, sftp_server, place)
    assert found[Step.FOLDER].code == "folder_missing"
    assert "yeu-cau" in told(found[Step.FOLDER]).sentence


async def test_a_server_that_is_away_leaves_the_rest(
    sftp_server: Server, opened: list[SFTPFolder]
) -> None:
    place = sftp_server.place()
    found = await looked(opened, sftp_server, place, port=closed_port())
    assert found[Step.CONNECT].result is Result.FAILED
    left = (Step.HOST_KEY, Step.SIGN_IN, Step.FOLDER)
    assert {found[step].result for step in left} == {Result.LEFT}


async def test_a_folder_of_this_machine_is_tried_the_same_way(tmp_path: Path) -> None:
    ping = folder_ping(SharedFolder(tmp_path / "nuoc"), reads=READS, writes=WRITES)
    (found,) = await FolderReach(ping, WORDS).look(timeout_s=20.0)
    assert (found.step, found.result) == (Step.FOLDER, Result.DONE)
    # A file stands where the folder should be.
    (tmp_path / "khac").write_text("")
    ping = folder_ping(SharedFolder(tmp_path / "khac"), reads=READS, writes=WRITES)
    (found,) = await FolderReach(ping, WORDS).look(timeout_s=20.0)
    assert found.result is Result.FAILED


async def test_a_folder_that_people_carry_from_is_tried_too(tmp_path: Path) -> None:
    folder = ExchangeFolder(tmp_path / "thue")
    (found,) = await FolderReach(exchange_ping(folder), {}).look(timeout_s=20.0)
    assert found.result is Result.DONE
    assert files(tmp_path) == []
    folder.close()
    (tmp_path / "hong").write_text("")
    broken = ExchangeFolder(tmp_path / "hong")
    (found,) = await FolderReach(exchange_ping(broken), {}).look(timeout_s=20.0)
    assert (found.step, found.result) == (Step.FOLDER, Result.FAILED)
    broken.close()
