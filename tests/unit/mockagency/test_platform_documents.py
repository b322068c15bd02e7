"""The documents of platforms say in two languages what lists, samples and mocks hold."""

from __future__ import annotations

import base64
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from gateway.mockagency import platform_lgsp, platform_xroad
from tests.unit.adapters.documents import (
    MARKS,
    blocks,
    defined_tests,
    fields,
    http_message,
    http_status,
    named_cells,
    names,
    outline,
    points,
    section,
    tables,
)
from tests.unit.mockagency.published import (
    LGSP,
    XROAD,
    Published,
    fault_of,
    lgsp_name,
    xroad_name,
)

HERE = Path(__file__).parent
BOTH = [LGSP, XROAD]
MEANING = {"lgsp": lgsp_name, "xroad_adapter": xroad_name}
#: Platform → section → what the names in its table of fields begin with.
OWNERS = {
    "lgsp": {"3.1": "token.", "4.2": "lgspaccesstoken.", "5.1": "fault."},
    "xroad_adapter": {"4.1": "error."},
}
QUIRKS = {"lgsp": "10", "xroad_adapter": "9"}
ANSWERS = {"lgsp": "5.2", "xroad_adapter": "4.2"}
SAMPLES = {"lgsp": "9", "xroad_adapter": "8"}
TAKEN = {"no": "no", "không": "no", "unknown": "unknown", "không rõ": "unknown"}
each = pytest.mark.parametrize("of", BOTH, ids=lambda of: of.name)


def quirks(of: Published, text: str) -> list[list[str]]:
    return [names(row[-1]) for row in tables(section(text, QUIRKS[of.name]))[0]]


# ---------------------------------------------------------------- two languages


@each
def test_every_quirk_has_a_test_that_exists_in_both_languages(of: Published) -> None:
    english, vietnamese = (quirks(of, text) for text in of.languages)
    assert len(english) > 15
    assert english == vietnamese
    assert [row for row in english if not row] == []
    assert {test for row in english for test in row} - defined_tests(HERE) == set()


@each
def test_both_languages_have_the_same_sections_points_and_code(of: Published) -> None:
    english, vietnamese = of.languages
    assert len(outline(english)) > 12
    assert outline(english) == outline(vietnamese)
    assert len(points(english)) > 15
    assert points(english) == points(vietnamese)
    assert blocks(english) == blocks(vietnamese) != []


@each
def test_both_languages_have_the_same_tables_row_by_row(of: Published) -> None:
    english, vietnamese = (named_cells(text) for text in of.languages)
    assert len(english) > 8
    assert english[:-1] == vietnamese[:-1]  # the last one tells quirks, in words


@each
def test_the_same_marks_stand_in_both_languages(of: Published) -> None:
    english, vietnamese = (
        [[MARKS.get(row[-1], row[-1]) for row in t] for t in tables(text)]
        for text in of.languages
    )
    marks = {"observed", "assumed"}
    told = [(one, other) for one, other in zip(english, vietnamese, strict=True)]
    marked = [pair for pair in told if set(pair[0]) <= marks]
    assert len(marked) >= 3
    assert [pair for pair in marked if pair[0] != pair[1]] == []


# ---------------------------------------------------------------- provenance


@each
def test_every_field_of_the_schemas_has_a_mark_and_no_other_has(of: Published) -> None:
    declared = {f for name, one in of.schemas().items() for f in fields(name, one)}
    assert len(declared) >= 3
    assert set(of.source["elements"]) == declared


@each
def test_nobody_issued_the_document_and_nothing_is_agreed(of: Published) -> None:
    source = of.source
    assert (source["document"]["issuer"], source["document"]["agreed_on"]) == ("", "")
    rows = [row for kind in of.codes.values() for row in kind]
    used = {*source["elements"].values(), *source["aspects"].values()}
    used |= {row["mark"] for row in rows}
    assert used == {"observed", "assumed"}
    assert source["document"]["documents"] == [
        f"docs/platforms/{of.name}{end}" for end in (".md", ".vi.md")
    ]


@each
def test_every_field_is_told_with_its_mark_and_none_is_left_out(of: Published) -> None:
    for number, owner in OWNERS[of.name].items():
        known = {n: m for n, m in of.source["elements"].items() if n.startswith(owner)}
        for text in of.languages:
            told = {
                f"{owner}{name}": MARKS.get(row[-1], row[-1])
                for row in tables(section(text, number))[0]
                for name in names(row[0])
            }
            assert told == known


