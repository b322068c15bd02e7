"""The interface document says in two languages what schemas, lists and samples hold."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.unit.adapters.documents import (
    MARKS,
    blocks,
    defined_tests,
    fields,
    named_cells,
    names,
    outline,
    points,
    section,
    tables,
)
from tests.unit.adapters.electricity.published import (
    CODES,
    ENGLISH,
    SAMPLES,
    SCHEMAS,
    SOURCE,
    VIETNAMESE,
    is_valid,
    schema,
)

HERE = Path(__file__).parent
#: Section and table in it → what the names there begin with in SOURCE.toml.
FIELDS = {
    ("2.2", 0): "callback-reply.",
    ("3", 0): "reply.",
    ("5.1", 0): "themMoi_TiepNhanYeuCau.",
    ("6", 0): "uploadHSoGTo.",
    ("7", 0): "LayChiTietTienDo.",
    ("7", 1): "LayChiTietTienDo.reply.",
    ("7", 2): "LayChiTietTienDo.reply.HSGT",
    ("8.1", 0): "LayChiTietTienDo.reply.TIEN_DO.",
    ("9", 0): "CapNhatTienDo.",
    ("10", 0): "boSungYeuCau.",
    ("11", 0): "huyYeuCau.",
}
CALLS = (
    "themMoi_TiepNhanYeuCau",
    "uploadHSoGTo",
    "boSungYeuCau",
    "huyYeuCau",
    "LayChiTietTienDo",
)
#: Words of the Vietnamese tables that stand for a value.
VALUES = {
    "có": "yes",
    "không": "no",
    "chưa rõ": "unknown",
    "một": "one",
    "công ty": "company",
    "khách hàng": "customer",
}
each_language = pytest.mark.parametrize("text", [ENGLISH, VIETNAMESE], ids=["en", "vi"])


def value(cell: str) -> str:
    """A cell as the lists write it; a dash is nothing."""
    plain = cell.strip("*`")
    return "" if plain == "–" else VALUES.get(plain, plain)


# ---------------------------------------------------------------- two languages


def test_both_languages_have_the_same_sections_tables_and_points() -> None:
    assert len(outline(ENGLISH)) > 20
    assert outline(ENGLISH) == outline(VIETNAMESE)
    assert len(named_cells(ENGLISH)) > 20
    assert named_cells(ENGLISH) == named_cells(VIETNAMESE)
    assert len(points(ENGLISH)) > 40
    assert points(ENGLISH) == points(VIETNAMESE)


def test_both_languages_show_the_same_blocks_of_code() -> None:
    answer, settings = blocks(ENGLISH)
    assert blocks(VIETNAMESE) == [answer, settings]
    assert is_valid("reply", json.loads(answer))


# ---------------------------------------------------------------- quirks


@each_language
def test_every_quirk_has_a_test_that_exists(text: str) -> None:
    rows = tables(section(text, "14"))[0]
    assert len(rows) > 20
    told = [names(cell) for row in rows for cell in row[1:]]
    assert len(told) == 2 * len(rows)
    assert [] not in told
    assert {test for tests in told for test in tests} - defined_tests(HERE) == set()


# ---------------------------------------------------------------- provenance


def test_every_element_of_the_schemas_has_a_mark_and_no_other_has() -> None:
    declared = {
        name
        for path in SCHEMAS.glob("*.json")
        for name in fields(path.stem, schema(path.stem))
    }
    assert len(declared) > 80
    assert set(SOURCE["elements"]) == declared


def test_every_mark_is_one_of_the_named_ones_and_nobody_agreed_yet() -> None:
    used = {*SOURCE["elements"].values(), *SOURCE["aspects"].values()}
    used |= {row["mark"] for rows in CODES.values() for row in rows}
    assert used == {"observed", "assumed", "ours"}
    assert used < SOURCE["marks"].keys()
    document = SOURCE["document"]
    assert document["issuer"] == document["agreed_document"] == ""


@pytest.mark.parametrize(("number", "place"), FIELDS)
@each_language
def test_every_field_is_told_with_its_mark_and_none_is_left_out(
    text: str, number: str, place: int
) -> None:
    owner = FIELDS[number, place]
    told = {
        f"{owner if '[]' not in name else 'LayChiTietTienDo.reply.'}"
        f"{name.replace('[]', '')}": MARKS.get(row[-1], row[-1])
        for row in tables(section(text, number))[place]
        for name in names(row[0])
    }
    known = {
        name: mark
        for name, mark in SOURCE["elements"].items()
        if name.startswith(owner.rstrip(".") + ".")
        and "." not in name.removeprefix(owner.rstrip(".") + ".")
        and not (
            owner.rstrip(".") in CALLS and name.endswith((".KHOA", ".MA_GIAODICH"))
        )
    }
    assert told == known


@each_language
def test_each_call_shows_a_key_and_an_identifier(text: str) -> None:
    rows = tables(section(text, "2.1"))[0]
    assert [names(row[0]) for row in rows] == [["KHOA"], ["MA_GIAODICH"]]
    for call in CALLS:
        assert {"KHOA", "MA_GIAODICH", "MA_HOSO_DVC"} <= set(schema(call)["required"])


# ---------------------------------------------------------------- lists of codes


@each_language
def test_the_table_of_answers_is_the_list_of_answers(text: str) -> None:
    told = [
        (
            row[0],
            [int(n) for n in re.findall(r"\b\d{3}\b", row[1])],
            value(row[2]),
            names(row[3])[:1],
            [] if row[4] in {"all", "tất cả"} else names(row[4]),
            value(row[5]),
        )
        for row in tables(section(text, "3"))[1]
    ]
    listed: dict[str, Any] = {}
    for row in CODES["answer"]:
        told_by = ["TRUNG_HSO"] if row.get("repeated") == "1" else []
        phrase = [row["phrase"]] if "phrase" in row else told_by
        if row["name"] in listed:
            listed[row["name"]][1].extend(row["http"])
            continue
        listed[row["name"]] = (
            row["name"],
            list(row["http"]),
            row.get("type", ""),
            phrase,
            row["operations"],
            row["taken"],
        )
    assert told == list(listed.values())


@each_language
def test_the_tables_of_kinds_are_the_list_of_kinds(text: str) -> None:
    rows = tables(section(text, "5.2"))[0]
    told = [(names(row[1])[0], int(row[2]), int(value(row[3]) or 0)) for row in rows]
    kinds = CODES["request_kind"]
    assert told == [(k["code"], k["days"], k["days_with_works"]) for k in kinds]
    for name, *cells in tables(section(text, "5.3"))[0]:
        (field,) = names(name)
        for kind, cell in zip(kinds, cells, strict=True):
            where = [
                place for place in ("needs", "one_of", "may") if field in kind[place]
            ]
            wanted = {"yes": ["needs"], "one": ["one_of"], "no": ["may"], "": []}
            assert where == wanted[value(cell)], (kind["code"], field)


@each_language
def test_the_table_of_steps_is_the_list_of_steps(text: str) -> None:
    told = [
        (
            names(row[0])[0],
            value(row[2]) or "nobody",
            value(row[3]),
            names(row[4])[0] if names(row[4]) else "by_obstacle",
        )
        for row in tables(section(text, "8.2"))[0]
    ]
    assert told == [
        (row["code"], row["waits_for"], row["under_way"], row["done"])
        for row in CODES["step"]
    ]


@each_language
def test_the_table_of_obstacles_is_the_list_of_obstacles(text: str) -> None:
    told = [
        (names(row[0])[0], row[2], *(value(cell) for cell in row[3:]))
        for row in tables(section(text, "8.3"))[0]
    ]
    assert told == [
        (
            row["code"],
            str(row["valid_from"]),
            str(row.get("valid_to", "")),
            row["waits_for"],
            row["report"],
            row["ends_as"],
        )
        for row in CODES["obstacle"]
    ]


def test_no_code_of_an_obstacle_has_two_meanings_on_one_day() -> None:
    rows = sorted(CODES["obstacle"], key=lambda row: (row["code"], row["valid_from"]))
    assert len({row["code"] for row in rows}) < len(rows)
    for one, other in pairwise(rows):
        if one["code"] == other["code"]:
            assert one["valid_to"] < other["valid_from"]


# ---------------------------------------------------------------- samples


@each_language
def test_every_sample_is_shown_and_every_shown_sample_exists(text: str) -> None:
    shown = {
        name
        for row in tables(section(text, "13"))[0]
        for cell in row
        for name in names(cell)
        if name.endswith((".json", ".toml", ".http"))
    }
    assert [name for name in shown if not list(SAMPLES.glob(name))] == []
    there = {path for path in SAMPLES.rglob("*") if path.is_file()}
    assert there == {path for name in shown for path in SAMPLES.glob(name)}
