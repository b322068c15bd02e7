"""A plan that cannot be meant is refused, with its row and what is allowed."""

from __future__ import annotations

import json
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from gateway.mockagency.faults_kinds import KINDS
from gateway.mockagency.faults_reading import (
    BadPlan,
    agencies,
    fit,
    read_plan,
    read_rows,
)
from gateway.mockagency.known import operations_of
from gateway.mockagency.scenarios import Scenarios
from gateway.wiring.stage import EXAMPLES, ROOT
from tests.unit.mockagency.plans import row

if TYPE_CHECKING:
    from pathlib import Path


def refused(*rows: dict[str, Any]) -> str:
    with pytest.raises(BadPlan) as told:
        read_rows(list(rows), "ke-hoach.toml", known=agencies())
    text = str(told.value)
    assert text.startswith("ke-hoach.toml, [[fault]] thứ "), text
    return text.partition(": ")[2]


def without(name: str, **more: Any) -> dict[str, Any]:
    given = row(**more)
    del given[name]
    return given


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (row("no_such"), "không có lỗi do = 'no_such'; có: delay_s"),
        (row(agency="thue"), "không có cơ quan giả lập 'thue'; có: civil_registry"),
        (without("operation"), "thiếu agency hoặc operation"),
        (row(colour="red"), "html_200 không có khóa colour; có: agency, at_most"),
        (row(text="x"), "html_200 không có khóa text"),
        (row("status"), "status phải ghi status"),
        (row("status", status=302), "status là mã lỗi 400–599"),
        (row("status", status=700), "status = 700: từ 100 đến 599"),
        (row("unknown_code"), "unknown_code phải ghi field"),
        (row("clock_off"), "clock_off phải ghi minutes"),
        (row(percent=101), "percent = 101: từ 0 đến 100"),
        (row(percent=0), "percent lớn hơn 0"),
        (row(percent="30%"), "percent là số, không phải '30%'"),
        (row(percent=5, nth=2), "chỉ ghi một trong every, nth, percent, sequence"),
        (row(nth=0), "nth = 0: từ 1"),
        (row(nth=1.5), "nth là số nguyên"),
        (row(every=0), "every = 0: từ 1"),
        (row(number="A", prefix="B"), "chỉ ghi number hoặc prefix"),
        (row(hours="25:00-26:00"), "giờ từ 00:00 đến 24:00"),
        (row(hours="08:61-09:00"), "giờ từ 00:00 đến 24:00"),
        (row(hours="22:00–05:00"), "qua nửa đêm thì ghi hai khoảng"),
        (row(hours="8h-9h"), "viết «08:00–09:30»"),
        (row(hours=[]), "hours là «08:00–09:30»"),
        (row(**{"from": "mai"}), "ghi ngày 2026-03-10"),
        (
            row(**{"from": "2026-03-11", "until": "2026-03-10"}),
            "from 2026-03-11 phải trước until 2026-03-10",
        ),
        (row("delay_s", wait={"uniform": [3, 1]}), "3 lớn hơn 1"),
        (row("delay_s", wait={"normal": [3, 1]}), "wait là số giây, {uniform"),
        (row("delay_s", wait=-1), "wait = -1: từ 0"),
        (row("text_200", headers={"X\r\n": "1"}), "không dùng được"),
        (row("text_200", headers={"X": "1\r\nY: 2"}), "không dùng được"),
        (row("huge", bytes=10**12), "bytes = 1000000000000: từ 1"),
        (row("tls_expired"), "tls_expired không có khóa operation"),
        (without("do", sequence=[]), "sequence là danh sách"),
        (without("do", sequence=["ok", "nope"]), "không có lỗi 'nope'"),
        (without("do", sequence=["tls_expired"]), "không có lỗi 'tls_expired'"),
        (without("do", sequence=[{"do": "html_200", "nth": 2}]), "chỉ ghi tên lỗi"),
        (
            without("do", sequence=["html_200", "duplicate_call"]),
            "hoặc của lần gọi đến, hoặc của lần cơ quan gọi đi",
        ),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused_with_what_is_allowed(
    wrong: dict[str, Any], told: str
) -> None:
    assert told in refused(wrong)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (row(), row("reset_before")),
        (row(), row()),
        (row(every=True), row(nth=7)),
        (row(every=2), row(every=3)),
        (row(nth=6), row(every=3)),
        (row("lose_answer"), row("half_answer")),
        (row(hours="08:00-09:00"), row("empty_200", hours="08:59-10:00")),
        (
            without("do", sequence=["ok", "html_200"]),
            row("reset_before", nth=2),
        ),
    ],
)
def test_two_rows_for_one_call_of_one_dossier_are_refused(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    told = refused(one, other)
    assert "trái với ke-hoach.toml, [[fault]] thứ 1" in told


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (row(nth=1), row("reset_before", nth=2)),
        (row(nth=1), row("lose_answer", nth=1)),
        (row(every=True), row(number="H00.1", every=True)),
        (row(every=2), row(nth=3)),
        (row(hours="08:00-09:00"), row("empty_200", hours="09:00-10:00")),
        (row(until="2026-03-10"), row(**{"from": "2026-03-10"})),
        (row(prefix="H00.01"), row("empty_200", prefix="H00.02")),
        (row(operation="paper"), row("empty_200")),
        (row(percent=50), row("lose_answer", percent=50)),
        (without("do", sequence=["ok", "html_200"]), row("reset_before", nth=3)),
    ],
)
def test_two_rows_that_never_meet_are_both_taken(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert len(read_rows([one, other], "thu").faults) == 2


def test_chances_of_one_operation_over_a_hundred_percent_are_refused() -> None:
    rows = row(percent=60), row("empty_200", percent=50)
    assert "tổng percent của cùng nghiệp vụ là 110" in refused(*rows)


def test_an_operation_that_the_mock_does_not_have_is_refused_with_those_it_has() -> (
    None
):
    module = import_module("gateway.adapters.electricity.mock")
    known = operations_of(module, ["/themMoi_TiepNhanYeuCau"])
    faults = read_rows([row(operation="tiepnhan")], "thu.toml").faults
    with pytest.raises(BadPlan) as told:
        fit(faults, "electricity", known)
    said = str(told.value)
    assert "electricity không có nghiệp vụ 'tiepnhan'; có: " in said
    for allowed in ("hand_over", "themMoi_TiepNhanYeuCau", "CapNhatTienDo"):
        assert allowed in said
    for good in ("hand_over", "CapNhatTienDo", "themMoi_TiepNhanYeuCau", "*"):
        fit(read_rows([row(operation=good)], "thu").faults, "electricity", known)


def test_a_scenario_names_its_file_and_row(tmp_path: Path) -> None:
    folder = tmp_path / "01-vi-du"
    folder.mkdir()
    text = 'number = "A"\n[[fault]]\nagency = "tax"\noperation = "slip_new"\ndo = "x"\n'
    (folder / "scenario.toml").write_text(text, "utf-8")
    with pytest.raises(BadPlan, match=r"scenario\.toml, \[\[fault\]\] thứ 1: không"):
        Scenarios(tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.toml", "seed = 'x'"),
        ("a.toml", "fault = 3"),
        ("a.toml", "[[fault"),
        ("a.json", "7"),
        ("a.json", '{"fault": [7]}'),
    ],
)
def test_a_file_that_is_no_plan_is_refused_by_its_name(
    tmp_path: Path, name: str, text: str
) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    with pytest.raises(BadPlan, match=r"a\.(toml|json)"):
        read_plan(path)
    with pytest.raises(BadPlan, match="khong-co"):
        read_plan(tmp_path / "khong-co.toml")


