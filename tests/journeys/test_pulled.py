"""Dossiers that an agency keeps until the gateway fetches them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.errors import AgencyUnavailable, ReportRefused, StoreUnavailable
from gateway.domain.identifiers import AgencyId, OfficeId
from gateway.domain.principal import EVERYTHING
from gateway.domain.report import AgencyReport, Brought, Reference, ReportKind
from gateway.ports.agency import InboundMessage
from gateway.ports.inbox import Part
from gateway.ports.listed import Pulled
from gateway.receipts.kept import kept_report
from gateway.sealing.folder import Folder, blind_number
from tests.journeys.test_opened_by_office import opened
from tests.world import World, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
LAND = OfficeId("land-mau-1")
EVERY_H = 600 / 3600
FIRST, SECOND, THIRD = "26-0001/BN", "26-0002/BN", "26-0003/BN"


def pulling(config: Path) -> None:
    """A land office whose new dossiers are fetched every ten minutes."""
    quick(config)
    path = config / "agencies/land_registry.toml"
    head, mark, rest = path.read_text("utf-8").partition("[office.opened]")
    pull = "[office.pull]\nevery_s = 600\n\n"
    path.write_text(f"{head}{pull}{mark}{rest}", "utf-8")


class Tray:
    """A land office's adapter beside which dossiers lie that are to be fetched.

    One at a time; it goes once the next call shows the cursor that came with it.
    """

    def __init__(self, world: World, *numbers: str) -> None:
        assert world.gateway is not None
        adapters: Any = world.gateway.adapters
        self._original = adapters.of
        self._adapter: Any = self._original(LAND)
        self.lying = list(numbers)
        self.cursors: list[str] = []
        self.away: Exception | None = None
        self.garbled: set[str] = set()
        adapters.of = self._of

    def _of(self, office: OfficeId) -> Any:
        return self if office == LAND else self._original(office)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)

    async def pull_dossiers(self, cursor: str, *, timeout_s: float) -> Pulled:
        assert timeout_s > 0
        self.cursors.append(cursor)
        if self.away is not None:
            raise self.away
        if cursor in self.lying:
            self.lying.remove(cursor)
        if not self.lying:
            return Pulled((), cursor)
        number = self.lying[0]
        if number in self.garbled:
            part = Part({"number": number}, b"<hoTich>", refused=ReportRefused())
            return Pulled((), number, (part,))
        return Pulled(self._read(number), number)

    def _read(self, number: str) -> Any:
        body = json.dumps(opened(SoBienNhan=number)).encode()
        (operation,) = [
            one for one in self._adapter.hosted if one.name == "TiepNhanHoSoChoMotCua"
        ]
        now = self._adapter._now()
        return operation.read(
            InboundMessage(LAND, operation.name, body, {}, {}, now),
        )


async def known(world: World) -> set[str]:
    """Numbers of all dossiers that the gateway has, each once."""
    listed = (await world.call("GET", "/v1/dossiers", role="operator")).body
    numbers = [one["number"] for one in listed["dossiers"]]
    assert len(numbers) == len(set(numbers))
    return set(numbers)


async def next_pull(world: World) -> None:
    await world.pass_hours(EVERY_H)
    await world.settle()


async def pull_of(world: World) -> Any:
    lanes = (await world.call("GET", "/v1/lanes", role="operator")).body["lanes"]
    return next(lane["pull"] for lane in lanes if lane["office"] == LAND)


async def test_what_lies_there_is_taken_in_told_and_then_acknowledged(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", configure=pulling) as world:
        tray = Tray(world, FIRST, SECOND, THIRD)
        await next_pull(world)
        assert await known(world) == {FIRST, SECOND, THIRD}
        assert tray.lying == []
        assert tray.cursors == ["", FIRST, SECOND, THIRD]
        for number in (FIRST, SECOND, THIRD):
            assert world.told(number) == [(4, "")]
        await next_pull(world)
        assert tray.cursors[4:] == [THIRD]
        told = await pull_of(world)
        assert (told["code"], told["failing_since"]) == ("", None)


async def test_nothing_is_acknowledged_before_it_is_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with World(tmp_path / "run", configure=pulling) as world:
        tray = Tray(world, FIRST)
        assert world.gateway is not None
        store = world.gateway.tools.store
        with monkeypatch.context() as broken:

            async def no(*_: Any, **__: Any) -> None:
                raise StoreUnavailable

            broken.setattr(store, "apply", no)
            await next_pull(world)
            assert tray.cursors == [""]
        await next_pull(world)
        assert tray.cursors[:3] == ["", "", FIRST]
        assert await known(world) == {FIRST}


async def test_what_is_fetched_again_after_a_crash_opens_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with World(tmp_path / "run", configure=pulling) as world:
        tray = Tray(world, FIRST)
        assert world.gateway is not None
        store = world.gateway.tools.store
        with monkeypatch.context() as broken:

            async def no(*_: Any, **__: Any) -> None:
                raise StoreUnavailable

            broken.setattr(store, "set_mark", no)
            await next_pull(world)
        assert (await known(world), tray.lying) == ({FIRST}, [FIRST])
        await next_pull(world)
        assert (await known(world), tray.lying) == ({FIRST}, [])
        assert world.told(FIRST) == [(4, "")]


async def test_another_start_goes_on_from_the_cursor(tmp_path: Path) -> None:
    async with World(tmp_path / "run", configure=pulling) as world:
        Tray(world, FIRST)
        await next_pull(world)
        await world.stop_gateway()
        await world.start_gateway()
        tray = Tray(world, SECOND)
        await next_pull(world)
        assert tray.cursors == [FIRST, SECOND]


async def test_what_cannot_be_read_is_kept_for_a_person_and_holds_no_other(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", configure=pulling) as world:
        tray = Tray(world, FIRST, SECOND)
        tray.garbled = {FIRST}
        await next_pull(world)
        assert await known(world) == {SECOND}
        kept = (await world.call("GET", "/v1/unmatched", role="operator")).body
        assert [one["standing"] for one in kept["unmatched"]] == ["unreadable"]
        assert tray.lying == []


async def test_an_office_that_gives_none_is_told_and_asked_again(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", configure=pulling) as world:
        tray = Tray(world, FIRST)
        tray.away = AgencyUnavailable("down")
        await next_pull(world)
        await next_pull(world)
        told = await pull_of(world)
        assert told["code"] == AgencyUnavailable.default_code
        assert told["failing_since"] is not None
        assert told["words"] not in {"", told["code"]}
        assert await known(world) == set()
        page = await world.call("GET", "/v1/still", role="operator")
        assert page.body["not_pulled"][0]["office"] == LAND
        tray.away = None
        await next_pull(world)
        assert (await known(world), tray.lying) == ({FIRST}, [])
        assert (await pull_of(world))["failing_since"] is None
        page = await world.call("GET", "/v1/still", role="operator")
        assert page.body["not_pulled"] == []


@pytest.mark.parametrize("what", ["pause", "shadow"])
async def test_an_office_that_nothing_may_leave_for_is_asked_for_nothing(
    tmp_path: Path, what: str
) -> None:
    async with World(tmp_path / "run", configure=pulling) as world:
        tray = Tray(world, FIRST)
        lane, why = f"/v1/lanes/{LAND}", {"reason": "Thử"}
        await world.call("POST", f"{lane}/{what}", why, role="administrator")
        await next_pull(world)
        assert tray.cursors == []
        back = "live" if what == "shadow" else "resume"
        await world.call("POST", f"{lane}/{back}", why, role="administrator")
        await next_pull(world)
        assert await known(world) == {FIRST}


async def test_the_cursor_is_no_plain_text_in_the_store(tmp_path: Path) -> None:
    async with World(tmp_path / "run", configure=pulling) as world:
        Tray(world, FIRST)
        await next_pull(world)
        assert world.gateway is not None
        noted = await world.gateway.tools.store.mark(f"pull:{LAND}")
        assert noted is not None
        assert FIRST not in noted


PAPER = b"%PDF-1.4 giay chung sinh"
RESULT = b"%PDF-1.4 " + b"7" * 700_000


def brought(name: str, content: bytes) -> Brought:
    return Brought(name, hashlib.sha256(content).hexdigest(), content)


def with_paper(report: AgencyReport) -> AgencyReport:
    """The same with a paper whose file came inside it, twice."""
    file = brought("chung-sinh.pdf", PAPER)
    entry = {"name": file.name, "sha256": file.sha256}
    paper = {"name": "Giấy chứng sinh", "files": [entry, entry]}
    assert report.opens is not None
    opens = {**report.opens, "documents": [paper, {"name": "Tờ khai"}]}
    return replace(report, opens=opens, brought=(file, file))


async def kept_files(world: World, number: str, role: str) -> list[bytes]:
    """Plain bytes of a dossier's files, as whoever sends them would read them."""
    assert world.gateway is not None
    tools = world.gateway.tools
    numbered = blind_number(tools, number)
    (identifier,) = await tools.store.find([(None, None, numbered)], EVERYTHING)
    row = await tools.store.dossier(identifier, EVERYTHING)
    assert row is not None
    folder = Folder.of(tools, row)
    links = await tools.store.attachments(row.case.dossier_id)
    return [
        b"".join([p async for p in tools.attachments.open(one.attachment, folder.key)])
        for one in links
        if one.role == role
    ]


