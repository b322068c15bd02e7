"""The samples are packages as the document describes them, and fit one another."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from cryptography.hazmat.primitives.serialization import pkcs7
from lxml import etree

from gateway.adapters.tax.mock_signatures import Certificate, signed_row
from gateway.adapters.tax.mock_xml import parse, text_of
from tests.unit.adapters.tax.counterpart import Party
from tests.unit.adapters.tax_file.medium import (
    GOI,
    SAMPLES,
    SCHEMA_OF,
    SCHEMAS,
    START,
    WORDS,
    File,
    goi_xsd,
    is_valid,
)

PORTAL = SCHEMAS.parent / "tax_portal" / "samples"
FOLDERS = sorted(path.name for path in SAMPLES.glob("goi.*/"))
TO_TAX = {"goi.phieu", "goi.tra_loi", "goi.ket_qua"}


def trusted(name: str) -> list[Certificate]:
    return [Certificate.load(str(SAMPLES / "certificates" / f"{name}.pem"))]


def listed(folder: str) -> tuple[dict[str, str], list[File]]:
    """What was signed by whoever sent a sample package, and its files."""
    root = parse((SAMPLES / folder / "goi.xml").read_bytes())
    assert goi_xsd().validate(root), goi_xsd().error_log
    by = trusted("sender" if folder in TO_TAX else "tax")
    row = signed_row(root, by, START, namespace=GOI)
    files: list[File] = []
    for entry in row.findall(f"{{{GOI}}}TEP"):
        told = {etree.QName(cell).localname: cell.text or "" for cell in entry}
        raw = (SAMPLES / folder / told["TEN"]).read_bytes()
        file = File(told["TEN"], told["LOAI"], raw)
        assert (told["KICH_THUOC"], told["MA_BAM"]) == (str(len(raw)), file.digest)
        files.append(file)
    return {etree.QName(cell).localname: cell.text or "" for cell in row}, files


def receipts() -> list[dict[str, Any]]:
    """Every receipt of all samples."""
    paths = [*SAMPLES.glob("BienNhan.*.json"), *SAMPLES.glob("goi.*/bien_nhan*.json")]
    assert len(paths) > 9
    return [one for p in paths for one in json.loads(p.read_text("utf-8"))["DanhSach"]]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_sample_package_is_signed_and_holds_what_it_lists(folder: str) -> None:
    row, files = listed(folder)
    there = {path.name for path in (SAMPLES / folder).iterdir()}
    assert there == {"goi.xml", *(file.name for file in files)}
    ends = (row["DON_VI_GUI"], row["DON_VI_NHAN"])
    us, tax = "H00.LT.01", "TCT-MAU-01"
    assert ends == ((us, tax) if folder in TO_TAX else (tax, us))
    wrong = [
        f.name for f in files if f.kind in SCHEMA_OF if not is_valid(f.kind, f.json)
    ]
    assert wrong == []


@pytest.mark.parametrize("name", sorted(set(SCHEMA_OF.values())))
def test_every_schema_is_one_of_2020_12(name: str) -> None:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    jsonschema_rs.meta.validate(schema)
    assert schema["$schema"].endswith("/2020-12/schema")


def test_every_sample_of_a_receipt_is_valid_and_named_after_its_code() -> None:
    for path in SAMPLES.glob("BienNhan.*.json"):
        content = json.loads(path.read_text("utf-8"))
        assert is_valid("BIEN_NHAN", content)
        assert [one["Ma"] for one in content["DanhSach"]] == [path.name.split(".")[1]]


def test_receipts_say_in_words_what_their_codes_mean() -> None:
    for one in receipts():
        assert one["MoTa"] == WORDS["package", one["Ma"]]
        for file in one.get("KetQua", ()):
            assert file["MoTa"] == WORDS["file", file["Ma"]]
            for row in file.get("Dong", ()):
                assert row["MoTa"] == WORDS["row", row["Ma"]]


def test_a_receipt_names_every_file_of_its_package() -> None:
    of = {listed(folder)[0]["SO_GOI"]: listed(folder)[1] for folder in FOLDERS}
    named = 0
    for one in receipts():
        if one["SoGoi"] in of:
            named += 1
            names = [result["Tep"] for result in one["KetQua"]]
            assert names == [file.name for file in of[one["SoGoi"]]]
    assert named == 2


def test_the_sample_slip_is_the_signed_one_of_the_portal_byte_for_byte() -> None:
    _, (file,) = listed("goi.phieu")
    assert file.raw == (PORTAL / "slip_new.xml").read_bytes()
    row = signed_row(parse(file.raw), trusted("issuer"), START)
    states = json.loads(
        (SAMPLES / "goi.bien_nhan" / "tinh_trang-1.json").read_text("utf-8")
    )
    (state,) = states["DanhSach"]
    assert state["DanhSachPhieu"][0]["MaBam"] == file.digest
    assert state["MaHoSo"] == text_of(row, "TT_CHUNG/MA_HS")


def test_the_sample_of_row_results_has_a_bad_row_among_good_ones() -> None:
    _, (file,) = listed("goi.ket_qua")
    notices = file.json["DanhSach"][0]["KetQua"][0]
    assert [row["Ma"] for row in notices["Dong"]] == ["00", "11", "00"]
    _, files = listed("goi.thong_bao")
    root = parse(files[0].raw)
    amounts = [line.findtext("SO_TIEN") for line in root.iter("LIST")]
    assert amounts == ["20000000", "5.000.000", "0"]
    dossiers = [block.findtext("MA_HSO") for block in root.iter("ROW_LIST")]
    assert dossiers == [one["MaHoSo"] for one in files[1].json["DanhSach"]]


@pytest.mark.parametrize("name", ["goi.phieu", "goi.bien_nhan"])
def test_a_sample_envelope_is_whole_and_opens_for_nobody(
    name: str, parties: dict[str, Party]
) -> None:
    raw = (SAMPLES / f"{name}.p7m").read_bytes()
    count = raw[1] - 0x80
    assert raw[0] == 0x30
    assert len(raw) == 2 + count + int.from_bytes(raw[2 : 2 + count], "big")
    own = parties["tax"]
    with pytest.raises(ValueError, match="recipient"):
        pkcs7.pkcs7_decrypt_der(raw, own.certificate.x509, own.private, [])


def test_no_sample_holds_a_private_key() -> None:
    files = [path for path in SAMPLES.rglob("*") if path.is_file()]
    assert len(files) > 25
    assert [p for p in files if b"PRIVATE KEY" in p.read_bytes()] == []


# ---------------------------------------------------------------- outside judges


def accepted(*command: str | Path) -> bool:
    words = [str(word) for word in command]
    run = subprocess.run(words, capture_output=True, check=False, timeout=20)
    return run.returncode == 0


@pytest.mark.system
def test_xmllint_accepts_the_list_of_every_sample() -> None:
    xmllint = ("xmllint", "--noout", "--nonet", "--schema", SCHEMAS / "goi.xsd")
    lists = [SAMPLES / folder / "goi.xml" for folder in FOLDERS]
    assert [path for path in lists if not accepted(*xmllint, path)] == []


@pytest.mark.system
def test_xmlsec1_accepts_the_signature_of_every_sample() -> None:
    for folder in FOLDERS:
        by = "sender" if folder in TO_TAX else "tax"
        own = SAMPLES / "certificates" / f"{by}.pem"
        verify = ("xmlsec1", "--verify", "--id-attr:Id", f"{GOI}:ROW")
        list_of_files = SAMPLES / folder / "goi.xml"
        assert accepted(*verify, "--pubkey-cert-pem", own, list_of_files), folder


@pytest.mark.system
def test_openssl_reads_the_form_of_the_sample_envelopes() -> None:
    for path in SAMPLES.glob("*.p7m"):
        show = ("openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", path)
        words = [str(word) for word in show]
        told = subprocess.run(words, capture_output=True, check=True, timeout=20)
        assert b"pkcs7-envelopedData" in told.stdout
        assert b"aes-256-cbc" in told.stdout
