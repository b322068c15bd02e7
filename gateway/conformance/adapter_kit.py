"""What the kit has to know of an agency's folder to try it: ``kit.toml``, as data.

``[office]``, ``[mock]`` and ``[scenario]`` stand as the office's entry, the mock's
table and the dossier's scenario would. Texts may hold ``{keys}``, ``{callbacks}``,
``{schemas}``, ``{gateway}`` and ``{folder}``; they are filled in when a bench is made.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.domain.identifiers import MessageKind
from gateway.domain.legal_day import VIETNAM
from gateway.registry.manifest import Manifest

#: Tuesday morning.
START = datetime(2026, 3, 10, 7, 30, tzinfo=VIETNAM)


@dataclass(frozen=True, slots=True)
class Sample:
    """One message kind as the kit sends it.

    ``after``: kinds that are sent and taken before it; then ``hours`` of the
    agency's clock pass. ``effect``, ``operation``: what its books and its faults
    call it. ``polled``: hours until an answer can be polled, and the kinds of report
    that it then brings.
    """

    kind: MessageKind
    facts: Mapping[str, Any]
    content: Mapping[str, Any]
    files: tuple[str, ...] = ()
    signed: str = ""
    after: tuple[MessageKind, ...] = ()
    hours: float = 0.0
    effect: str = ""
    operation: str = ""
    polled_hours: float = 0.0
    polled: tuple[str, ...] = ()
    polled_code: str = ""
    earlier: tuple[str, ...] = ()
    #: signed documents that its leg was given before
    needs: tuple[str, ...] = ()
    #: fields of the view without which it must not leave; each is tried alone
    content_samples: Mapping[str, str] = field(default_factory=dict)
    #: what of its content is a sample of the document, byte for byte
    by_link: bool = False
    #: its files are named in it, and the agency fetches them


@dataclass(frozen=True, slots=True)
class Pushed:
    """A message that the agency pushes: a sample of its document, what it comes to."""

    operation: str
    sample: str
    kinds: tuple[str, ...]
    keeps: bool = True
    #: a field that the document does not know is kept with the report


@dataclass(frozen=True, slots=True)
class Kit:
    """Everything about one interface of one folder; ``agency``: its folder's name."""

    agency: str
    manifest: Manifest
    number: str
    sample_numbers: tuple[str, ...]
    #: dossiers that the samples of its document are about
    start: datetime
    #: where the agency's clock begins
    office: Mapping[str, Any]
    mock: Mapping[str, Any]
    scenario: str
    secrets: tuple[str, ...]
    pairs: tuple[str, ...]
    references: Mapping[str, str]
    view: Mapping[str, Any]
    files: Mapping[str, str]
    samples: Mapping[MessageKind, Sample]
    pushed: tuple[Pushed, ...]
    story_hours: float
    story: frozenset[str]
    #: kinds of report that the agency's own work brings within that time
    behind_platform: Mapping[str, Any]
    #: what of the office's entry is another where a platform lies in between
    mock_straight: Mapping[str, Any]
    #: what the mock's table has beside it where none does
    fetched_first: bool
    #: its own dossiers are fetched, and that is acknowledged, before it is told anything
    base_path: str
    #: of the address that the office registered, below the mock's own
    replies: str
    #: file of the folder whose rows have samples that can be played back; empty: none

    def told(self, *, straight: bool) -> dict[str, Any]:
        """The mock's table; ``straight``: no platform lies in between."""
        return merged(self.mock, self.mock_straight if straight else {})

    @property
    def name(self) -> str:
        """How a result is called: folder, and which of its interfaces."""
        return self.manifest.interface


def read(path: Path, manifest: Manifest) -> Kit:
    """One kit file, beside its manifest.

    Raises:
        ValueError: a key is missing, or a kind of the manifest has no sample.
    """
    raw = tomllib.loads(path.read_text("utf-8"))
    try:
        samples = {one.kind: one for one in map(_sample, raw["message"])}
        story = raw.get("story", {})
        kit = Kit(
            agency=path.parent.name,
            manifest=manifest,
            number=raw["number"],
            sample_numbers=tuple(raw.get("sample_numbers", [raw["number"]])),
            start=raw.get("start", START),
            office=raw["office"],
            mock=raw.get("mock", {}),
            scenario=raw.get("scenario", ""),
            secrets=tuple(raw.get("secrets", ())),
            pairs=tuple(raw.get("pairs", ())),
            references=raw.get("references", {}),
            view=raw.get("view", {}),
            files=raw.get("files", {}),
            samples=samples,
            pushed=tuple(map(_pushed, raw.get("pushed", ()))),
            story_hours=float(story.get("hours", 0.0)),
            story=frozenset(story.get("reports", ())),
            behind_platform=raw.get("behind_platform", {}),
            mock_straight=raw.get("mock_straight", {}),
            fetched_first=bool(raw.get("fetched_first", False)),
            base_path=raw.get("base_path", ""),
            replies=raw.get("replies", ""),
        )
    except (KeyError, TypeError) as wrong:
        message = f"{path}: thiếu khóa {wrong}, hoặc khóa ấy sai kiểu"
        raise ValueError(message) from wrong
    missing = set(manifest.traits) - set(samples)
    if missing:
        named = ", ".join(sorted(missing))
        message = f"{path}: thiếu [[message]] cho loại {named} mà agency.toml có"
        raise ValueError(message)
    return kit


def kits(manifests: Iterable[Manifest]) -> tuple[Kit, ...]:
    """The kit of every interface that has one, in their order."""
    return tuple(
        read(manifest.kit_path, manifest)
        for manifest in manifests
        if manifest.kit_path.is_file()
    )


def _sample(row: Mapping[str, Any]) -> Sample:
    kind = MessageKind(row["kind"])
    effect = str(row.get("effect", kind))
    polled = row.get("polled", {})
    return Sample(
        kind=kind,
        facts=row.get("facts", {}),
        content=row.get("content", {}),
        files=tuple(row.get("files", ())),
        signed=row.get("signed", ""),
        after=tuple(map(MessageKind, row.get("after", ()))),
        hours=float(row.get("hours", 0.0)),
        effect=effect,
        operation=str(row.get("operation", effect)),
        polled_hours=float(polled.get("hours", 0.0)),
        polled=tuple(polled.get("reports", ())),
        polled_code=polled.get("code", ""),
        earlier=tuple(row.get("earlier", ())),
        needs=tuple(row.get("needs", ())),
        content_samples=row.get("content_samples", {}),
        by_link=bool(row.get("by_link", False)),
    )


def _pushed(row: Mapping[str, Any]) -> Pushed:
    return Pushed(
        operation=row["operation"],
        sample=row["sample"],
        kinds=tuple(row["reports"]),
        keeps=bool(row.get("keeps", True)),
    )


def merged(table: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """A table with some of its keys, at any depth, set to something else."""
    deeper = {
        name: merged(table[name], value)
        for name, value in over.items()
        if isinstance(value, dict) and isinstance(table.get(name), dict)
    }
    return {**table, **over, **deeper}


def filled(value: Any, places: Mapping[str, str]) -> Any:
    """A table whose words in braces are replaced by what they stand for."""
    if isinstance(value, str):
        for name, place in places.items():
            value = value.replace("{" + name + "}", place)
        return value
    if isinstance(value, list):
        return [filled(item, places) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, places) for key, item in value.items()}
    return value
