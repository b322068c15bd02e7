"""What BTP is handed, and how it is asked, held against the samples and golden files.

With ``CIVIL_GOLDEN=write`` the golden files are written anew and the test fails once.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.civil_registry import mapping
from gateway.carriers.json_files import body_of
from gateway.domain.errors import DeliveryError, NeedsConfiguration, NeedsData
from gateway.domain.identifiers import AgencyId
from gateway.domain.report import Reference
from gateway.domain.values import replace
from gateway.ports.agency import OutboundMessage
from tests.unit.adapters.civil_registry.published import (
    ROOT,
    parsed,
    sample,
    wrong,
    xsd,
)
from tests.unit.adapters.civil_registry.sending import BTP, file, message, pdf
from tests.unit.adapters.civil_registry.test_details import check

GOLDEN = ROOT / "tests" / "golden" / "civil_registry"
MESSAGES: dict[str, OutboundMessage] = {
    "hand_over.KS": message("hand_over"),
    "hand_over.KT": message("hand_over", "KT"),
    "hand_over_single.KS": message("hand_over", linked=False),
    "hand_over_single.KT": message("hand_over", "KT", linked=False),
    "supplement.KS": message(
        "supplement",
        content={
            "documents": [
                {
                    "name": "Giấy chứng sinh",
                    "code": "GCS",
                    "files": [{"name": "bo-sung.pdf"}],
                }
            ]
        },
        files=(file("bo-sung.pdf", "Giấy chứng sinh", pdf("bo sung")),),
    ),
}


async def body(sent: OutboundMessage, office: Any = BTP) -> dict[str, Any]:
    """The body as it would leave."""
    whole = await body_of(mapping.push(sent, office, check).body)
    assert isinstance(whole.content, bytes)
    found: dict[str, Any] = json.loads(whole.content)
    return found


def compare(path: Path, told: dict[str, Any]) -> None:
    readable = json.dumps(told, ensure_ascii=False, indent=2) + "\n"
    if os.environ.get("CIVIL_GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(readable, "utf-8")
        pytest.fail(f"{path.name} was written anew: look at the difference")
    assert readable == path.read_text("utf-8")


@pytest.mark.parametrize("name", sorted(MESSAGES))
async def test_the_body_is_the_golden_one(name: str) -> None:
    compare(GOLDEN / f"{name}.json", await body(MESSAGES[name]))


# ------------------------------------------------------------ the two envelopes


@pytest.mark.parametrize("module", ["KS", "KT"])
async def test_what_dvclt_told_is_what_btp_is_told(module: str) -> None:
    told = await body(message("hand_over", module))
    expected = sample(f"nhanHoSoDKHT.LT{module}")
    data, wanted = json.loads(told.pop("data")), json.loads(expected.pop("data"))
    assert told == expected
    # An empty field of DVCLT is none.
    assert data == {name: value for name, value in wanted.items() if value != ""}


@pytest.mark.parametrize("module", ["KS", "KT"])
async def test_a_single_registration_has_the_other_envelope(module: str) -> None:
    expected = sample(f"dangKyHoTich.{module}")
    number = expected["maHoSo"]
    told = await body(message("hand_over", module, linked=False, number=number))
    xml, wanted = told.pop("data"), expected.pop("data")
    assert told == expected
    assert xsd(f"dangKyHoTich.{module}").validate(parsed(xml))
    found = {e.tag: e.text or "" for e in parsed(xml).iter() if len(e) == 0}
    given = {e.tag: e.text or "" for e in parsed(wanted).iter() if len(e) == 0}
    assert found == {n: v for n, v in given.items() if n in found}
    assert {n for n in given if given[n]} <= found.keys()


@pytest.mark.parametrize("name", sorted(MESSAGES))
async def test_what_leaves_is_what_the_schemas_take(name: str) -> None:
    told = await body(MESSAGES[name])
    single = "single" in name
    assert wrong("dangKyHoTich" if single else "nhanHoSoDKHT", told) == []
    if not single:
        module = told["module"]
        assert wrong(module, json.loads(told["data"])) == []


async def test_moments_are_told_in_vietnams_time_and_each_envelopes_form() -> None:
    at = "2026-03-09T23:30:00+00:00"
    linked = await body(message("hand_over", received_at=at))
    single = await body(message("hand_over", linked=False, received_at=at))
    assert linked["ngayTiepNhan"] == "10/03/2026 06:30:00"
    assert single["ngayTiepNhan"] == "2026-03-10"


async def test_letters_of_xml_are_escaped() -> None:
    child = {**message("hand_over").view.fields["birth"]["child"], "name": "A & <B>"}
    birth = {**message("hand_over").view.fields["birth"], "child": child}
    told = await body(message("hand_over", linked=False, birth=birth))
    assert parsed(told["data"]).findtext(".//nksHoTen") == "A & <B>"


async def test_extension_and_cancelled_papers_do_not_go_on() -> None:
    told = json.dumps(await body(message("hand_over")))
    assert "giay-to-802" not in told
    assert "extension" not in told


# ------------------------------------------------------------ units and papers


async def test_the_unit_is_that_of_the_commune_on_the_day_of_filing() -> None:
    office = {
        **BTP,
        "unit": [
            {"commune": "99103", "code": 7, "to": "2026-03-09"},
            {"commune": "99103", "code": 8, "from": "2026-03-10"},
            {"commune": "99104", "code": 9},
        ],
    }
    assert (await body(message("hand_over"), office))["maDonVi"] == 8
    earlier = message("hand_over", received_at="2026-03-09T08:00:00+07:00")
    assert (await body(earlier, office))["maDonVi"] == 7


async def test_an_office_of_one_unit_needs_no_table() -> None:
    office = {**BTP, "unit": [], "registry": {"unit": 12}}
    assert (await body(message("hand_over")), office)[0]["maDonVi"] == 99103
    assert (await body(message("hand_over"), office))["maDonVi"] == 12


async def test_papers_have_the_offices_code_where_nobody_told_one() -> None:
    paper = {"name": "GIẤY  chứng sinh", "files": [{"name": "a.pdf"}]}
    sent = message(
        "hand_over",
        documents=[paper, {"name": "Tờ khai"}],
        files=(file("a.pdf", "Giấy chứng sinh", pdf()),),
    )
    listed = {**BTP, "paper": [{"name": "Giấy chứng sinh", "code": "GCS"}]}
    (told,) = (await body(sent, listed))["fileDinhKem"]
    assert (told["loaiGiayTo"], told["id"], told["huyGiayTo"]) == ("GCS", "a-1", 0)
    others = {**BTP, "registry": {"other_paper": "KHAC"}}
    (told,) = (await body(sent, others))["fileDinhKem"]
    assert told["loaiGiayTo"] == "KHAC"
    with pytest.raises(NeedsConfiguration) as missing:
        await body(sent)
    assert missing.value.code == "paper_not_mapped"


# ------------------------------------------------------------ what is missing


def without(part: str, *path: str) -> dict[str, Any]:
    """A part of the birth's view that lacks a field."""
    found: Any = json.loads(json.dumps(message("hand_over").view.fields[part]))
    holder = found
    for name in path[:-1]:
        holder = holder[name]
    del holder[path[-1]]
    return {part: found}


