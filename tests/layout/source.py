"""What the layout rules look at: the package as files and syntax trees."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.syntax import tree_of

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "gateway"


def modules() -> list[Path]:
    """Every Python file of the package, in order of path."""
    return sorted(PACKAGE.rglob("*.py"))


def relative(path: Path) -> str:
    """The path as people write it: ``gateway/domain/case.py``."""
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return tree_of(path.read_text(encoding="utf-8"), filename=str(path))


def functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method, nested ones too."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imported(module: ast.Module) -> Iterator[str]:
    """The dotted names that the file imports, wherever in it."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            yield from (f"{origin}.{alias.name}" for alias in node.names)
