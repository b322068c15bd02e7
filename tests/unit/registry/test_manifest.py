from pathlib import Path

import pytest

from gateway.registry.manifest import installed, read
from gateway.wiring import installed as wired

ROOT = Path(__file__).resolve().parents[3]
ABSENT = Path("no such SOURCE.toml")
MANIFEST = """
[agency]
id = "vi_du"
name = "Cơ quan ví dụ"
document = "docs/agencies/vi_du.md"
carrier = "direct"

[slots]
enquire = true
poll = true
list_known = {slot}
ask_about = "§3: it answers about what we sent"
pull_dossiers = "§3: it has none"
fetch_file = true
inbox = "§3: nothing is carried by people"

[[kind]]
kind = "hand_over"
deduplicates = true
enquirable = {enquirable}
{reason}
"""


def manifest(
    folder: Path, *, enquirable: str = "true", reason: str = "", slot: str = "true"
) -> Path:
    path = folder / "agency.toml"
    text = MANIFEST.format(enquirable=enquirable, reason=reason, slot=slot)
    path.write_text(text, "utf-8")
    return path


def test_every_agency_folder_says_what_it_is_and_how_sure_that_is() -> None:
    found = {one.id: one for one in installed(ROOT / "schemas")}
    assert set(found) >= {"land_registry", "tax", "one_stop"}
    assert all(one.marks for one in found.values())
    assert all((ROOT / one.document).is_file() for one in found.values())


def test_no_document_claims_an_agreement_that_nobody_made() -> None:
    assert all("agreed" not in one.marks for one in installed(ROOT / "schemas"))


@pytest.mark.parametrize("slot", ["false", '""', "1"])
def test_a_slot_is_offered_or_has_a_reason(tmp_path: Path, slot: str) -> None:
    with pytest.raises(ValueError, match="lý do không có"):
        read(manifest(tmp_path, slot=slot), ABSENT)


def test_a_slot_that_is_not_offered_tells_why(tmp_path: Path) -> None:
    slots = read(manifest(tmp_path), ABSENT).slots
    assert slots["pull_dossiers"] == "§3: it has none"
    assert slots["list_known"] == ""


def test_what_is_not_offered_needs_a_reason(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ghi reason"):
        read(manifest(tmp_path, enquirable="false"), ABSENT)


def test_a_reason_makes_it_valid(tmp_path: Path) -> None:
    path = manifest(tmp_path, enquirable="false", reason='reason = "§2.1"')
    assert read(path, ABSENT).kinds[0].reason == "§2.1"


def test_a_missing_key_is_named_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "agency.toml"
    path.write_text('[agency]\nid = "vi_du"\n', "utf-8")
    with pytest.raises(ValueError, match=r"agency\.toml.*name"):
        read(path, ABSENT)


def test_marks_of_fields_inside_a_table_count_too(tmp_path: Path) -> None:
    source = tmp_path / "SOURCE.toml"
    source.write_text(
        '[elements]\n"a" = "observed"\n[elements.b]\nc = "agreed (số 1, 2026-01-01)"\n',
        "utf-8",
    )
    assert read(manifest(tmp_path), source).marks == {"agreed": 1, "observed": 1}


def test_an_agency_that_is_spoken_to_in_several_ways_has_a_manifest_for_each() -> None:
    of_tax = [one for one in installed(ROOT / "schemas") if one.id == "tax"]
    assert [one.carrier for one in of_tax] == ["tct_xml", "file", "portal"]
    assert len({one.document for one in of_tax}) == 3
    assert all(one.marks for one in of_tax)
    assert of_tax[0].marks != of_tax[1].marks
    assert of_tax[0].traits.keys() < of_tax[1].traits.keys()
    assert [one.carrier for one in of_tax if not one.slots["inbox"]] == ["file"]


def test_the_linter_asks_no_office_for_kinds_of_an_interface_apart() -> None:
    (link,) = [one for one in installed(ROOT / "schemas") if one.apart]
    assert link.interface == "one_stop/link"
    assert not wired.kinds()["one_stop"] & link.traits.keys()
    assert "one_stop" not in wired.optional()
    assert link.interface in {row["interface"] for row in wired.described()}


def test_what_one_road_does_not_take_is_for_each_office_to_say() -> None:
    assert wired.kinds()["tax"] > wired.optional()["tax"]
    assert wired.optional()["tax"] == {
        "slip_supplement",
        "slip_withdraw",
        "question_answer",
    }
    rows = [row for row in wired.described() if row["id"] == "tax"]
    assert [row["document"] for row in rows] == [
        "docs/agencies/tax.md",
        "docs/agencies/tax_file.md",
        "docs/agencies/tax_portal.md",
    ]
    assert all("giả định" in row["provenance"] for row in rows)
