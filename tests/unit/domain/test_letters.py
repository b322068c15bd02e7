"""A dossier's text is turned when it is certain, and kept as it came."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.domain.letters import normalised, read, spoken, with_marks
from gateway.domain.old_letters import Encoding
from tests.old_text import ENCODERS

OLD = sorted(ENCODERS)
CLEAN = {
    "number": "H00.01-260310-0001",
    "applicant": {"name": "Nguyễn Thị Mẫu Lệ", "address": "Thôn Ví Dụ, xã Mẫu"},
    "documents": [
        {"name": "Lê", "files": [{"name": "Hợp đồng.pdf", "content": "Vïï="}]}
    ],
    "notes": "plain",
}


def written(encoding: Encoding, value: Any = None) -> dict[str, Any]:
    text = json.dumps(CLEAN if value is None else value, ensure_ascii=False)
    document: dict[str, Any] = json.loads(ENCODERS[encoding](text))
    if value is None:
        document["documents"][0]["files"][0]["content"] = "Vïï="
    return document


@pytest.mark.parametrize("encoding", OLD)
@pytest.mark.parametrize("is_named", [True, False], ids=["named", "not named"])
def test_a_whole_dossier_of_an_old_encoding_is_turned_and_kept_as_it_came(
    encoding: Encoding, is_named: bool
) -> None:
    document = written(encoding)
    if is_named:
        document["encoding"] = encoding.value
    found = read(document)
    expected = {**CLEAN, "encoding": encoding.value} if is_named else CLEAN
    assert found.document == expected
    assert (found.encoding, found.doubt) == (encoding, None)
    assert json.loads(found.text) == expected
    assert found.received is not None
    assert found.received["/applicant/name"] == document["applicant"]["name"]
    assert "/notes" not in found.received


def test_bytes_in_base64_are_no_text() -> None:
    found = read(written(Encoding.VNI))
    assert found.document["documents"][0]["files"][0]["content"] == "Vïï="


@pytest.mark.parametrize("encoding", OLD)
def test_old_text_beside_unicode_waits_until_it_is_named(encoding: Encoding) -> None:
    name = ENCODERS[encoding]("Nguyễn Thị Mẫu Huệ")
    mixed = {**CLEAN, "applicant": {"name": name}}
    found = read(mixed)
    assert (found.document, found.doubt) == (mixed, "text_encoding_unknown")
    assert found.received is None
    as_told = read({**mixed, "encoding": encoding.value})
    assert as_told.document["applicant"]["name"] == "Nguyễn Thị Mẫu Huệ"
    assert as_told.document["documents"] == CLEAN["documents"]
    assert as_told.received == {"/applicant/name": name}
    as_meant = read({**mixed, "encoding": "Unicode"})
    assert as_meant.document["applicant"]["name"] == name
    assert as_meant.doubt is None


def test_unicode_is_left_alone() -> None:
    found = read(CLEAN)
    assert found.document is CLEAN
    assert (found.encoding, found.doubt, found.received) == (
        Encoding.UNICODE,
        None,
        None,
    )


@pytest.mark.parametrize(
    "text",
    [
        *("Hans Müller", "Trần Thị Müller", "María Núñez", "Øystein Sørensen", "Zoë"),
        *("Công ty Häfele Việt Nam", "xe Citroën C3", "Jürgen Böhm", "Besançon"),
        *("«Hợp đồng» số 5", "đất 5m×20m", "5m×20m", "rộng ½ha", "lớp 50µm", "µg/l"),
        *("Panadol®", "tổ 3·ấp 5", "Phú\u00adThọ", "soft\u00adhyphen", "XÃ\u00a0MẪU"),
        *("“ỦY BAN NHÂN DÂN XÃ”", "«XÃ»", "quán «Cá»", "Y Blô Niê", "H'Bút Êban"),
    ],
)
def test_a_name_of_another_language_or_a_sign_makes_no_dossier_wait(text: str) -> None:
    document = {**CLEAN, "applicant": {"name": text}}
    found = read(document)
    assert (found.document, found.encoding) == (document, Encoding.UNICODE)
    assert found.doubt is None


@pytest.mark.parametrize("name", ["Möng", "Läng", "Lª An", "Kr«ng", "NguyÔn Müller"])
def test_a_name_that_may_be_of_an_old_encoding_is_asked_about(name: str) -> None:
    document = {**CLEAN, "applicant": {"name": name}}
    found = read(document)
    assert (found.document, found.doubt) == (document, "text_encoding_unknown")
    assert read({**document, "encoding": "Unicode"}).doubt is None


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
@pytest.mark.parametrize(
    "name", ["Nguyễn Văn Ví Dụ", "Lê Hằng", "Vũ", "Đỗ Ước", "Thế Mẫu", "Ấp Ví Dụ"]
)
def test_unicode_that_was_read_as_another_encoding_is_asked_about(
    name: str, encoding: str
) -> None:
    misread = "".join(
        bytes([byte]).decode(encoding, "ignore") or chr(byte) for byte in name.encode()
    )
    found = read({**CLEAN, "applicant": {"name": misread}})
    assert found.document["applicant"]["name"] == misread
    assert found.doubt == "text_encoding_unknown"


@pytest.mark.parametrize("encoding", [[], {}, 1, None, "KOI8"])
def test_an_encoding_that_is_none_is_no_reason_to_fall_over(encoding: Any) -> None:
    document = {**CLEAN, "encoding": encoding}
    assert normalised(document) == read(document).document == document


@pytest.mark.parametrize("encoding", OLD)
def test_what_is_said_later_is_turned_and_keeps_what_it_was(encoding: Encoding) -> None:
    reason = "Người nộp đổi ý, đề nghị trả lại hồ sơ"
    old = ENCODERS[encoding](reason)
    reading = spoken({"reason": old, "on": "2026-03-10"})
    assert reading.document == {"reason": reason, "on": "2026-03-10"}
    assert with_marks(reading) == {**reading.document, "as_received": {"/reason": old}}


def test_what_may_be_old_and_does_not_tell_stays_and_is_named() -> None:
    mixed = {"note": "Nguyễn", "documents": [{"name": ENCODERS[Encoding.VNI]("đất ở")}]}
    reading = spoken(mixed)
    assert reading.document == mixed
    assert reading.doubts == ("/documents/0/name",)
    assert with_marks(reading)["doubtful"] == ["/documents/0/name"]


def test_what_is_good_is_only_looked_at() -> None:
    said = {"note": "Đã nộp đủ", "documents": []}
    assert with_marks(spoken(said)) == said


def test_content_is_bytes_beside_the_name_of_a_file_and_text_elsewhere() -> None:
    apart = "Sai te\u0302n đệm"
    file = {"name": apart, "content": "Vïï="}
    said = {"content": apart, "documents": [{"name": apart, "files": [file]}]}
    for found in (normalised(said), spoken(said).document):
        assert found["content"] == "Sai tên đệm"
        assert found["documents"][0]["files"] == [
            {"name": "Sai tên đệm", "content": "Vïï="}
        ]
