"""Reads an interface document and its schemas, whatever language the words are in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from tests.syntax import tree_of

XS = "{http://www.w3.org/2001/XMLSchema}"
#: As the Vietnamese documents call the marks.
MARKS = {"quan sát": "observed", "giả định": "assumed", "của dự án": "ours"}


def tables(text: str) -> list[list[list[str]]]:
    """Rows of cells of every table, headings and rulers left out."""
    found = [
        [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in block.strip().splitlines()[2:]
        ]
        for block in re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    ]
    assert found
    return found


def section(text: str, number: str) -> str:
    """From a numbered heading to the next heading."""
    level = "###" if "." in number else "##"
    dot = "" if "." in number else r"\."
    found = re.search(
        rf"^{level} {re.escape(number)}{dot} .*?(?=^##|\Z)",
        text,
        re.MULTILINE | re.DOTALL,
    )
    assert found, number
    return found[0]


def names(cell: str) -> list[str]:
    """What stands in code marks in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def named_cells(text: str) -> list[list[list[list[str]]]]:
    """What stands in code marks, cell by cell: only the words around it may differ."""
    return [[[names(cell) for cell in row] for row in table] for table in tables(text)]


def outline(text: str) -> list[tuple[str, list[str]]]:
    """Level of each heading, and the numbers and names in it."""
    found = re.findall(r"^(#+) (.*)$", text, flags=re.MULTILINE)
    return [(level, re.findall(r"[\d.]+\d|\d|`[^`]+`", said)) for level, said in found]


def blocks(text: str) -> list[str]:
    """Every block of code."""
    return re.findall(r"^```\w+\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def points(text: str) -> list[list[str]]:
    """What stands in code marks in each point, in whatever order the words need it."""
    lines = re.findall(r"^(?:\*|\d+\.) .*", text, flags=re.MULTILINE)
    return [sorted(names(line)) for line in lines]


def defined_tests(folder: Path) -> set[str]:
    """Names of the tests of a folder, read from their source."""
    return {
        node.name
        for path in folder.glob("test_*.py")
        for node in ast.walk(tree_of(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    }


def fields(path: str, content: dict[str, Any]) -> Iterator[str]:
    """Every property below a schema, by its path; lists are walked through."""
    for name, below in content.get("properties", {}).items():
        yield f"{path}.{name}"
        yield from fields(f"{path}.{name}", below.get("items", below))


def elements(xsd: Path) -> Iterator[str]:
    """Every element of an XSD: file, nearest owner that has a name, name."""
    root = etree.fromstring(xsd.read_bytes())  # noqa: TID251
    for element in root.iter(f"{XS}element"):
        owners = (above.get("name") for above in element.iterancestors())
        owner = next((name for name in owners if name), None)
        name = element.get("name") or element.get("ref")
        yield ".".join(part for part in (xsd.name, owner, name) if part)


def http_message(path: Path) -> tuple[str, dict[str, str], bytes]:
    """A sample of a whole request or answer: its first line, headers and body."""
    head, _, body = path.read_bytes().partition(b"\n\n")
    first, *lines = head.decode().splitlines()
    return first, dict(line.split(": ", 1) for line in lines), body


def http_status(first: str) -> int:
    """The status in the first line of an answer."""
    version, status, *_ = first.split(" ")
    assert version == "HTTP/1.1"
    return int(status)
