"""What DVCLT hands over, read from the samples of the document."""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from gateway.adapters.civil_registry import details
from gateway.domain.errors import AgencyBrokeContract, ReportRefused
from gateway.domain.report import AgencyReport, Reference, ReportKind
from gateway.validation.json_schema import JSONSchemaCatalogue
from tests.unit.adapters.civil_registry.published import (
    BROKEN,
    EXPECTED,
    ROOT,
    SAMPLES,
    sample,
)
from tests.unit.adapters.documents import http_message

BIRTH = "G22.99.01-260310-0001"
LINES = {
    "KS": details.Line(70001, BIRTH, "2.999201", "KS", 99103, {"id": 70001}),
    "KT": details.Line(
        70002, "G22.99.02-260310-0002", "2.999202", "KT", 99103, {"id": 70002}
    ),
}


@cache
def catalogue() -> JSONSchemaCatalogue:
    return JSONSchemaCatalogue.load(ROOT / "schemas")


def check(name: str, content: Any) -> Any:
    return catalogue().errors(name, content)


def read(body: bytes, module: str = "KS") -> AgencyReport:
    return details.read_detail(LINES[module], body, check)


def detail(**changed: Any) -> bytes:
    """The detail of the birth, with parts of its second layer changed."""
    inner = {**sample("dvclt-detail-inner.KS"), **changed}
    return json.dumps({"data": json.dumps(inner)}).encode()


def opened(report: AgencyReport) -> dict[str, Any]:
    assert report.opens is not None
    return report.opens


# ------------------------------------------------------------ the list


def test_the_list_names_each_line_by_dossier_code_and_id() -> None:
    page = details.read_list((SAMPLES / "dvclt-list.json").read_bytes(), check)
    found = [(line.number, line.id, line.module, line.unit) for line in page.lines]
    assert found == [
        (BIRTH, 70001, "KS", 99103),
        ("G22.99.02-260310-0002", 70002, "KT", 99103),
        (BIRTH, 70003, "KS", 99103),
    ]
    assert (page.count, page.unread) == (3, ())


def test_a_line_that_is_none_stops_no_other() -> None:
    rows = sample("dvclt-list")["data"]
    told = {"data": [{**rows[0], "id": "x"}, 7, rows[1]]}
    page = details.read_list(json.dumps(told).encode(), check)
    assert [line.id for line in page.lines] == [70002]
    assert page.count == 3
    first, second = page.unread
    assert first.label == {"maHoSo": BIRTH, "id": "x"}
    assert first.refused is not None
    assert "id" in first.refused.remedy
    assert (second.report, second.raw) == (None, b"7")


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b'{"data":{}}', b"<html>", b'{"data":[{']
)
def test_what_is_no_list_is_no_empty_list(body: bytes) -> None:
    with pytest.raises(AgencyBrokeContract):
        details.read_list(body, check)


# ------------------------------------------------------------ the three layers


@pytest.mark.parametrize("module", ["KS", "KT"])
def test_the_sample_opens_a_dossier_with_what_it_tells(module: str) -> None:
    report = read((SAMPLES / f"dvclt-detail.{module}.json").read_bytes(), module)
    line = LINES[module]
    known = Reference(details.ONE_STOP, "ma_ho_so_lt", line.number)
    assert report.kind is ReportKind.OPENED
    assert report.about == report.introduces == (known,)
    assert report.facts == {"module": module, "unit": 99103}
    document = opened(report)
    assert document["linked_number"] == line.number
    assert document["case"] == line.procedure
    assert document["area"] == {"commune": "99103", "as_of": "2026-03-10"}
    kept = document["extension"]["dvclt"]
    assert kept == {"maDonVi": 99103, "module": module, "id": line.id}


def test_the_birth_is_told_in_the_words_of_a_dossier() -> None:
    document = opened(read((SAMPLES / "dvclt-detail.KS.json").read_bytes()))
    assert document["birth"]["child"]["name"] == "Nguyễn Văn Ví Dụ"
    assert document["birth"]["mother"]["birth"] == "1998"
    assert document["applicant"]["name"] == "Trần Thị Mẫu"
    assert document["registration"]["relation"] == "Mẹ"
    assert document["received_at"] == "2026-03-10T07:15:00+07:00"


def test_a_moment_of_dvclt_is_vietnams() -> None:
    report = read((SAMPLES / "dvclt-detail.KS.json").read_bytes())
    assert report.event_at == datetime(2026, 3, 10, 0, 15, tzinfo=UTC)


def test_only_papers_in_force_come_along_byte_for_byte() -> None:
    report = read((SAMPLES / "dvclt-detail.KS.json").read_bytes())
    (paper,) = opened(report)["documents"]
    told = sample("dvclt-detail-inner.KS")["fileDinhKem"][0]["duLieuTepDinhKem"]
    content = base64.b64decode(told)
    digest = hashlib.sha256(content).hexdigest()
    assert paper == {
        "name": "Giấy chứng sinh",
        "code": "GCS",
        "files": [{"name": "giay-to-801.pdf", "sha256": digest, "source_id": 801}],
    }
    (file,) = report.brought
    assert (file.content, file.sha256) == (content, digest)


def test_base64_may_hold_line_breaks() -> None:
    (paper, _) = sample("dvclt-detail-inner.KS")["fileDinhKem"]
    text = paper["duLieuTepDinhKem"]
    broken = "\r\n".join(text[i : i + 76] for i in range(0, len(text), 76))
    report = read(detail(fileDinhKem=[{**paper, "duLieuTepDinhKem": broken}]))
    assert report.brought[0].content == base64.b64decode(text)