@pytest.mark.parametrize(
    ("changed", "code", "named"),
    [
        ({"birth": None}, "registration_missing", ""),
        ({"received_at": None}, "received_at_missing", ""),
        ({"received_at": "2026-03-10"}, "received_at_missing", ""),
        (without("birth", "child", "name"), "message_invalid", "họ tên trẻ"),
        (without("birth", "mother", "name"), "message_invalid", "họ tên mẹ"),
        (
            without("birth", "certificate", "issued_on"),
            "message_invalid",
            "ngày cấp giấy chứng sinh",
        ),
        (
            without("applicant", "identity", "number"),
            "message_invalid",
            "số giấy tờ tùy thân người yêu cầu",
        ),
        (without("registration", "commune"), "message_invalid", "nơi đăng ký"),
        ({"documents": [{"name": "x", "files": [{}, {}]}]}, "attachment_missing", ""),
    ],
)
async def test_what_is_missing_is_asked_for_in_words_and_never_made_up(
    changed: dict[str, Any], code: str, named: str
) -> None:
    with pytest.raises(NeedsData) as missing:
        await body(message("hand_over", **changed))
    assert missing.value.code == code
    assert named in missing.value.remedy


async def test_an_abandoned_child_needs_no_mother() -> None:
    birth: Any = json.loads(json.dumps(message("hand_over").view.fields["birth"]))
    del birth["mother"], birth["father"]
    birth["child"]["kind"] = "abandoned"
    assert "meHoTen" not in (await body(message("hand_over", birth=birth)))["data"]


