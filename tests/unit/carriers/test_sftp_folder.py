"""A shared folder does the same on a disk and on a real SFTP server, and fails whole."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from gateway.carriers import sftp as lines
from gateway.carriers.folder import Folder, NameTaken
from gateway.carriers.sftp import Account
from gateway.carriers.sftp_folder import SFTPFolder
from gateway.carriers.shared_folder import SharedFolder
from gateway.domain.errors import FolderRefused, StoreUnavailable
from tests.sftp import Server, Wire, running

pytestmark = pytest.mark.system
BODY = b"%PDF-1.4 " * 40_000
NOW = datetime(2026, 3, 10, 1, tzinfo=UTC)
Make = Callable[..., SFTPFolder]
Both = tuple[Folder, Path]


async def at_once(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


@pytest.fixture
async def of() -> AsyncIterator[Callable[..., SFTPFolder]]:
    """Makes folders of a place, and closes them whatever happens."""
    made: list[SFTPFolder] = []

    def make(server: Server, place: Path | None = None, **changed: Any) -> SFTPFolder:
        at = {"folder": place.name} if place else {}
        key = changed.pop("key", server.private_key)
        account = Account.of(server.told(**at, **changed), key)
        made.append(SFTPFolder(account, lambda: NOW))
        return made[-1]

    yield make
    for folder in made:
        await folder.close()


@pytest.fixture(params=["disk", "sftp"])
def both(request: pytest.FixtureRequest, sftp_server: Server, of: Make) -> Both:
    place = sftp_server.place()
    folder = SharedFolder(place) if request.param == "disk" else of(sftp_server, place)
    return folder, place


# ---------------------------------------------------------------- the same on both


async def test_a_file_is_put_down_whole_and_read_back(both: Both) -> None:
    folder, place = both
    written = await folder.put("ra", "a.pdf", at_once(BODY[:7], BODY[7:]))
    digest = hashlib.sha256(BODY).hexdigest()
    assert written == (len(BODY), digest)
    assert (place / "ra/a.pdf").read_bytes() == BODY
    assert [one.name for one in (place / "ra").iterdir()] == ["a.pdf"]
    assert await folder.sha256("ra", "a.pdf") == digest
    assert await folder.read("ra", "a.pdf", 9) == BODY[:9]
    pieces = [piece async for piece in folder.pieces("ra", "a.pdf")]
    assert b"".join(pieces) == BODY


async def test_no_file_takes_the_place_of_another(both: Both) -> None:
    folder, place = both
    await folder.put("ra", "a", at_once(b"first"))
    with pytest.raises(NameTaken):
        await folder.put("ra", "a", at_once(b"second"))
    assert {one.name for one in (place / "ra").iterdir()} == {"a"}
    for name in ("b", "a"):
        await folder.put("vao", name, at_once(name.encode()))
    assert await folder.move("vao", "a", "ra") == "a.2"
    assert await folder.move("vao", "b", "ra") == "b"
    assert await folder.move("vao", "b", "ra") == ""
    assert (place / "ra/a").read_bytes() == b"first"
    assert (place / "ra/a.2").read_bytes() == b"a"


async def test_what_is_not_there_yet_is_not_lying_there(both: Both) -> None:
    folder, place = both
    await folder.make("vao/loi")
    names = (".a.csv.tam", "b.tam", "~$c.xlsx", ".d.lap", "đ ơn.csv")
    for name in names:
        (place / "vao" / name).write_bytes(b"12")
    lying = await folder.lying("vao")
    assert [(one.name, one.size_bytes) for one in lying] == [("đ ơn.csv", 2)]
    assert await folder.locked("vao") == {"c.xlsx"}
    assert [one.name for one in await folder.unlooked("vao", ".tam")] == [".a.csv.tam"]


async def test_a_file_that_changes_has_another_state(both: Both) -> None:
    folder, place = both
    await folder.put("vao", "a", at_once(b"1"))
    (before,) = await folder.lying("vao")
    (place / "vao/a").write_bytes(b"12")
    (grown,) = await folder.lying("vao")
    os.utime(place / "vao/a", (1_700_000_000, 1_700_000_000))
    (dated,) = await folder.lying("vao")
    assert len({before.state, grown.state, dated.state}) == 3


async def test_what_is_gone_is_told_as_gone(both: Both) -> None:
    folder, _ = both
    assert await folder.lying("nowhere") == []
    assert await folder.read("vao", "a", 9) is None
    assert await folder.sha256("vao", "a") is None
    assert [piece async for piece in folder.pieces("vao", "a")] == []
    await folder.remove("vao", "a")


async def test_a_claim_is_somebodys_alone(both: Both) -> None:
    folder, _ = both
    claims = [folder.claim("ra", ".YC-000001.lap") for _ in range(5)]
    assert sorted(await asyncio.gather(*claims)) == [False] * 4 + [True]


async def test_a_note_takes_the_place_of_an_earlier_one(both: Both) -> None:
    folder, place = both
    assert await folder.noted("a") is None
    await asyncio.gather(*(folder.note("a", b"%d" % n * 999) for n in range(8)))
    await folder.note("a", b"last")
    assert await folder.noted("a") == b"last"
    assert [one.name for one in await folder.notes()] == ["a"]
    await folder.forget("a")
    await folder.forget("a")
    assert list((place / ".cong").iterdir()) == []


async def test_a_link_is_no_file(both: Both) -> None:
    folder, place = both
    await folder.make("vao")
    (place / "vao/thu-muc").mkdir()
    assert await folder.lying("vao") == []


async def test_a_moved_file_is_as_young_as_its_move(
    of: Make, sftp_server: Server
) -> None:
    place = sftp_server.place("vao", "vao/da-nhan")
    old = NOW - timedelta(days=40)
    for name in ("theirs", "ours"):
        (place / "vao" / name).write_bytes(b"1")
        os.utime(place / "vao" / name, (old.timestamp(), old.timestamp()))
    os.chown(place / "vao/ours", sftp_server.own.pw_uid, sftp_server.own.pw_gid)
    folder = of(sftp_server, place)
    for name in ("theirs", "ours"):
        await folder.move("vao", name, "vao/da-nhan")
    assert {one.touched for one in await folder.lying("vao/da-nhan")} == {NOW}


# ---------------------------------------------------------------- whom we speak to


async def refused(folder: SFTPFolder) -> FolderRefused:
    with pytest.raises(FolderRefused) as told:
        await folder.put("ra", "a", at_once(b"secret"))
    return told.value


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256"])
async def test_a_server_with_another_key_gets_nothing(
    of: Make, sftp_server: Server, kind: str
) -> None:
    place = sftp_server.place("ra")
    other = asyncssh.generate_private_key(kind).export_public_key().decode()
    error = await refused(of(sftp_server, place, host_keys=[other]))
    assert error.code == "sftp_host_key"
    assert sftp_server.host_key.get_fingerprint() in error.detail
    assert list((place / "ra").iterdir()) == []


async def test_a_key_that_is_to_come_is_entered_beside_the_present_one(
    of: Make,
    sftp_server: Server,
) -> None:
    coming = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    keys = [coming.export_public_key().decode(), *sftp_server.told()["host_keys"]]
    folder = of(sftp_server, sftp_server.place(), host_keys=keys)
    await folder.make("ra")


async def test_a_server_that_changes_its_key_gets_nothing_more(of: Make) -> None:
    with running() as server:
        folder = of(server, server.place("ra"))
        await folder.put("ra", "a", at_once(b"1"))
        server.stop()
        server.new_host_key("ssh-ed25519")
        server.start()
        folder.hang_up()
        assert (await refused(folder)).code == "sftp_host_key"


async def test_no_host_key_is_ever_learnt(
    of: Make, sftp_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home/.ssh"
    home.mkdir(parents=True)
    known = sftp_server.host_key.export_public_key().decode()
    place = f"[127.0.0.1]:{sftp_server.port}"
    (home / "known_hosts").write_text(f"{place} {known}")
    (home / "config").write_text("Host *\n  StrictHostKeyChecking no\n")
    monkeypatch.setenv("HOME", str(home.parent))
    error = await refused(of(sftp_server, sftp_server.place(), host_keys=[]))
    assert error.code == "sftp_misconfigured"
    assert (home / "known_hosts").read_text() == f"{place} {known}"


async def test_a_key_that_nobody_registered_is_not_let_in(
    of: Make, sftp_server: Server
) -> None:
    stranger = asyncssh.generate_private_key("ssh-ed25519").export_private_key()
    folder = of(sftp_server, key=stranger.decode())
    assert (await refused(folder)).code == "sftp_denied"


def test_a_key_is_never_shown(sftp_server: Server) -> None:
    assert "PRIVATE KEY" not in repr(sftp_server.account())


@pytest.mark.parametrize("form", ["RFC4716", "PKCS8"])
async def test_a_key_with_a_passphrase_is_no_key_for_a_machine(
    of: Make, sftp_server: Server, tmp_path: Path, form: str
) -> None:
    path = tmp_path / "key"
    made = ("-q", "-t", "ecdsa", "-m", form, "-N", "vi du", "-f", path)
    keygen = await asyncio.create_subprocess_exec("ssh-keygen", *made)
    assert await keygen.wait() == 0
    folder = of(sftp_server, key=path.read_text())
    assert (await refused(folder)).code == "sftp_key_unusable"


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"host": "a b"}, "host"),
        ({"user": "-oProxyCommand"}, "user"),
        ({"port": "22"}, "port"),
        ({"port": 0}, "port"),
        ({"folder": "a/../.."}, "folder"),
        ({"host_keys": []}, "host_keys"),
        ({"host_keys": ["ssh-ed25519 AAAA"]}, "host_keys"),
        ({"host_keys": ["SHA256:abc"]}, "host_keys"),
        ({"host_keys": "ssh-dss AAAA"}, "host_keys"),
    ],
)
def test_an_account_that_cannot_be_is_told_by_its_key(
    sftp_server: Server, changed: dict[str, Any], key: str
) -> None:
    assert list(sftp_server.account().misfits()) == []
    assert [one for one, _ in sftp_server.account(**changed).misfits()] == [key]


# ---------------------------------------------------------------- what breaks on the way


async def test_a_line_that_is_cut_in_a_file_leaves_nothing_to_be_seen(
    of: Make,
    sftp_server: Server,
) -> None:
    place = sftp_server.place("ra")
    async with Wire(sftp_server.port).open() as wire:
        folder = of(sftp_server, place, port=wire.port)
        await folder.make("ra")
        wire.cut_after = len(BODY) // 2
        with pytest.raises(StoreUnavailable):
            await folder.put("ra", "a", at_once(BODY))
        assert wire.cuts == 1
        assert await folder.lying("ra") == []
        # The same once more, over another connection.
        await folder.put("ra", "a", at_once(BODY))
        assert (place / "ra/a").read_bytes() == BODY


async def test_every_place_of_a_cut_leaves_a_whole_file_or_none(
    of: Make,
    sftp_server: Server,
) -> None:
    seen = set()
    async with Wire(sftp_server.port).open() as wire:
        for after in range(0, 24_000, 1600):
            place = sftp_server.place("ra")
            folder = of(sftp_server, place, port=wire.port)
            wire.cut_after = after
            try:
                await folder.put("ra", "a", at_once(b"x" * 2000))
            except StoreUnavailable:
                seen.add("cut")
            else:
                seen.add("whole")
            wire.cut_after = None
            lying = await folder.lying("ra")
            assert [one.size_bytes for one in lying] in ([], [2000])
    assert seen == {"cut", "whole"}


async def test_a_line_that_falls_silent_is_given_up(
    of: Make, sftp_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Wire(sftp_server.port).open() as wire:
        folder = of(sftp_server, sftp_server.place(), port=wire.port)
        await folder.make("ra")
        wire.passes.clear()
        monkeypatch.setattr(lines, "STEP_S", 0.2)
        with pytest.raises(StoreUnavailable):
            await folder.put("ra", "a", at_once(b"1"))
        wire.passes.set()
        monkeypatch.undo()
        await folder.put("ra", "a", at_once(b"1"))


async def test_nobody_who_listens_is_told_as_unreachable(
    of: Make, sftp_server: Server
) -> None:
    folder = of(sftp_server, sftp_server.place(), port=1)
    with pytest.raises(StoreUnavailable) as told:
        await folder.make("ra")
    assert not isinstance(told.value, FolderRefused)


async def test_what_listens_and_is_no_ssh_server_is_given_up(
    of: Make, monkeypatch: pytest.MonkeyPatch, sftp_server: Server
) -> None:
    monkeypatch.setattr(lines, "CONNECT_S", 0.5)
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        folder = of(sftp_server, port=mute.getsockname()[1])
        with pytest.raises(StoreUnavailable):
            await folder.make("ra")


async def test_a_place_without_rights_is_told_to_people(
    of: Make, sftp_server: Server
) -> None:
    place = sftp_server.place("ra")
    (place / "ra").chmod(0o500)
    assert (await refused(of(sftp_server, place))).code == "sftp_no_permission"


async def test_a_full_disk_leaves_nothing_to_be_seen(
    of: Make, sftp_server: Server
) -> None:
    place = sftp_server.place("ra")
    # Whatever is written to it meets "no space left on device".
    (place / "ra/.a.tam").symlink_to("/dev/full")
    folder = of(sftp_server, place)
    with pytest.raises(StoreUnavailable) as told:
        await folder.put("ra", "a", at_once(BODY))
    assert not isinstance(told.value, FolderRefused)
    assert await folder.lying("ra") == []


async def test_what_reads_otherwise_than_it_was_written_is_not_put_down(
    of: Make,
    sftp_server: Server,
) -> None:
    place = sftp_server.place("ra")

    async def spoilt() -> AsyncIterator[bytes]:
        yield BODY
        with (place / "ra/.a.tam").open("r+b") as file:
            file.write(b"%XDF")

    with pytest.raises(StoreUnavailable):
        await of(sftp_server, place).put("ra", "a", spoilt())
    assert list((place / "ra").iterdir()) == []


async def test_a_flood_of_files_is_not_listed_to_its_end(
    of: Make, sftp_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = sftp_server.place("vao")
    for number in range(30):
        (place / f"vao/{number}").touch()
    monkeypatch.setattr("gateway.carriers.sftp_folder.MOST_FILES", 29)
    folder = of(sftp_server, place)
    with pytest.raises(StoreUnavailable):
        await folder.lying("vao")
