"""Checks agency folders, keeps what came out, grades them; makes new ones."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.conformance.adapter_cases import CASES
from gateway.conformance.adapter_kit import read
from gateway.conformance.adapter_lent import Lab
from gateway.conformance.adapter_making import CALLS, STILL, trials
from gateway.conformance.adapter_opening import opened
from gateway.conformance.adapter_run import run, told_of
from gateway.conformance.adapter_there import There, numbered
from gateway.conformance.adapter_ways import Carried
from gateway.registry.grades import MOCK, Checked, Grade, Tried, grade
from gateway.registry.hashing import ROOT, hash_of
from gateway.registry.manifest import ADAPTERS, Manifest, installed
from gateway.validation.json_schema import JSONSchemaCatalogue
from gateway.wiring import conforming
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
#: What its two pages say that is true of no copy, by how it begins.
_OF_THE_TEMPLATE = re.compile(
    r"^(No such agency exists|Không có cơ quan nào như vậy)\..*$", re.MULTILINE
)
_OF_A_COPY = {
    "No such agency exists": "Written by this project from its template; the agency has "
    "neither issued nor agreed it. `SOURCE.toml` says where each element is from.",
    "Không có cơ quan nào như vậy": "Do dự án viết từ thư mục mẫu; cơ quan chưa ban hành, "
    "chưa thống nhất. Từng phần tử lấy ở đâu ghi ở `SOURCE.toml`.",
}
_SCHEMA_ID = "urn:lienthong:schema:{}:"


def interfaces(name: str = "") -> Sequence[Manifest]:
    """Every interface of that name, of a folder, or of all folders.

    Raises:
        ValueError: there is no such folder.
    """
    every = installed(SCHEMAS, template=True)
    if not name:
        return [m for m in every if m.folder != TEMPLATE]
    found = [m for m in every if name in {m.folder, m.interface}]
    if not found:
        known = sorted({m.interface for m in installed(SCHEMAS)})
        raise ValueError(f"Không có thư mục cơ quan {name}; có: {', '.join(known)}")
    return found


def system(name: str, address: str, by: str) -> tuple[Manifest, System]:
    """One interface, and the system of its agency that it is to be tried on.

    Raises:
        ValueError: it has no such interface, or nothing of it can be tried there.
    """
    exact = [m for m in interfaces(name) if m.interface == name]
    if not exact:
        several = ", ".join(m.interface for m in interfaces(name))
        raise ValueError(f"--against thử một giao diện, ghi rõ: {several}")
    if exact[0].carrier in STILL:
        raise ValueError(
            f"{name} không gọi đi đâu (carrier {exact[0].carrier}): không có gì để thử với một địa chỉ."
        )
    if urlsplit(address).scheme not in {"http", "https"}:
        raise ValueError("--against là địa chỉ bắt đầu bằng https:// hoặc http://")
    return exact[0], System(address, by)


@dataclass(frozen=True, slots=True)
class System:
    """A system of the agency's own: its address, and who tries it."""

    address: str
    by: str
    keys: Path | None = None
    #: folder of secrets that it knows


def check(
    manifest: Manifest,
    *,
    system: System | None = None,
    only: Carried | None = None,
    named: str = "",
    results: Path = RESULTS,
    tell: Tell,
) -> Checked:
    """Try one interface and keep what came out.

    ``system``: in place of the folder's mock; ``only``, ``named``: by one way, or by
    one case, of which nothing is kept, since it is not the whole.

    Raises:
        ValueError: the interface has no kit, the system's keys are missing, or there
            is no such case.
    """
    if not manifest.kit_path.is_file():
        raise ValueError(f"Thiếu {manifest.kit_path.relative_to(ROOT)}")
    if named and named not in CASES:
        raise ValueError(f"Không có phép thử {named}.")
    kit = read(manifest.kit_path, manifest)
    now = datetime.now(UTC).replace(microsecond=0)
    there = There(system.address, now) if system else None
    tried = asyncio.run(_checked(kit, system, there, only, named, tell))
    done = Checked(
        interface=manifest.interface,
        hash=hash_of(manifest),
        at=now,
        against=system.address if system else MOCK,
        tried=tuple(tried),
        by=system.by if system else "",
        left=tuple(_left(kit, there)) if there else (),
    )
    if only is not None or named:
        return done
    path = _path(results, manifest, "system" if system else MOCK)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(done.as_json(), ensure_ascii=False, indent=1), "utf-8")
    return done


def _left(kit: Kit, there: There) -> Iterator[str]:
    for number, trial in enumerate(trials(kit, remote=True)):
        if trial.case.needs & CALLS:
            yield numbered(kit, there.mark(number)).number


async def _checked(
    kit: Kit,
    system: System | None,
    there: There | None,
    only: Carried | None,
    named: str,
    tell: Tell,
) -> Sequence[Tried]:
    catalogue = JSONSchemaCatalogue.load(SCHEMAS)
    with TemporaryDirectory(prefix="agency-keys-") as made:
        folder = Path(made)
        names = [f"{kit.office['id']}.{name}" for name in kit.secrets]
        make_mock_secrets(folder, names, ("gateway", *kit.pairs))
        given = Secrets(system.keys or _no_keys(folder)) if system else None
        lab = Lab(Secrets(folder), catalogue, SCHEMAS / "agencies", given)
        await _can_be_made(kit, lab, system, folder / "first")
        return await run(kit, lab, there=there, only=only, named=named, tell=tell)


def _no_keys(folder: Path) -> Path:
    """An empty folder, for a system that asks for none."""
    empty = folder / "none"
    empty.mkdir(0o700)
    return empty


async def _can_be_made(kit: Kit, lab: Lab, system: System | None, folder: Path) -> None:
    """Make mock and adapter once, before anything is called.

    Raises:
        ValueError: they cannot be; says it once and not for each case, with the key
            that is missing or the line that is wrong.
    """
    where = (system and system.keys) or "thư mục khóa (--keys THƯ_MỤC, chmod 700)"
    try:
        async with opened(kit, lab, folder, against=system.address if system else ""):
            return
    except Exception as error:
        told = f"Chưa dựng được cơ quan giả lập và adapter: {told_of(error)}"
        if system and isinstance(error, KeyError):
            told = f"Thiếu khóa {error.args[0]}: ghi vào secrets.json của {where}."
        if system and isinstance(error, FileNotFoundError):
            told = f"Thiếu tệp {Path(error.filename).name}: đặt vào {where}."
        raise ValueError(told) from error


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
    known = conforming.kept(manifest, results.parent / conforming.RESULTS.name)
    found, missing = grade(manifest, hash_of(manifest), checks, known)
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
    """What the template says of itself becomes what is true of a copy."""
    told = {
        _SCHEMA_ID.format(TEMPLATE): _SCHEMA_ID.format(name),
        "cơ quan ví dụ, không có thông điệp thật": "chưa có thông điệp thật để soát",
        "cơ quan ví dụ, không có hệ thống thử": "chưa thử ở hệ thống thử của cơ quan (--against)",
        "Cơ quan ví dụ": title,
        "The example agency": title,
        "An example agency": title,
        "Example agency": title,
        ": what ``lienthong agency new`` copies.": ".",
        TEMPLATE: name,
    }
    for old, new_ in told.items():
        text = text.replace(old, new_)
    return _OF_THE_TEMPLATE.sub(lambda found: _OF_A_COPY[found[1]], text)
