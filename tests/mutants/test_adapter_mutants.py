"""The kit for adapters is proved by what it catches, each fault by the case named.

A fault is planted into a copy of the agency's folder under another name, which the
kit tries like any other folder.
"""

from __future__ import annotations

import itertools
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway import adapters
from gateway.conformance.adapter_cases import CASES
from gateway.conformance.adapter_kit import Kit, read
from gateway.conformance.adapter_lent import Lab
from gateway.conformance.adapter_making import trials
from gateway.conformance.adapter_opening import opened
from gateway.conformance.adapter_ways import Carried
from gateway.registry import manifest
from gateway.validation.json_schema import JSONSchemaCatalogue
from gateway.wiring.secrets import Secrets, make_mock_secrets

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "schemas"
MUTANTS: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "adapters.toml").read_text("utf-8")
)["mutant"]
#: What must hold on a copy without a fault; the first one on every interface, since a
#: case that a fault only claims is not tried without it.
WHERE = sorted(
    {
        (mutant.get("interface", "_template"), case)
        for mutant in MUTANTS
        for case in ("a_message_is_taken_and_has_one_effect", mutant["caught_by"])
    }
)
NUMBERS = itertools.count(1)

pytestmark = [pytest.mark.crash, pytest.mark.timeout(60)]


@dataclass
class Planted:
    """Copies of folders that are installed beside the real ones."""

    folder: Path
    catalogue: JSONSchemaCatalogue

    def copy(self, interface: str) -> tuple[Path, str]:
        """A copy of an interface's folder, and the name of its manifest."""
        name, _, way = interface.partition("/")
        copy = self.folder / f"planted_{next(NUMBERS)}"
        shutil.copytree(
            ROOT / "gateway/adapters" / name,
            copy,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        for path in copy.glob("*.py"):
            text = path.read_text("utf-8")
            renamed = text.replace(f"adapters.{name}", f"adapters.{copy.name}")
            path.write_text(renamed, "utf-8")
        for path in copy.glob("kit*.toml"):
            text = path.read_text("utf-8")
            # A scenario has a table of the folder's name.
            renamed = re.sub(rf"(?<=\[){name}(?=[\].])", copy.name, text)
            path.write_text(renamed, "utf-8")
        return copy, f"agency_{way}.toml" if way else "agency.toml"

    def kit(self, copy: Path, name: str) -> Kit:
        """As the registry reads it."""
        path = copy / name
        document = tomllib.loads(path.read_text("utf-8"))["agency"]["document"]
        source = SCHEMAS / "agencies" / Path(document).stem / "SOURCE.toml"
        found = manifest.read(path, source)
        return read(found.kit_path, found)

    async def seen_by(self, kit: Kit, case: str) -> str:
        """What the case finds; empty: it holds."""
        keys = self.folder / "keys" / kit.agency
        names = [f"{kit.office['id']}.{name}" for name in kit.secrets]
        make_mock_secrets(keys, names, ("gateway", *kit.pairs))
        lab = Lab(Secrets(keys), self.catalogue, SCHEMAS / "agencies")
        tried = [t for t in trials(kit, only=Carried.DIRECT) if t.case.name == case]
        for number, trial in enumerate(tried):
            run = self.folder / "runs" / kit.agency / str(number)
            run.mkdir(parents=True)
            try:
                async with opened(kit, lab, run) as bench:
                    await trial.run(bench)
            except Exception as error:  # noqa: BLE001  whatever it is, it was seen
                return repr(error)
        return ""


@pytest.fixture(scope="module")
def catalogue() -> JSONSchemaCatalogue:
    return JSONSchemaCatalogue.load(SCHEMAS)


@pytest.fixture
def planted(
    tmp_path: Path, catalogue: JSONSchemaCatalogue, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Planted]:
    folder = tmp_path / "gateway" / "adapters"
    folder.mkdir(parents=True)
    (tmp_path / "schemas").symlink_to(SCHEMAS)
    monkeypatch.setattr(adapters, "__path__", [*adapters.__path__, str(folder)])
    yield Planted(folder, catalogue)
    for name in [name for name in sys.modules if ".planted_" in name]:
        del sys.modules[name]


@pytest.mark.parametrize(("interface", "case"), WHERE)
async def test_without_a_fault_the_case_holds(
    planted: Planted, interface: str, case: str
) -> None:
    kit = planted.kit(*planted.copy(interface))
    assert await planted.seen_by(kit, case) == ""


@pytest.mark.parametrize("mutant", MUTANTS, ids=[m["name"] for m in MUTANTS])
async def test_a_planted_fault_is_seen_by_its_case(
    planted: Planted, mutant: dict[str, Any]
) -> None:
    copy, name = planted.copy(mutant.get("interface", "_template"))
    path = copy / mutant["file"]
    source = path.read_text("utf-8")
    assert source.count(mutant["old"]) == 1, "the mutant no longer fits the code"
    path.write_text(source.replace(mutant["old"], mutant["new"]), "utf-8")

    assert await planted.seen_by(planted.kit(copy, name), mutant["caught_by"])


def test_every_case_that_a_mutant_names_is_one() -> None:
    assert {mutant["caught_by"] for mutant in MUTANTS} <= CASES.keys()
