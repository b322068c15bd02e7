"""Dossiers whose slips go to tax through the national portal, end to end."""

from __future__ import annotations

import base64
import json
import shutil
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio
from lxml import etree

from gateway.adapters.tax.mock_signatures import Signer
from tests.journeys.slips import CERTIFICATE
from tests.journeys.webhooks import (
    finished,
    questions_told,
)
from tests.unit.adapters.tax.counterpart import slip as unsigned
from tests.unit.adapters.tax_portal.published import is_valid, sample
from tests.world import Answered, World, a_dossier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(150),
    pytest.mark.asyncio(loop_scope="module"),
]
PREFIX = "H00.01-260310-07"
SOON_H = 0.01
#: When an old slip is asked about twice a day at most.
PAID_AFTER_H = 24 * 20
SILENT_LAND = {"step": [{"on": "never", "send": "ChuyenHoSo"}]}


def by_portal(config: Path) -> None:
    """Lead tax's messages to the portal from the start; one procedure asks the counter."""
    path = config / "agencies" / "tax.toml"
    text = path.read_text("utf-8")
    assert "from = 2026-07-01" in text
    path.write_text(text.replace("from = 2026-07-01", "from = 2026-01-01"), "utf-8")
    path = config / "procedures" / "1.999005.toml"
    text = path.read_text("utf-8")
    text = text.replace('issuer = "land_registry"', 'issuer = "one_stop"', 1)
    path.write_text(text, "utf-8")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Land and tax as usual, on the portal's road."""
    folder = tmp_path_factory.mktemp("portal") / "run"
    world = World(folder, configure=by_portal)
    world.scenario(f"{PREFIX}01")
    world.scenario(f"{PREFIX}02", tax_portal={"answer": "exempt"})
    world.scenario(f"{PREFIX}03", tax_portal={"question": {"after_h": 1, "file": True}})
    world.scenario(f"{PREFIX}06", tax_portal={"pay_after_h": PAID_AFTER_H})
    for n in (4, 5, 8):
        silent = {"answer": "silent"}
        world.scenario(f"{PREFIX}0{n}", land_registry=SILENT_LAND, tax_portal=silent)
    world.faults = [
        {
            "agency": "tax",
            "operation": "slip_new",
            "do": "lose_answer",
            "number": f"{PREFIX}02",
        }
    ]
    async with world:
        keys = world.stage.secrets.folder
        # Where the counter issues slips, its certificate is the registered one.
        shutil.copy(keys / "land-mau-1.cert.pem", keys / "mot-cua-mau.cert.pem")
        yield world


