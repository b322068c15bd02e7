"""What DVCLT is told of a dossier, held against the samples of every rung."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.adapters.civil_registry import ladder, results
from gateway.carriers.json_files import body_of
from gateway.domain.errors import DeliveryError
from gateway.domain.values import replace
from gateway.ports.agency import OutboundMessage
from tests.unit.adapters.civil_registry.published import CODES, sample, wrong
from tests.unit.adapters.civil_registry.sending import DVCLT, file, message
from tests.unit.adapters.civil_registry.test_details import check
from tests.unit.adapters.civil_registry.test_mapping import GOLDEN, compare
from tests.unit.adapters.civil_registry.test_mapping import MESSAGES as PUSHES
from tests.unit.adapters.civil_registry.test_results import ASKED, BTP, entry

#: Who acted, as a report of BTP says it.
OFFICER = {
    "officer": "Phạm Văn Ví Dụ",
    "title": "Công chức tư pháp – hộ tịch",
    "department": "UBND xã Mẫu",
}


def registered() -> OutboundMessage:
    """Rung 4, of what the sample of BTP reports."""
    told = results.report_of(entry("registered"), ASKED, BTP, check)
    (pdf,) = told.brought
    assert told.event_at is not None
    return message(
        "told_registered",
        facts={"case": "2.999201", "event_at": told.event_at.isoformat()},
        content=told.content,
        files=(file(pdf.name, "Giấy khai sinh", pdf.content),),
    )


def told(kind: str, at: str, note: str, **facts: Any) -> OutboundMessage:
    day = f"2026-03-10T{at}+07:00"
    return message(
        kind,
        facts={"case": "2.999201", "event_at": day, **facts},
        content={"note": note, **OFFICER},
    )


MESSAGES: dict[str, OutboundMessage] = {
    "1": told("told_received", "07:45:00", "Đã tiếp nhận vào hệ thống"),
    "2": told(
        "told_supplement",
        "08:10:00",
        "Thiếu giấy chứng sinh",
        supplement_until="2026-03-19",
    ),
    "3": told("told_accepted", "08:10:00", "Hồ sơ đủ điều kiện"),
    "4": registered(),
    "5": told("told_handed_out", "15:00:00", "Đã trả kết quả"),
    "6": told("told_refused", "09:00:00", "Không đủ điều kiện (ví dụ)"),
    "7": told("told_sent_on", "08:15:00", "Đã chuyển"),
}
#: What a sample has and a message cannot know: hours of days that were promised.
_PROMISED = {"ngayKetThucTheoQuyDinh", "ngayHenTraTruoc", "ngayHenTraMoi"}


async def body(sent: OutboundMessage, office: Any = DVCLT) -> dict[str, Any]:
    whole = await body_of(ladder.report(sent, office))
    assert isinstance(whole.content, bytes)
    found: dict[str, Any] = json.loads(whole.content)
    return found


def test_every_rung_of_the_document_has_a_kind_of_message() -> None:
    listed = {row["code"] for row in CODES["code"] if row["field"] == "trangThai"}
    assert {str(rung) for rung in ladder.RUNGS.values()} == listed == MESSAGES.keys()
    assert {ladder.RUNGS[m.kind]: r for r, m in MESSAGES.items()} == {
        int(rung): rung for rung in MESSAGES
    }


@pytest.mark.parametrize("rung", sorted(MESSAGES))
async def test_a_rung_is_told_as_the_sample_tells_it(rung: str) -> None:
    found, expected = await body(MESSAGES[rung]), sample(f"dvclt-status.{rung}")
    assert wrong("dvclt-status", found) == []
    if rung == "4":
        result = json.loads(found.pop("ketQuaXuLy"))
        assert result == json.loads(expected.pop("ketQuaXuLy"))
        assert wrong("ketQuaXuLy", result) == []
    changing = {"thoiGianThucHien", "noiDungXuLy"}
    left = {n: v for n, v in expected.items() if n not in _PROMISED | changing}
    assert {n: v for n, v in found.items() if n not in changing} == left


@pytest.mark.parametrize("rung", sorted(MESSAGES))
async def test_the_body_is_the_golden_one(rung: str) -> None:
    compare(GOLDEN / f"{MESSAGES[rung].kind}.json", await body(MESSAGES[rung]))


async def test_when_it_happened_is_told_and_is_the_same_on_every_attempt() -> None:
    sent = replace(MESSAGES["3"], attempt=2)
    assert (await body(sent))["thoiGianThucHien"] == "20260310081000"
    untold = message("told_accepted", facts={"case": "2.999201"})
    assert (await body(untold))["thoiGianThucHien"] == "20260310081000"


async def test_who_acted_is_whom_the_registry_named_else_whom_the_office_names() -> (
    None
):
    named = message(
        "told_accepted",
        facts={"case": "2.999201"},
        content={"officer": "Lê Thị Mẫu", "department": "Phòng Mẫu"},
    )
    found = await body(named)
    assert found["nguoiXuLy"] == "Lê Thị Mẫu"
    assert found["phongBanXuLy"] == "Phòng Mẫu"
    assert "chucDanh" not in found
    own = await body(message("told_accepted", facts={"case": "2.999201"}))
    assert own["chucDanh"] == "Công chức tư pháp – hộ tịch"


async def test_a_result_goes_on_with_its_unknown_fields_and_its_pdf() -> None:
    sent = registered()
    content: Any = dict(sent.content)
    content["result"] = {**content["result"], "extension": {"coQuanDangKy": "x"}}
    found = json.loads((await body(replace(sent, content=content)))["ketQuaXuLy"])
    assert found["coQuanDangKy"] == "x"
    assert found["giayKhaiSinh"] == sample("ketQuaXuLy.KS")["giayKhaiSinh"]


async def test_a_result_without_a_pdf_is_told_without_one() -> None:
    sent = registered()
    content = {name: v for name, v in sent.content.items() if name != "documents"}
    bare = replace(
        sent, content={**content, "documents": []}, view=replace(sent.view, files=())
    )
    found = json.loads((await body(bare))["ketQuaXuLy"])
    assert "giayKhaiSinh" not in found
    assert found["ngayDangKy"] == "10/03/2026"


@pytest.mark.parametrize(
    ("kind", "changed", "code"),
    [
        ("told_accepted", {"linked": False}, "linked_number_missing"),
        ("told_accepted", {"facts": {}}, "procedure_not_mapped"),
        ("told_refused", {}, "reason_missing"),
        ("told_supplement", {}, "reason_missing"),
        ("told_supplement", {"content": {"note": "Thiếu"}}, "supplement_day_missing"),
        ("told_registered", {}, "result_missing"),
    ],
)
async def test_what_is_missing_is_asked_for(
    kind: str, changed: dict[str, Any], code: str
) -> None:
    given = {"facts": {"case": "2.999201"}, **changed}
    with pytest.raises(DeliveryError) as missing:
        await body(message(kind, **given))
    assert missing.value.code == code


async def test_an_officer_is_never_made_up() -> None:
    sent = message("told_accepted", facts={"case": "2.999201"})
    with pytest.raises(DeliveryError) as missing:
        await body(sent, {"id": "dvclt-mau"})
    assert missing.value.code == "officer_missing"


async def test_a_moment_is_never_made_up() -> None:
    sent = replace(
        message("told_accepted", facts={"case": "2.999201"}), created_at=None
    )
    with pytest.raises(DeliveryError) as missing:
        await body(sent)
    assert missing.value.code == "moment_missing"


def test_no_other_golden_file_is_there() -> None:
    kinds = {str(sent.kind) for sent in MESSAGES.values()}
    assert {path.stem for path in GOLDEN.glob("*")} == kinds | PUSHES.keys()