@pytest.mark.parametrize("content", ["khong-phai-base64!", "QUJ", "chữ", ""])
def test_a_paper_that_nobody_can_read_is_named_and_opens_the_dossier_all_the_same(
    content: str,
) -> None:
    (paper, _) = sample("dvclt-detail-inner.KS")["fileDinhKem"]
    report = read(detail(fileDinhKem=[{**paper, "duLieuTepDinhKem": content}]))
    document = opened(report)
    assert document["documents"] == [{"name": "Giấy chứng sinh", "code": "GCS"}]
    assert "giay-to-801.pdf" in document["notes"]
    assert report.brought == ()


def test_the_root_has_any_name_and_a_declaration_may_stand_before_it() -> None:
    xml = sample("dvclt-detail-inner.KS")["data"]
    other = xml.replace("hoSoLienThong", "Ho_So")
    assert other != xml
    for told in (
        other,
        f'<?xml version="1.0" encoding="utf-16"?>\n{xml}',
        f"<a><b>{xml}</b></a>",
    ):
        assert opened(read(detail(data=told)))["birth"]["child"]["sex"] == "male"


def test_unknown_fields_of_every_layer_are_kept() -> None:
    xml = sample("dvclt-detail-inner.KS")["data"].replace(
        "</hoTich>", "<la><a>1</a><b>hai</b></la><ghi>x</ghi></hoTich>"
    )
    line = details.Line(
        70001, BIRTH, "2.999201", "KS", 99103, {"techId": "vi-du", "moi": 1}
    )
    report = details.read_detail(line, detail(data=xml, khac=[2]), check)
    kept = opened(report)["extension"]["dvclt"]
    assert kept["la"] == {"a": "1", "b": "hai"}
    assert (kept["ghi"], kept["khac"], kept["moi"]) == ("x", [2], 1)
    assert kept["techId"] == "vi-du"


def test_a_field_in_another_form_is_kept_and_the_dossier_opens_without_it() -> None:
    xml = sample("dvclt-detail-inner.KS")["data"].replace("02.03.2026", "02/03/2026")
    document = opened(read(detail(data=xml)))
    assert "born_on" not in document["birth"]["child"]
    assert document["extension"]["dvclt"]["nksNgaySinh"] == "02/03/2026"


def test_decomposed_letters_are_composed() -> None:
    xml = unicodedata.normalize("NFD", sample("dvclt-detail-inner.KS")["data"])
    document = opened(read(detail(data=xml)))
    assert document["birth"]["child"]["name"] == "Nguyễn Văn Ví Dụ"


def test_comments_are_no_values() -> None:
    xml = sample("dvclt-detail-inner.KS")["data"].replace(
        "Nguyễn Văn Ví Dụ", "Nguyễn <!-- x -->Văn Ví Dụ"
    )
    assert (
        opened(read(detail(data=xml)))["birth"]["child"]["name"] == "Nguyễn Văn Ví Dụ"
    )


def test_the_same_line_is_known_again_and_a_supplement_is_another() -> None:
    body = (SAMPLES / "dvclt-detail.KS.json").read_bytes()
    first, again = read(body), read(body)
    line = details.Line(70003, BIRTH, "2.999201", "KS", 99103, {})
    supplement = details.read_detail(line, body, check)
    assert first.fingerprint == again.fingerprint != supplement.fingerprint
    assert supplement.about == first.about
    assert supplement.renews


# ------------------------------------------------------------ what cannot be read

LAYERS = {
    "outer layer": "detail_outer",
    "second layer": "detail_inner",
    "third layer": "detail_xml",
}


def broken(name: str) -> bytes:
    if name.endswith(".http"):
        return http_message(BROKEN / name)[2]
    return (BROKEN / name).read_bytes()


@pytest.mark.parametrize(
    ("name", "where"),
    [(n, w) for n, w in EXPECTED.items() if n.startswith("dvclt-detail.")],
)
def test_a_broken_detail_is_refused_in_words_that_name_its_layer(
    name: str, where: str
) -> None:
    if where == "paper":
        assert opened(read(broken(name)))["notes"]
        return
    with pytest.raises(ReportRefused) as refused:
        read(broken(name))
    assert refused.value.code == LAYERS[where]
    assert refused.value.remedy.startswith("Hồ sơ lấy từ DVCLT ")
    assert "Nguyễn" not in refused.value.remedy


@pytest.mark.parametrize("name", ["entity", "no_hotich"])
def test_a_broken_third_layer_is_refused(name: str) -> None:
    xml = (BROKEN / f"dvclt-hoTich.{name}.xml").read_text("utf-8")
    with pytest.raises(ReportRefused) as refused:
        read(detail(data=xml))
    assert refused.value.code == "detail_xml"


def test_the_detail_of_another_dossier_is_refused() -> None:
    with pytest.raises(ReportRefused) as refused:
        read(detail(maHoSo="G22.99.01-260310-0009"))
    assert refused.value.code == "detail_of_another"


@pytest.mark.parametrize(
    "changed",
    [
        {"module": "LTKH"},
        {"fileDinhKem": None},
        {"fileDinhKem": ["x"]},
        {"data": ""},
        {"ngayTiepNhan": "10/03/2026"},
        {"ngayTiepNhan": "2026-02-30T07:15:00"},
    ],
)
def test_a_second_layer_that_the_document_does_not_allow_is_refused(
    changed: dict[str, Any],
) -> None:
    with pytest.raises(ReportRefused) as refused:
        read(detail(**changed))
    assert refused.value.code == "detail_inner"


def test_a_paper_of_forty_megabytes_is_read() -> None:
    content = b"%PDF-1.4 " + b"0" * 30_000_000
    (paper, _) = sample("dvclt-detail-inner.KS")["fileDinhKem"]
    text = base64.b64encode(content).decode()
    report = read(detail(fileDinhKem=[{**paper, "duLieuTepDinhKem": text}]))
    assert report.brought[0].content == content
