"""What an agency's folder tells the kit: requirements, tests, usual preset, acts, the mock."""

from __future__ import annotations

import importlib
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.conformance.partner import preset, requirements, systems
from gateway.conformance.partner.hashing import hash_of
from gateway.conformance.partner.masking import Mask
from gateway.conformance.partner.messages import messages
from gateway.conforming import Reply, Role
from gateway.validation.json_schema import JSONSchemaCatalogue

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.conformance.partner.requirements import Case, Kept
    from gateway.conformance.partner.systems import System
    from gateway.conforming import Answering, Incoming, Trial


@dataclass(frozen=True, slots=True)
class Act:
    """Something that the counterpart's side is asked to do with one dossier."""

    says: str
    scenario: Mapping[str, Any]
    #: of the mock


@dataclass(frozen=True, slots=True)
class Folder:
    """One agency as the kit knows it."""

    name: str
    #: of the interface
    kept: Kept
    title: str
    schemas: Path
    requirements: requirements.Requirements
    tests: tuple[Case, ...]
    usual: preset.Preset
    acts: Mapping[str, Act]
    systems: Mapping[str, System]
    #: by the names of their addresses
    shown: frozenset[str]
    #: fields that reports show
    said: frozenset[str]
    #: fields with a sentence, of which they show what the document has
    phrases: tuple[str, ...]
    mocks: Mapping[str, Mapping[str, Any]]
    #: settings of the mock, of any role and of each; texts in braces are filled
    hosts: bool
    #: a counterpart that is called calls back meanwhile
    mock_pairs: Mapping[str, bool]
    #: keys with certificates that are made for the mock → whether it is out of date
    mock_times: Mapping[str, float]
    #: in place of the preset's, where the counterpart is the mock
    purpose: str
    #: of the connection, for its minutes
    reads: tuple[str, ...]
    #: other interfaces whose documents and schemas its developer needs
    interfaces: Mapping[str, tuple[Role, ...]]
    #: which of the folder's interfaces are proven by passing which roles
    hash: str
    #: of all that a counterpart is held to
    catalogue: JSONSchemaCatalogue
    #: of its schemas
    ids: Mapping[str, str]
    #: schema file, without its ending, → ``$id``; of other folders with the folder
    others: Mapping[str, Path]
    #: schema files of other folders that its messages consist of
    acts_path: str
    #: where the mock takes acts as a counterpart's control address does; empty: nowhere
    parts: tuple[str, ...]
    #: of the folder that is shared; empty: the counterpart has an address
    names: str
    #: names of files that reports show, as an expression
    columns: Mapping[str, str]
    #: of tables: heading or code → code

    def mock_as(self, role: Role) -> Mapping[str, Any]:
        """Settings of the mock in a role."""
        return {**self.mocks[""], **self.mocks[f"_{role.value}"]}

    def mask(self, secrets: Sequence[str]) -> Mask:
        """How reports show its messages."""
        fields = {
            part.removesuffix("[]")
            for one in messages(self.schemas)
            for row in one.rows
            for part in row.name.split(".")
        }
        return Mask(secrets, self.shown, self.said, self.phrases, frozenset(fields))

    def number_of(self, call: Incoming) -> str:
        """The dossier that an incoming call is about; empty: none is named."""
        return str(_of_client(self.kept, "number_of")(call)) if self.is_called else ""

    def usual_answer(
        self, call: Incoming, trial: Trial, known: Callable[[str], bool]
    ) -> Answering:
        """The document's answer to an incoming call."""
        if not self.is_called:
            return Reply(404)
        found: Answering = _of_client(self.kept, "usual")(call, trial, known)
        return found

    @property
    def is_called(self) -> bool:
        """Whether the kit stands in the gateway's place for its counterparts."""
        return self.kept.client is not None

    def of(self, role: Role) -> tuple[Case, ...]:
        """Its tests of one role."""
        return tuple(one for one in self.tests if one.shown.role is role)

    def systems_of(self, case: Case) -> frozenset[str]:
        """Which systems a test is about, by its requirements."""
        about = [
            row.system
            for row in self.requirements.rows
            if row.number in case.shown.numbers
        ]
        return frozenset(about)


