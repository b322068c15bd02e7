"""Nothing that is shown reaches a dossier's people but through the gate that masks them."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.syntax import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2] / "gateway"
#: Who shows something to people.
SHOWING = ("console", "api", "reports", "chasing", "contesting", "proposing")
#: Ways round the gate: the key itself, what it stands before, a payload opened by it.
ROUND = {"bare", "wrapped_key", "open_value"}
#: Who may, and why.
ALLOWED = {
    ("api/answers.py", "open_value"): "names of files, which the masked key masks",
    ("console/dossier.py", "open_value"): "the same",
    ("api/reading.py", "for_rules"): "remarks tell places, never values",
    ("console/dossier.py", "for_rules"): "the same",
}


def ways(tree: ast.AST) -> Iterator[str]:
    """Attributes by which a module would open what is sealed by itself."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        if node.attr in ROUND | {"for_rules"}:
            yield node.attr
        of = node.value
        by_key = isinstance(of, ast.Attribute) and of.attr == "key"
        if by_key and node.attr == "open":
            yield "key.open"
        by_vault = isinstance(of, ast.Attribute) and of.attr == "vault"
        if by_vault and node.attr == "key":
            yield "vault.key"
        if node.attr == "of" and isinstance(of, ast.Name) and of.id == "Folder":
            yield "Folder.of"


def modules() -> list[Path]:
    found = [path for name in SHOWING for path in sorted((ROOT / name).rglob("*.py"))]
    assert len(found) > 100
    return found


@pytest.mark.parametrize(
    "path", modules(), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_what_shows_something_opens_nothing_round_the_gate(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    found = set(ways(tree_of(path.read_text("utf-8"))))
    if not name.startswith("console/"):
        # Elsewhere one module shows and acts; what acts opens what is there.
        found.discard("Folder.of")
    assert {one for one in found if (name, one) not in ALLOWED} == set()


@pytest.mark.parametrize(
    ("code", "way"),
    [
        ("key = tools.vault.key(a, b, c)", "vault.key"),
        ("folder.key.open(sealed)", "key.open"),
        ("folder.key.bare.open(sealed)", "bare"),
        ("Folder.of(tools, row)", "Folder.of"),
    ],
)
def test_each_way_round_is_seen(code: str, way: str) -> None:
    assert way in set(ways(tree_of(code)))
