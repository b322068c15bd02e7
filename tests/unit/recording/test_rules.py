"""Rules of recordings name fields that there are, and nothing that there is not."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from gateway.recording.rules import FILE, read
from tests.unit.recording.planted import ROOT, SCHEMAS

if TYPE_CHECKING:
    from pathlib import Path

ADAPTERS = ROOT / "gateway" / "adapters"
WITH_RULES = sorted(path.parent.name for path in ADAPTERS.glob(f"*/{FILE}"))


def texts(agency: str) -> str:
    """Everything that an agency's interface documents publish."""
    folders = [*SCHEMAS.glob(f"{agency}*")]
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return " ".join(path.read_bytes().decode("utf-8", "replace") for path in paths)


@pytest.mark.parametrize("agency", WITH_RULES)
def test_every_name_of_the_rules_is_one_of_a_field(agency: str) -> None:
    rules = read(ADAPTERS / agency, sorted(SCHEMAS.glob(f"{agency}*")))
    said = set(re.findall(r"[\w.]+", texts(agency).lower()))
    last = {name.rpartition(".")[2] for name in rules.fields}
    assert last - said == set()


@pytest.mark.parametrize("agency", WITH_RULES)
def test_no_field_has_two_rules(agency: str) -> None:
    raw = tomllib.loads((ADAPTERS / agency / FILE).read_text("utf-8"))
    names = [name for listed in raw["fields"].values() for name in listed]
    assert sorted(names) == sorted(set(names))


def test_a_kind_of_value_that_there_is_not_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('[fields]\nten_nguoi = ["HO_TEN"]\n', "utf-8")
    with pytest.raises(ValueError, match=r"không có loại ten_nguoi; có: .*person"):
        read(tmp_path, [])


def test_a_folder_without_rules_keeps_what_its_document_lists(tmp_path: Path) -> None:
    schema = {"properties": {"KQ": {"enum": ["01", "DAT"]}, "TEN": {"type": "string"}}}
    (tmp_path / "tra-loi.json").write_text(json.dumps(schema), "utf-8")
    rules = read(tmp_path / "none", [tmp_path])
    assert rules.lists(("KQ",), "01")
    assert not rules.lists(("TEN",), "01")
    assert not rules.lists(("KQ",), "02")
