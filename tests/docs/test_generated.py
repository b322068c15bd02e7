"""Pages made from the code are up to date, and every code can be read by people."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from gateway.domain.transfer import TRANSITIONS, State
from gateway.domain.words import WORDS

ROOT = Path(__file__).resolve().parents[2]
VIETNAMESE = re.compile(
    "[àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ]"
)


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("pages", ROOT / "scripts/pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["errors.md", "states.md"])
def test_a_page_made_from_the_code_is_what_the_code_makes(
    pages: ModuleType, name: str
) -> None:
    written = (ROOT / "docs" / name).read_text("utf-8")
    assert written == pages.PAGES[name](), "run: .venv/bin/python scripts/pages.py"


def test_every_error_code_tells_in_vietnamese_what_is_to_be_done(
    pages: ModuleType,
) -> None:
    found = pages.codes()
    assert len(found) > 40
    unreadable = [one for one in found if not VIETNAMESE.search(one.remedy)]
    assert unreadable == []


def test_every_code_for_which_a_transfer_stands_still_has_its_reason(
    pages: ModuleType,
) -> None:
    stops = {"NeedsData", "NeedsConfiguration", "AgencyUnavailable", "DeliveryUnknown"}
    agencies = {row[1].strip("`") for row in pages.replies()}
    found = {one.code for one in pages.codes() if one.kind in stops}
    assert "receiver_missing" in found
    assert found - WORDS.keys() - agencies == set()


def test_the_drawing_of_the_states_has_every_arrow_and_no_other(
    pages: ModuleType,
) -> None:
    drawn = re.findall(r"^    (\w+) --> (\w+)$", pages.states_page(), re.MULTILINE)
    table = {(was.value, now.value) for was in State for now in TRANSITIONS[was]}
    assert len(table) > 20
    assert set(drawn) == table
    assert len(drawn) == len(table)