def _of_client(kept: Kept, function: str) -> Callable[..., Any]:
    module = importlib.import_module(str(kept.client))
    found: Callable[..., Any] = getattr(module, function)
    return found


def _phrases(path: Path) -> tuple[str, ...]:
    """Sentences of the document's answers."""
    if not path.is_file():
        return ()
    tables = tomllib.loads(path.read_text("utf-8")).items()
    rows = [
        row
        for name, table in tables
        if name.endswith(("answer", "code"))
        for row in table
    ]
    found = [row.get(key, "") for row in rows for key in ("text", "phrase")]
    return tuple(dict.fromkeys(filter(None, found)))


def names() -> list[str]:
    """Interfaces that have a kit."""
    return [one.name for one in requirements.kept()]


def kept(name: str) -> Kept:
    """Where the kit of an interface lies.

    Raises:
        ValueError: there is none.
    """
    for one in requirements.kept():
        if one.name == name:
            return one
    raise ValueError(f"Chưa có bộ thử cho {name}; có: {', '.join(names())}")


def preset_text(name: str) -> str:
    """The usual preset as it is shipped, to be copied and filled in."""
    return kept(name).preset.read_text("utf-8")


def read(name: str, schemas: Path) -> Folder:
    """One interface's kit; ``schemas``: the folder of all interfaces.

    Raises:
        ValueError: there is no such kit, or something in it is wrong.
    """
    lies = kept(name)
    raw = tomllib.loads(lies.path.read_text("utf-8"))
    kit = raw["kit"]
    own = schemas / "agencies" / name
    others = {one: schemas / f"{one}.json" for one in kit.get("schemas", ())}
    usual = preset.of(tomllib.loads(preset_text(name)), lies.preset.name)
    return Folder(
        name=name,
        kept=lies,
        title=kit["title"],
        schemas=own,
        requirements=requirements.read(own / requirements.FILE),
        tests=requirements.cases(lies),
        usual=usual,
        acts={
            key: Act(row["says"], tomllib.loads(row.get("scenario", "")))
            for key, row in raw.get("act", {}).items()
        },
        systems=systems.of(kit),
        shown=frozenset(kit["shown"]),
        said=frozenset(kit.get("said", ())),
        phrases=_phrases(own / "codes.toml"),
        mocks={name: raw.get(f"mock{name}", {}) for name in ("", "_server", "_client")},
        hosts=bool(kit.get("hosts", False)),
        mock_pairs=raw.get("mock_pairs", {}),
        mock_times=raw.get("mock_times", {}),
        purpose=kit["purpose"],
        reads=tuple(kit.get("reads", ())),
        interfaces={
            interface: tuple(Role(one) for one in roles)
            for interface, roles in kit["proves"].items()
        },
        hash=hash_of(own, others.values()),
        catalogue=JSONSchemaCatalogue.load(schemas),
        ids={
            name: json.loads(path.read_text("utf-8"))["$id"]
            for name, path in {path.stem: path for path in own.glob("*.json")}.items()
            | others.items()
        },
        others=others,
        acts_path=kit.get("acts_path", ""),
        **_shared(raw.get("shared", {}), own),
    )


def _shared(raw: Mapping[str, Any], own: Path) -> dict[str, Any]:
    """What is told of a folder that is shared with the counterpart."""
    path = own / str(raw.get("lists", ""))
    rows = tomllib.loads(path.read_text("utf-8"))["column"] if path.is_file() else ()
    return {
        "parts": tuple(raw.get("parts", ())),
        "names": str(raw.get("names", "")),
        "columns": {
            row[key]: row["code"] for row in rows for key in ("code", "heading")
        },
    }


def has_role(name: str, role: Role) -> bool:
    """Whether a folder has tests of a role."""
    return any(one.shown.role is role for one in requirements.cases(kept(name)))
