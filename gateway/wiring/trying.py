"""Checks agency folders, keeps what came out, grades them; makes new ones."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from gateway.conformance.adapter_kit import read
from gateway.conformance.adapter_lent import Lab
from gateway.conformance.adapter_run import run
from gateway.conformance.adapter_ways import Carried
from gateway.registry.grades import MOCK, Checked, Grade, Tried, grade
from gateway.registry.hashing import ROOT, hash_of
from gateway.registry.manifest import ADAPTERS, Manifest, installed
from gateway.validation.json_schema import JSONSchemaCatalogue
from gateway.wiring.ports import SCHEMAS
from gateway.wiring.secrets import Secrets, make_mock_secrets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.conformance.adapter_kit import Kit
    from gateway.conformance.adapter_making import Trial

Tell = Callable[["Trial", Tried], None]
TEMPLATE = "_template"
#: Below the folder of the runs: one file per interface and what it was held against.
RESULTS = Path(".run") / "checks"
_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}\Z")
_SCHEMA_ID = "urn:lienthong:schema:{}:"


def interfaces(name: str = "") -> Sequence[Manifest]:
    """Every interface of a folder, or of all of them.

    Raises:
        ValueError: there is no such folder.
    """
    found = [m for m in installed(SCHEMAS, template=True) if name in {"", m.folder}]
    if not found:
        known = sorted({m.folder for m in installed(SCHEMAS)})
        raise ValueError(f"Không có thư mục cơ quan {name}; có: {', '.join(known)}")
    return found if name else [m for m in found if m.folder != TEMPLATE]


def check(
    manifest: Manifest,
    *,
    against: str = "",
    keys: Path | None = None,
    only: Carried | None = None,
    results: Path = RESULTS,
    tell: Tell,
) -> Checked:
    """Try one interface and keep what came out.

    ``keys``: folder of secrets that a system of the agency's own knows; ``only``: by
    one way, of which nothing is kept, since it is not the whole.

    Raises:
        ValueError: the interface has no kit.
    """
    if not manifest.kit_path.is_file():
        raise ValueError(f"Thiếu {manifest.kit_path.relative_to(ROOT)}")
    kit = read(manifest.kit_path, manifest)
    tried = asyncio.run(_checked(kit, against, keys, only, tell))
    done = Checked(
        interface=manifest.interface,
        hash=hash_of(manifest),
        at=datetime.now(UTC).replace(microsecond=0),
        against=against or MOCK,
        tried=tuple(tried),
    )
    if only is not None:
        return done
    path = _path(results, manifest, "system" if against else MOCK)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(done.as_json(), ensure_ascii=False, indent=1), "utf-8")
    return done


async def _checked(
    kit: Kit, against: str, keys: Path | None, only: Carried | None, tell: Tell
) -> Sequence[Tried]:
    catalogue = JSONSchemaCatalogue.load(SCHEMAS)
    with TemporaryDirectory(prefix="agency-keys-") as made:
        folder = keys or Path(made)
        if keys is None:
            office = kit.office["id"]
            names = [f"{office}.{name}" for name in kit.secrets]
            make_mock_secrets(folder, names, ("gateway", *kit.pairs))
        lab = Lab(Secrets(folder), catalogue, SCHEMAS / "agencies")
        return await run(kit, lab, against=against, only=only, tell=tell)


def _path(results: Path, manifest: Manifest, against: str) -> Path:
    return results / f"{manifest.interface.replace('/', '.')}.{against}.json"


def graded(
    manifest: Manifest, results: Path = RESULTS
) -> tuple[Grade, tuple[str, ...], dict[str, Checked]]:
    """Grade, what is missing for the next one, and the checks that it rests on."""
    checks = {}
    for against in (MOCK, "system"):
        path = _path(results, manifest, against)
        if path.is_file():
            checks[against] = Checked.of(json.loads(path.read_text("utf-8")))
    found, missing = grade(manifest, hash_of(manifest), checks)
    return found, missing, checks


def new(name: str, title: str) -> Sequence[Path]:
    """Copy the template under a name; what was made, below the project's folder.

    Raises:
        ValueError: the name is none, or somebody has it.
    """
    if not _NAME.match(name):
        raise ValueError(
            "Tên gồm chữ thường không dấu, số và gạch dưới, bắt đầu bằng chữ, 2–40 ký tự."
        )
    places = {
        ADAPTERS / TEMPLATE: ADAPTERS / name,
        SCHEMAS / "agencies" / TEMPLATE: SCHEMAS / "agencies" / name,
    }
    documents = ROOT / "docs" / "agencies"
    pages = {
        documents / f"{TEMPLATE}{suffix}": documents / f"{name}{suffix}"
        for suffix in (".md", ".vi.md")
    }
    for made in (*places.values(), *pages.values()):
        if made.exists():
            raise ValueError(f"Đã có {made.relative_to(ROOT)}")
    for source, made in places.items():
        shutil.copytree(source, made, ignore=shutil.ignore_patterns("__pycache__"))
    for source, made in pages.items():
        shutil.copy(source, made)
    for path in _texts([*places.values(), *pages.values()]):
        text = path.read_text("utf-8")
        path.write_text(_renamed(text, name, title), "utf-8")
    return [made.relative_to(ROOT) for made in (*places.values(), *pages.values())]


def _texts(made: Iterable[Path]) -> Iterable[Path]:
    for place in made:
        found = [place] if place.is_file() else sorted(place.rglob("*"))
        yield from (path for path in found if path.is_file())


def _renamed(text: str, name: str, title: str) -> str:
    for old, new_ in (
        (_SCHEMA_ID.format(TEMPLATE), _SCHEMA_ID.format(name)),
        ("Cơ quan ví dụ", title),
        ("An example agency", title),
        (TEMPLATE, name),
    ):
        text = text.replace(old, new_)
    return text