def test_a_plan_is_the_same_in_toml_and_in_json(tmp_path: Path) -> None:
    toml, other = tmp_path / "a.toml", tmp_path / "a.json"
    toml.write_text(
        'seed = 9\n[[fault]]\nagency = "tax"\noperation = "slip_new"\n'
        'do = "delay_s"\nwait = {uniform = [0.1, 2]}\nfrom = 2026-03-10\n'
        "until = 2026-03-10T09:00:00\n",
        "utf-8",
    )
    same = {
        "agency": "tax",
        "operation": "slip_new",
        "do": "delay_s",
        "wait": {"uniform": [0.1, 2]},
        "from": "2026-03-10",
        "until": "2026-03-10T09:00:00+07:00",
    }
    other.write_text(json.dumps({"seed": 9, "fault": [same]}), "utf-8")
    one, two = read_plan(toml), read_plan(other)
    assert one.seed == two.seed == 9
    assert [(f.window, f.wait) for f in one.faults] == [
        (f.window, f.wait) for f in two.faults
    ]
    begins = one.faults[0].window.begins
    assert begins == datetime.fromisoformat("2026-03-10T00:00:00+07:00")


def test_every_kind_can_be_planned_by_what_it_needs() -> None:
    given = {"status": 404, "field": "MA", "minutes": 90}
    for do, kind in KINDS.items():
        asked = {name: given[name] for name in kind.needs}
        whole = row(do, **asked)
        if do.startswith("tls_"):
            del whole["operation"]
        (fault,) = read_rows([whole], "thu").faults
        assert fault.do == do


def test_every_shipped_scenario_names_operations_that_its_mocks_have() -> None:
    scenarios = Scenarios(EXAMPLES)
    held = 0
    for agency in agencies():
        module = import_module(f"gateway.adapters.{agency}.mock")
        fit(scenarios.faults(agency), agency, operations_of(module, []))
        held += len(scenarios.faults(agency))
    assert held >= 8


def test_the_page_on_faults_names_every_kind() -> None:
    page = (ROOT / "docs" / "gia-lap-loi.vi.md").read_text("utf-8")
    assert [do for do in KINDS if f"`{do}`" not in page] == []
