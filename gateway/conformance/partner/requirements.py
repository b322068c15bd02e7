"""Requirements of an interface as data, and which tests show them."""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.conforming import MARK, Role, Shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.conforming import Test

ADAPTERS = Path(__file__).resolve().parents[2] / "adapters"
FILE = "requirements.toml"
_MARKS = {"observed", "assumed", "ours", "agreed"}
_KEYS = {"number", "section", "role", "level", "how", "mark", "vi", "en"}


class Level(StrEnum):
    """How much depends on it."""

    MUST = "must"
    SHOULD = "should"


class How(StrEnum):
    """What shows that it holds."""

    TEST = "test"
    ATTEST = "attest"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One demand on a counterpart."""

    number: str
    section: str
    role: Role
    level: Level
    how: How
    mark: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Requirements:
    """All demands of one interface."""

    prefix: str
    document: str
    version: str
    rows: tuple[Requirement, ...]

    @property
    def page(self) -> str:
        """The interface document for people of the agency."""
        return f"{self.document.removesuffix('.md')}.vi.md"

    def of(self, role: Role) -> tuple[Requirement, ...]:
        """Those on one role."""
        return tuple(row for row in self.rows if row.role is role)

    @property
    def numbers(self) -> frozenset[str]:
        """Every number."""
        return frozenset(row.number for row in self.rows)


@dataclass(frozen=True, slots=True)
class Case:
    """One test."""

    name: str
    says: str
    shown: Shown
    run: Test


def read(path: Path) -> Requirements:
    """The requirements of an interface.

    Raises:
        ValueError: a row lacks something or has an unknown value; names file and row.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as wrong:
        raise ValueError(f"{path.name}: không phải TOML: {wrong}") from wrong
    prefix = str(raw.get("prefix", ""))
    rows = tuple(_row(path, prefix, one) for one in raw.get("requirement", ()))
    if not rows or not prefix:
        raise ValueError(f"{path.name}: thiếu prefix hoặc [[requirement]]")
    seen: set[str] = set()
    for row in rows:
        if row.number in seen:
            raise ValueError(f"{path.name}: {row.number} có hai dòng")
        seen.add(row.number)
    return Requirements(
        prefix, str(raw.get("document", "")), str(raw.get("version", "")), rows
    )


def _row(path: Path, prefix: str, raw: Mapping[str, Any]) -> Requirement:
    name = raw.get("number", "?")
    if raw.keys() != _KEYS:
        wrong = ", ".join(sorted(raw.keys() ^ _KEYS))
        raise ValueError(f"{path.name}: {name}: thiếu hoặc thừa {wrong}")
    if not str(name).startswith(f"{prefix}-") or raw["mark"] not in _MARKS:
        raise ValueError(
            f"{path.name}: {name}: số bắt đầu bằng {prefix}-, mark là {', '.join(sorted(_MARKS))}"
        )
    try:
        return Requirement(
            number=str(name),
            section=str(raw["section"]),
            role=Role(raw["role"]),
            level=Level(raw["level"]),
            how=How(raw["how"]),
            mark=str(raw["mark"]),
            vi=str(raw["vi"]),
            en=str(raw["en"]),
        )
    except ValueError as wrong:
        raise ValueError(f"{path.name}: {name}: {wrong}") from wrong


def cases(folder: str) -> tuple[Case, ...]:
    """Every test of an agency's folder, in the order in which they are written."""
    found: list[Case] = []
    for path in sorted((ADAPTERS / folder).glob("conformance_*.py")):
        module = importlib.import_module(f"gateway.adapters.{folder}.{path.stem}")
        found += _of(module.__name__, vars(module).values())
    return tuple(sorted(found, key=lambda one: one.shown.role is Role.CLIENT))


def _of(module: str, values: Iterable[Any]) -> Sequence[Case]:
    return [
        Case(
            one.__name__, (one.__doc__ or one.__name__).strip(), one.__dict__[MARK], one
        )
        for one in values
        if callable(one)
        and MARK in getattr(one, "__dict__", {})
        and one.__module__ == module
    ]


def gaps(requirements: Requirements, tests: Iterable[Case]) -> tuple[str, ...]:
    """What covers nothing and what is not covered, in words; empty: all is well.

    Requirements to be tested without a test, and tests of no requirement, of one that
    is to be attested, or of the other role.
    """
    tests = tuple(tests)
    cited = {number for test in tests for number in test.shown.numbers}
    told = [
        f"{row.number}: chưa có phép thử ({row.vi})"
        for row in requirements.rows
        if row.how is How.TEST and row.number not in cited
    ]
    by_number = {row.number: row for row in requirements.rows}
    for test in tests:
        if not test.shown.numbers:
            told.append(f"{test.name}: không nêu yêu cầu nào")
        for number in test.shown.numbers:
            row = by_number.get(number)
            if row is None:
                told.append(f"{test.name}: không có yêu cầu {number}")
            elif row.how is How.ATTEST:
                told.append(f"{test.name}: {number} do xác nhận, không do phép thử")
            elif row.role is not test.shown.role:
                told.append(f"{test.name}: {number} là của vai {row.role.value}")
    return tuple(told)
