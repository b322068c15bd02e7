"""Requirements of an interface as data, and which tests show them."""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.conformance.partner.systems import SERVER
from gateway.conforming import MARK, Role, Shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.conforming import Test

ADAPTERS = Path(__file__).resolve().parents[2] / "adapters"
FILE = "requirements.toml"
KIT = "conformance"
_MARKS = {"observed", "assumed", "ours", "agreed"}
_KEYS = {"number", "section", "role", "level", "how", "mark", "vi", "en"}
#: Told where an interface describes several systems.
_SYSTEM = "system"


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
    system: str = SERVER


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
    if raw.keys() - {_SYSTEM} != _KEYS:
        wrong = ", ".join(sorted((raw.keys() - {_SYSTEM}) ^ _KEYS))
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
            system=str(raw.get(_SYSTEM, SERVER)),
        )
    except ValueError as wrong:
        raise ValueError(f"{path.name}: {name}: {wrong}") from wrong


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the kit of one interface lies: in an agency's folder, beside kits of others.

    ``conformance.toml`` is the kit of the interface that is named as the folder,
    ``conformance_ilis.toml`` that of ``<folder>_ilis``; presets and modules likewise.
    """

    folder: str
    own: str
    #: ``conformance`` or ``conformance_<rest of the interface's name>``

    @property
    def name(self) -> str:
        """The interface."""
        return self.folder + self.own.removeprefix(KIT)

    @property
    def path(self) -> Path:
        """Its description."""
        return ADAPTERS / self.folder / f"{self.own}.toml"

    @property
    def preset(self) -> Path:
        """Its usual preset, as it is shipped."""
        return ADAPTERS / self.folder / f"{self.own}.preset.toml"

    @property
    def client(self) -> str | None:
        """The module that knows its incoming calls; None: nobody calls."""
        name = f"{self.own}_client"
        there = (ADAPTERS / self.folder / f"{name}.py").is_file()
        return f"gateway.adapters.{self.folder}.{name}" if there else None

    def modules(self) -> Sequence[str]:
        """Every module with tests of it, in order."""
        others = [
            f"{one.own}_"
            for one in kept(self.folder)
            if one != self and one.own.startswith(self.own)
        ]
        return [
            f"gateway.adapters.{self.folder}.{path.stem}"
            for path in sorted((ADAPTERS / self.folder).glob(f"{self.own}_*.py"))
            if not path.stem.startswith(tuple(others))
        ]


def kept(folder: str = "*") -> Sequence[Kept]:
    """Every kit that there is, in one agency's folder or in all."""
    found = (
        Kept(path.parent.name, path.stem)
        for path in ADAPTERS.glob(f"{folder}/{KIT}*.toml")
        if not path.stem.endswith(".preset")
    )
    return sorted(found, key=lambda one: one.name)


def cases(kit: Kept) -> tuple[Case, ...]:
    """Every test of an interface, in the order in which they are written."""
    found: list[Case] = []
    for name in kit.modules():
        found += _of(name, vars(importlib.import_module(name)).values())
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
