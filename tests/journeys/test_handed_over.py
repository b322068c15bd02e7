"""An application made on line elsewhere: fetched, accepted by the counter, worked on."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.errors import DossierContradiction
from gateway.domain.identifiers import AgencyId, OfficeId, PrincipalId
from gateway.domain.principal import EVERYTHING, Principal, Role
from gateway.domain.report import AgencyReport, Reference, ReportKind, Standing
from gateway.intake.submit import submit
from gateway.receipts.arrive import arrive
from gateway.sealing.folder import Folder, blind_number
from tests.world import World, quick

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
LINKED, NUMBER = "G22.99.01-260310-0901", "H00.103-260310-0901"
OTHER_NUMBER = "H00.103-260310-0902"
ONE_STOP, DVCLT = AgencyId("one_stop"), AgencyId("dvclt")
BIRTH, DEATH = "1.999031", "1.999032"


def acceptance(**changed: Any) -> Json:
    """What the counter sends of an application that it accepts."""
    return {
        "number": NUMBER,
        "linked_number": LINKED,
        "procedure": BIRTH,
        "received_at": "2026-03-10T08:20:00+07:00",
        "units": {"intake": "H00.103"},
        "area": {"commune": "99103"},
        "applicant": {"name": "Trần Thị Mẫu"},
        **changed,
    }


def registry(folder: Path, **scenario: Any) -> World:
    """A world in which somebody applied on line this morning."""
    world = World(folder / "run", configure=quick)
    application = {"number": LINKED, "module": "KS", "unit": 99103}
    world.scenario(NUMBER, application=application, **scenario)
    return world


async def fetched(world: World) -> None:
    """What lies at DVCLT comes."""
    await world.pass_hours(0.2)


def rungs(world: World) -> list[int]:
    told = world.effects(LINKED, "civil_registry", "dvclt_status")
    return [line["facts"]["trang_thai"] for line in told]


def pushes(world: World) -> int:
    return len(world.effects(LINKED, "civil_registry", "btp_push"))


async def dossiers(world: World) -> list[str]:
    listed = (await world.call("GET", "/v1/dossiers", role="operator")).body
    return [one["id"] for one in listed["dossiers"]]


async def document(world: World, number: str = LINKED) -> Json:
    """The newest document of a dossier, as it is kept."""
    assert world.gateway is not None
    tools = world.gateway.tools
    (found,) = await tools.store.find(
        [(None, kind, blind_number(tools, number)) for kind in KINDS], EVERYTHING
    )
    row = await tools.store.dossier(found, EVERYTHING)
    assert row is not None
    return dict(await Folder.of(tools, row).document(row.case.revision))


KINDS = ("ma_ho_so", "ma_ho_so_lt")


async def applied_anew(world: World, child: str) -> Standing:
    """The applicant changes the application on line; it comes again as a whole."""
    assert world.gateway is not None
    known = Reference(ONE_STOP, "ma_ho_so_lt", LINKED)
    now, came = world.now(), await document(world)
    renewed = {**came["birth"], "child": {**came["birth"]["child"], "name": child}}
    report = AgencyReport(
        kind=ReportKind.OPENED,
        about=(known,),
        fingerprint=child,
        event_at=now,
        introduces=(known,),
        opens={**came, "birth": renewed, "extension": {"dvclt": {"id": 90_009}}},
        renews=True,
    )
    tools, office = world.gateway.tools, OfficeId("dvclt-mau")
    return (await arrive(tools, DVCLT, office, report, now)).standing


# ------------------------------------------------------------ accepting


async def test_the_counter_is_asked_to_accept_and_nothing_goes_on_before(
    tmp_path: Path,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        shown = await world.shown(LINKED)
        assert shown["portal_code"] == 1
        (asked,) = shown["asks"]
        assert asked["code"] == "to_be_accepted"
        assert "linked_number" in asked["remedy"]
        assert world.told(LINKED) == [(1, "")]
        await world.settle()
        assert (pushes(world), rungs(world)) == (0, [])


async def test_accepted_it_is_one_dossier_that_both_numbers_find(
    tmp_path: Path,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        (before,) = await dossiers(world)
        answered = await world.submit(acceptance())
        assert answered.status == 202
        told = answered.body["dossier"]
        assert (told["id"], told["number"], told["revision"]) == (before, NUMBER, 2)
        assert (told["asks"], told["portal_code"]) == ([], 2)
        await world.settle()
        assert await dossiers(world) == [before]
        assert (await world.shown(LINKED))["id"] == before
        assert (await world.shown(NUMBER))["id"] == before
        assert pushes(world) == 1
        assert rungs(world) == [1, 3, 7, 4, 5]
        assert world.told(NUMBER) == [(4, ""), (9, "")]


async def test_what_came_on_line_goes_on_with_what_the_counter_wrote(
    tmp_path: Path,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        came = await document(world)
        await world.submit(acceptance(applicant={"name": "Trần Thị Mẫu Sửa"}))
        await world.settle()
        (push,) = [h for h in world.heard if h.url.endswith("/nhanHoSoDKHT")]
        body = json.loads(push.body)
        assert (body["maHoSoLT"], body["maHoSoMCDT"]) == (LINKED, NUMBER)
        data = json.loads(body["data"])
        assert data["nycHoTen"] == "Trần Thị Mẫu Sửa"
        assert data["nksHoTen"] == came["birth"]["child"]["name"]
        papers = [paper["tenGiayTo"] for paper in body["fileDinhKem"]]
        assert papers == [p["name"] for p in came["documents"] if "files" in p]
        assert papers


# ------------------------------------------------------------ who may not, and what it reads


async def test_the_same_acceptance_again_is_answered_alike_and_does_nothing(
    tmp_path: Path,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        first = await world.submit(acceptance())
        again = await world.submit(acceptance())
        assert (first.body["repeated"], again.body["repeated"]) == (False, True)
        assert again.body["dossier"]["id"] == first.body["dossier"]["id"]
        await world.settle()
        assert (await world.submit(acceptance())).body["repeated"]
        assert (pushes(world), len(await dossiers(world))) == (1, 1)


async def test_one_that_was_accepted_is_not_accepted_under_another_number(
    tmp_path: Path,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        await world.submit(acceptance())
        answered = await world.submit(acceptance(number=OTHER_NUMBER))
        assert (answered.status, answered.body["code"]) == (409, "number_of_another")
        assert "đã được tiếp nhận" in answered.body["remedy"]
        await world.settle()
        assert (pushes(world), len(await dossiers(world))) == (1, 1)


async def test_another_one_stop_learns_nothing_and_gets_nothing(
    tmp_path: Path,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        assert world.gateway is not None
        other = Principal(
            PrincipalId("khac"),
            "Một cửa khác",
            Role.ONE_STOP,
            EVERYTHING,
            system=OfficeId("mot-cua-noi-thang"),
        )
        with pytest.raises(DossierContradiction) as refused:
            await submit(world.gateway.tools, other, acceptance(), key=None, parts={})
        assert refused.value.code == "number_of_another"
        assert (await world.shown(LINKED))["portal_code"] == 1
        assert (await world.submit(acceptance())).status == 202


async def test_one_of_another_procedure_is_not_accepted(tmp_path: Path) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        answered = await world.submit(acceptance(procedure=DEATH))
        assert answered.status == 422
        (error,) = answered.body["errors"]
        assert (error["pointer"], error["code"]) == ("/procedure", "procedure_differs")
        assert BIRTH in error["message"]
        assert (await world.shown(LINKED))["portal_code"] == 1


async def test_a_linked_number_that_nobody_knows_makes_no_dossier(
    tmp_path: Path,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        unknown = acceptance(linked_number="G22.99.01-260310-0999")
        answered = await world.submit(unknown)
        assert answered.status == 422
        (error,) = answered.body["errors"]
        assert error["pointer"] == "/linked_number"
        assert error["code"] == "linked_number_unknown"
        assert "gửi lại" in error["message"]
        assert len(await dossiers(world)) == 1
        # The right number is taken under the same code afterwards.
        assert (await world.submit(acceptance())).status == 202


async def test_where_nothing_is_fetched_a_linked_number_is_only_a_number(
    tmp_path: Path,
) -> None:
    def configure(config: Path) -> None:
        quick(config)
        path = config / "agencies/dvclt.toml"
        head, _, rest = path.read_text("utf-8").partition("[office.pull]\n")
        path.write_text(head + rest.replace("every_s = 300\n", ""), "utf-8")

    world = World(tmp_path / "run", configure=configure)
    async with world:
        answered = await world.submit(acceptance())
        assert answered.status == 202
        assert (await world.shown(LINKED))["number"] == NUMBER


async def test_one_that_was_withdrawn_meanwhile_is_not_accepted(
    tmp_path: Path,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        path = f"/v1/dossiers/{LINKED}/withdrawal"
        withdrawn = await world.call("POST", path, {"reason": "Người nộp rút"})
        assert withdrawn.status in {200, 202}, withdrawn.body
        assert (await world.shown(LINKED))["end"] == "withdrawn"
        answered = await world.submit(acceptance())
        assert (answered.status, answered.body["code"]) == (409, "number_of_another")
        await world.settle()
        assert (pushes(world), len(await dossiers(world))) == (0, 1)


# ------------------------------------------------------------ two at once


async def test_of_two_calls_at_once_one_accepts_and_the_other_repeats(
    tmp_path: Path,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        answers = await asyncio.gather(
            *(world.call("POST", "/v1/dossiers", acceptance()) for _ in range(6))
        )
        repeated = sorted(one.body["repeated"] for one in answers)
        assert repeated == [False] + [True] * 5
        await world.settle()
        assert (pushes(world), len(await dossiers(world))) == (1, 1)
        assert rungs(world)[:3] == [1, 3, 7]


async def test_of_two_numbers_at_once_one_has_it(tmp_path: Path) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        numbers = (NUMBER, OTHER_NUMBER)
        answers = await asyncio.gather(
            *(
                world.call("POST", "/v1/dossiers", acceptance(number=number))
                for number in numbers
            )
        )
        assert sorted(one.status for one in answers) == [202, 409]
        await world.settle()
        assert (pushes(world), len(await dossiers(world))) == (1, 1)


# ------------------------------------------------------------ it comes anew


async def test_what_changes_on_line_before_acceptance_is_what_is_accepted(
    tmp_path: Path,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        assert await applied_anew(world, "Nguyễn Thị Mới") is Standing.APPLIED
        assert (await world.shown(LINKED))["portal_code"] == 1
        answered = await world.submit(acceptance())
        assert answered.body["dossier"]["revision"] == 3
        await world.settle()
        (push,) = [h for h in world.heard if h.url.endswith("/nhanHoSoDKHT")]
        assert "Nguyễn Thị Mới" in json.loads(push.body)["data"]
        # Both lines were told as soon as they came.
        assert world.told(LINKED) == [(1, ""), (1, "")]


async def test_what_comes_anew_meanwhile_is_kept_told_and_pushes_nothing(
    tmp_path: Path,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        await world.submit(acceptance())
        await fetched(world)
        before = len(world.told(NUMBER))
        assert await applied_anew(world, "Nguyễn Thị Mới") is Standing.APPLIED
        await fetched(world)
        assert len(world.told(NUMBER)) == before + 1
        assert pushes(world) == 1
        assert (await document(world))["birth"]["child"]["name"] == "Nguyễn Thị Mới"


async def test_the_same_line_again_changes_nothing(tmp_path: Path) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        assert await applied_anew(world, "Nguyễn Thị Mới") is Standing.APPLIED
        assert await applied_anew(world, "Nguyễn Thị Mới") is Standing.REPEATED
        assert (await world.shown(LINKED))["revision"] == 2


async def test_what_comes_after_the_end_is_recorded_and_changes_nothing(
    tmp_path: Path,
) -> None:
    async with registry(tmp_path) as world:
        await fetched(world)
        await world.submit(acceptance())
        await world.settle()
        assert await applied_anew(world, "Nguyễn Thị Mới") is Standing.LATE
        assert (await document(world))["birth"]["child"]["name"] != "Nguyễn Thị Mới"
        assert rungs(world) == [1, 3, 7, 4, 5]
