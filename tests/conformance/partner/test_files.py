"""Keys and certificates that a preset names as files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.conformance.partner import mock_pairs, preset
from gateway.conformance.partner.trying import Wanted, conform
from gateway.conformance.partner.xml_looking import xml_errors
from gateway.conforming import Role
from tests.conformance.partner.kit import ROOT, quietly, read


def test_files_lie_beside_the_preset(tmp_path: Path) -> None:
    path = tmp_path / "thu.toml"
    path.write_text("[files]\nissuer_key = 'khoa/a.pem'\n", "utf-8")
    found = preset.read(path, preset.Preset())
    assert found.files == {"issuer_key": tmp_path / "khoa" / "a.pem"}


async def test_a_file_that_is_not_there_is_told_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    kit = read("electricity")
    lacking = replace(kit.usual, files={"issuer_key": tmp_path / "a.pem"})
    wanted = Wanted(Role.SERVER, "http://127.0.0.1:9")
    with pytest.raises(ValueError, match=r"files\.issuer_key: không có tệp .*--preset"):
        await conform(kit, lacking, wanted, quietly())


def test_pairs_for_a_mock_are_in_force_or_over(tmp_path: Path) -> None:
    from cryptography import x509

    lie = mock_pairs.make(tmp_path, {"tot": False, "cu": True})
    ends = {
        name: x509.load_pem_x509_certificate((lie / f"{name}.cert.pem").read_bytes())
        for name in ("tot", "cu")
    }
    assert ends["cu"].not_valid_after_utc.year == 2021
    assert ends["tot"].not_valid_after_utc.year == 2040
    assert sorted(path.name for path in lie.iterdir()) == [
        *("cu.cert.pem", "cu.key.pem"),
        *("tot.cert.pem", "tot.key.pem"),
    ]


def test_what_a_schema_forbids_is_told_by_place_and_never_by_value() -> None:
    schema = ROOT / "schemas" / "agencies" / "tax" / "tct.xsd"
    good = (schema.parent / "samples" / "slip_new.xml").read_bytes()
    assert xml_errors(schema, good) == []
    wrong = good.replace(b"<LOAI_DENGHI>02<", b"<LOAI_DENGHI>Nguyen Van Kin<")
    (first, *_) = xml_errors(schema, wrong)
    assert first.startswith("/DATA/BODY/ROW/TT_CHUNG/LOAI_DENGHI (")
    assert "Kin" not in json.dumps(xml_errors(schema, wrong))
    assert xml_errors(schema, b"<!DOCTYPE a><a/>") == [
        "xml_dtd: a document type is declared"
    ]