async def test_a_value_that_no_list_has_is_named() -> None:
    birth: Any = json.loads(json.dumps(message("hand_over").view.fields["birth"]))
    birth["child"]["sex"] = "x"
    with pytest.raises(NeedsData, match="nksGioiTinh"):
        await body(message("hand_over", birth=birth))


async def test_what_no_xml_may_hold_is_named() -> None:
    birth: Any = json.loads(json.dumps(message("hand_over").view.fields["birth"]))
    birth["child"]["name"] = "A\x00B"
    with pytest.raises(NeedsData, match="nksHoTen"):
        await body(message("hand_over", linked=False, birth=birth))


async def test_a_unit_that_nobody_mapped_is_for_the_administrator() -> None:
    with pytest.raises(NeedsConfiguration) as missing:
        await body(message("hand_over"), {**BTP, "unit": [{"commune": "9", "code": 1}]})
    assert "99103" in missing.value.remedy


async def test_a_dossier_without_a_number_of_the_one_stop_is_not_sent() -> None:
    sent = message("hand_over")
    bare = OutboundMessage(
        sent.transfer_id, sent.kind, sent.office, sent.idempotency_key, (), sent.view
    )
    with pytest.raises(DeliveryError) as missing:
        await body(bare)
    assert missing.value.code == "number_missing"


# ------------------------------------------------------------ asking


@pytest.mark.parametrize("name", ["btp-poll", "btp-poll.KT", "btp-poll.old_province"])
def test_the_question_is_the_samples(name: str) -> None:
    told = sample(name)
    assert (
        mapping.ask(*(told[n] for n in ("maDinhDanhHoSo", "module", "maTinh"))) == told
    )
    assert wrong("btp-poll", told) == []


def test_a_dossier_is_asked_for_under_the_province_of_its_day_then_the_others() -> None:
    asked = message("hand_over")
    number = "G22.99.01-260310-0001"
    now = mapping.Question(number, "LTKS", ("99", "98"), asked.created_at)
    assert mapping.question(asked, BTP) == now
    old = message("hand_over", received_at="2025-06-20T08:00:00+07:00")
    assert mapping.question(old, BTP).provinces == ("98", "99")


def test_of_provinces_that_were_merged_the_dossiers_own_comes_first() -> None:
    merged = [{"code": code, "to": "2025-06-30"} for code in ("96", "97", "98")]
    office = {**BTP, "province": [*merged, {"code": "99", "from": "2025-07-01"}]}
    old = message("hand_over", received_at="2025-06-20T08:00:00+07:00")
    told = replace(old, facts={**old.facts, "provinces": ["98"]})
    assert mapping.question(old, office).provinces == ("96", "97", "98", "99")
    assert mapping.question(told, office).provinces == ("98", "96", "97", "99")
    assert mapping.question(told, {**office, "province": []}).provinces == ("98",)


def test_the_province_under_which_it_was_found_comes_first() -> None:
    found = Reference(AgencyId("civil_registry"), "tra_cuu", "98/G22.99.01-260310-0001")
    asked = mapping.question(message("hand_over", more=(found,)), BTP)
    assert asked.provinces == ("98", "99")


def test_a_single_registration_is_asked_for_by_the_one_stops_code() -> None:
    asked = mapping.question(message("hand_over", "KT", linked=False), BTP)
    assert (asked.number, asked.module) == ("H00.103-260310-0002", "KT")


def test_an_office_without_a_province_asks_nothing() -> None:
    with pytest.raises(NeedsConfiguration) as missing:
        mapping.question(message("hand_over"), {**BTP, "province": []})
    assert missing.value.code == "province_missing"
