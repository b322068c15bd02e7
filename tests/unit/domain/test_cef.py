"""Events for a security centre: each is one line, and nothing in it begins another."""

from __future__ import annotations

import re

import pytest

from gateway.domain.cef import event

ROW = {
    "at": "2026-03-10T07:30:00+07:00",
    "by": "van-hanh.a",
    "kind": "unmasked",
    "words": "Xem dữ liệu cá nhân",
    "reason": "Công dân hỏi (ví dụ)",
    "result": "",
    "dossier": "d_1",
    "transfer": "",
    "office": "land-mau-1",
    "office_name": "Chi nhánh",
}


def test_a_line_says_who_did_what_with_which_dossier_when() -> None:
    assert event(ROW, "1.0") == (
        "CEF:0|Lien thong|gateway|1.0|unmasked|Xem dữ liệu cá nhân|5|"
        "rt=1773102600000 suser=van-hanh.a cs1=d_1 cs1Label=dossier"
        " cs3=land-mau-1 cs3Label=office"
    )


def test_what_people_typed_is_left_out() -> None:
    assert "Công dân" not in event(ROW, "1.0")


@pytest.mark.parametrize("place", ["by", "kind", "words", "dossier", "office"])
@pytest.mark.parametrize(
    "hostile", ["a|b|9|rt=0", "a\nCEF:0|x", "a=b c=d", "a\\|b", "a\r\nb"]
)
def test_nothing_hostile_begins_a_field_or_an_event(place: str, hostile: str) -> None:
    said = event({**ROW, place: hostile}, "1.0")
    assert len(said.splitlines()) == 1
    found = re.fullmatch(r"((?:(?:[^|\\]|\\.)*\|){7})(.*)", said)
    assert found
    keys = re.findall(r"(?:^| )(\w+)=", found[2])
    free = {f"cs{n}{more}" for n in (1, 2, 3) for more in ("", "Label")}
    assert set(keys) <= {"rt", "suser", "outcome", *free}


@pytest.mark.parametrize(("kind", "severity"), [("call_refused", 6), ("action", 3)])
def test_what_a_centre_looks_at_first_is_higher(kind: str, severity: int) -> None:
    assert event({**ROW, "kind": kind}, "1.0").split("|")[6] == str(severity)
