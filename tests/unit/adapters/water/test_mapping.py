"""Messages as rows, files and manifests of a lot; errors as a table that goes back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from gateway.adapters.water import mapping
from gateway.adapters.water.mapping import Company, Laid, Told
from gateway.adapters.water.tables import lines_of
from gateway.domain.errors import NeedsConfiguration, NeedsData
from gateway.domain.identifiers import AgencyId, MessageKind, OfficeId, TransferId
from gateway.domain.report import Reference
from gateway.ports.agency import Course, File, LegView, OutboundMessage
from gateway.sheets.forms import Form
from gateway.sheets.spreadsheets import FileSpreadsheets
from gateway.validation.json_schema import JSONSchemaCatalogue
from tests.unit.adapters.water.published import CONTRACT, ROOT, SAMPLES, said_by

CATALOGUE = JSONSchemaCatalogue.load(ROOT / "schemas")
WATER, ONE_STOP = AgencyId("water"), AgencyId("one_stop")
COMPANY = Company(WATER, {"1.999020": "LAP_MOI", "1.999021": "DOI_TEN"})
CREATED = datetime(2026, 3, 10, 1, tzinfo=UTC)


def paper(title: str, name: str = "Nguyễn Văn Mẫu.PDF") -> File:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"%PDF"

    return File(name, title, "application/pdf", 4, pieces)


def message(number: str, kind: str = "hand_over", **changed: Any) -> OutboundMessage:
    procedure = changed.pop("procedure", "1.999020")
    dossier = changed.pop("dossier", f"H00.99.01-{number}")
    references = changed.pop("references", ())
    given: dict[str, Any] = {
        "transfer_id": TransferId(number),
        "kind": MessageKind(kind),
        "office": OfficeId("nuoc-mau"),
        "idempotency_key": number,
        "references": (Reference(ONE_STOP, "ma_ho_so", dossier), *references),
        "view": LegView({}),
        "created_at": CREATED,
        "course": Course(procedure, "Ví dụ", "water", 1, date(2026, 3, 24), ""),
        **changed,
    }
    return OutboundMessage(**given)


def sample_messages() -> list[OutboundMessage]:
    """What the sample lot says, as delivery would hand it over."""
    applicant = {
        "name": "Nguyễn Văn Mẫu",
        "identity": {"number": "000000000001"},
        "phone": "0900000001",
        "address": "Số 1, đường Ví Dụ, xã Mẫu Một",
    }
    new = message(
        "YC.H00-0001",
        dossier="H00.99.01-260310-0001",
        view=LegView(
            {
                "received_at": "2026-03-10T07:45:00+07:00",
                "due_on": "2026-03-24",
                "applicant": applicant,
                "area": {
                    "commune": "99101",
                    "address": "Số 1, đường Ví Dụ, xã Mẫu Một",
                },
            },
            (paper("Đơn đề nghị"), paper("Giấy tờ về chỗ ở hợp pháp")),
        ),
    )
    papers = message(
        "YC.H00-0002",
        "supplement",
        dossier="H00.99.01-260309-0007",
        procedure="1.999021",
        references=(
            Reference(WATER, "so_ho_so", "HS-26/0415"),
            Reference(AgencyId("other"), "so_ho_so", "X"),
        ),
        view=LegView(
            {
                "applicant": {"name": "Trần Thị Ví Dụ"},
                "water": {"customer_number": "00000123456"},
            },
            (paper("Hợp đồng mua bán nhà"),),
        ),
        content={
            "documents": [{"name": "Hợp đồng mua bán nhà"}],
            "note": "Người dân nộp thêm hợp đồng mua bán nhà.",
            "new_due_on": "2026-03-18",
        },
    )
    withdrawn = message(
        "YC.H00-0003",
        "withdraw",
        dossier="H00.99.01-260310-0002",
        view=LegView({"applicant": {"name": "Công ty TNHH Mẫu"}}),
        content={"reason": "=> Người dân không làm nữa."},
    )
    return [new, papers, withdrawn]


def sample_rows() -> list[dict[str, str]]:
    found = []
    for place, one in enumerate(sample_messages(), 1):
        files = mapping.papers(one)
        names = [
            mapping.paper_name("YC-000018", place, number, file)
            for number, file in enumerate(files, 1)
        ]
        row = mapping.row(one, COMPANY) | {"STT": str(place)}
        found.append(row | ({"GIAY_TO": "; ".join(names)} if names else {}))
    return found


def test_a_lot_is_the_published_one_byte_for_byte() -> None:
    by_code, by_words = mapping.requests_tables(sample_rows(), CONTRACT)
    assert by_code == (SAMPLES / "yeu-cau/YC-000018.csv").read_bytes()
    (sheet,) = FileSpreadsheets().read(by_words, max_rows=99).sheets
    published = (SAMPLES / "yeu-cau/YC-000018.xlsx").read_bytes()
    (wanted,) = FileSpreadsheets().read(published, max_rows=99).sheets
    assert (sheet.name, sheet.rows) == (wanted.name, wanted.rows)


def test_rows_and_manifest_are_as_their_schemas_want_them() -> None:
    rows = sample_rows()
    for row in rows:
        told = dict(row)
        for name in {"NGAY_TIEP_NHAN", "HAN_TRA"} & told.keys():
            told[name] = "-".join(reversed(told[name].split("/")))
        assert CATALOGUE.errors("urn:lienthong:schema:water:yeu_cau:1", told) == ()
    published = json.loads((SAMPLES / "yeu-cau/YC-000018.json").read_text("utf-8"))
    files = [
        Laid(one["ten"], one["vai_tro"], one["kich_thuoc"], one["sha256"])
        for one in published["tep"]
    ]
    made = mapping.manifest(
        18, rows, files, sender="H00.LT.01", receiver="CN-MAU-01", at=CREATED
    )
    assert json.loads(made) == published
    assert CATALOGUE.errors("urn:lienthong:schema:water:lo:1", json.loads(made)) == ()


def test_no_name_of_a_file_tells_who_somebody_is() -> None:
    names = [
        mapping.paper_name("YC-000001", 1, 1, paper("", name))
        for name in ("Nguyễn Văn Mẫu.PDF", "../../x", "a.Nguyễn Văn Mẫu", "b.tar.gz")
    ]
    stem = "YC-000001.001-01"
    assert names == [f"{stem}.pdf", stem, stem, f"{stem}.gz"]


def test_a_semicolon_in_a_title_does_not_make_two_papers() -> None:
    told = mapping.row(
        message("n-1", view=LegView({}, (paper("Đơn; bản sao"),))), COMPANY
    )
    assert told["TEN_GIAY_TO"] == "Đơn, bản sao"


@pytest.mark.parametrize("sign", ["=1+1", "+84900000001", "-5", "@SUM(A1)"])
def test_nothing_is_computed_by_excel_and_a_reader_gets_it_back(sign: str) -> None:
    made = mapping.comma_text(["MA_HO_SO"], [[sign]])
    assert made.decode("utf-8-sig").splitlines()[1] == f"'{sign}"
    head = "MA_HO_SO", "TRANG_THAI", "NGAY", "NOI_DUNG"
    table = mapping.comma_text(head, [["x", "KHAO_SAT", "12/03/2026", sign]])
    assert said_by(table).rows[0].values["NOI_DUNG"] == sign


def test_a_revised_dossier_is_told_as_such_with_its_revision() -> None:
    first = mapping.row(message("n-1"), COMPANY)
    second = mapping.row(message("n-2", revision=2), COMPANY)
    assert (first["LOAI"], first["LAN"]) == ("MOI", "1")
    assert (second["LOAI"], second["LAN"]) == ("SUA", "2")


def test_a_commune_of_an_old_list_goes_out_as_what_it_became() -> None:
    view = LegView({"area": {"commune": "99011", "as_of": "2025-06-30"}})
    facts = {"commune": "99103", "commune_on": "2026-03-10"}
    assert (
        mapping.row(message("n", view=view, facts=facts), COMPANY)["MA_XA"] == "99103"
    )
    assert mapping.row(message("n", view=view), COMPANY)["MA_XA"] == "99011"
    assert "MA_XA" not in mapping.row(message("n", facts=facts), COMPANY)


def test_every_kind_of_the_list_has_its_request() -> None:
    content = {"reason": "Lý do", "content": "Sai", "note": "Thêm"}
    told = {
        kind: mapping.row(message("n", kind, content=content), COMPANY)["LOAI"]
        for kind in ("supplement", "withdraw", "result_handed", "result_wrong")
    }
    assert list(told.values()) == ["BO_SUNG", "RUT", "DA_TRA", "SAI_KET_QUA"]


def test_what_is_missing_is_not_invented() -> None:
    for kind in ("withdraw", "result_wrong"):
        with pytest.raises(NeedsData) as missing:
            mapping.row(message("n", kind), COMPANY)
        assert missing.value.code == "reason_missing"
    with pytest.raises(NeedsData):
        mapping.row(replace(message("n"), references=()), COMPANY)
    with pytest.raises(NeedsConfiguration) as unmapped:
        mapping.row(message("n", procedure="1.999099"), COMPANY)
    assert unmapped.value.code == "service_unmapped"
    told = mapping.row(message("n"), COMPANY)
    assert told.keys() == {
        *("MA_YEU_CAU", "LOAI", "MA_HO_SO", "LAN", "MA_THU_TUC", "DICH_VU")
    }


# ---------------------------------------------------------------- reports of errors


def test_a_report_of_errors_is_the_published_one() -> None:
    content = (SAMPLES / "loi/TL-000006.csv").read_bytes()
    lines = {
        one.number: one for one in lines_of(content, CONTRACT, FileSpreadsheets()).lines
    }
    told = [Told("D03", "MA_HO_SO", lines[3]), Told("D04", "NGAY", lines[4])]
    made = mapping.error_report("TL-000006.csv", told, Form.CSV, CONTRACT)
    assert made == (SAMPLES / "loi/TL-000006.loi.csv").read_bytes()


@pytest.mark.parametrize("form", [Form.CSV, Form.XLSX])
def test_what_the_clerk_corrects_in_a_report_is_a_table_of_answers(form: Form) -> None:
    path = SAMPLES / "doc-duoc/o-ngay-o-so.xlsx"
    (line,) = lines_of(path.read_bytes(), CONTRACT, FileSpreadsheets()).lines
    made = mapping.error_report("a.xlsx", [Told("D05", "NGAY", line)], form, CONTRACT)
    (row,) = said_by(made).rows
    assert row.values["SO_DANH_BO"] == "12345678901"
    assert row.values["SO_TIEN"] == "1250000"


def test_an_error_of_a_whole_file_has_no_row() -> None:
    made = mapping.error_report("a b.xls", [Told("T05")], Form.CSV, CONTRACT)
    heads, row = csv.reader(io.StringIO(made.decode("utf-8-sig")), delimiter=";")
    told = {name: value for name, value in zip(heads, row, strict=True) if value}
    assert told.keys() == {"TEN_TEP", "MA_LOI", "LOI", "CACH_SUA"}