def sent(shown: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The newest transfer of each kind to tax."""
    return {t["kind"]: t for t in shown["transfers"] if t["agency"] == "tax"}


def calls(world: World, number: str, service: str) -> list[dict[str, Any]]:
    """What reached the portal about a dossier."""
    found = [
        json.loads(heard.body)
        for heard in world.heard
        if heard.agency == "tax" and heard.url == "POST /thue/dichvu"
    ]
    return [
        body
        for body in found
        if body["Service"] == service and body["Data"]["MaHoSo"] == number
    ]


async def pushed(
    world: World, operation: str, body: dict[str, Any], key: str | None = None
) -> Answered:
    """The portal calls; the key stands in the body."""
    right = world.stage.secrets.value("tax-cong.callback")
    told = {**body, "SecurityKey": right if key is None else key}
    url = f"{world.stage.url('agencies')}/callbacks/tax-cong/{operation}"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json=told) as answer,
    ):
        raw = await answer.read()
        found = json.loads(raw) if raw[:1] == b"{" else {}
        return Answered(answer.status, found, dict(answer.headers), raw)


async def unmatched(world: World) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (
        await world.call("GET", "/v1/unmatched", role="operator")
    ).body["unmatched"]
    return rows


# ---------------------------------------------------------------- the whole way


async def test_a_dossier_goes_its_whole_way_by_the_portal(world: World) -> None:
    number = f"{PREFIX}01"
    assert (await world.submit(a_dossier(number))).status == 202
    shown = await finished(world, number)
    slip = sent(shown)["slip_new"]
    assert (slip["office"], slip["state"]) == ("tax-cong", "answered")
    pauses = [pause for _, pause in world.told(number)]
    assert "financial_obligation" in pauses
    (call,) = calls(world, number, "GuiPhieuChuyen")
    assert is_valid("GuiPhieuChuyen", call)
    assert call["Data"]["MaCoQuanThue"] == "TCT-MAU-01"
    assert len(calls(world, number, "TraCuuNghiaVu")) > 1


async def test_an_exemption_is_learnt_by_asking_and_a_lost_answer_by_the_hash(
    world: World,
) -> None:
    number = f"{PREFIX}02"
    assert (await world.submit(a_dossier(number))).status == 202
    await finished(world, number)
    assert len(world.effects(number, "tax", "slip_new")) == 1
    assert len(calls(world, number, "GuiPhieuChuyen")) == 1
    assert "financial_obligation" not in [pause for _, pause in world.told(number)]


async def test_a_voucher_has_tax_asked_soon_however_old_the_slip(world: World) -> None:
    number = f"{PREFIX}06"
    assert (await world.submit(a_dossier(number))).status == 202
    await world.pass_hours(PAID_AFTER_H)
    owed = (await world.shown(number))["owed"]
    while not owed["vouchers"]:
        await world.pass_hours(0.25)
        owed = (await world.shown(number))["owed"]
    assert {notice["state"] for notice in owed["notices"]} == {"valid"}
    asked = len(calls(world, number, "TraCuuNghiaVu"))
    await world.pass_hours(0.5)
    owed = (await world.shown(number))["owed"]
    assert {notice["state"] for notice in owed["notices"]} == {"paid"}
    assert len(calls(world, number, "TraCuuNghiaVu")) == asked + 1


# ---------------------------------------------------------------- tax asks the counter


async def test_the_counter_answers_what_tax_asks_it(world: World) -> None:
    number = f"{PREFIX}03"
    path = f"/v1/dossiers/{number}/answers"
    answer = {
        "question": "so-khac/YC",
        "content": "Gửi bản sao hợp đồng (ví dụ).",
        "documents": [
            {
                "name": "Hợp đồng (ví dụ)",
                "copies": 1,
                "files": [{"name": "hd.pdf", "content": "JVBERi0xLjQK"}],
            }
        ],
    }
    document = a_dossier(number, procedure="1.999005")
    assert (await world.submit(document)).status == 202
    early = await world.call("POST", path, answer)
    assert (early.status, early.body["code"]) == (409, "no_question_open")
    for _ in range(40):
        await world.pass_hours(1)
        if (await world.shown(number))["asks"]:
            break
    shown = await world.shown(number)
    assert [asked["code"] for asked in shown["asks"]] == ["tax_question"]
    (question,) = questions_told(world, number)
    strange = await world.call("POST", path, answer)
    assert (strange.status, strange.body["code"]) == (409, "question_not_asked")
    second = sample("YeuCauBoSungThongTin")
    second["Data"] |= {"MaHoSo": number, "NgayVanBan": "12-03-2026"}
    assert (await pushed(world, "YeuCauBoSungThongTin", second)).body[
        "error_code"
    ] == "0"
    await world.pass_hours(SOON_H)
    # The dossier stays where it is, and the counter learns of it all the same.
    told = [one["number"] for one in questions_told(world, number)]
    assert told == [question["number"], "12/YC-TĐTCQ"]
    answer["question"] = question["number"]
    wrong = await world.call("POST", path, {**answer, "content": ""})
    assert wrong.status == 422
    taken = await world.call("POST", path, answer)
    assert (taken.status, taken.body["repeated"]) == (202, False)
    again = await world.call("POST", path, answer)
    assert (again.status, again.body["repeated"]) == (202, True)
    assert (await world.shown(number))["asks"] == []
    twice = await world.call("POST", path, {**answer, "content": "Khác."})
    assert (twice.status, twice.body["code"]) == (409, "question_not_asked")
    answer["question"] = "12/YC-TĐTCQ"
    assert (await world.call("POST", path, answer)).status == 202
    closed = await world.call("POST", path, {**answer, "content": "Khác."})
    assert (closed.status, closed.body["code"]) == (409, "no_question_open")
    shown = await finished(world, number)
    call, other = calls(world, number, "TraLoiYeuCau")
    assert other["Data"]["SoVanBan"] == "12/YC-TĐTCQ"
    assert is_valid("TraLoiYeuCau", call)
    (asked,) = calls(world, number, "GuiPhieuChuyen")
    data = call["Data"]
    assert data["SoVanBan"] == question["number"]
    assert data["SoPhieu"] == asked["Data"]["SoPhieu"]
    assert data["NoiDung"] == answer["content"]
    assert base64.b64decode(data["DanhSachTep"][0]["Tep"]) == b"%PDF-1.4\n"
    states = [t["state"] for t in shown["transfers"] if t["kind"] == "question_answer"]
    # The portal never asked the second one.
    assert states == ["delivered", "refused"]


# ---------------------------------------------------------------- slips after slips


def signed_slip(world: World, number: str, **changes: str) -> bytes:
    keys = world.stage.secrets.folder
    told = {"ma_hs": number, "ma_gcn": CERTIFICATE, **changes}
    root = etree.fromstring(unsigned(**told).encode())  # noqa: TID251  our own text
    signer = Signer.load(
        str(keys / "land-mau-1.key.pem"), str(keys / "land-mau-1.cert.pem")
    )
    return signer.sign(root)


async def test_each_slip_names_the_one_that_its_issuer_meant(world: World) -> None:
    number = f"{PREFIX}04"
    document = a_dossier(number, certificate={"serial": CERTIFICATE})
    assert (await world.submit(document)).status == 202
    await world.pass_hours(SOON_H)
    slips = [
        {"msg_type": "10", "seq_id": "DAT-1", "so_phieu": "0001/PCTT"},
        {"msg_type": "11", "seq_id": "DAT-2", "replaces": "DAT-1"},
        {"msg_type": "12", "seq_id": "DAT-3", "replaces": "DAT-2"},
        {"msg_type": "13", "seq_id": "DAT-4", "replaces": "DAT-2"},
    ]
    for n, told in enumerate(slips, 1):
        raw = signed_slip(world, number, **{"so_phieu": f"000{n}/PCTT", **told})
        put = await world.call(
            "PUT", f"/v1/dossiers/{number}/slips/000{n}/PCTT", data=raw
        )
        assert (put.status, put.body["standing"]) == (202, "applied")
        await world.pass_hours(SOON_H)
    told_to_portal = [
        (c["Data"]["LoaiPhieu"], c["Data"].get("SoPhieuLienQuan"), c["IsUpdating"])
        for c in calls(world, number, "GuiPhieuChuyen")
    ]
    assert told_to_portal == [
        ("10", None, "False"),
        ("11", "0001/PCTT", "True"),
        ("12", "0002/PCTT", "True"),
        ("13", "0002/PCTT", "True"),
    ]
    kinds = {k: t["state"] for k, t in sent(await world.shown(number)).items()}
    assert kinds == dict.fromkeys(
        ("slip_new", "slip_replace", "slip_supplement", "slip_withdraw"), "delivered"
    )


# ---------------------------------------------------------------- what the portal calls


async def file_results(
    world: World, *rows: tuple[str, str], adjusts: str = "False"
) -> list[str]:
    """The result of each row of a notice file; ``rows``: dossier and amount."""
    listed = "".join(
        f"<ROW_LIST><MA_HSO>{name}</MA_HSO><LIST><MA_SO_THUE/>"
        "<SO_QUYET_DINH>1/TB</SO_QUYET_DINH>"
        "<NGAY_QUYET_DINH>10-03-2026</NGAY_QUYET_DINH>"
        f"<TEN_TIEUMUC>Lệ phí trước bạ</TEN_TIEUMUC><SO_TIEN>{amount}</SO_TIEN>"
        "</LIST></ROW_LIST>"
        for name, amount in rows
    )
    xml = f"<DATA><BODY>{listed}</BODY></DATA>".encode()
    body = sample("ThongBaoThue") | {
        "Ngay": "10-03-2026",
        "IsUpdating": adjusts,
        "Data": {"FileThongBaoThue": base64.b64encode(xml).decode()},
    }
    answer = await pushed(world, "ThongBaoThue", body)
    assert is_valid("callback-reply", answer.body)
    return [row["Ma"] for row in answer.body["Data"]["KetQua"]]


async def test_an_amount_that_a_later_file_changes_is_taken_only_if_the_file_says_so(
    world: World,
) -> None:
    number = f"{PREFIX}08"
    assert (await world.submit(a_dossier(number))).status == 202
    await world.pass_hours(SOON_H)

    async def owed() -> list[int]:
        notices = (await world.shown(number))["owed"]["notices"]
        return [notice["amount"] for notice in notices]

    assert await file_results(world, (number, "5000000")) == ["00"]
    for _ in range(2):
        assert await file_results(world, (number, "6000000")) == ["14"]
        assert await owed() == [5_000_000]
    assert await file_results(world, (number, "7000000"), adjusts="True") == ["00"]
    # The first file once more, or late: it overwrites nothing newer.
    for adjusts in ("False", "True"):
        results = await file_results(world, (number, "5000000"), adjusts=adjusts)
        assert results == ["01"]
        assert await owed() == [7_000_000]


@pytest.mark.parametrize("key", ["", "khoa-sai"])
async def test_without_the_key_nothing_is_told_and_nothing_kept(
    world: World, key: str
) -> None:
    before = len(await unmatched(world))
    for name in ("ThongBaoThue", "ChungTuThanhToan", "YeuCauBoSungThongTin"):
        answer = await pushed(world, name, sample(name), key)
        assert (answer.status, answer.content) == (201, b"401 Unauthorized")
    assert len(await unmatched(world)) == before


async def test_what_the_portal_calls_is_answered_as_the_document_shows(
    world: World,
) -> None:
    number = f"{PREFIX}05"
    assert (await world.submit(a_dossier(number))).status == 202
    await world.pass_hours(SOON_H)
    blocks = [(number, "5000000"), (number, "x"), ("H99.99-1", "5")]
    results = [await file_results(world, *blocks) for _ in range(2)]
    assert results == [["00", "11", "10"], ["01", "11", "10"]]
    voucher = sample("ChungTuThanhToan")
    unknown = await pushed(world, "ChungTuThanhToan", voucher)
    assert unknown.body == sample("callback-reply.unknown_dossier")
    voucher["Data"]["MaHoSo"] = number
    taken = await pushed(world, "ChungTuThanhToan", voucher)
    assert taken.body == sample("callback-reply.taken")
    waiting = [row["kind"] for row in await unmatched(world)]
    assert sorted(waiting) == ["ThongBaoThue", "notices", "voucher"]
