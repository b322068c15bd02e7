"""What the counter should look at again: by place and code, never by value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.remarks import place_words, remarks

EXAMPLES = Path(__file__).parents[3] / "examples" / "dossiers"


def told(**fields: Any) -> list[tuple[str, str]]:
    return [(one.path, one.code) for one in remarks(fields)]


def person(**fields: Any) -> dict[str, Any]:
    return {"name": "Nguyễn Văn Ví Dụ", **fields}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"identity": {"kind": "cccd", "number": "999080000001"}, "birth": "1981"},
            [("/applicant/identity/number", "birth_year_differs")],
        ),
        (
            {
                "identity": {"kind": "cccd", "number": "999080000001"},
                "birth": "1980-05",
            },
            [],
        ),
        (
            {"identity": {"kind": "cccd", "number": "123456789"}},
            [("/applicant/identity/kind", "identity_kind_differs")],
        ),
        (
            {"identity": {"kind": "tax_code", "number": "0100233480"}},
            [("/applicant/identity/number", "tax_code_check_digit")],
        ),
        ({"identity": {"kind": "tax_code", "number": "999080000001"}}, []),
        ({"identity": {"kind": "other", "number": "?"}}, []),
        ({"identity": {"number": "123456789"}}, []),
        ({"phone": "0900"}, [("/applicant/phone", "phone_form")]),
    ],
)
def test_numbers_of_people_are_looked_at(
    fields: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert told(applicant=person(**fields)) == expected
    owner = [(path.replace("applicant", "owners/0"), code) for path, code in expected]
    assert told(owners=[person(**fields)]) == owner


def test_a_serial_is_looked_at_and_its_absence_is_nothing() -> None:
    odd = [("/certificate/serial", "serial_form")]
    assert told(certificate={"serial": "MM 1"}) == odd
    assert told(certificate={"number": "1"}) == told() == []


def test_a_remark_says_where_and_what_and_never_the_value() -> None:
    (one,) = remarks({"applicant": person(phone="0900 77")})
    said = one.told()
    assert set(said) == {"path", "place", "code", "reason", "remedy"}
    assert said["place"] == "Người nộp hồ sơ, điện thoại"
    assert "77" not in json.dumps(said)


def test_converted_text_comes_first() -> None:
    (one,) = remarks({}, converted=True)
    assert (one.path, one.code) == ("", "text_converted")
    assert one.told()["place"] == "Toàn bộ hồ sơ"


def test_places_are_said_in_words() -> None:
    assert place_words("/owners/1/name") == "Người đứng tên 2, tên"
    assert place_words("/documents/0/files/2/name") == "Giấy tờ 1, tệp 3, tên"


def test_the_examples_give_nobody_work() -> None:
    found = {
        path.parent.name: remarks(json.loads(path.read_text("utf-8")))
        for path in sorted(EXAMPLES.glob("*/dossier.json"))
    }
    assert len(found) > 10
    assert {name: told for name, told in found.items() if told} == {}
