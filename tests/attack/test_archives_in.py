"""Archives that are made to leave their folder or to have no end, at each door of one."""

from __future__ import annotations

import io
import random
import stat
import struct
import zipfile
from functools import cache
from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio

from tests.attack.frame import Attack, attacks
from tests.attack.test_answers import forget_peak, peak_kb
from tests.journeys.packages import ROAD, START
from tests.world import World, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
BOMB_BYTES = 600 * 1024 * 1024
#: What a bomb, or too many entries, may cost this process.
MOST_GROWTH_KB = 200 * 1024
NAME = "goi.p7m"


def _zip(*entries: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return room.getvalue()


def traversal(_: Path) -> bytes:
    return _zip(("../../../ra-ngoai.p7m", b"x"))


def backslashes(_: Path) -> bytes:
    return _zip(("..\\..\\ra-ngoai.p7m", b"x"))


def absolute(folder: Path) -> bytes:
    return _zip((f"{folder}/ra-ngoai.p7m", b"x"))


def drive(_: Path) -> bytes:
    return _zip(("C:\\ra-ngoai.p7m", b"x"))


def link(folder: Path) -> bytes:
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w") as archive:
        entry = zipfile.ZipInfo(NAME)
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, str(folder / "secret.txt"))
    return room.getvalue()


@cache
def _bomb() -> bytes:
    room = io.BytesIO()
    with (
        zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(NAME, "w", force_zip64=True) as entry,
    ):
        for _piece in range(BOMB_BYTES // (1024 * 1024)):
            entry.write(bytes(1024 * 1024))
    return room.getvalue()


def bomb(_: Path) -> bytes:
    return _bomb()


def lying(folder: Path) -> bytes:
    """A bomb whose table says that it is small."""
    made = bytearray(bomb(folder))
    table = made.rindex(b"PK\x01\x02")
    struct.pack_into("<I", made, table + 24, 100)
    return bytes(made)


def crowd(_: Path) -> bytes:
    return _zip(*((f"{n}.p7m", b"") for n in range(30_000)))


def overlapping(_: Path) -> bytes:
    """One content that many entries of the table point to."""
    inside = _zip((NAME, bytes(1024 * 1024)), method=zipfile.ZIP_DEFLATED)
    begin = inside.index(b"PK\x01\x02")
    end = inside.index(b"PK\x05\x06")
    table = inside[begin:end] * 5_000
    tail = bytearray(inside[end:])
    struct.pack_into("<2H", tail, 8, 5_000, 5_000)
    struct.pack_into("<I", tail, 12, len(table))
    return inside[:begin] + table + bytes(tail)


def nested(_: Path) -> bytes:
    inner = _zip((NAME, b"x"))
    for _depth in range(20):
        inner = _zip(("trong.zip", inner))
    return inner


def locked(_: Path) -> bytes:
    made = bytearray(_zip((NAME, b"x")))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        place = made.index(mark) + (6 if mark.endswith(b"\x04") else 8)
        made[place] |= 1
    return bytes(made)


def unusual(_: Path) -> bytes:
    return _zip((NAME, b"x" * 1000), method=zipfile.ZIP_LZMA)


def cut(folder: Path) -> bytes:
    made = bomb(folder)
    return made[: len(made) // 2]


def noise(_: Path) -> bytes:
    return b"PK\x03\x04" + random.Random(7).randbytes(100_000)


MADE: dict[str, Callable[[Path], bytes]] = {
    "path-that-leads-out": traversal,
    "backslashes": backslashes,
    "absolute-path": absolute,
    "drive-letter": drive,
    "symbolic-link": link,
    "bomb": bomb,
    "bomb-that-lies": lying,
    "entries-without-end": crowd,
    "overlapping-entries": overlapping,
    "archive-in-archive": nested,
    "locked": locked,
    "unusual-packing": unusual,
    "cut": cut,
    "noise": noise,
}
PACKAGES, LISTS = "POST /v1/packages/…", "POST /v1/reconciliations"

CASES = attacks(
    *((Attack(5, name, door),) for door in (PACKAGES, LISTS) for name in MADE)
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    world = World(tmp_path_factory.mktemp("archives") / "run", configure=quick)
    world.stage.start = START
    async with world:
        yield world


def below(folder: Path) -> set[Path]:
    """Everything in a folder."""
    return {*folder.rglob("*")}


async def handed_in(world: World, door: str, content: bytes) -> int:
    """Bring an archive by a door; the answer's status."""
    if door == PACKAGES:
        path = f"/v1/packages/{ROAD}"
        return (
            await world.call("POST", path, data=io.BytesIO(content), role="operator")
        ).status
    form = aiohttp.FormData()
    form.add_field("ours", io.BytesIO(content), filename="mot-cua.xlsx")
    form.add_field("theirs", b"a,b\n1,2\n", filename="co-quan.csv")
    path = "/v1/reconciliations"
    return (await world.call("POST", path, data=form, role="operator")).status


@pytest.mark.parametrize("attack", CASES)
async def test_an_archive_stays_in_its_place_and_has_an_end(
    world: World, attack: Attack, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_text("BI-MAT", "utf-8")
    content = MADE[attack.technique](tmp_path)
    around = below(tmp_path)
    run = world.stage.run_dir
    kept = below(run)
    forget_peak()
    before = peak_kb()
    status = await handed_in(world, attack.door, content)
    assert peak_kb() - before < MOST_GROWTH_KB
    if attack.technique != "symbolic-link":
        assert 400 <= status < 500
    # Whatever it is called, nothing lies anywhere: neither outside nor in our folder.
    assert below(tmp_path) == around
    strange = [one for one in below(run) - kept if "ra-ngoai" in one.name]
    assert strange == []
    assert not any("BI-MAT" in str(one) for one in world.book("tax"))


@pytest.mark.honest
@pytest.mark.parametrize("attack", attacks((Attack(5, "honest", LISTS),)))
async def test_an_honest_list_is_read_afterwards(world: World, attack: Attack) -> None:
    import xlsxwriter

    room = io.BytesIO()
    with xlsxwriter.Workbook(room) as book:
        sheet = book.add_worksheet()
        for row, line in enumerate((("Số hồ sơ", "Ngày"), ("H00.01-260310-0001", "x"))):
            sheet.write_row(row, 0, line)
    status = await handed_in(world, LISTS, room.getvalue())
    assert status in {200, 400}, attack
    told = await world.call("GET", "/v1/packages", role="operator")
    assert told.status == 200


NAIVE = ("path-that-leads-out", "absolute-path")


@pytest.mark.control
@pytest.mark.parametrize(
    "attack", attacks(*((Attack(5, n, "unpacker"),) for n in NAIVE))
)
async def test_a_careless_unpacker_writes_outside(
    attack: Attack, tmp_path: Path
) -> None:
    folder = tmp_path / "a" / "b" / "c" / "d"
    folder.mkdir(parents=True)
    content = MADE[attack.technique](tmp_path)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            (folder / entry.filename).resolve().write_bytes(archive.read(entry))
    assert any(one.name == "ra-ngoai.p7m" for one in below(tmp_path))
    assert not below(folder)


@pytest.mark.control
@pytest.mark.parametrize("attack", attacks((Attack(5, "bomb", "unpacker"),)))
async def test_a_careless_unpacker_has_no_end(attack: Attack, tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(io.BytesIO(bomb(tmp_path))) as archive,
        archive.open(NAME) as entry,
    ):
        size = 0
        while piece := entry.read(16 * 1024 * 1024):
            size += len(piece)
    assert size == BOMB_BYTES, attack
