"""A list of open dossiers is read as it is, and what a row lacks is said, not filled in."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.errors import SenderError
from gateway.ports.sheets import Cell, Sheet, Table
from gateway.reconciling.open_list import PAUSES, Common, OpenList, read_open_list

HEAD: list[Cell] = [
    "STT", "Mã hồ sơ", "Chủ hồ sơ", "Mã xã", "Mã thủ tục", "Ngày tiếp nhận",
    "Ngày hẹn trả", "Số biên nhận", "Đang dừng vì",
]  # fmt: skip
FULL: list[Cell] = [
    1, "H00.01-260210-0001", "Nguyễn Văn Ví Dụ", "99101", "1.999001", "10/02/2026",
    "2026-03-20", "BN-01", "",
]  # fmt: skip
COMMON = Common(unit="H00.01", leg="land")


def read(*rows: list[Cell], common: Common = COMMON) -> OpenList:
    return read_open_list(Table((Sheet("Trang 1", rows),)), common)


def row(**changed: Cell) -> list[Cell]:
    names = ("stt", "number", "name", "commune", "procedure", "received", "due")
    values = dict(zip((*names, "receipt", "pause"), FULL, strict=True))
    return list({**values, **changed}.values())


def test_a_row_is_an_entry_with_its_numbers_and_dates() -> None:
    found = read(["DANH SÁCH HỒ SƠ"], HEAD, FULL)
    assert found.wrong == []
    (entry,) = found.entries
    assert entry["dossier"] == {
        "number": "H00.01-260210-0001",
        "procedure": "1.999001",
        "units": {"intake": "H00.01"},
        "area": {"commune": "99101"},
        "applicant": {"name": "Nguyễn Văn Ví Dụ"},
        "received_at": "2026-02-10T00:00:00+07:00",
        "due_on": "2026-03-20",
    }
    (leg,) = entry["legs"]
    assert (leg["leg"], leg["since"][:10], leg["pause"]) == ("land", "2026-02-10", "")
    assert leg["numbers"] == [{"kind": "so_bien_nhan", "value": "BN-01"}]


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"name": ""}, "thiếu người nộp"),
        ({"commune": ""}, "thiếu mã xã"),
        ({"procedure": ""}, "thiếu mã thủ tục"),
        ({"received": ""}, "thiếu ngày tiếp nhận hoặc từ ngày"),
        ({"received": "31/02/2026"}, "«31/02/2026» không phải ngày có thật"),
        ({"due": "sớm"}, "«sớm» không phải ngày có thật"),
        ({"pause": "đi họp"}, "chưa rõ «đi họp» là dừng vì sao"),
        ({"number": ""}, "không có mã hồ sơ"),
    ],
)
def test_a_row_that_lacks_something_says_where_and_stops_no_other(
    changed: dict[str, Any], what: str
) -> None:
    found = read(HEAD, row(**changed), FULL)
    assert found.wrong == [("Trang 1, hàng 2", what)]
    assert len(found.entries) == 1


def test_what_holds_for_all_rows_need_not_stand_in_the_list() -> None:
    common = Common("H00.01", "land", procedure="1.999003", commune="99102")
    bare: list[Cell] = ["H00.01-260210-0002", "Trần Thị Ví Dụ", "11/02/2026"]
    found = read(["Mã HS", "Người nộp", "Ngày nhận"], bare, common=common)
    (entry,) = found.entries
    assert entry["dossier"]["area"] == {"commune": "99102"}
    assert entry["dossier"]["procedure"] == "1.999003"


@pytest.mark.parametrize(
    ("word", "pause"),
    [("Chờ bổ sung", "supplement"), ("Chờ nộp thuế", "financial_obligation")],
)
def test_a_pause_is_told_in_the_words_of_offices(word: str, pause: str) -> None:
    (entry,) = read(HEAD, row(pause=word)).entries
    assert entry["legs"][0]["pause"] == pause
    assert set(PAUSES.values()) == {
        "",
        "supplement",
        "financial_obligation",
        "stopped",
    }


def test_empty_rows_are_no_rows_and_a_list_without_codes_is_refused() -> None:
    assert read(HEAD, [""] * 9, FULL).wrong == []
    with pytest.raises(SenderError) as refused:
        read(["Tên", "Tuổi"], ["An", 30])
    assert refused.value.code == "columns_unknown"
