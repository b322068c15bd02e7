"""Pages made from the code are up to date, and every code can be read by people."""

from __future__ import annotations

import importlib.util
import io
import re
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from gateway.domain.paper_forms import Form
from gateway.domain.transfer import TRANSITIONS, State
from gateway.domain.words import WORDS

ROOT = Path(__file__).resolve().parents[2]
VIETNAMESE = re.compile(
    "[àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ]"
)


def script(name: str) -> ModuleType:
    """A script as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / f"scripts/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    """The script that writes pages."""
    return script("pages")


@pytest.mark.parametrize(
    "name",
    [
        "errors.md",
        "states.md",
        "giay-to.vi.md",
        "agencies/open.openapi.json",
        "conformance/electricity.vi.md",
        "conformance/open.vi.md",
        "conformance/one_stop.vi.md",
    ],
)
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
    # What an adapter finds out by itself has its reason beside those of its agency.
    own = {
        code
        for path in (ROOT / "gateway" / "adapters").glob("*/*replies.toml")
        for code in tomllib.loads(path.read_text("utf-8")).get("words", {})
    }
    assert found - WORDS.keys() - agencies - own == set()


def test_the_drawing_of_the_states_has_every_arrow_and_no_other(
    pages: ModuleType,
) -> None:
    drawn = re.findall(r"^    (\w+) --> (\w+)$", pages.states_page(), re.MULTILINE)
    table = {(was.value, now.value) for was in State for now in TRANSITIONS[was]}
    assert len(table) > 20
    assert set(drawn) == table
    assert len(drawn) == len(table)


@pytest.mark.parametrize("form", Form)
def test_a_shipped_template_is_what_its_script_makes(form: Form) -> None:
    made_by = script("paper_templates")
    assert set(made_by.MADE_BY) == {one.value for one in Form}
    shipped = (made_by.TEMPLATES / f"{form.value}.docx").read_bytes()
    made = made_by.packed(made_by.MADE_BY[form.value]())
    assert _parts(shipped) == _parts(made), "run: python scripts/paper_templates.py"


def _parts(content: bytes) -> dict[str, bytes]:
    """What is inside: how well it is packed differs between machines."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_the_page_of_papers_names_every_form_and_every_field(
    pages: ModuleType,
) -> None:
    written = (ROOT / "docs/giay-to.vi.md").read_text("utf-8")
    for form in Form:
        assert f"`{form.value}`" in written
        assert f"`{form.value}.docx`" in written
    for field in ("applicant.name", "sheets[].name", "turns[].at", "label", "unlisted"):
        assert f"| `{field}` |" in written
