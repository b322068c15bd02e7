"""Tries counterparts with the conformance kit, and keeps what came out."""

from __future__ import annotations

import asyncio
import errno
import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.conformance.partner import (
    attesting,
    folder,
    preset,
    report_html,
    report_junit,
    report_word,
    requirements,
)
from gateway.conformance.partner.report_json import as_json
from gateway.conformance.partner.trying import (
    BY_HAND,
    MOCK,
    Outcome,
    Told,
    Wanted,
    conform,
)
from gateway.conformance.partner.verdicts import Overall
from gateway.conforming import Role
from gateway.disk.making import all_or_none
from gateway.domain.legal_day import VIETNAM
from gateway.registry.grades import Conformed, Kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.conformance.partner.folder import Folder
    from gateway.conformance.partner.preset import Preset
    from gateway.conformance.partner.systems import System
    from gateway.registry.manifest import Manifest

__all__ = [
    "as_json",
    "documents",
    "given",
    "keep",
    "kept",
    "kit",
    "kits",
    "report",
    "run",
    "uncovered",
]

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
#: In an installed package: what lies beside the package in the repository.
SHIPPED = Path(__file__).resolve().parents[1] / "shipped"
#: Below the folder of the runs: one file per interface and role.
RESULTS = Path(".run") / "conformance"


def kits() -> Sequence[Folder]:
    """Every agency that has a kit."""
    return [kit(name) for name in folder.names()]


def kit(name: str) -> Folder:
    """One agency's kit.

    Raises:
        ValueError: it has none, or something in it is wrong.
    """
    return folder.read(name, _place("schemas"))


def _place(name: str) -> Path:
    """A folder of the repository, or its copy in an installed package."""
    here = SCHEMAS.parent / name
    return here if (here / "agencies").is_dir() else SHIPPED / name


def documents(found: Folder, where: Path) -> Sequence[Path]:
    """Copy what a developer works from: documents, schemas, samples, requirements, preset.

    Raises:
        FileExistsError: something of it is there already.
    """
    names = [Path(found.requirements.document).stem, *found.reads]
    docs, agencies = _place("docs"), found.schemas.parent
    pages = [
        *(page for name in names for page in docs.glob(f"agencies/{name}.*md")),
        *docs.glob(f"conformance/{found.name}.*md"),
        *docs.glob("conformance/README.*md"),
    ]
    copies = {path: where / path.relative_to(docs.parent) for path in pages}
    lists = [found.schemas, *(agencies / name for name in found.reads)]
    for path in (one for own in lists for one in own.rglob("*") if one.is_file()):
        copies[path] = where / "schemas" / "agencies" / path.relative_to(agencies)
    for schema, path in found.others.items():
        copies[path] = where / "schemas" / f"{schema}.json"
    own = where / f"{found.name}.preset.toml"
    for made in (own, *copies.values()):
        if made.exists():
            raise FileExistsError(errno.EEXIST, "đã có", str(made))
    with all_or_none(where) as draft:
        for source, made in copies.items():
            place = draft / made.relative_to(where)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, place)
        text = folder.preset_text(found.name)
        (draft / own.name).write_text(text, "utf-8")
    return [own, *copies.values()]


def given(found: Folder, path: Path | None) -> Preset:
    """A preset file, or the shipped one.

    Raises:
        ValueError: what is wrong with it.
    """
    return preset.read(path, found.usual) if path else found.usual


def run(
    found: Folder,
    settings: Preset,
    wanted: Wanted,
    told: Told,
    attest: Path | None = None,
) -> Outcome:
    """Try one role of one counterpart.

    Raises:
        ValueError: address, attestations or what is to be tried are wrong.
    """
    if not folder.has_role(found.name, wanted.role):
        raise ValueError(f"Bộ thử của {found.name} không có vai {wanted.role.value}.")
    wanted = replace(wanted, against=_against(found, wanted, settings))
    if attest is not None:
        today = datetime.now(UTC).astimezone(VIETNAM).date()
        words = attesting.read(attest, found.requirements, today)
        wanted = replace(wanted, attested=words)
    return asyncio.run(conform(found, settings, wanted, told))


