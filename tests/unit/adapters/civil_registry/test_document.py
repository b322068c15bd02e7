"""The interface document says in two languages what schemas, lists and samples hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.civil_registry.mock_register import FOLLOWS
from tests.unit.adapters.civil_registry.published import (
    CODES,
    ENGLISH,
    SAMPLES,
    SCHEMAS,
    SOURCE,
    VIETNAMESE,
    parsed,
    schema,
    wrong,
)
from tests.unit.adapters.documents import (
    MARKS,
    blocks,
    defined_tests,
    elements,
    named_cells,
    names,
    outline,
    points,
    section,
    tables,
)

HERE = Path(__file__).parent
OPERATIONS = ("nhanHoSoDKHT", "dangKyHoTich", "layKetQuaDKHT")
#: Section, which of its tables → what its fields are fields of.
FIELDS = {
    ("2.2", 0): "dvclt-token-request",
    ("2.2", 1): "dvclt-token-refresh",
    ("2.2", 2): "dvclt-token",
    ("4.2", 0): "diaChi",
    ("5.1", 0): "LTKS",
    ("5.2", 0): "LTKT",
    ("6.1", 0): "dvclt-list",
    ("6.2", 0): "dvclt-detail",
    ("6.2", 1): "dvclt-detail-inner",
    ("6.4", 0): "dvclt-danhan",
    ("7.2", 0): "dvclt-status",
    ("8.1", 0): "nhanHoSoDKHT",
    ("8.2", 0): "btp-reply",
    ("8.4", 0): "dangKyHoTich",
    ("9.2", 0): "btp-poll",
    ("9.2", 1): "btp-poll-reply",
    ("9.3", 0): "ketQuaXuLy",
}
each_language = pytest.mark.parametrize("text", [ENGLISH, VIETNAMESE], ids=["en", "vi"])


# ---------------------------------------------------------------- two languages


def test_both_languages_have_the_same_sections() -> None:
    assert len(outline(ENGLISH)) > 30
    assert outline(ENGLISH) == outline(VIETNAMESE)


def test_both_languages_have_the_same_tables_row_by_row() -> None:
    ours, theirs = named_cells(ENGLISH), named_cells(VIETNAMESE)
    assert len(ours) > 30
    assert ours == theirs


def test_both_languages_show_the_same_blocks_of_code() -> None:
    file, answer = blocks(ENGLISH)
    assert blocks(VIETNAMESE) == [file, answer]
    assert wrong("btp-reply", json.loads(answer)) == []
    assert parsed(file).find("hoTich") is not None


def test_both_languages_make_the_same_points() -> None:
    assert len(points(ENGLISH)) > 30
    assert points(ENGLISH) == points(VIETNAMESE)


# ---------------------------------------------------------------- quirks


@each_language
def test_every_quirk_has_a_test_of_the_mock_and_one_of_the_gateway(text: str) -> None:
    rows = [
        (said, [names(cell) for cell in cells])
        for said, *cells in tables(section(text, "14"))[0]
    ]
    assert len(rows) > 35
    assert [said for said, cells in rows if not said or len(cells) != 2] == []
    both = [tests for _, cells in rows for tests in cells]
    assert [] not in both
    assert {test for tests in both for test in tests} - defined_tests(HERE) == set()


# ---------------------------------------------------------------- provenance


def declared(prefix: str, node: Any) -> Iterator[str]:
    for name, inside in node.get("properties", {}).items():
        path = f"{prefix}.{name}"
        yield path
        yield from declared(path, inside)
        yield from declared(f"{path}[]", inside.get("items", {}))


def test_every_field_of_every_schema_has_a_mark_and_no_other_has() -> None:
    found: set[str] = set()
    for path in SCHEMAS.glob("*.json"):
        content = schema(path.stem)
        assert content["$id"] == f"urn:lienthong:schema:civil_registry:{path.stem}:1"
        found |= set(declared(path.stem, content))
        for name, part in content.get("$defs", {}).items():
            found |= set(declared(name, part))
    assert len(found) > 150
    assert found == {name for name in SOURCE["elements"] if "." in name}


@pytest.mark.parametrize("module", ["KS", "KT"])
def test_the_xml_layers_hold_the_fields_of_the_json(module: str) -> None:
    content = schema(f"LT{module}")
    known = {*content["properties"], *content["$defs"]["diaChi"]["properties"]}
    holders = {name for name in SOURCE["elements"] if "." not in name}
    for name in ("dvclt-hoTich", "dangKyHoTich"):
        found = elements(SCHEMAS / f"{name}.{module}.xsd")
        assert {one.rpartition(".")[2] for one in found} - holders == known


def test_every_mark_is_one_of_the_named_ones() -> None:
    used = {*SOURCE["elements"].values(), *SOURCE["aspects"].values()}
    used |= {row["mark"] for kind in CODES.values() for row in kind}
    # Nothing is agreed before somebody agreed to it, on paper and on a day.
    assert used == {"observed", "assumed"}
    assert used < SOURCE["marks"].keys()
    document = SOURCE["document"]
    assert (
        document["issuer"] == document["agreed_document"] == document["agreed_on"] == ""
    )


@pytest.mark.parametrize(("number", "place"), FIELDS)
@each_language
def test_every_field_is_told_with_its_mark_and_none_is_left_out(
    text: str, number: str, place: int
) -> None:
    owner = FIELDS[(number, place)]
    rows = [
        table
        for table in tables(section(text, number))
        if len(table[0]) > 3 and names(table[0][0])
    ][place]
    told = {
        f"{owner}.{name}": MARKS.get(row[-1], row[-1])
        for row in rows
        for name in names(row[0])
    }
    known = {n: m for n, m in SOURCE["elements"].items() if n.startswith(f"{owner}.")}
    holders = {n for n in known if any(o.startswith(f"{n}[]") for o in known)}
    assert {n: m for n, m in known.items() if n in told} == told
    assert known.keys() - told.keys() <= holders


@each_language
def test_personal_fields_are_told_in_both_lists(text: str) -> None:
    words = {"yes": True, "có": True, "no": False, "không": False}
    for number, least in (("5.1", 30), ("5.2", 20)):
        marks = [words[row[3]] for row in tables(section(text, number))[0]]
        assert sum(marks) > least
        assert not all(marks)


# ---------------------------------------------------------------- answers, codes, dates


@each_language
def test_the_table_of_dvclts_phrases_is_the_list_of_them(text: str) -> None:
    sorts = {"xong": "done", "gửi lại": "retry", "dừng": "dead", "chưa rõ": "unknown"}
    told = [
        (
            row[0],
            [int(status) for status in row[1].split(", ")],
            names(row[2])[0],
            sorts.get(row[3], row[3]),
            MARKS.get(row[-1], row[-1]),
        )
        for row in tables(section(text, "7.3"))[0]
    ]
    assert told == [
        (row["name"], row["http"], row["phrase"], row["sort"], row["mark"])
        for row in CODES["dvclt_answer"]
    ]


@each_language
def test_the_table_of_btps_answers_is_the_list_of_them(text: str) -> None:
    taken = {"có": "yes", "không": "no", "chưa rõ": "unknown", "–": ""}
    told = [
        (
            row[0],
            [*OPERATIONS] if row[1] in {"all", "tất cả"} else row[1].split(", "),
            "".join(names(row[2])),
            "".join(names(row[3])),
            taken.get(row[4], row[4]),
            MARKS.get(row[-1], row[-1]),
        )
        for row in tables(section(text, "8.2"))[1]
    ]
    assert told == [
        tuple(
            row[key]
            for key in ("name", "operations", "status", "phrase", "taken", "mark")
        )
        for row in CODES["btp_answer"]
    ]


@each_language
def test_every_answer_that_the_ladder_names_is_a_row_of_phrases(text: str) -> None:
    rows = {row["name"] for row in CODES["dvclt_answer"]}
    said = {re.split(r"\W", row[1])[0] for row in tables(section(text, "7.1"))[2]}
    assert said <= rows
    assert len(said) > 6


#: Field of codes.toml → the fields of schemas that hold its codes.
CODED = {
    "trangThai": [("dvclt-status", "trangThai")],
    "GioiTinh": [("LTKS", "nksGioiTinh"), ("LTKT", "nktGioiTinh")],
    "LoaiGiayToTuyThan": [
        ("LTKS", "meLoaiGiayToTuyThan"),
        ("LTKS", "chaLoaiGiayToTuyThan"),
        ("LTKS", "nycLoaiGiayToTuyThan"),
        ("LTKT", "nycLoaiGiayToTuyThan"),
        ("LTKT", "nktLoaiGiayToTuyThan"),
    ],
    "nksLoaiKhaiSinh": [("LTKS", "nksLoaiKhaiSinh")],
    "loaiDangKy": [("LTKS", "loaiDangKy"), ("LTKT", "loaiDangKy")],
    "gbtLoai": [("LTKT", "gbtLoai")],
    "huyGiayTo": [("nhanHoSoDKHT", "huyGiayTo"), ("dvclt-detail-inner", "huyGiayTo")],
    "module": [("btp-poll", "module")],
}


@pytest.mark.parametrize("field", CODED)
def test_the_list_of_codes_is_what_the_schemas_take(field: str) -> None:
    listed = {row["code"] for row in CODES["code"] if row["field"] == field}
    assert listed
    for name, held in CODED[field]:
        for one in field_schemas(name, held):
            assert {str(code) for code in one["enum"]} == listed, (name, held)


@each_language
def test_the_states_of_a_poll_are_the_list_of_them(text: str) -> None:
    listed = {row["code"] for row in CODES["code"] if row["field"] == "value.trangThai"}
    rows = tables(section(text, "9.1"))[0]
    assert {names(row[0])[0] for row in rows} == listed
    assert {code for row in rows for code in names(row[2])} == {"2", "4", "6"}


@each_language
def test_the_table_of_what_may_follow_is_the_mocks(text: str) -> None:
    rows = tables(section(text, "7.1"))[1]
    told = {
        rung: {int(one) for one in names(after)}
        for before, after in rows
        for rung in map(int, names(before) or ["0"])
    }
    assert told == FOLLOWS


#: How each format of §4.4 is written in a schema; the date of the page's example day.
WRITTEN = {
    "yyyy-MM-ddTHH:mm:ss": "2026-03-10T07:15:00",
    "dd.MM.yyyy": "10.03.2026",
    "yyyyMMdd": "20260310",
    "HH:mm": "07:15",
    "dd/MM/yyyy HH:mm:ss": "10/03/2026 07:15:00",
    "yyyy-MM-dd": "2026-03-10",
    "dd/MM/yyyy": "10/03/2026",
    "yyyyMMddHHmmss": "20260310071500",
    "yyyy-MM-ddTHH:mm:ss.fffffffZ": "2026-03-10T00:15:00.1234567Z",
}
#: Row of §4.4 → schemas that its fields stand in.
WHERE = (
    ("dvclt-list", "dvclt-detail-inner"),
    *[("LTKS", "LTKT")] * 4,
    ("nhanHoSoDKHT",),
    ("dangKyHoTich",),
    ("btp-poll-reply",),
    ("btp-poll-reply", "dvclt-status"),
    ("ketQuaXuLy",),
    ("dvclt-status",),
    ("dvclt-token",),
)


def field_schemas(name: str, field: str) -> Iterator[dict[str, Any]]:
    content = schema(name)
    lists = [one["items"] for one in content["properties"].values() if "items" in one]
    for holder in (content, *lists):
        if field in holder.get("properties", {}):
            yield holder["properties"][field]


def test_the_table_of_dates_says_what_the_schemas_take() -> None:
    rows = tables(section(ENGLISH, "4.4"))[0]
    for (_, fields, formats, _), where in zip(rows, WHERE, strict=True):
        told = {WRITTEN[one] for one in names(formats) if one in WRITTEN}
        for field in names(fields):
            found = [s for name in where for s in field_schemas(name, field)]
            assert found, field
            for one in found:
                taken = {v for v in WRITTEN.values() if re.search(one["pattern"], v)}
                if field == "refreshTokenExpiryTime":
                    assert told <= taken
                else:
                    assert taken == told, field


# ---------------------------------------------------------------- samples


@each_language
def test_every_sample_is_shown_and_every_shown_sample_exists(text: str) -> None:
    endings = (".xml", ".json", ".toml", ".http")
    shown = {
        name
        for row in tables(section(text, "13"))[0]
        for cell in row
        for name in names(cell)
        if name.endswith(endings)
    }
    assert [name for name in shown if not list(SAMPLES.glob(name))] == []
    there = {path for path in SAMPLES.rglob("*") if path.is_file()}
    assert there == {path for name in shown for path in SAMPLES.glob(name)}
    assert len(there) > 70
