"""Fields of a registration: from the registry's forms into a dossier's, and back."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.civil_registry import fields
from tests.unit.adapters.civil_registry.published import CODES, sample, schema, wrong

MODULES = ("KS", "KT")


def filled(told: dict[str, Any]) -> dict[str, Any]:
    """What of it says something."""
    return {name: value for name, value in told.items() if value != ""}


@pytest.mark.parametrize("module", MODULES)
def test_every_field_of_the_document_is_known_in_its_order(module: str) -> None:
    names = [field.name for field in fields.FIELDS[module]]
    assert names == list(schema(f"LT{module}")["properties"])
    assert all(fields.WORDS[name] for name in names)


@pytest.mark.parametrize("module", MODULES)
def test_the_sample_comes_back_as_it_was(module: str) -> None:
    told = sample(f"LT{module}")
    document, rest = fields.read(module, told)
    assert rest == {}
    assert fields.write(module, document) == filled(told)


def test_three_forms_of_dates_of_one_dossier_become_one() -> None:
    document, _ = fields.read("KS", sample("LTKS"))
    assert fields.at(document, "birth.child.born_on") == "2026-03-02"
    assert fields.at(document, "birth.mother.birth") == "1998"
    assert fields.at(document, "birth.father.birth") == "1995-11-20"
    assert fields.at(document, "birth.certificate.issued_on") == "2026-03-03"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nksNgaySinh", "02/03/2026"),
        ("nksNgaySinh", "2026"),
        ("nksNgaySinh", "31.02.2026"),
        ("nksNgaySinh", "20260302"),
        ("ngayCapGCS", "03.03.2026"),
        ("meNgaySinh", "13.1998"),
        ("meNgaySinh", "1998-01"),
        ("nksGioiTinh", "4"),
        ("nksGioiTinh", 1),
        ("nksNoiSinh", "Bệnh viện Mẫu"),
        ("nksNoiSinh", {"maTinh": "", "maXa": ""}),
        ("nksNoiSinh", {"maTinh": "99", "la": "x"}),
        ("soLuongBanSao", "hai"),
        ("nycXacThucThongTin", "2"),
        ("nksHoTen", ["Một", "Hai"]),
    ],
)
def test_a_value_of_another_form_is_kept_beside_and_never_guessed(
    name: str, value: object
) -> None:
    good, _ = fields.read("KS", sample("LTKS"))
    document, rest = fields.read("KS", {**sample("LTKS"), name: value})
    assert rest == {name: value}
    assert name not in fields.write("KS", document)
    assert fields.write("KS", document).keys() == fields.write("KS", good).keys() - {
        name
    }


def test_a_time_of_day_that_is_none_is_kept_beside() -> None:
    document, rest = fields.read("KT", {**sample("LTKT"), "nktGioPhutChet": "25:00"})
    assert rest == {"nktGioPhutChet": "25:00"}
    assert "died_at" not in document["death"]


def test_unknown_fields_are_told_apart() -> None:
    _, rest = fields.read("KS", {**sample("LTKS"), "truongLa": "7301"})
    assert rest == {"truongLa": "7301"}


def test_letters_are_composed_and_capitals_stay() -> None:
    name = unicodedata.normalize("NFD", "NGUYỄN VĂN VÍ DỤ")
    document, _ = fields.read("KS", {**sample("LTKS"), "nksHoTen": name})
    assert document["birth"]["child"]["name"] == "NGUYỄN VĂN VÍ DỤ"


def test_a_value_that_the_registry_has_no_form_for_names_its_field() -> None:
    document, _ = fields.read("KS", sample("LTKS"))
    document["birth"]["child"]["sex"] = "other"
    with pytest.raises(ValueError, match="nksGioiTinh"):
        fields.write("KS", document)
    document["birth"]["child"]["sex"] = "male"
    document["birth"]["mother"]["residence"] = "Số 1"
    with pytest.raises(ValueError, match="meNoiCuTru"):
        fields.write("KS", document)
    document["birth"]["mother"] = {"birth": "1998-13"}
    with pytest.raises(ValueError, match="meNgaySinh"):
        fields.write("KS", document)


@pytest.mark.parametrize(
    ("listed", "form"),
    [
        ("GioiTinh", fields.SEX),
        ("LoaiGiayToTuyThan", fields.PAPER),
        ("nksLoaiKhaiSinh", fields.BIRTH),
        ("loaiDangKy", fields.REGISTRATION),
        ("gbtLoai", fields.NOTICE),
    ],
)
def test_every_code_of_the_list_has_one_meaning_both_ways(
    listed: str, form: fields.Form
) -> None:
    codes = {row["code"] for row in CODES["code"] if row["field"] == listed}
    meanings = {form.read(code) for code in codes}
    assert len(meanings) == len(codes)
    assert {form.write(meaning) for meaning in meanings} == codes


# ------------------------------------------------------------ both ways, any value

LETTERS = unicodedata.normalize("NFD", "Đỗ Ưng Ẩn ằ") + "Ệx9 <&"
TEXTS = st.text(LETTERS, min_size=1, max_size=8)
DAYS = st.dates(date(1800, 1, 1), date(2099, 12, 31))


def written(*forms: str) -> st.SearchStrategy[str]:
    return DAYS.flatmap(lambda day: st.sampled_from([day.strftime(f) for f in forms]))


VALUES = {
    fields.TEXT: TEXTS,
    fields.ADDRESS: st.fixed_dictionaries(
        {"maTinh": TEXTS, "maHuyen": st.just(""), "maXa": TEXTS, "dcChiTiet": TEXTS}
    ),
    fields.COUNT: st.integers(0, 99).map(str),
    fields.TIME: st.times().map(lambda at: at.strftime("%H:%M")),
    fields.DAY: written("%d.%m.%Y"),
    fields.COMPACT: written("%Y%m%d"),
    fields.PARTIAL: written("%d.%m.%Y", "%m.%Y", "%Y"),
    fields.FLAG: st.sampled_from(["0", "1"]),
    fields.SEX: st.sampled_from(["1", "2", "3"]),
    fields.PAPER: st.sampled_from(["1", "2", "3", "9"]),
    fields.REGISTRATION: st.sampled_from(["1", "2", "3"]),
    fields.BIRTH: st.sampled_from(["1", "2", "3"]),
    fields.NOTICE: st.sampled_from(["1", "2"]),
}
REGISTRATIONS = st.sampled_from(MODULES).flatmap(
    lambda module: st.tuples(
        st.just(module),
        st.fixed_dictionaries(
            {}, optional={f.name: VALUES[f.form] for f in fields.FIELDS[module]}
        ),
    )
)


def composed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: composed(part) for name, part in value.items()}
    return unicodedata.normalize("NFC", value)


@given(REGISTRATIONS)
def test_whatever_is_read_is_written_as_it_was(
    registration: tuple[str, dict[str, Any]],
) -> None:
    module, told = registration
    document, rest = fields.read(module, told)
    assert rest == {}
    assert fields.write(module, document) == composed(told)


def test_what_is_written_of_the_sample_is_what_the_schema_takes() -> None:
    for module in MODULES:
        document, _ = fields.read(module, sample(f"LT{module}"))
        assert wrong(f"LT{module}", fields.write(module, document)) == []