async def test_files_inside_a_dossier_that_is_fetched_become_its_papers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with World(tmp_path / "run", configure=pulling) as world:
        tray = Tray(world, FIRST)
        read = tray._read
        monkeypatch.setattr(tray, "_read", lambda n: tuple(map(with_paper, read(n))))
        await next_pull(world)
        assert await kept_files(world, FIRST, "input") == [PAPER]
        shown = await world.shown(FIRST)
        paper, other = shown["document"]["documents"]
        assert [one["size"] for one in paper["files"]] == [len(PAPER)] * 2
        assert len({one["attachment"] for one in paper["files"]}) == 1
        assert other == {"name": "Tờ khai"}


async def test_a_result_inside_a_report_is_the_dossiers_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with World(tmp_path / "run", configure=pulling) as world:
        tray = Tray(world, FIRST)
        await next_pull(world)
        tray.lying = [SECOND]
        ended = AgencyReport(
            kind=ReportKind.FINISHED,
            about=(Reference(AgencyId("land_registry"), "so_bien_nhan", FIRST),),
            fingerprint="ended",
            event_at=None,
            brought=(brought("ket-qua.pdf", RESULT),),
        )
        monkeypatch.setattr(tray, "_read", lambda _: (ended,))
        await next_pull(world)
        (result,) = (await world.shown(FIRST))["results"]
        assert (result["name"], result["size_bytes"]) == ("ket-qua.pdf", len(RESULT))
        assert await kept_files(world, FIRST, "result") == [RESULT]
        assert (9, "") in world.told(FIRST)


async def test_what_fits_nothing_keeps_the_files_inside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with World(tmp_path / "run", configure=pulling) as world:
        tray = Tray(world, FIRST)
        unknown = Reference(AgencyId("land_registry"), "so_bien_nhan", "26-0009/BN")
        file = brought("ket-qua.pdf", RESULT)
        stray = AgencyReport(
            kind=ReportKind.FINISHED,
            about=(unknown,),
            fingerprint="stray",
            event_at=None,
            brought=(file,),
            renews=True,
            never_after=frozenset({"3"}),
        )
        monkeypatch.setattr(tray, "_read", lambda _: (stray,))
        await next_pull(world)
        assert world.gateway is not None
        tools = world.gateway.tools
        (row,) = await tools.overview.unmatched(EVERYTHING, after=None, limit=9)
        assert await kept_report(tools, row) == replace(stray, relayed=None)
