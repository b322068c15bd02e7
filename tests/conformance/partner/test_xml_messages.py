"""Minutes of an interface that speaks XML list its messages field by field."""

from __future__ import annotations

from pathlib import Path

from gateway.conformance.partner.messages import messages
from tests.conformance.partner.kit import ROOT

AGENCIES = ROOT / "schemas" / "agencies"


def rows(agency: str, name: str) -> dict[str, tuple[str, bool]]:
    (found,) = [one for one in messages(AGENCIES / agency) if one.name == name]
    return {row.name: (row.kind, row.required) for row in found.rows}


def test_elements_have_their_kind_and_whether_they_are_required() -> None:
    slip = rows("tax", "TT_CHUNG")
    assert slip["MA_HS"] == ("chữ ≤ 50", True)
    assert slip["MA_GCN"] == ("chữ ≤ 50 hoặc rỗng", True)
    assert slip["NGAY_DUYET"] == ("ngày", True)
    assert slip["TT_SOHUU"] == ("1, 2", False)
    assert rows("tax", "GuiThongDiep")["MaThongDiep"][0].startswith("TCT_GPC, ")


def test_what_stands_in_a_group_that_may_be_missing_is_not_required() -> None:
    person = rows("tax", "TT_NSD")
    assert person["HO_TEN"] == ("chữ ≤ 250", True)
    assert person["SO_GIAYTO"] == ("chữ ≤ 50", False)
    assert person["NAM_SINH"] == ("chữ, theo khuôn", False)


def test_lists_and_what_stands_inside_are_told() -> None:
    answer = rows("tax", "TRA_LOI")
    assert answer["DS_THONGBAO.THONGBAO"] == ("danh sách: THONGBAO", True)
    assert rows("tax_portal", "ROW_LIST")["LIST"] == ("danh sách: LIST", True)


def test_signatures_are_no_message_and_json_comes_first() -> None:
    names = [one.name for one in messages(AGENCIES / "tax_portal")]
    assert names[0] == "ChungTuThanhToan"
    assert "Signature" not in [one.name for one in messages(AGENCIES / "tax")]
    assert names[-1] == "LIST"


def test_a_folder_without_schemas_has_none(tmp_path: Path) -> None:
    assert messages(tmp_path) == ()
