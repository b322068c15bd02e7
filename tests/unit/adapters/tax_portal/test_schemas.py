"""The published schemas accept every sample, and nothing that must not be taken."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from pathlib import Path

import jsonschema_rs
import pytest
from cryptography import x509
from lxml import etree

from gateway.adapters.tax.mock_signatures import Certificate, check_seal, signed_row
from gateway.adapters.tax.mock_xml import parse, text_of
from tests.unit.adapters.tax_portal.published import (
    CODES,
    REFUSED,
    ROOT,
    SAMPLES,
    SCHEMAS,
    is_valid,
    sample,
    schema,
    schema_of,
)

JSON_SAMPLES = sorted(path.stem for path in SAMPLES.glob("*.json"))
SLIPS = {
    "GuiPhieuChuyen": "slip_new",
    "GuiPhieuChuyen.replace": "slip_replace",
    "GuiPhieuChuyen.supplement": "slip_supplement",
    "GuiPhieuChuyen.withdraw": "slip_withdraw",
}
FILES = {
    "ThongBaoThue": "thongbaothue",
    "ThongBaoThue.adjusted": "thongbaothue.adjusted",
    "ThongBaoThue.bad_rows": "thongbaothue.bad_rows",
}
BAD_CALLS = sorted(name for name in REFUSED if not name.endswith(".xml"))
ANSWERS = sorted({row["name"] for row in CODES["answer"]})
BAD_FILES = sorted(name for name in REFUSED if name.endswith(".xml"))


def test_every_schema_is_one_of_2020_12_and_has_a_sample() -> None:
    names = {path.stem for path in SCHEMAS.glob("*.json")}
    assert len(names) == 9
    for name in names:
        jsonschema_rs.meta.validate(schema(name))
        assert schema(name)["$schema"].endswith("/2020-12/schema")
    assert {schema_of(name) for name in JSON_SAMPLES} == names


@pytest.mark.parametrize("name", JSON_SAMPLES)
def test_a_schema_accepts_its_samples(name: str) -> None:
    assert is_valid(schema_of(name), sample(name))


@pytest.mark.parametrize("name", BAD_CALLS)
def test_a_schema_refuses_what_must_not_be_taken(name: str) -> None:
    assert not is_valid(schema_of(name), sample(f"refused/{name}"))


def test_every_refused_sample_has_its_reason_and_the_reverse() -> None:
    there = {p.name.removesuffix(".json") for p in (SAMPLES / "refused").iterdir()}
    assert there - {"expected.toml"} == set(REFUSED)
    answers = {row["name"] for row in CODES["answer"]}
    rows = {f"row_{row['code']}" for row in CODES["row_result"]}
    own = {"invalid", "unreadable", "no_answer"}
    assert set(REFUSED.values()) <= answers | rows | own


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_of_the_portal_has_a_sample_that_shows_it(name: str) -> None:
    rows = [row for row in CODES["answer"] if row["name"] == name]
    raw = SAMPLES / f"reply.{name}.http"
    if raw.exists():
        head, _, body = raw.read_text("utf-8").partition("\n\n")
        assert int(head.split()[1]) in {
            status for row in rows for status in row["http"]
        }
        assert rows[0].get("phrase", "") in body
        return
    (row,) = rows
    file = "TraCuuNghiaVu.reply.CHUA_CO" if name == "found" else f"reply.{name}"
    shown = sample(file)
    assert row["phrase"].casefold() in shown["message"].casefold()
    assert shown["error_code"] in row.get("error_code", [shown["error_code"]])


# ---------------------------------------------------------------- inside the calls


@pytest.mark.parametrize(("call", "slip"), SLIPS.items())
def test_a_call_holds_the_exact_bytes_of_its_signed_slip(call: str, slip: str) -> None:
    raw = (SAMPLES / f"{slip}.xml").read_bytes()
    told = sample(call)["Data"]
    assert base64.b64decode(told["FilePhieuChuyen"]) == raw
    issuer = Certificate.load(str(SAMPLES / "certificates" / "issuer.pem"))
    gateway = Certificate.load(str(SAMPLES / "certificates" / "gateway.pem"))
    at = x509.load_pem_x509_certificate(
        (SAMPLES / "certificates" / "issuer.pem").read_bytes()
    ).not_valid_before_utc
    check_seal(told["DauChuyen"], raw, [gateway], at)
    row = signed_row(parse(raw), [issuer], at)
    assert text_of(row, "TT_CHUNG/MA_HS") == told["MaHoSo"]
    assert text_of(row, "TT_CHUNG/SO_PHIEU") == told["SoPhieu"]
    assert text_of(row, "SYSTEM_INFO/MSG_TYPE") == told["LoaiPhieu"]


def test_the_hash_of_the_enquiry_is_that_of_the_slip() -> None:
    told = sample("TraCuuNghiaVu.reply.DANG_XU_LY")["Data"]["DanhSachPhieu"][0]
    raw = (SAMPLES / "slip_new.xml").read_bytes()
    assert told["MaBam"] == hashlib.sha256(raw).hexdigest()


@pytest.mark.parametrize(("call", "file"), FILES.items())
def test_a_push_holds_the_exact_bytes_of_its_notice_file(call: str, file: str) -> None:
    raw = base64.b64decode(sample(call)["Data"]["FileThongBaoThue"])
    assert raw == (SAMPLES / f"{file}.xml").read_bytes()


def test_the_answer_to_a_file_with_bad_rows_names_each_row_in_order() -> None:
    root = parse((SAMPLES / "thongbaothue.bad_rows.xml").read_bytes())
    rows = [
        (one.findtext("MA_HSO"), line.findtext("SO_QUYET_DINH"))
        for one in root.iter("ROW_LIST")
        for line in one.iter("LIST")
    ]
    told = sample("callback-reply.bad_rows")["Data"]["KetQua"]
    assert [(r["MA_HSO"], r["SO_QUYET_DINH"]) for r in told] == rows
    assert [r["Dong"] for r in told] == [str(n) for n in range(1, len(rows) + 1)]
    texts = {row["code"]: row["text"] for row in CODES["row_result"]}
    assert all(r["MoTa"] == texts[r["Ma"]] for r in told)


def test_no_sample_holds_a_private_key() -> None:
    files = [path for path in SAMPLES.rglob("*") if path.is_file()]
    assert len(files) > 90
    assert [p for p in files if b"PRIVATE KEY" in p.read_bytes()] == []


# ---------------------------------------------------------------- outside judges


def xmllint_accepts(document: Path, xsd: Path) -> bool:
    command = ["xmllint", "--noout", "--nonet", "--schema", str(xsd), str(document)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.system
def test_xmllint_accepts_the_notice_files_and_refuses_the_bad_ones() -> None:
    xsd = SCHEMAS / "thongbaothue.xsd"
    good = [p for p in SAMPLES.glob("thongbaothue*.xml") if "bad_rows" not in p.name]
    assert len(good) == 3
    assert [p.name for p in good if not xmllint_accepts(p, xsd)] == []
    bad = [SAMPLES / "refused" / name for name in BAD_FILES]
    bad.append(SAMPLES / "thongbaothue.bad_rows.xml")
    assert [p.name for p in bad if xmllint_accepts(p, xsd)] == []


@pytest.mark.system
def test_xmllint_accepts_the_slips_of_all_four_kinds() -> None:
    xsd = ROOT / "schemas" / "agencies" / "tax" / "tct.xsd"
    slips = [SAMPLES / f"{name}.xml" for name in SLIPS.values()]
    assert [p.name for p in slips if not xmllint_accepts(p, xsd)] == []


def test_every_sample_is_written_in_utf_8_and_ends_where_it_should() -> None:
    for path in SAMPLES.rglob("*.json"):
        assert json.loads(path.read_bytes()) is not None
    for path in SAMPLES.glob("thongbaothue*.xml"):
        assert etree.QName(parse(path.read_bytes())).localname == "DATA"
