"""The old one-stop where the office has the second land system."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest

from gateway.adapters.one_stop.mock_landlink_door import life_of
from gateway.adapters.one_stop.mock_landlink_ilis import Ilis, plain
from gateway.adapters.one_stop.mock_landlink_vbdlis import Vbdlis
from gateway.mockagency.faults import Fault
from tests.landlink import ACCOUNT, NUMBER, SECRET, Stand, opened
from tests.unit.adapters.one_stop.ilis_land import FILE, SAMPLES, SCHEMAS, IlisLand

CALLBACKS = "/landlink/callbacks"
SECOND = "H99.01-260310-0002"
COMPLAINT = """
[[landlink.step]]
on = "taken:hand_over"
after_h = 1.0
do = "result_wrong"
content = {content = "Sai tên đệm."}
"""


@contextlib.asynccontextmanager
async def against(folder: Path, land: IlisLand, **more: Any) -> AsyncIterator[Stand]:
    """The client with that land system behind its one address."""
    async with (
        land.open(),
        opened(folder, dialect="ilis", **more) as here,
    ):
        here.land_recorder.target = land.base
        yield here


def sample(name: str, **changed: Any) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads((SAMPLES / f"{name}.json").read_bytes())
    return {**content, "SoBienNhan": NUMBER, **changed}


async def tell(here: Stand, operation: str, content: Any) -> Any:
    status, answer = await here.post(
        f"{CALLBACKS}/{operation}?CodeGet={SECRET}", orjson.dumps(content)
    )
    assert status == 200
    return orjson.loads(answer)


def rules(here: Stand) -> list[str]:
    return [answer["rule"] for answer in here.arrivals("call_answer")]


def clerk_and_office() -> str:
    """Papers are missing; later the result is wrong once, and right then."""
    return """
[[land_registry.step]]
on = "hand_over"
after_h = 2.0
send = "YeuCauBoSungHoSo"
LaTamDung = false

[[land_registry.step]]
on = "supplement"
after_h = 2.0
send = "KetThucHoSo"

[[land_registry.step]]
on = "result_wrong"
after_h = 2.0
send = "KetThucHoSo"

