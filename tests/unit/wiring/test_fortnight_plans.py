"""A plan of a fortnight that cannot be followed is told of in words, key by key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.wiring.fortnight import read_plan
from gateway.wiring.fortnight_run import PLAN as SHIPPED
from gateway.wiring.stage import EXAMPLES

if TYPE_CHECKING:
    from pathlib import Path

PLAN = """
seed = 1
start = "2026-03-09T07:30:00+07:00"
days = 14
dossiers = 20
intake = ["07:30-11:30"]
[[pattern]]
example = "16-cap-doi"
weight = 1
paper = false
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("seed = 1", "seed = [1]", "seed phải là một số nguyên"),
        ("days = 14", "days = {}", "days phải là một số nguyên"),
        ("days = 14", "days = 99999", "days phải từ 1 đến 366"),
        ("dossiers = 20", "dossiers = [20]", "dossiers phải là một số nguyên"),
        ("dossiers = 20", 'dossiers = "x"', "dossiers phải là một số nguyên"),
        ('"2026-03-09T07:30:00+07:00"', "[1]", "start phải là thời điểm"),
        ('["07:30-11:30"]', "5", "intake phải là danh sách khoảng giờ"),
        ('["07:30-11:30"]', "[5]", "intake phải là danh sách khoảng giờ"),
        ("[[pattern]]", "[pattern]", "pattern phải là danh sách bảng"),
        ('example = "16-cap-doi"', "", "thiếu khóa example"),
        ("weight = 1", 'weight = "x"', "weight phải là một số lớn hơn 0"),
        ("weight = 1", "weight = 0", "weight phải là một số lớn hơn 0"),
        ("weight = 1", "weight = nan", "weight phải là một số lớn hơn 0"),
        ("paper = false", "paper = 3", "paper phải là true hoặc false"),
        ("seed = 1", "seed = 1\nfault = 1", "fault phải là danh sách bảng"),
    ],
)
def test_a_value_of_a_wrong_kind_is_named_and_no_traceback(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(PLAN.replace(old, new), "utf-8")
    with pytest.raises(ValueError, match=said):
        read_plan(file, EXAMPLES)


def test_the_plan_itself_is_followed(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(PLAN, "utf-8")
    assert read_plan(file, EXAMPLES).dossiers == 20
    assert len(read_plan(SHIPPED, EXAMPLES).patterns) > 3
