"""Why a call was not taken, as a developer at the other end reads it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.mockagency.expect_schemas import Schemas
from gateway.mockagency.expect_xml import xml_differences
from gateway.mockagency.faults import Fault
from gateway.mockagency.journal_masks import UNKNOWN, Masks
from tests.unit.mockagency.mocks import KEY, SAMPLES, SUBMIT, Mock, opened

FIELDS = {"where", "what", "seen", "wanted", "words"}


async def _why(mock: Mock) -> list[dict[str, Any]]:
    found = (await mock("GET", "/_control/unmatched")).json["unmatched"]
    assert all(set(d) == FIELDS for one in found for d in one["differences"])
    rows: list[dict[str, Any]] = found
    return rows


async def test_a_call_as_the_document_has_it_needs_no_explanation(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as mock:
        assert (await mock.submit()).json["TYPE"] == "OK"
        assert await _why(mock) == []


async def test_a_path_that_is_nearly_one_names_it_and_reads_the_body_too(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as mock:
        await mock("POST", "/themmoi_tiepnhanyeucau", b'{"MA_GIAODICH": 7}')
        (one,) = await _why(mock)
    assert (one["why"], one["nearest"]) == ("no_route", f"POST {SUBMIT}")
    route, *body = one["differences"]
    assert (route["seen"], route["wanted"]) == ("/themmoi_tiepnhanyeucau", SUBMIT)
    assert "type" in {d["what"] for d in body if d["where"] == "MA_GIAODICH"}
    assert one["sample"].endswith("samples/themMoi_TiepNhanYeuCau.json")


async def test_a_path_like_none_lists_those_that_there_are(tmp_path: Path) -> None:
    async with opened(tmp_path) as mock:
        await mock("POST", "/q/x/9")
        (one,) = await _why(mock)
    assert (one["why"], one["nearest"]) == ("no_route", "")
    assert "/huyYeuCau" in one["words"]


async def test_a_wrong_method_names_the_right_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as mock:
        await mock("GET", SUBMIT)
        (one,) = await _why(mock)
    assert (one["why"], one["nearest"]) == ("method", f"POST {SUBMIT}")


@pytest.mark.parametrize(
    ("changed", "where", "what", "said"),
    [
        ({"DTHOAI": None}, "DTHOAI", "missing", "Thiếu trường bắt buộc"),
        ({"SO_HSGT": 2}, "SO_HSGT", "type", "chuỗi ký tự"),
        ({"NGAY_YCAU": "10.03.2026"}, "NGAY_YCAU", "format", "đúng mẫu"),
        ({"TEN_LA": "x"}, "TEN_LA", "unknown", "không có trường này"),
        ({"ten_nguoiycau": "x"}, "ten_nguoiycau", "unknown", "Có phải TEN_NGUOIYCAU?"),
        ({"MDICH_SHOAT": "2"}, "MDICH_SHOAT", "code", '"1"'),
    ],
)
async def test_a_body_is_held_against_its_schema_field_by_field(
    tmp_path: Path, changed: dict[str, Any], where: str, what: str, said: str
) -> None:
    async with opened(tmp_path) as mock:
        await mock.submit(**changed)
        (one,) = await _why(mock)
    found = [d for d in one["differences"] if d["where"] == where]
    assert [d["what"] for d in found] == [what], one["differences"]
    assert said in found[0]["words"]
    value = next(iter(changed.values()))
    assert found[0]["seen"] == ("" if value is None else json.dumps(value))


async def test_a_right_body_with_a_wrong_key_says_where_to_look(tmp_path: Path) -> None:
    async with opened(tmp_path) as mock:
        await mock.submit(KHOA="mot-khoa-sai")
        (one,) = await _why(mock)
    assert (one["why"], one["differences"]) == ("refused", [])
    assert "key_refused" in one["words"]
    assert "khóa" in one["words"]


async def test_a_secret_is_not_told_by_a_difference(tmp_path: Path) -> None:
    async with opened(tmp_path) as mock:
        await mock.submit(KHOA=["khoa-trong-danh-sach"], GHI_CHU_LA=f"khoa {KEY}")
        whole = (await mock("GET", "/_control/unmatched")).body.decode()
        (one,) = await _why(mock)
    assert "khoa-trong-danh-sach" not in whole
    assert KEY not in whole
    assert UNKNOWN in {d["seen"] for d in one["differences"]}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
async def test_what_is_no_json_is_said_to_be_none(tmp_path: Path, body: bytes) -> None:
    async with opened(tmp_path) as mock:
        await mock("POST", SUBMIT, body)
        (one,) = await _why(mock)
    assert [d["what"] for d in one["differences"]] == ["malformed"]


async def test_a_call_that_a_planned_fault_met_is_no_mistake_of_its_caller(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as mock:
        mock.agency.plan.add(Fault("electricity", "hand_over", "error_500_before"))
        assert (await mock.submit()).status == 500
        assert await _why(mock) == []


TAX = Schemas("tax", {"/tct/GuiThongDiep": "tax/tct.xsd"})
CALL = (SAMPLES / "tax" / "samples" / "call_slip_new.xml").read_text("utf-8")


def _of_xml(text: str) -> list[tuple[str, str]]:
    wanted = TAX.of("/tct/GuiThongDiep", "GuiThongDiep", b"")
    assert wanted is not None
    found = xml_differences(text.encode(), wanted.path, Masks({}))
    return [(one.what, one.words) for one in found]


def test_a_message_of_xml_is_read_through_its_envelope() -> None:
    assert _of_xml(CALL) == []
    ((what, words),) = _of_xml(CALL.replace("MaThongDiep", "MaThongDip"))
    assert (what, "MaThongDip" in words) == ("unknown", True)


def test_a_message_packed_inside_another_is_read_too() -> None:
    packed = re.search(r"<NoiDung>(.*?)</NoiDung>", CALL, re.DOTALL)
    assert packed
    inner = base64.b64decode(packed[1]).decode()
    assert "<SO_PHIEU>" in inner
    broken = base64.b64encode(inner.replace("SO_PHIEU>", "SO_PHIU>").encode()).decode()
    found = _of_xml(CALL.replace(packed[1], broken))
    assert "SO_PHIU" in found[0][1]


def test_entities_of_a_hostile_message_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("noi-dung-bi-mat")
    text = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]><a>&x;</a>'
    assert "noi-dung-bi-mat" not in str(_of_xml(text))


SAMPLED = [
    ("electricity", "/themMoi_TiepNhanYeuCau", "electricity/samples/themMoi_TiepNhanYeuCau"),
    ("land_registry", "/vbdlis/tiepnhan", "land_registry/samples/tiepnhan"),
    ("land_registry", "/ilis-truc/TiepNhanHoSo", "land_registry_ilis/samples/TiepNhanHoSo"),
    ("land_registry", "/ilis/TiepNhanHoSo", "land_registry_ilis/samples/TiepNhanHoSo"),
    ("tax", "/thue/dichvu", "tax_portal/samples/TraCuuNghiaVu"),
    ("civil_registry", "/dvclt/api/tokens", "civil_registry/samples/dvclt-token-request"),
    ("civil_registry", "/btp/nhanHoSoDKHT", "civil_registry/samples/nhanHoSoDKHT"),
    ("open", "/open/{office}", "open/samples/push"),
]  # fmt: skip


def _errors(agency: str, route: str, body: bytes) -> Iterator[Any]:
    from importlib import import_module

    module = import_module(f"gateway.adapters.{agency}.mock")
    schemas = Schemas(agency, getattr(module, "SCHEMAS_OF", None))
    wanted = schemas.of(route, route.rpartition("/")[2], body)
    assert wanted is not None, route
    yield from wanted.validator.iter_errors(json.loads(body))


@pytest.mark.parametrize(("agency", "route", "path"), SAMPLED)
def test_each_operation_is_held_against_the_schema_that_its_own_sample_fits(
    agency: str, route: str, path: str
) -> None:
    sample = next(iter(sorted(SAMPLES.glob(f"{path}*.json"))))
    body = json.loads(sample.read_bytes())
    assert list(_errors(agency, route, json.dumps(body).encode())) == []
    if "Service" not in body:
        assert list(_errors(agency, route, b'{"khong_co_o_dau": 1}')) != []