# ---------------------------------------------------------------- answers


def told_answers(of: Published, text: str) -> list[tuple[str, list[str], str]]:
    """Name, codes and fate of each row of the table of answers."""
    rows = tables(section(text, ANSWERS[of.name]))[0]
    fate = -2
    return [(r[0], names(r[2]), TAKEN[r[fate].strip("*")]) for r in rows]


def test_the_table_of_an_lgsps_answers_is_the_list_of_them() -> None:
    listed = [
        (
            row["name"],
            [c for c in row["codes"] if c != "*"]
            + (["type", "Status report"] if "type" in row else []),
            row["taken"],
        )
        for row in LGSP.codes["answer"]
    ]
    for text in LGSP.languages:
        assert told_answers(LGSP, text) == listed


def test_the_table_of_the_ways_answers_is_the_list_of_them() -> None:
    listed = [
        (row["name"], row["types"], row["taken"]) for row in XROAD.codes["answer"]
    ]
    said = [
        [row[key] for key in ("begins", "contains") if key in row]
        for row in XROAD.codes["answer"]
    ]
    for text in XROAD.languages:
        assert told_answers(XROAD, text) == listed
        rows = tables(section(text, "4.2"))[0]
        found = [re.findall(r"`([^`]+)`", row[3]) for row in rows]
        assert found == said


@each
def test_the_status_of_each_row_is_the_one_of_the_list(of: Published) -> None:
    listed = [row["http"] for row in of.codes["answer"]]
    for text in of.languages:
        rows = tables(section(text, ANSWERS[of.name]))[0]
        assert [[int(n) for n in re.findall(r"\b[45]\d\d\b", r[1])] for r in rows] == (
            listed
        )


def test_the_answers_to_the_token_call_are_the_list_of_them() -> None:
    listed = [
        (row["name"], row["http"], row["errors"]) for row in LGSP.codes["token_answer"]
    ]
    for text in LGSP.languages:
        told = [
            (r[0], [int(n) for n in re.findall(r"\b\d{3}\b", r[1])], names(r[2]))
            for r in tables(section(text, "3.3"))[0]
        ]
        assert told == listed


# ---------------------------------------------------------------- samples


@each
def test_every_sample_is_shown_and_every_shown_sample_exists(of: Published) -> None:
    for text in of.languages:
        shown = {
            name
            for row in tables(section(text, SAMPLES[of.name]))[0]
            for name in names(row[0])
        }
        assert [name for name in shown if not list(of.samples.glob(name))] == []
        there = {path for path in of.samples.rglob("*") if path.is_file()}
        assert there == {path for name in shown for path in of.samples.glob(name)}


@each
def test_every_answer_has_a_sample_that_means_it(of: Published) -> None:
    for row in of.codes["answer"]:
        found = sorted(of.samples.glob(f"answer.{row['name']}.*http"))
        assert found, row["name"]
        for path in found:
            first, headers, body = http_message(path)
            status = http_status(first)
            assert MEANING[of.name](status, body) == row["name"], path.name
            assert status in row["http"] or not row["http"]
            assert int(headers["Content-Length"]) == len(body)


@each
def test_answers_that_prove_nothing_have_no_row(of: Published) -> None:
    paths = sorted((of.samples / "strange").glob("*.http"))
    assert len(paths) == 3
    for path in paths:
        first, _, body = http_message(path)
        assert http_status(first) == 200
        assert MEANING[of.name](200, body) == ""


@each
@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"null", b'{"code": "12"}', b'{"data": 0}', b"<x/>"]
)
def test_what_is_no_fault_is_the_agencys(of: Published, body: bytes) -> None:
    for status in (200, 401, 404, 429, 500, 503):
        assert MEANING[of.name](status, body) == ""


def test_a_success_of_the_agency_is_not_taken_for_a_fault() -> None:
    own = json.dumps({"code": 100000, "message": "Thành công"}).encode()
    assert (lgsp_name(200, own), lgsp_name(500, own)) == ("", "other_fault")
    same = json.dumps({"type": "Server.ok", "message": "Thành công"}).encode()
    assert (xroad_name(200, same), xroad_name(500, same)) == ("", "other_error")


