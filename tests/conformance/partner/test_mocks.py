"""Each mock keeps every requirement of its interface; requirements and tests cover each other."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest

from gateway.conformance.partner import folder
from gateway.conformance.partner.requirements import How, gaps
from gateway.conformance.partner.verdicts import Overall, Verdict
from gateway.conforming import Role
from tests.conformance.partner.kit import ROOT, against_mock, broken, of, read
from tests.syntax import tree_of

KITS = [
    pytest.param(name, role, id=f"{name}-{role.value}")
    for name in folder.names()
    for role in Role
    if folder.has_role(name, role)
]


@pytest.mark.parametrize(("name", "role"), KITS)
async def test_a_mock_passes_the_kit_of_its_agency(name: str, role: Role) -> None:
    outcome = await against_mock(name, role)
    assert broken(outcome) == {}
    by_people = {
        row.number
        for row in outcome.folder.requirements.of(role)
        if row.how is How.ATTEST
    }
    assert of(outcome, Verdict.HOLDS), "nothing was tried"
    assert of(outcome, Verdict.NOT_TRIED) == by_people
    assert outcome.overall is Overall.PASSED


@pytest.mark.parametrize("name", folder.names())
def test_requirements_and_tests_cover_each_other(name: str) -> None:
    kit = read(name)
    assert kit.tests
    assert gaps(kit.requirements, kit.tests) == ()


def test_a_requirement_without_a_test_and_a_test_of_none_are_gaps() -> None:
    kit = read("electricity")
    fewer = replace(kit.requirements, rows=kit.requirements.rows[1:])
    assert gaps(fewer, kit.tests) != ()
    without = [one for one in kit.tests if "DL-202" not in one.shown.numbers]
    assert [one.split(":")[0] for one in gaps(kit.requirements, without)] == ["DL-202"]


def test_tests_of_counterparts_are_written_from_the_document_alone() -> None:
    foreign = {
        (path.name, name)
        for path in (ROOT / "gateway" / "adapters").glob("*/conformance_*.py")
        for name in _imported(tree_of(path.read_text("utf-8")))
        if name.startswith("gateway")
        and name != "gateway.conforming"
        and not name.startswith(f"gateway.adapters.{path.parent.name}.conformance_")
    }
    assert foreign == set()


def _imported(tree: ast.Module) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [one.name for one in node.names]
        if isinstance(node, ast.ImportFrom):
            found.append(("." * node.level) + (node.module or ""))
    return found