def _against(found: Folder, wanted: Wanted, settings: Preset) -> str:
    against = wanted.against or next(filter(None, settings.addresses.values()), "")
    if not against and wanted.role is Role.CLIENT:
        return BY_HAND
    if against in {MOCK, BY_HAND} and (wanted.role is Role.CLIENT or against == MOCK):
        return against
    if found.parts:
        return _shared(against)
    if urlsplit(against).scheme not in {"http", "https"}:
        raise ValueError(
            "--against là mock, hoặc địa chỉ bắt đầu bằng https:// hoặc http://"
            " (hay addresses.server trong preset)"
        )
    return against


def _shared(against: str) -> str:
    if urlsplit(against).scheme in {"sftp", "file"} or Path(against).is_dir():
        return against
    raise ValueError(
        "--against là mock, địa chỉ sftp://TÀI-KHOẢN@MÁY:CỔNG/THƯ-MỤC, hoặc một thư mục"
        " có sẵn trên máy này (hay addresses.server trong preset)"
    )


def keep(outcome: Outcome, results: Path = RESULTS) -> list[Path]:
    """Keep a whole run against a system of the agency's own; where it lies.

    One that could not be finished does not replace one that was.
    """
    if outcome.wanted.only or outcome.wanted.against == MOCK:
        return []
    there = outcome.folder.systems.keys() - outcome.run.absent
    return [
        path
        for name, system in outcome.folder.systems.items()
        if name in there
        for path in _keep(outcome, system, results)
    ]


def _keep(outcome: Outcome, system: System, results: Path) -> list[Path]:
    wanted, whole = outcome.wanted, outcome.overall
    if system.title:
        whole = outcome.about(system.name)
    path = results / _kept_as(outcome.folder, wanted.role.value, system)
    if whole not in {Overall.PASSED, Overall.FAILED} and path.is_file():
        return []
    kept = Conformed(
        role=wanted.role.value,
        hash=outcome.folder.hash,
        at=outcome.run.at,
        against=outcome.preset.addresses[system.name] or wanted.against,
        by=wanted.by,
        overall=whole.value,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept.as_json(), ensure_ascii=False, indent=1), "utf-8")
    return [path]


def _kept_as(found: Folder, role: str, system: System) -> str:
    """Name of the file with a system's latest run."""
    part = f".{system.name}" if system.title else ""
    return f"{found.name}.{role}{part}.json"


def kept(manifest: Manifest, results: Path = RESULTS) -> Kept | None:
    """What is known of the system at the other end of an interface; None: no kit."""
    name = Path(manifest.document).stem
    if name not in folder.names():
        return None
    found = kit(name)
    if manifest.interface not in found.interfaces:
        return None
    roles = tuple(one.value for one in found.interfaces[manifest.interface])
    about = next(
        one for one in found.systems.values() if manifest.interface in one.proves
    )
    runs = []
    for role in roles:
        path = results / _kept_as(found, role, about)
        if path.is_file():
            runs.append(Conformed.of(json.loads(path.read_text("utf-8"))))
    return Kept(roles, found.hash, tuple(runs))


def report(outcome: Outcome, where: Path) -> list[Path]:
    """Write the run for people and programs; what was written."""
    where.mkdir(parents=True, exist_ok=True)
    whole = json.dumps(as_json(outcome), ensure_ascii=False, indent=1)
    stem = f"{outcome.folder.name}.{outcome.wanted.role.value}"
    files = {
        f"{stem}.json": whole.encode(),
        f"{stem}.xml": report_junit.xml(outcome),
        f"{stem}.html": report_html.page(outcome).encode(),
        f"bien-ban.{stem}.docx": report_word.docx(outcome),
    }
    for name, content in files.items():
        (where / name).write_bytes(content)
    return [where / name for name in files]


def uncovered(found: Folder) -> Sequence[str]:
    """What its requirements and tests lack of each other, in words."""
    return requirements.gaps(found.requirements, found.tests)