def test_an_agency_that_answers_404_as_a_code_is_not_the_platform() -> None:
    own = json.dumps({"code": "404", "message": "Không tìm thấy hồ sơ"}).encode()
    assert lgsp_name(404, own) == ""


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("token.issued", "token"),
        ("token.wrong_encoding.form", "token-error"),
        ("token.client_refused", "token-error"),
        ("token.grant_refused", "token-error"),
        ("token-request.json", "token-request"),
        ("answer.throttled", "fault"),
        ("answer.not_reached.nested", "fault-nested"),
    ],
)
def test_samples_of_an_lgsp_fit_their_schema_and_no_other(
    name: str, schema: str
) -> None:
    content = json.loads(http_message(LGSP.samples / f"{name}.http")[2])
    fitting = [one for one in LGSP.schemas() if LGSP.is_valid(one, content)]
    assert fitting == [schema]


def test_the_access_header_of_the_samples_is_the_object_beside_them() -> None:
    access = json.loads((LGSP.samples / "lgspaccesstoken.json").read_text("utf-8"))
    assert LGSP.is_valid("lgspaccesstoken", access)
    for name in ("call", "token-request.access"):
        header = http_message(LGSP.samples / f"{name}.http")[1]["lgspaccesstoken"]
        assert json.loads(base64.b64decode(header)) == access


def test_the_three_shapes_of_a_fault_say_the_same() -> None:
    shapes = [
        fault_of(http_message(LGSP.samples / f"answer.not_reached{shape}.http")[2])
        for shape in ("", ".nested", ".xml")
    ]
    assert shapes[0]["code"] == "101503"
    assert shapes[0] == shapes[1] == shapes[2]


# ---------------------------------------------------------------- the mocks


def test_the_mock_lgsp_answers_as_the_list_says(tmp_path: Path) -> None:
    rows = {row["name"]: row for row in LGSP.codes["answer"]}
    assert set(platform_lgsp.NAMED) - {"token_expired"} == set(rows)
    for shape in ("flat", "nested", "xml"):
        mock = platform_lgsp.LGSP({"fault_shape": shape}, tmp_path / shape, start=None)
        for name in platform_lgsp.NAMED:
            told = mock.fault(name)
            assert lgsp_name(told.status, told.body) == told.name
            row = rows[told.name]
            assert told.status in row["http"] or not row["http"]


def test_the_mock_adapter_answers_as_the_list_says(tmp_path: Path) -> None:
    mock = platform_xroad.ExchangeAdapter({}, tmp_path, start=None)
    rows = {row["name"]: row for row in XROAD.codes["answer"]}
    assert set(rows) == set(platform_xroad.KNOWN)
    for name, row in rows.items():
        told = mock.error(name)
        assert xroad_name(told.status, told.body) == name
        assert told.status in row["http"]


def example(of: Published) -> dict[str, Any]:
    return tomllib.loads((of.folder / "mock.toml").read_text("utf-8"))


def test_what_a_mock_can_be_told_is_a_configuration_that_it_reads(
    tmp_path: Path,
) -> None:
    lgsp = platform_lgsp.from_config(example(LGSP), tmp_path, None)
    xroad = platform_xroad.from_config(example(XROAD), tmp_path, None)
    assert lgsp.plan.next("khac") is xroad.plan.next("khac") is None
    faults = [lgsp.plan.next("datdai-mau") for _ in range(3)]
    assert [fault.do if fault else "" for fault in faults] == ["", "", "token_dies"]


@each
def test_every_setting_of_a_mock_is_told(of: Published) -> None:
    module = "platform_lgsp" if of is LGSP else "platform_xroad"
    folder = Path(platform_lgsp.__file__).parent
    code = "".join(
        (folder / f"{one}.py").read_text("utf-8")
        for one in (module, "platform", *(["platform_tokens"] if of is LGSP else []))
    )
    read = set(re.findall(r'(?:settings|raw|row)(?:\.get\(|\[)"(\w+)"', code))
    table, text = example(of)[{"lgsp": "lgsp"}.get(of.name, "xroad")], json.dumps
    told = set(re.findall(r'"(\w+)":', text(table)))
    commented = (of.folder / "mock.toml").read_text("utf-8")
    told |= set(re.findall(r"^# (\w+) =", commented, re.MULTILINE))
    assert len(read) > 8
    assert read - told == set()
