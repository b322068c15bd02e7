"""What BTP tells of a dossier, read from the samples of the document."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.adapters.civil_registry import results
from gateway.adapters.civil_registry.details import ONE_STOP
from gateway.domain.identifiers import AgencyId
from gateway.domain.report import AgencyReport, Reference, ReportKind
from tests.unit.adapters.civil_registry.published import BROKEN, CODES, sample
from tests.unit.adapters.civil_registry.test_details import check

BTP = AgencyId("civil_registry")
LINKED = "G22.99.01-260310-0001"
OWN = "H00.103-260310-0001"
ASKED = results.Asked(LINKED, "99")


def entry(name: str, **changed: Any) -> dict[str, Any]:
    """The only entry of a sample answer."""
    (found,) = sample(f"btp-poll-reply.{name}")["value"]
    return {**found, **changed}


def report(name: str, **changed: Any) -> AgencyReport:
    return results.report_of(entry(name, **changed), ASKED, BTP, check)


@pytest.mark.parametrize(
    ("name", "kind", "step"),
    [
        ("waiting", ReportKind.PROGRESS, "1"),
        ("supplement", ReportKind.SUPPLEMENT_REQUEST, "2"),
        ("registered", ReportKind.FINISHED, "4"),
        ("refused", ReportKind.REFUSED, "6"),
        ("unknown_state", ReportKind.PROGRESS, "9"),
    ],
)
def test_each_state_comes_to_its_report(name: str, kind: ReportKind, step: str) -> None:
    found = report(name)
    assert (found.kind, found.facts["step"]) == (kind, step)
    assert found.event_at == datetime(2026, 3, 10, 7, 30, tzinfo=UTC)
    assert found.about == (
        Reference(ONE_STOP, "ma_ho_so_lt", LINKED),
        Reference(ONE_STOP, "ma_ho_so", OWN),
    )


def test_every_state_of_the_list_has_its_report() -> None:
    listed = {row["code"] for row in CODES["code"] if row["field"] == "value.trangThai"}
    assert listed == results.KINDS.keys()


def test_who_said_what_is_kept_with_the_report() -> None:
    found = report("supplement", ghiChu="Gọi trước", truongLa=7)
    assert found.content == {
        "note": "Thiếu giấy chứng sinh",
        "remark": "Gọi trước",
        "officer": "Phạm Văn Ví Dụ",
        "title": "Công chức tư pháp – hộ tịch",
        "department": "UBND xã Mẫu",
        "extension": {"truongLa": 7},
    }
    assert found.facts == {"step": "2", "supplement_until": "2026-03-19"}


def test_a_last_day_may_be_missing() -> None:
    assert "supplement_until" not in report("supplement", hanBoSungHoSo="").facts


def test_a_registration_brings_its_data_and_its_pdf() -> None:
    found = report("registered")
    told = entry("registered")["ketQuaXuLy"]
    content = base64.b64decode(told["giayKhaiSinh"])
    assert found.content["result"] == {
        "personal_number": "099226000001",
        "registered_on": "2026-03-10",
        "number": "15/2026",
        "book": "01/2026",
        "page": "15",
    }
    digest = hashlib.sha256(content).hexdigest()
    assert [(file.name, file.content) for file in found.brought] == [
        ("giay-khai-sinh.pdf", content)
    ]
    assert found.content["documents"] == [
        {
            "name": "Giấy khai sinh",
            "code": "giayKhaiSinh",
            "files": [{"name": "giay-khai-sinh.pdf", "sha256": digest}],
        }
    ]


def test_a_death_brings_its_extract() -> None:
    asked = results.Asked("G22.99.02-260310-0002", "99")
    found = results.report_of(entry("KT"), asked, BTP, check)
    assert [file.name for file in found.brought] == ["trich-luc-khai-tu.pdf"]
    assert "personal_number" not in found.content["result"]


def test_nothing_personal_stands_among_the_facts() -> None:
    facts = json.dumps(report("registered").facts)
    assert "099226000001" not in facts
    assert "Ví Dụ" not in facts


def test_unknown_fields_of_a_result_are_kept() -> None:
    told = {**entry("registered")["ketQuaXuLy"], "coQuanDangKy": "UBND xã Mẫu"}
    found = report("registered", ketQuaXuLy=told)
    assert found.content["result"]["extension"] == {"coQuanDangKy": "UBND xã Mẫu"}


def test_numbers_and_texts_are_the_same_state_and_the_same_news() -> None:
    number, text = (report("waiting", trangThai=state) for state in (1, "1"))
    assert number.fingerprint == text.fingerprint
    later = report("waiting", thoiGianThucHien="10/03/2026 15:30:00")
    assert later.fingerprint != number.fingerprint


def test_an_unknown_field_makes_no_news() -> None:
    assert report("waiting", lanDoc=1).fingerprint == report("waiting").fingerprint


def test_another_pdf_is_other_news() -> None:
    told = entry("registered")["ketQuaXuLy"]
    other = base64.b64encode(b"%PDF-1.4 khac").decode()
    changed = report("registered", ketQuaXuLy={**told, "giayKhaiSinh": other})
    assert changed.fingerprint != report("registered").fingerprint


def test_waiting_changes_nothing_of_what_is_being_processed() -> None:
    assert report("waiting").never_after == {"3"}
    assert report("waiting", trangThai=3).never_after == frozenset()
    assert report("supplement").never_after == frozenset()


def test_the_province_under_which_it_was_found_is_kept_with_the_dossier() -> None:
    asked = results.Asked(LINKED, "98")
    found = results.report_of(entry("waiting"), asked, BTP, check)
    assert found.introduces == (Reference(BTP, "tra_cuu", f"98/{LINKED}"),)


def test_a_single_registration_is_known_by_the_one_stops_code() -> None:
    told = sample("btp-poll-reply.found")["value"][1]
    assert results.number_of(told) == ("", "H00.103-260310-0011")
    asked = results.Asked("H00.103-260310-0011", "99")
    found = results.report_of(told, asked, BTP, check)
    assert [one.kind for one in found.about] == ["ma_ho_so"]


@pytest.mark.parametrize("told", [None, 7, "x", [], {}, {"maHoSoLT": 7}])
def test_what_is_no_entry_has_no_number(told: object) -> None:
    assert results.number_of(told) == ("", "")


# ------------------------------------------------------------ broken answers


@pytest.mark.parametrize(
    "changed",
    [
        {"trangThai": None},
        {"trangThai": "đang xử lý"},
        {"trangThai": True},
        {"trangThai": [4]},
        {"trangThai": -1},
        {"thoiGianThucHien": "2026-03-10T14:30:00"},
        {"thoiGianThucHien": "31/02/2026 14:30:00"},
        {"thoiGianThucHien": {}},
        {"hanBoSungHoSo": "19.03.2026"},
    ],
)
def test_an_entry_of_another_form_proves_nothing(changed: dict[str, Any]) -> None:
    with pytest.raises(results.EntryUnreadable) as wrong:
        report("supplement", **changed)
    assert wrong.value.code == "entry_unreadable"


@pytest.mark.parametrize(
    "result",
    [
        None,
        "x",
        {},
        {"ngayDangKy": "2026-03-10", "soDangKy": "1", "quyenSo": "1"},
        {"ngayDangKy": "10/03/2026", "soDangKy": "1"},
        {"ngayDangKy": "31/02/2026", "soDangKy": "1", "quyenSo": "1"},
        {
            "ngayDangKy": "10/03/2026",
            "soDangKy": "1",
            "quyenSo": "1",
            "soDinhDanh": "99",
        },
    ],
)
def test_a_registration_without_readable_data_is_no_registration(result: Any) -> None:
    with pytest.raises(results.EntryUnreadable):
        report("registered", ketQuaXuLy=result)


@pytest.mark.parametrize(
    "content",
    [
        "khong phai base64!",
        base64.b64encode(b"PK\x03\x04 khong phai pdf").decode(),
        7,
        ["x"],
    ],
)
def test_what_is_no_pdf_is_a_broken_answer(content: object) -> None:
    told = {**entry("registered")["ketQuaXuLy"], "giayKhaiSinh": content}
    with pytest.raises(results.EntryUnreadable) as wrong:
        report("registered", ketQuaXuLy=told)
    assert wrong.value.code == "result_unreadable"


def test_the_broken_result_of_the_document_is_refused() -> None:
    told = json.loads((BROKEN / "btp-poll-reply.result_is_no_base64.json").read_text())
    with pytest.raises(results.EntryUnreadable) as wrong:
        results.report_of(told["value"][0], ASKED, BTP, check)
    assert wrong.value.code == "result_unreadable"


def test_a_result_of_forty_megabytes_is_read() -> None:
    content = b"%PDF-1.4 " + b"7" * 30_000_000
    text = base64.b64encode(content).decode()
    assert len(text) > 40_000_000
    told = {**entry("registered")["ketQuaXuLy"], "giayKhaiSinh": text}
    assert report("registered", ketQuaXuLy=told).brought[0].content == content
