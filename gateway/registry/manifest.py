"""What an agency's folder says of itself, and how much of its document is known.

``agency.toml`` names the agency and what its system does with each message kind;
``SOURCE.toml`` beside its schemas marks every element of the interface document.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.domain.identifiers import AgencyId, MessageKind
from gateway.domain.report import ReportKind
from gateway.ports.agency import SLOTS, KindTraits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ADAPTERS = Path(__file__).resolve().parents[1] / "adapters"
#: Where an element of an interface document comes from, best known first.
MARKS = ("agreed", "observed", "assumed", "ours")


@dataclass(frozen=True, slots=True)
class Manifest:
    """One interface of an installed agency.

    ``marks``: how many elements of its interface document carry each mark;
    empty where its ``SOURCE.toml`` was not given.
    """

    id: AgencyId
    name: str
    document: str
    carrier: str
    #: by which the agency is spoken to; offices of one agency may differ in it
    kinds: tuple[KindTraits, ...]
    marks: Mapping[str, int]
    optional: frozenset[str]
    #: kinds that only some offices take
    slots: Mapping[str, str]
    #: slot → why it is not offered; empty where it is
    path: Path
    #: of the manifest itself
    elements: frozenset[str] = frozenset()
    #: of its interface document, each as ``MESSAGE.FIELD``, that carry a mark
    dialect: str = ""
    apart: bool = False
    #: only offices that say so have it; the linter asks no other office for its kinds
    hosted: tuple[str, ...] = ()
    #: operations of ours that the agency calls
    lists: frozenset[str] = frozenset()
    #: those of them that are lists
    operations: Mapping[MessageKind, str] = field(default_factory=dict)
    #: kind → the agency's own name of the operation
    grade: Mapping[str, Any] = field(default_factory=dict)
    #: what its grade rests on beside checks: path, or ``{exempt = reason}``
    may_be_logged: frozenset[str] = frozenset()
    #: fields of its messages that are not personal
    empty_is_taken: bool = False
    #: an empty answer with HTTP 200 says that the message was taken
    reports: frozenset[ReportKind] | None = None
    #: what it may tell; None: its folder does not say
    direct_only: str = ""
    #: why no platform may lie in between; empty: one may
    office: Mapping[str, tuple[str, ...]] | None = None
    #: keys of its office entries, each with the keys below it; None: not said

    @property
    def interface(self) -> str:
        """How it is called: its folder, and which of its interfaces."""
        way = self.path.stem.removeprefix("agency").removeprefix("_")
        return f"{self.folder}/{way}" if way else self.folder

    @property
    def folder(self) -> str:
        """Name of its adapter's folder, which is its dialect."""
        return self.path.parent.name

    @property
    def kit_path(self) -> Path:
        """Where what the kit has to know of this interface stands."""
        return self.path.with_name(self.path.name.replace("agency", "kit", 1))

    @property
    def traits(self) -> Mapping[MessageKind, KindTraits]:
        """What the agency's system does, by message kind."""
        return {one.kind: one for one in self.kinds}


def installed(schemas: Path, *, template: bool = False) -> tuple[Manifest, ...]:
    """Every interface of every agency folder, in order of its name.

    ``template``: with that of the folder that new ones are copied from.

    An agency that is spoken to in several ways has a manifest for each of them:
    ``agency.toml`` and ``agency_CARRIER.toml``.

    Raises:
        ValueError: a manifest is wrong; the message names the file.
    """
    paths = sorted(
        ADAPTERS.glob("*/agency*.toml"), key=lambda path: (path.parent.name, path.stem)
    )
    return tuple(
        read(path, _source(path, schemas))
        for path in paths
        if template or not path.parent.name.startswith("_")
    )


def _source(manifest: Path, schemas: Path) -> Path:
    """Beside the schemas of an interface, which are named for its document."""
    raw = tomllib.loads(manifest.read_text("utf-8"))
    document = Path(raw.get("agency", {}).get("document", ""))
    return schemas / "agencies" / document.stem / "SOURCE.toml"


def read(path: Path, source: Path) -> Manifest:
    """One manifest.

    Raises:
        ValueError: a key is missing, or a capability that is not offered has no reason.
    """
    raw = tomllib.loads(path.read_text("utf-8"))
    told = tomllib.loads(source.read_text("utf-8")) if source.is_file() else {}
    try:
        agency = raw["agency"]
        return Manifest(
            id=AgencyId(agency["id"]),
            name=agency["name"],
            document=agency["document"],
            carrier=agency["carrier"],
            kinds=tuple(_traits(row) for row in raw["kind"]),
            marks=_marks(told),
            elements=frozenset(_named(told.get("elements", {}))),
            optional=frozenset(r["kind"] for r in raw["kind"] if r.get("optional")),
            slots={name: _slot(raw["slots"][name]) for name in SLOTS},
            path=path,
            dialect=str(agency.get("dialect", "")),
            apart=bool(agency.get("apart", False)),
            hosted=tuple(row["name"] for row in raw.get("hosted", ())),
            operations={
                MessageKind(r["kind"]): r["operation"]
                for r in raw["kind"]
                if "operation" in r
            },
            grade=raw.get("grade", {}),
            may_be_logged=frozenset(raw.get("redaction", {}).get("may_be_logged", ())),
            empty_is_taken=bool(agency.get("empty_is_taken", False)),
            lists=frozenset(r["name"] for r in raw.get("hosted", ()) if "list" in r),
            reports=_reports(agency.get("reports")),
            direct_only=str(agency.get("platforms", "")),
            office=_office(raw.get("office")),
        )
    except KeyError as wrong:
        raise ValueError(f"{path}: thiếu khóa {wrong}") from wrong
    except ValueError as wrong:
        raise ValueError(f"{path}: {wrong}") from wrong


def _reports(told: list[str] | None) -> frozenset[ReportKind] | None:
    return None if told is None else frozenset(map(ReportKind, told))


def _office(
    told: Mapping[str, list[str]] | None,
) -> Mapping[str, tuple[str, ...]] | None:
    return None if told is None else {key: tuple(below) for key, below in told.items()}


def _slot(told: object) -> str:
    """Empty for ``true``; else the reason why the slot is not offered."""
    if told is True:
        return ""
    if not isinstance(told, str) or not told:
        raise ValueError("mỗi chức năng trong [slots] là true, hoặc lý do không có")
    return told


def _traits(row: Mapping[str, Any]) -> KindTraits:
    traits = KindTraits.of(row)
    if not (traits.deduplicates and traits.enquirable) and not traits.reason:
        raise ValueError(
            f"{traits.kind} không có đủ deduplicates và enquirable: ghi reason"
        )
    return traits


def _marks(told: Mapping[str, Any]) -> Mapping[str, int]:
    counted = Counter(_values(told.get("elements", {})))
    counted.update(_values(told.get("aspects", {})))
    return {mark: counted[mark] for mark in MARKS if counted[mark]}


def _named(table: Mapping[str, Any], above: str = "") -> Iterable[str]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _named(value, f"{above}{name}.")
        else:
            yield f"{above}{name}"


def _values(table: Mapping[str, Any]) -> Iterable[str]:
    """Marks of a table; an element may be a table of fields of its own."""
    for value in table.values():
        if isinstance(value, dict):
            yield from _values(value)
        else:
            # ``agreed (document, date)`` counts as agreed.
            yield str(value).partition(" ")[0]
