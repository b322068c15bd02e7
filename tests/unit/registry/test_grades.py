from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.registry.grades import Checked, Conformed, Grade, Kept, Tried, grade
from gateway.registry.hashing import hash_of
from gateway.registry.manifest import Manifest, installed

ROOT = Path(__file__).resolve().parents[3]
PRESENT = "h1"
(EXAMPLE,) = [
    one
    for one in installed(ROOT / "schemas", template=True)
    if one.folder == "_template"
]


def checked(*whys: tuple[bool, str], present: str = PRESENT) -> Checked:
    """A check whose cases were harsh or not and found something or nothing."""
    tried = tuple(Tried(f"case-{i}", "", *why) for i, why in enumerate(whys))
    at = datetime(2026, 3, 10, tzinfo=UTC)
    return Checked("_template", present, at, "mock", tried)


def graded(mock: Checked | None, system: Checked | None = None) -> Grade:
    told = {"mock": mock, "system": system}
    found, missing = grade(EXAMPLE, PRESENT, {k: v for k, v in told.items() if v})
    assert bool(missing) is (found is not Grade.PROVEN)
    return found


HELD = checked((False, ""), (True, ""))


def test_what_was_never_tried_or_changed_since_is_unchecked() -> None:
    assert graded(None) is Grade.UNCHECKED
    assert graded(checked((False, ""), present="h0")) is Grade.UNCHECKED


def test_a_plain_case_that_does_not_hold_fails_the_interface() -> None:
    assert graded(checked((False, "lost"), (True, ""))) is Grade.FAILS


def test_a_harsh_case_that_does_not_hold_leaves_it_speaking() -> None:
    assert graded(checked((False, ""), (True, "lost"))) is Grade.SPEAKS


def test_every_case_that_holds_against_the_mock_survives() -> None:
    assert graded(HELD) is Grade.SURVIVES


def test_only_a_system_of_the_agencys_own_proves() -> None:
    assert graded(HELD, checked((False, ""))) is Grade.PROVEN
    assert graded(HELD, checked((False, "lost"))) is Grade.SURVIVES
    assert graded(HELD, checked((False, ""), present="h0")) is Grade.SURVIVES


def conformed(role: str, *, overall: str = "passed", held_to: str = "r1") -> Conformed:
    at = datetime(2026, 3, 10, tzinfo=UTC)
    return Conformed(role, held_to, at, "https://thu.example.org", "Người Thử", overall)


def by_kit(*runs: Conformed) -> tuple[Grade, tuple[str, ...]]:
    kept = Kept(("server", "client"), "r1", runs)
    return grade(EXAMPLE, PRESENT, {"mock": HELD}, kept)


def test_a_system_that_passed_the_conformance_kit_in_every_role_proves() -> None:
    both = (conformed("server"), conformed("client"))
    assert by_kit(*both) == (Grade.PROVEN, ())
    assert by_kit(both[0])[0] is Grade.SURVIVES
    assert "chưa chạy" in by_kit(both[0])[1][-1]


def test_what_was_proven_is_stale_once_interface_or_requirements_changed() -> None:
    found, missing = by_kit(conformed("server", held_to="r0"), conformed("client"))
    assert found is Grade.SURVIVES
    assert "đã đổi sau lần thử vai server" in missing[-1]
    assert "10/03/2026" in missing[-1]


def test_a_system_that_failed_the_conformance_kit_proves_nothing() -> None:
    failed = conformed("client", overall="failed")
    found, missing = by_kit(conformed("server"), failed)
    assert found is Grade.SURVIVES
    assert missing[-1].startswith("vai client chưa đạt")


@pytest.mark.parametrize(
    ("lacking", "highest"),
    [
        ({"marks": {}}, Grade.FAILS),
        ({"grade": {}}, Grade.FAILS),
        ({"may_be_logged": frozenset()}, Grade.SPEAKS),
    ],
)
def test_what_the_folder_does_not_say_keeps_the_grade_down(
    lacking: dict[str, object], highest: Grade
) -> None:
    lesser: Manifest = replace(EXAMPLE, **lacking)  # type: ignore[arg-type]
    assert grade(lesser, PRESENT, {"mock": HELD})[0] is highest


def test_a_check_is_kept_and_read_back_as_it_was() -> None:
    assert Checked.of(HELD.as_json()) == HELD


def test_each_interface_has_a_hash_of_its_own_that_stays() -> None:
    found = [hash_of(one) for one in installed(ROOT / "schemas", template=True)]
    assert len({*found}) == len(found)
    assert found[-1] == hash_of(installed(ROOT / "schemas", template=True)[-1])
