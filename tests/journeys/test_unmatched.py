"""Reports that fitted nothing or cannot be read: kept once, and brought to an end."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import apsw
import pytest

from gateway.api.signin import token_hash
from gateway.domain.identifiers import (
    AgencyId,
    DossierId,
    OfficeId,
    PrincipalId,
    ReportId,
)
from gateway.domain.principal import Principal, Role, Scope
from gateway.domain.report import Reference, Standing
from gateway.ports.store import Change, ReportRow
from tests.journeys.slips import CERTIFICATE, number_in, slip_for
from tests.journeys.test_callbacks import (
    CORRECTION,
    finish,
    handed_over,
    progress,
    quiet_world,
    supplement_request,
)
from tests.journeys.test_evidence import broken
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.ports.agency import Answer, OutboundMessage
    from tests.world import Answered, Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER, OTHER = "H00.01-260310-0801", "H00.01-260310-0802"
#: No dossier has this number.
STRANGE = "26-8888/BN"
AT = "2026-03-10T02:00:00"
REASON = "Bà Ví Dụ xác nhận qua điện thoại"


async def waiting(world: World) -> list[Json]:
    """What the list shows; the count beside it says the same."""
    shown = await world.call("GET", "/v1/unmatched", role="operator")
    counts = await world.call("GET", "/v1/counts", role="operator")
    found: list[Json] = shown.body["unmatched"]
    assert counts.body["unmatched"] == len(found)
    return found


async def unknown(world: World, step: int = 12) -> str:
    """A report of a strange number comes; its identifier."""
    pushed = await world.push("ChuyenHoSo", progress(STRANGE, step, AT))
    assert pushed.body["Result"] == 1
    return str((await waiting(world))[-1]["id"])


async def settle(
    world: World, identifier: str, reason: str = REASON, **caller: Any
) -> Answered:
    """Somebody, an operator as a rule, says that a report is dealt with."""
    path = f"/v1/unmatched/{quote(identifier)}/settle"
    caller.setdefault("role", "operator")
    return await world.call("POST", path, {"reason": reason}, **caller)


async def assign(world: World, identifier: str, number: str) -> Answered:
    """An operator says whose a report is."""
    body = {"reason": REASON, "number": number}
    path = f"/v1/unmatched/{quote(identifier)}/assign"
    return await world.call("POST", path, body, role="operator")


async def timeline(world: World, number: str) -> list[Json]:
    """What happened to a dossier, as people read it."""
    path = f"/v1/dossiers/{number}/timeline"
    shown = await world.call("GET", path, role="operator")
    lines: list[Json] = shown.body["timeline"]
    return lines


def rows(world: World, sql: str) -> list[tuple[Any, ...]]:
    """Rows of the store's file, where no port shows what is nobody's."""
    path = world.stage.run_dir / "store.sqlite"
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def standings(world: World) -> list[str]:
    """The standing of every report that ever came, oldest first."""
    return [s for (s,) in rows(world, "SELECT standing FROM report ORDER BY seq")]


# ---- settled by a person


async def test_a_settled_report_leaves_the_list_and_is_settled_once(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path) as world:
        identifier = await unknown(world)
        settled = await settle(world, identifier)
        assert (settled.status, settled.body["standing"]) == (200, "settled")
        assert settled.body["actions"] == []
        assert await waiting(world) == []
        again = await settle(world, identifier)
        assert (again.status, again.body["code"]) == (409, "report_not_waiting")
        assert "đã xử lý xong" in again.body["remedy"]
        gone = await assign(world, identifier, NUMBER)
        assert gone.status in {404, 409}
        assert standings(world) == ["settled"]


async def test_of_two_officers_at_once_one_settles_and_the_other_is_told(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path) as world:
        identifier = await unknown(world)
        both = await asyncio.gather(*(settle(world, identifier) for _ in range(2)))
        assert sorted(answered.status for answered in both) == [200, 409]
        lines = rows(world, "SELECT actor FROM journal WHERE kind = 'action'")
        assert len(lines) == 1


@pytest.mark.parametrize(
    ("role", "reason", "status", "code"),
    [
        ("operator", "  ", 400, "reason_missing"),
        ("reader", REASON, 403, "not_allowed"),
        ("one_stop", REASON, 403, "not_allowed"),
        ("", REASON, 401, "not_signed_in"),
        ("administrator", REASON, 200, "no_dossier"),
    ],
)
async def test_who_may_settle_a_report_and_with_what(
    tmp_path: Path, role: str, reason: str, status: int, code: str
) -> None:
    async with quiet_world(tmp_path) as world:
        identifier = await unknown(world)
        answered = await settle(world, identifier, reason, role=role)
        assert (answered.status, answered.body["code"]) == (status, code)
        assert len(await waiting(world)) == (0 if status == 200 else 1)
        nobody = await settle(world, "r_khong_co")
        assert (nobody.status, nobody.body["code"]) == (404, "report_unknown")


async def test_who_settled_a_report_stands_in_the_journal_and_why_lies_sealed(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path) as world:
        await settle(world, await unknown(world))
        await world.seal()
        (line,) = rows(
            world,
            "SELECT j.actor, j.chain IS NOT NULL, p.ciphertext FROM journal AS j"
            " JOIN payload AS p ON p.id = j.payload WHERE j.kind = 'action'",
        )
        assert line[:2] == ("operator", 1)
        assert REASON.encode() not in line[2]
        path = world.stage.run_dir / "store.sqlite"
        assert broken(path) == []
        beside = path.parent.glob("store.sqlite*")
        assert all(REASON.encode() not in file.read_bytes() for file in beside)


async def test_a_report_of_a_known_dossier_is_settled_within_scope_and_in_its_timeline(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        assert world.gateway is not None
        tools = world.gateway.tools
        gone = ReportRow(
            id=ReportId("r_tep"),
            agency=AgencyId("land_registry"),
            office=OfficeId("land-mau-1"),
            kind="result_file",
            fingerprint="f_tep",
            standing=Standing.UNREADABLE,
            event_at=None,
            arrived_at=world.now(),
            facts={},
            dossier_id=DossierId((await world.shown(NUMBER))["id"]),
            code="file_elsewhere",
        )
        await tools.store.apply(Change(world.now(), gone.dossier_id, report=gone))
        scope = Scope(units=("H00.99.99",))
        other = Principal(PrincipalId("khac"), "Đơn vị khác", Role.OPERATOR, scope)
        await tools.store.set_principal(other, token_hash("khoa-khac"))
        headers = {"Authorization": "Bearer khoa-khac"}
        hidden = await settle(world, "r_tep", role="", headers=headers)
        assert (hidden.status, hidden.body["code"]) == (404, "report_unknown")
        assert (await settle(world, "r_tep")).status == 200
        assert await waiting(world) == []
        done = [line for line in await timeline(world, NUMBER) if line["tone"] == "act"]
        assert [line["notes"] for line in done] == [[f"Lý do: {REASON}"]]
        assert done[0]["what"].startswith("Đã xử lý: phản hồi «")


async def test_the_number_that_a_report_named_is_shown_so_that_its_dossier_is_found(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path) as world:
        await unknown(world)
        await world.push("ChuyenHoSo", b"{")
        named, unread = await waiting(world)
        assert (named["named"], unread["named"]) == ([STRANGE], [])
        # In the store it lies sealed, like every number.
        path = world.stage.run_dir / "store.sqlite"
        beside = path.parent.glob("store.sqlite*")
        assert all(STRANGE.encode() not in file.read_bytes() for file in beside)


# ---- repeats


async def test_a_pushed_report_that_still_fits_nothing_is_answered_and_leaves_one_row(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path) as world:
        said = progress(STRANGE, 12, AT)
        for _ in range(5):
            assert (await world.push("ChuyenHoSo", said)).body["Result"] == 1
        both = await asyncio.gather(*(world.push("ChuyenHoSo", said) for _ in range(4)))
        assert [answered.body["Result"] for answered in both] == [1] * 4
        assert standings(world) == ["unmatched"]


async def test_first_arrivals_at_once_of_what_fits_nothing_leave_one_row(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path) as world:
        said = progress(STRANGE, 12, AT)
        both = await asyncio.gather(*(world.push("ChuyenHoSo", said) for _ in range(6)))
        assert [answered.body["Result"] for answered in both] == [1] * 6
        assert standings(world) == ["unmatched"]


async def test_a_message_that_cannot_be_read_is_kept_once_and_refused_each_time(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path) as world:
        for body in (b"{", b"{", b"[]", b"{"):
            answered = await world.push("ChuyenHoSo", body)
            assert answered.body["Result"] == 0
            assert answered.body["Message"]
        await world.push("KetThucHoSo", b"{")
        assert standings(world) == ["unreadable"] * 3
        for row in await waiting(world):
            assert row["actions"] == ["settle"]
            assert (await settle(world, row["id"])).status == 200
        assert (await world.push("ChuyenHoSo", b"{")).body["Result"] == 0
        assert standings(world) == ["settled"] * 3


async def test_a_settled_report_that_comes_again_stays_settled_until_it_fits(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        early = progress(NUMBER, 12, AT)
        await world.push("ChuyenHoSo", early)
        (row,) = await waiting(world)
        await settle(world, row["id"])
        await world.push("ChuyenHoSo", early)
        assert standings(world) == ["settled"]
        await handed_over(world, NUMBER)
        await world.push("ChuyenHoSo", early)
        (leg,) = (await world.shown(NUMBER))["legs"]
        assert leg["step"] == "12"
        assert standings(world) == ["settled", "applied"]


async def test_a_report_that_fits_when_it_comes_again_waits_no_more(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        early = progress(NUMBER, 12, AT)
        await world.push("ChuyenHoSo", early)
        await handed_over(world, NUMBER)
        assert len(await waiting(world)) == 1
        both = await asyncio.gather(
            *(world.push("ChuyenHoSo", early) for _ in range(4))
        )
        assert [answered.body["Result"] for answered in both] == [1] * 4
        assert await waiting(world) == []
        assert standings(world)[:2] == ["settled", "applied"]
        assert set(standings(world)[2:]) <= {"repeated"}
        (leg,) = (await world.shown(NUMBER))["legs"]
        assert leg["happened"].count("progressed") == 1
        await world.seal()
        assert broken(world.stage.run_dir / "store.sqlite") == []


@pytest.mark.parametrize("by_person", [False, True])
async def test_a_polled_report_leaves_one_row_while_it_fits_nothing_and_is_applied_then(
    tmp_path: Path, *, by_person: bool
) -> None:
    world = World(tmp_path / "run", configure=quick)
    world.scenario(NUMBER, tax={"notices_after_h": 1, "pay_after_h": 24 * 9})
    async with world:
        await world.submit(a_dossier(NUMBER))
        assert world.gateway is not None
        adapter: Any = world.gateway.adapters.of(OfficeId("tax-mau-1"))
        asked = 0
        honest = adapter.poll

        async def of_another(
            messages: Sequence[OutboundMessage], *, timeout_s: float
        ) -> list[Answer]:
            nonlocal asked
            found: list[Answer] = []
            for answer in await honest(messages, timeout_s=timeout_s):
                asked += bool(answer.reports)
                found.append(_about(answer, STRANGE))
            return found

        adapter.poll = of_another
        await world.pass_hours(72)
        assert asked > 5
        (kept,) = await waiting(world)
        assert (kept["office"], kept["kind"]) == ("tax-mau-1", "notices")
        of_tax = "SELECT standing FROM report WHERE office = 'tax-mau-1'"
        assert rows(world, of_tax) == [("unmatched",)]
        if by_person:
            await settle(world, kept["id"])
            await world.pass_hours(24)
            assert rows(world, of_tax) == [("settled",)]
        adapter.poll = honest
        await world.pass_hours(7)
        assert await waiting(world) == []
        assert world.told(NUMBER)[-1] == (6, "financial_obligation")
        before = len(world.arrivals(NUMBER, "tax", "notices"))
        await world.pass_hours(48)
        assert len(world.arrivals(NUMBER, "tax", "notices")) > before + 3
        assert rows(world, of_tax) == [("settled",), ("applied",)]
        await world.settle()
        assert (await world.shown(NUMBER))["end"] == "finished"


def _about(answer: Answer, number: str) -> Answer:
    """The same answer, its reports about a number that nobody knows."""
    about = (Reference(AgencyId("tax"), "so_phieu", number),)
    reports = tuple(replace(r, about=about, introduces=()) for r in answer.reports)
    return replace(answer, reports=reports)


# ---- assigned by a person


async def test_an_assigned_report_is_taken_in_as_if_it_had_named_the_dossier(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        asked = supplement_request(STRANGE, AT)
        await world.push("YeuCauBoSungHoSo", asked)
        (row,) = await waiting(world)
        assert row["actions"] == ["assign", "settle"]
        await world.pass_hours(5)
        taken = await assign(world, row["id"], f" {NUMBER.lower()} ")
        assert (taken.status, taken.body["standing"]) == (200, "settled")
        assert taken.body["became"] == "applied"
        assert taken.body["dossier_id"] == (await world.shown(NUMBER))["id"]
        await world.settle()
        assert await waiting(world) == []
        assert world.told(NUMBER)[-1] == (5, "supplement")
        lines = await timeline(world, NUMBER)
        (act,) = [line for line in lines if line["tone"] == "act"]
        assert act["what"].startswith("Gắn vào hồ sơ: phản hồi «Yêu cầu bổ sung")
        assert act["notes"] == [f"Lý do: {REASON}"]
        told = world.told(NUMBER)
        again = await world.push("YeuCauBoSungHoSo", asked)
        await world.settle()
        assert again.body["Result"] == 1
        assert world.told(NUMBER) == told
        assert standings(world)[:2] == ["settled", "applied"]
        twice = await assign(world, row["id"], NUMBER)
        assert (twice.status, twice.body["code"]) == (409, "report_not_waiting")
        await world.seal()
        assert broken(world.stage.run_dir / "store.sqlite") == []


async def test_of_an_assigned_report_signed_bytes_and_links_are_what_came(
    tmp_path: Path,
) -> None:
    world = quiet_world(tmp_path, NUMBER)
    async with world:
        await world.submit(a_dossier(NUMBER, certificate={"serial": CERTIFICATE}))
        await world.pass_hours(1)
        slip = slip_for(world, NUMBER)
        packed = {"name": "phieu.xml", "data": base64.b64encode(slip).decode()}
        said = {**progress(STRANGE, 13, AT), "DanhSachTapTin": [packed]}
        assert (await world.push("ChuyenHoSo", said)).body["Result"] == 1
        await world.stop_gateway()
        await world.start_gateway()
        for row in await waiting(world):
            taken = await assign(world, row["id"], NUMBER)
            assert taken.body["became"] == "applied", row["kind"]
        await world.pass_hours(1)
        (sent,) = await world.transfers(NUMBER, "slip_new")
        assert sent["state"] == "delivered"
        numbers = (await world.shown(NUMBER))["numbers"]
        assert number_in(slip) in {number["value"] for number in numbers}
        ended = finish(STRANGE, "2026-03-12T08:00:00")
        ended["DanhSachGiayToKetQua"] = [
            {"TenGiayTo": "Một", "LinkFile": "/files/khong-co.pdf"}
        ]
        await world.push("KetThucHoSo", ended)
        (row,) = await waiting(world)
        assert (await assign(world, row["id"], NUMBER)).body["became"] == "applied"
        jobs = rows(world, "SELECT count(*) FROM fetch")
        assert jobs == [(1,)]


async def test_a_report_older_than_what_is_known_is_assigned_and_moves_nothing(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        identifier = await unknown(world, 11)
        await world.pass_hours(12)
        await world.push("ChuyenHoSo", progress(NUMBER, 17, "2026-03-10T08:00:00"))
        taken = await assign(world, identifier, NUMBER)
        assert taken.body["became"] == "late"
        (leg,) = (await world.shown(NUMBER))["legs"]
        assert leg["step"] == "17"
        assert await waiting(world) == []


async def test_a_report_is_not_assigned_to_a_dossier_that_its_office_does_not_have(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        said = progress(STRANGE, 12, AT)
        await world.push("ChuyenHoSo", said, office="land-mau-2")
        (row,) = await waiting(world)
        refused = await assign(world, row["id"], NUMBER)
        assert (refused.status, refused.body["code"]) == (409, "report_fits_not")
        assert [one["id"] for one in await waiting(world)] == [row["id"]]
        assert standings(world) == ["unmatched"]
        (leg,) = (await world.shown(NUMBER))["legs"]
        assert leg["step"] == ""
        acts = [line for line in await timeline(world, NUMBER) if line["tone"] == "act"]
        assert acts == []


async def test_what_cannot_be_assigned_is_said_in_words_and_waits_on(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        identifier = await unknown(world)
        nobody = await assign(world, identifier, OTHER)
        assert (nobody.status, nobody.body["code"]) == (404, "dossier_unknown")
        blank = await assign(world, identifier, " ")
        assert (blank.status, blank.body["code"]) == (400, "number_missing")
        await settle(world, identifier)
        await world.push("ChuyenHoSo", b"{")
        (garbled,) = await waiting(world)
        refused = await assign(world, garbled["id"], NUMBER)
        assert (refused.status, refused.body["code"]) == (409, "report_not_assignable")
        assert len(await waiting(world)) == 1


async def test_of_two_officers_who_name_two_dossiers_one_is_believed(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER, OTHER) as world:
        for number in (NUMBER, OTHER):
            await handed_over(world, number)
        identifier = await unknown(world)
        both = await asyncio.gather(
            *(assign(world, identifier, number) for number in (NUMBER, OTHER))
        )
        assert sorted(answered.status for answered in both) == [200, 409]
        steps = [
            (await world.shown(number))["legs"][0]["step"] for number in (NUMBER, OTHER)
        ]
        assert sorted(steps) == ["", "12"]


async def test_a_report_that_came_before_the_dossier_left_proves_no_hand_over(
    tmp_path: Path,
) -> None:
    world = quiet_world(tmp_path, NUMBER)
    world.faults = [
        {
            "agency": "land_registry",
            "operation": "hand_over",
            "do": "text_after",
            "text": '{"ket_qua": "la"}',
            "number": NUMBER,
            "every": True,
        }
    ]
    async with world:
        identifier = await unknown(world)
        await world.pass_hours(1)
        await world.submit(a_dossier(NUMBER, **CORRECTION))
        await world.pass_hours(1)
        (parked,) = await world.transfers(NUMBER, "hand_over")
        assert (parked["state"], parked["fate"]) == ("parked", "may_have_left")
        assert (await assign(world, identifier, NUMBER)).status == 200
        (still,) = await world.transfers(NUMBER, "hand_over")
        assert (still["state"], still["fate"]) == ("parked", "may_have_left")
        said = progress(NUMBER, 13, "2026-03-10T04:00:00")
        await world.push("ChuyenHoSo", said)
        (proved,) = await world.transfers(NUMBER, "hand_over")
        assert (proved["state"], proved["fate"]) == ("delivered", "agency_has_it")
