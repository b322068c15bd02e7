"""What the two systems say, whatever the shape."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.adapters.civil_registry import answers, dvclt
from gateway.domain.attempt import Outcome
from tests.unit.adapters.civil_registry.published import (
    CODES,
    SAMPLES,
    dvclt_name,
    folded,
)
from tests.unit.adapters.documents import http_message, http_status

#: Sort of an answer (§7.3) → what may come of it here.
SORTS = {
    "done": {Outcome.DELIVERED, Outcome.DUPLICATE},
    "retry": {Outcome.NOT_DELIVERED, Outcome.UNKNOWN},
    "dead": {Outcome.NEEDS_CONFIGURATION},
    "unknown": {Outcome.UNKNOWN},
}
TAKEN = "Cập nhật thành công"


def code(status: int, body: bytes) -> str:
    row = dvclt.REPLIES.classify(
        "trangthaihoso", status, {"Retry-After": ""}, answers.words(body)
    )
    return row.code if row else ""


@pytest.mark.parametrize("row", CODES["dvclt_answer"], ids=lambda row: row["name"])
def test_every_answer_of_dvclt_has_its_row(row: dict[str, Any]) -> None:
    for status in row["http"]:
        for body in (
            json.dumps({"message": row["text"]}).encode(),
            json.dumps(row["text"], ensure_ascii=False).encode(),
            row["text"].upper().encode(),
        ):
            assert code(status, body) == row["name"] == dvclt_name(status, body)
    found = next(one for one in dvclt.REPLIES.rows if one.code == row["name"])
    # That DVCLT has no such dossier ends the message and not the matter.
    told = "dead" if row["name"] == "not_there" else row["sort"]
    assert found.outcome in SORTS[told]


def test_rows_stand_in_the_order_of_the_document() -> None:
    names = [row["name"] for row in CODES["dvclt_answer"]]
    ours = [row.code for row in dvclt.REPLIES.rows if row.phrases]
    assert ours == ["marked", *names]


@pytest.mark.parametrize(
    "name",
    sorted(path.name for path in SAMPLES.glob("dvclt-reply.*")),
)
def test_a_sample_comes_to_the_row_that_it_is_named_for(name: str) -> None:
    status, body = 200, (SAMPLES / name).read_bytes()
    if name.endswith(".http"):
        first, _, body = http_message(SAMPLES / name)
        status = http_status(first)
    wanted = name.split(".")[1].replace("_as_text", "").replace("_as_words", "")
    assert code(status, body) == wanted


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"message": TAKEN}).encode(),
        json.dumps(TAKEN).encode(),
        TAKEN.encode(),
        b"  " + TAKEN.encode() + b"\r\n",
        "C\u00e2\u0323p  nh\u00e2\u0323t\tth\u00e0nh c\u00f4ng".encode(),
    ],
)
def test_words_are_found_in_every_shape(body: bytes) -> None:
    assert folded(answers.words(body)) == folded(TAKEN)
    assert code(200, body) == "taken"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"7",
        b"[]",
        b'["' + TAKEN.encode() + b'"]',
        b'{"la": "' + TAKEN.encode() + b'"}',
        b'{"message": ["' + TAKEN.encode() + b'"]}',
        b'{"message": "' + TAKEN.encode(),
        b"<html>" + TAKEN.encode() + b"</html>",
        b"\xff\xfe" + TAKEN.encode("utf-16-le"),
    ],
)
def test_what_is_no_sentence_says_nothing(body: bytes) -> None:
    assert answers.words(body) == ""
    assert code(200, body) == ""


def test_words_of_success_with_another_status_are_no_success() -> None:
    body = json.dumps({"message": TAKEN}).encode()
    assert [code(status, body) for status in (201, 400, 404)] == ["", "", ""]
    assert code(500, body) == "server_error"


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        (b'{"status": 1, "statusDescription": "A"}', "1", "A"),
        (
            b'{"status": "1 ", "statusDescription": "A", "errorDescription": "B"}',
            "1",
            "A B",
        ),
        (b'{"status": true}', "", ""),
        (b'{"status": null, "statusDescription": 7}', "", ""),
        (b"[]", "", ""),
        (b"x", "", ""),
    ],
)
def test_an_answer_of_btp_is_told_as_text(body: bytes, status: str, text: str) -> None:
    said = answers.said(body)
    assert (said.status, said.text, said.value) == (status, text, ())


@pytest.mark.parametrize(
    ("glued", "names"),
    [
        ("nksHoTennycNgayCapGiayToTuyThan", ["nksHoTen", "nycNgayCapGiayToTuyThan"]),
        ("nksNgaySinhBangChu", ["nksNgaySinhBangChu"]),
        ("nksNgaySinhnksNgaySinhBangChu", ["nksNgaySinh", "nksNgaySinhBangChu"]),
        ("maHoSoLTmaHoSo", ["maHoSoLT", "maHoSo"]),
        ("nksHoTen, meHoTen", ["nksHoTen", "meHoTen"]),
        ("laLungnksHoTen", ["laLung", "nksHoTen"]),
        ("nksHoTenlaLung", ["nksHoTen", "laLung"]),
        ("", []),
    ],
)
def test_glued_names_are_taken_apart(glued: str, names: list[str]) -> None:
    assert answers.apart(glued) == names
