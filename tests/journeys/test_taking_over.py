"""Dossiers that were open before the gateway: taken over as they stand, then moved on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.commands import lienthong
from tests.journeys.test_callbacks import finish, quiet_world
from tests.world import World, a_dossier

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Answered, Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
OLD, PAYING, NEW = (f"H00.01-260210-098{n}" for n in range(3))
SINCE = "2026-02-10T09:30:00+07:00"


def _row(number: str, *legs: Json, **changed: Any) -> Json:
    document = a_dossier(number, received_at="2026-02-10T08:00:00+07:00", **changed)
    for name in ("documents", "parcels", "receiver"):
        document.pop(name, None)
    return {"dossier": document, "legs": list(legs)}


def _land(**more: Any) -> Json:
    return {"leg": "land", "since": SINCE, **more}


def _numbered(value: str) -> Json:
    return {"numbers": [{"kind": "so_bien_nhan", "value": value}]}


async def _load(world: World, *rows: Json) -> Answered:
    return await world.call("POST", "/v1/dossiers/load", {"dossiers": list(rows)})


async def test_a_dossier_is_taken_over_where_it_lies_and_nothing_is_sent(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, OLD, PAYING) as world:
        tax = {"leg": "tax", "since": SINCE, "pause": "financial_obligation"}
        loaded = await _load(
            world,
            _row(OLD, _land(**_numbered("BN-01"))),
            _row(PAYING, _land(), tax),
        )
        assert [r["result"] for r in loaded.body["results"]] == ["loaded", "loaded"]
        await world.settle()
        shown = await world.shown("BN-01")
        assert (shown["number"], shown["portal_code"]) == (OLD, 4)
        (place,) = shown["places"]
        assert (place["place"], place["since"][:16]) == ("agency", "2026-02-10T02:30")
        paying = await world.shown(PAYING)
        assert (paying["portal_code"], paying["pause"]) == (6, "financial_obligation")
        for number in (OLD, PAYING):
            assert (await world.shown(number))["transfers"] == []
        assert world.book("land_registry", "arrivals") == []
        assert world.book("tax", "arrivals") == []


async def test_what_its_agency_reports_later_moves_it_on_and_the_one_stop_is_told(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, OLD) as world:
        await _load(world, _row(OLD, _land(**_numbered("BN-01"))))
        await world.push("KetThucHoSo", finish("BN-01", "2026-03-10T02:00:00"))
        await world.settle()
        shown = await world.shown(OLD)
        assert shown["end"] == "finished"
        assert world.told(OLD)[-1] == (9, "")


async def test_what_the_applicant_does_later_is_told_to_its_office(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, OLD) as world:
        await _load(world, _row(OLD, _land()))
        await world.call("POST", f"/v1/dossiers/{OLD}/withdrawal", {"reason": "Thôi"})
        await world.settle()
        # The land office has it under this number: it is told like any other.
        assert len(world.arrivals(OLD, "land_registry", "withdraw")) == 1


async def test_a_repeat_is_known_a_wrong_one_says_why_and_stops_no_other(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, OLD, NEW) as world:
        row = _row(OLD, _land(**_numbered("BN-01")))
        await _load(world, row)
        strange = _row(PAYING, {"leg": "water", "since": SINCE})
        nameless = _row(PAYING, _land())
        del nameless["dossier"]["applicant"]
        other = _row(NEW, _land(**_numbered("BN-01")))
        changed = _row(OLD, _land(), due_on="2026-04-01")
        again = await _load(world, row, strange, nameless, other, changed)
        told = [(r["result"], r.get("code", "")) for r in again.body["results"]]
        assert told == [
            ("known", ""),
            ("wrong", "dossier_invalid"),
            ("wrong", "dossier_invalid"),
            ("wrong", "number_of_another"),
            ("wrong", "dossier_contradiction"),
        ]
        assert again.body["results"][1]["errors"][0]["pointer"] == "/legs/0/leg"
        empty = await _load(world)
        assert (empty.status, empty.body["code"]) == (422, "request_invalid")


async def test_in_shadow_a_dossier_taken_over_is_only_watched(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, OLD) as world:
        path = "/v1/lanes/land-mau-1/shadow"
        await world.call("POST", path, {"reason": "Thí điểm"}, role="administrator")
        await _load(world, _row(OLD, _land()))
        await world.call("POST", f"/v1/dossiers/{OLD}/withdrawal", {"reason": "Thôi"})
        await world.settle()
        assert await world.transfers(OLD, "withdraw") == []
        (leg, _) = (await world.shown(OLD))["legs"]
        assert leg["carried_by"] == "agencies"


async def test_a_spreadsheet_of_open_dossiers_is_loaded_by_one_command(
    tmp_path: Path,
) -> None:
    rows = [
        [
            "Mã hồ sơ",
            "Chủ hồ sơ",
            "Mã xã",
            "Ngày tiếp nhận",
            "Số biên nhận",
            "Tạm dừng vì",
        ],
        [OLD, "Nguyễn Văn Ví Dụ", "99101", "10/02/2026", "BN-01", ""],
        [PAYING, "Trần Thị Ví Dụ", "99102", "11/02/2026", "BN-02", "Chờ nộp thuế"],
        [NEW, "Lê Thị Ví Dụ", "99101", "31/02/2026", "BN-03", ""],
    ]
    path = tmp_path / "dang-mo.csv"
    path.write_text("\n".join(";".join(row) for row in rows), "utf-8")
    async with quiet_world(tmp_path, OLD, PAYING) as world:
        words = ("dossier", "load", path, "--unit", "H00.01", "--procedure", "1.999001")
        first, again = [
            await lienthong(*words, run_dir=world.stage.run_dir) for _ in range(2)
        ]
        assert "2 hồ sơ đã nạp" in first.out
        assert "2 hồ sơ đã có từ trước" in again.out
        assert "«31/02/2026» không phải ngày có thật" in first.out
        assert (first.code, again.code) == (1, 1)
        assert (await world.shown("BN-02"))["pause"] == "financial_obligation"
        assert (await world.shown("BN-01"))["portal_code"] == 4
        assert world.book("land_registry", "arrivals") == []