[[landlink.step]]
on = "status:10"
after_h = 24.0
do = "result_wrong"
content = {content = "Sai tên đệm."}
"""


@pytest.mark.parametrize("written", ["texts", "numbers", "swapped"])
async def test_a_dossier_goes_through_the_other_land_system_however_it_writes(
    written: str, tmp_path: Path
) -> None:
    async with opened(
        tmp_path,
        dialect="ilis",
        scenario=clerk_and_office(),
        land_settings={"written": written, "answers": "texts", "session_calls": 2},
    ) as here:
        run = await here.run()
    assert [status for status, _ in run.moves] == [2, 4, 5, 4, 9, 10, 4, 9, 10]
    assert run.land_effects == (
        "hand_over",
        "supplement",
        "result_handed",
        "result_wrong",
        "result_handed",
    )
    assert {each.path.split("/")[1] for each in run.land} == {"ilis"}
    assert {each.query for each in run.client} == {f"CodeGet={SECRET}"}
    assert {each.status for each in run.client} == {200}
    assert here.effects("link_stuck") == []


async def test_a_lost_hand_over_counts_once_at_the_other_land_system(
    tmp_path: Path,
) -> None:
    lost = Fault(agency="land_registry", operation="hand_over", do="lose_answer")
    async with opened(tmp_path, dialect="ilis", faults=[lost]) as here:
        run = await here.run()
    first, second = run.sent("TiepNhanHoSo")
    assert first.body == second.body
    assert rules(here)[:2] == ["no_answer", "already_there"]
    assert run.land_effects == ("hand_over", "result_handed")


@pytest.mark.parametrize("shape", ["login_page", "no_token"])
async def test_a_session_that_cannot_be_had_at_first_loses_nothing(
    shape: str, tmp_path: Path
) -> None:
    shapes = {"token_shapes": [shape, "usual"]}
    async with opened(tmp_path, dialect="ilis", land_settings=shapes) as here:
        run = await here.run()
    assert rules(here)[0] == "no_token"
    assert run.moves[-1] == (10, "result_handed")


async def test_a_dossier_goes_from_hand_over_to_the_result_in_hand(
    tmp_path: Path,
) -> None:
    land = IlisLand()
    async with against(tmp_path, land) as here:
        await here.run(hours=2)
        step = sample("ChuyenHoSo", NgayChuyen="2026-03-10T02:00:00")
        assert (await tell(here, "ChuyenHoSo", step))["Result"] == 1
        end = sample("KetThucHoSo.mixed", NgayKetThuc="2026-03-11T02:00:00")
        end["TrangThaiKetThuc"] = "0"
        assert (await tell(here, "KetThucHoSo", end))["Result"] == 1
        run = await here.run()
    assert [status for status, _ in run.moves] == [2, 4, 9, 10]
    assert land.operations == ["TiepNhanHoSo", "CapNhatTrangThaiHoSo"]
    digests = {each["sha256"] for each in here.effects("link_file")}
    assert digests == {hashlib.sha256(FILE).hexdigest()}
    assert here.effects("link_stuck") == []


async def test_every_message_is_valid_and_area_numbers_are_texts(
    tmp_path: Path,
) -> None:
    land = IlisLand()
    async with against(tmp_path, land, scenario=COMPLAINT) as here:
        await here.run(hours=4)
        missing = sample("YeuCauBoSungHoSo", NgayChoBoSung="2026-03-11T02:00:00")
        await tell(here, "YeuCauBoSungHoSo", missing)
        await here.run(hours=48)
        await tell(
            here,
            "KetThucHoSo",
            sample("KetThucHoSo", NgayKetThuc="2026-03-14T02:00:00"),
        )
        await here.run()
    assert land.operations == [
        "TiepNhanHoSo",
        "phanhoihososaiketqua",
        "BoSungHoSo",
        "CapNhatTrangThaiHoSo",
    ]
    for operation, body in land.posted:
        schema = orjson.loads((SCHEMAS / f"{operation}.json").read_bytes())
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        assert [e.message for e in validator.iter_errors(orjson.loads(body))] == []
    handed = orjson.loads(land.posted[0][1])
    assert [handed[name] for name in ("TinhId", "HuyenId", "XaId")] == [
        "99",
        "0",
        "9101",
    ]


async def test_the_token_is_asked_for_by_a_form_and_shared_by_all_calls(
    tmp_path: Path,
) -> None:
    land = IlisLand()
    async with against(tmp_path, land, numbers=(NUMBER, SECOND)) as here:
        await here.run(hours=1)
    assert land.forms == [{"grant_type": "password", **ACCOUNT}]
    assert land.tokens == ["ma-1", "ma-1"]


@pytest.mark.parametrize(
    "shape", ["token.json", *sorted(path.name for path in SAMPLES.glob("token.*.json"))]
)
async def test_every_shape_of_a_token_answer_opens_a_session(
    shape: str, tmp_path: Path
) -> None:
    land = IlisLand(token_answers=[shape])
    async with against(tmp_path, land) as here:
        await here.run(hours=1)
    assert rules(here) == ["accepted"]


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (3600, 3600),
        ("1800", 1800),
        (3599.0, 3599),
        (None, 300),
        (0, 300),
        (-1, 300),
        (True, 300),
        ("mot gio", 300),
        (3599.5, 300),
        ([], 300),
    ],
)
def test_the_life_of_a_token_is_read_from_every_shape(told: Any, seconds: int) -> None:
    assert life_of(told) == seconds


@pytest.mark.parametrize(
    ("hours", "tokens"), [(0.5, ["ma-1", "ma-1"]), (0.99, ["ma-1", "ma-2"])]
)
async def test_a_token_is_renewed_a_minute_before_its_hour_is_over(
    hours: float, tokens: list[str], tmp_path: Path
) -> None:
    script = COMPLAINT.replace("after_h = 1.0", f"after_h = {hours}")
    land = IlisLand()
    async with against(tmp_path, land, scenario=script) as here:
        await here.run(hours=2)
    assert land.operations == ["TiepNhanHoSo", "phanhoihososaiketqua"]
    assert land.tokens == tokens


@pytest.mark.parametrize(
    "ended",
    [
        "reply.session_ended.http",
        "reply.session_ended.empty.http",
        "reply.session_ended.unknown.http",
    ],
)
async def test_after_a_401_the_same_message_goes_once_more_with_a_new_token(
    ended: str, tmp_path: Path
) -> None:
    land = IlisLand(answers=[ended, "reply.accepted.json"])
    async with against(tmp_path, land) as here:
        await here.run(hours=1)
    assert land.tokens == ["ma-1", "ma-2"]
    assert len({body for _, body in land.posted}) == 1
    assert rules(here) == ["accepted"]


async def test_a_second_401_is_for_a_person(tmp_path: Path) -> None:
    land = IlisLand(answers=["reply.session_ended.http"])
    async with against(tmp_path, land) as here:
        await here.run()
    assert land.operations == ["TiepNhanHoSo", "TiepNhanHoSo"]
    assert here.effects("link_stuck") == [{"do": "hand_over", "rule": "not_admitted"}]


async def test_a_complaint_may_go_again_after_a_401(tmp_path: Path) -> None:
    answers = [
        "reply.accepted.json",
        "reply.session_ended.http",
        "reply.accepted.json",
    ]
    land = IlisLand(answers=answers)
    async with against(tmp_path, land, scenario=COMPLAINT) as here:
        await here.run(hours=3)
    assert land.operations.count("phanhoihososaiketqua") == 2
    assert rules(here) == ["accepted", "accepted"]


async def test_a_complaint_without_an_answer_that_decides_is_left_to_a_person(
    tmp_path: Path,
) -> None:
    land = IlisLand(answers=["reply.accepted.json", "reply.system_error.json"])
    async with against(tmp_path, land, scenario=COMPLAINT) as here:
        await here.run()
    assert land.operations.count("phanhoihososaiketqua") == 1
    assert here.effects("link_stuck") == [
        {"do": "result_wrong", "rule": "unknown_phrase"}
    ]


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ("token-error.wrong_account.http", "wrong_account"),
        ("token-error.wrong_client.http", "wrong_client"),
        ("token-error.wrong_request.http", "wrong_request"),
    ],
)
async def test_a_wrong_account_is_for_a_person_and_nothing_left(
    told: str, rule: str, tmp_path: Path
) -> None:
    land = IlisLand(token_answers=[told])
    async with against(tmp_path, land) as here:
        await here.run()
    assert here.effects("link_stuck") == [{"do": "hand_over", "rule": rule}]
    assert (len(land.forms), land.posted) == (1, [])


@pytest.mark.parametrize(
    "told",
    ["token-error.login_page.http", "token-error.token_busy.http", "denied.json"],
)
async def test_an_answer_without_a_token_is_asked_for_again(
    told: str, tmp_path: Path
) -> None:
    land = IlisLand(token_answers=[told, "token.json"])
    async with against(tmp_path, land) as here:
        await here.run(hours=2)
    assert len(land.forms) == 2
    assert rules(here) == ["no_token", "accepted"]
    assert land.operations == ["TiepNhanHoSo"]


async def test_the_secret_is_taken_from_codeget_and_from_nowhere_else(
    tmp_path: Path,
) -> None:
    async with against(tmp_path, IlisLand()) as here:
        await here.run(hours=1)
        body = orjson.dumps(sample("SaiQuyTrinh"))
        nowhere = await here.post("/nowhere", b"{}")
        for path in (
            f"SaiQuyTrinh/{SECRET}",
            f"SaiQuyTrinh?SecurityCode={SECRET}",
            "SaiQuyTrinh?CodeGet=sai",
            f"SaiQuyTrinh/{SECRET}?CodeGet={SECRET}",
            "SaiQuyTrinh",
        ):
            assert await here.post(f"{CALLBACKS}/{path}", body) == nowhere
        assert here.arrivals("SaiQuyTrinh") == []
        assert (await tell(here, "SaiQuyTrinh", sample("SaiQuyTrinh")))["Result"] == 1


async def test_every_sample_of_a_callback_is_read(tmp_path: Path) -> None:
    operations = Ilis.hosted
    names = sorted(
        path.stem
        for path in SAMPLES.glob("*.json")
        if path.stem.partition(".")[0] in operations
    )
    assert {name.partition(".")[0] for name in names} == operations
    async with against(tmp_path, IlisLand()) as here:
        await here.run(hours=1)
        for name in names:
            told = await tell(here, name.partition(".")[0], sample(name))
            assert told == {"Result": 1, "Message": "Đã ghi nhận"}


@pytest.mark.parametrize(
    ("operation", "loose", "strict"),
    [
        ("ChuyenHoSo", {"MaTrangThai": "11", "HanXuLy": "2,5"}, {"HanXuLy": 2.5}),
        ("ChuyenHoSo", {"LaTrangThaiChuyenLai": "False"}, {}),
        ("YeuCauBoSungHoSo", {"LaTamDung": "TRUE", "LoaiTamDung": "1"},
         {"LaTamDung": True, "LoaiTamDung": 1}),
        ("KetThucHoSo", {"TrangThaiKetThuc": "2"}, {"TrangThaiKetThuc": 2}),
        ("KetThucHoSo", {"SoBienNhan": 260001}, {"SoBienNhan": "260001"}),
    ],
)  # fmt: skip
def test_all_forms_of_a_value_mean_the_same(
    operation: str, loose: dict[str, Any], strict: dict[str, Any]
) -> None:
    first_page = SCHEMAS.parent / "land_registry" / "samples"
    content = orjson.loads((first_page / f"{operation}.json").read_bytes())
    meant = Vbdlis().read(operation, {**content, **strict})
    assert Ilis().read(operation, {**content, **loose}) == meant


@pytest.mark.parametrize(
    ("operation", "change"),
    [
        ("ChuyenHoSo", {"MaTrangThai": "mười một"}),
        ("ChuyenHoSo", {"MaTrangThai": True}),
        ("ChuyenHoSo", {"SoBienNhan": 10**15}),
        ("ChuyenHoSo", {"HanXuLy": "hai ngày"}),
        ("YeuCauBoSungHoSo", {"LaTamDung": "có"}),
        ("YeuCauBoSungHoSo", {"LaTamDung": 1}),
        ("TiepNhanHoSoChoMotCua", {"TinhId": 1.5}),
    ],
)
async def test_what_is_none_of_these_forms_is_answered_0(
    operation: str, change: dict[str, Any], tmp_path: Path
) -> None:
    async with against(tmp_path, IlisLand()) as here:
        await here.run(hours=1)
        told = await tell(here, operation, {**sample(operation), **change})
    assert told["Result"] == 0
    (name,) = change
    assert name in told["Message"]


def test_an_identity_number_without_its_zeros_is_left_out() -> None:
    told = plain({"ThongTinNguoiNopDon": {"SoChungMinh": 99000000001, "HoTen": "A"}})
    assert told == {"ThongTinNguoiNopDon": {"SoChungMinh": None, "HoTen": "A"}}


async def test_tax_notices_have_names_of_their_own(tmp_path: Path) -> None:
    async with against(tmp_path, IlisLand()) as here:
        await here.run(hours=1)
        told = sample("GuiKetQuaThue")
        told["DanhSachThongBaoThue"] = [
            {"LoaiThue": "Lệ phí", "SoThongBaoThue": 7, "DuongDanTBT": "/files/tb.pdf"},
            {"LoaiThue": "Thuế", "SoThongBaoThue": "8", "DuongDanThongBaoThue": "/x"},
        ]
        assert (await tell(here, "GuiKetQuaThue", told))["Result"] == 1
        await here.run(hours=1)
        told["DanhSachThongBaoThue"][0]["DuongDanTBT"] = 7
        refused = await tell(here, "GuiKetQuaThue", told)
    assert refused["Message"].endswith(": DanhSachThongBaoThue.DuongDanTBT")
    assert here.effects("link_notice") == [
        {"notice": "7", "of": "Lệ phí"},
        {"notice": "8", "of": "Thuế"},
    ]
    assert [each["name"] for each in here.effects("link_file")] == ["7"]


async def test_lists_are_given_to_who_shows_codeget(tmp_path: Path) -> None:
    async with against(tmp_path, IlisLand()) as here:
        for name in sorted(Ilis.lists):
            schema = orjson.loads((SCHEMAS / f"{name}.json").read_bytes())
            status, answer = await here.get(f"{CALLBACKS}/{name}?CodeGet={SECRET}")
            assert status == 200
            assert jsonschema_rs.Draft202012Validator(schema).is_valid(
                orjson.loads(answer)
            )
            status, _ = await here.get(f"{CALLBACKS}/{name}?SecurityCode={SECRET}")
            assert status == 404


def verdicts() -> list[tuple[str, str]]:
    names = [path.name for path in SAMPLES.glob("reply.*")]
    return [(name, name.split(".")[1]) for name in sorted(names)]


@pytest.mark.parametrize(("name", "case"), verdicts())
async def test_no_answer_but_an_acceptance_is_taken_for_one(
    name: str, case: str, tmp_path: Path
) -> None:
    land = IlisLand(answers=[name])
    async with against(tmp_path, land) as here:
        await here.run(hours=1)
    taken = case.startswith("accepted") or case == "already_there"
    fates = {answer["fate"] for answer in here.arrivals("call_answer")}
    assert fates == {"taken"} if taken else "taken" not in fates
