"""Everything wrong with a folder of configuration, with file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.routing.catalogue import read
from gateway.routing.finding import Finding
from gateway.routing.lint import Places, contradictions
from gateway.routing.lint_areas import mixed_kinds, numbers
from gateway.routing.lint_days import nobody_competent, switched_off
from gateway.routing.lint_form import misshapen
from gateway.routing.lint_plans import broken_plans
from gateway.routing.lint_shape import (
    doubled,
    doubtful_identifiers,
    nameless,
    strange_keys,
)
from gateway.routing.lint_tables import holes
from gateway.wiring import installed
from gateway.wiring.bindings import wrongly_bound
from gateway.wiring.calendars import calendar_findings
from gateway.wiring.files import read_folder, sources, text_of
from gateway.wiring.grounds import off_ground
from gateway.wiring.located import Located, no_toml
from gateway.wiring.probing import unmade
from gateway.wiring.toml_lines import line_at, lines_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from datetime import date
    from pathlib import Path
    from typing import Any

    from gateway.routing.catalogue import Catalogue
    from gateway.routing.finding import Where
    from gateway.settings import Settings

#: May lie beside a configuration, and is none.
_SETTINGS = "gateway.toml"


def check_folder(
    folder: Path,
    today: date,
    *,
    settings: Settings | None = None,
    contacts: Container[str] | None = None,
) -> list[Located]:
    """All findings by file and line.

    ``settings``: with them keys and addresses are looked for, too; ``contacts``:
    offices that somebody is to be called at, None where nobody knows.

    Raises:
        ValueError: there is no such folder.
    """
    if not folder.is_dir():
        raise ValueError(f"Không có thư mục cấu hình {folder}")
    files = sorted(folder.rglob("*.toml"))
    if all(one.name == _SETTINGS for one in files):
        todo = "Ghi đúng thư mục cấu hình: có agencies, procedures, routing."
        nothing = Finding((), "Thư mục không có tệp cấu hình nào", todo)
        return [Located(str(folder), 1, nothing)]
    broken = [one for file in files for one in no_toml(file)]
    if broken:
        return broken
    content = read_folder(folder)
    found = [*_findings(content, today, settings, contacts)]
    return _located(folder, list(dict.fromkeys(found)))


def check_content(
    content: Mapping[str, Any], today: date, settings: Settings
) -> list[Finding]:
    """The same for a version that lies in a store: findings without a line."""
    return list(dict.fromkeys(_findings(content, today, settings, None)))


def _findings(
    content: Mapping[str, Any],
    today: date,
    settings: Settings | None,
    contacts: Container[str] | None,
) -> Iterable[Finding]:
    wrong_form = misshapen(content)
    if wrong_form:
        yield from wrong_form
        return  # nothing further could be looked at
    known = installed.known()
    shape = [*nameless(content), *strange_keys(content, known.keys)]
    contradicting = [*doubled(content), *contradictions(content, known)]
    yield from shape
    yield from contradicting
    yield from doubtful_identifiers(content)
    yield from calendar_findings(content)
    try:
        catalogue = read(0, content)
    except (KeyError, TypeError, ValueError):
        return  # said by ``contradictions``, entry by entry
    yield from broken_plans(content, catalogue, known)
    yield from nobody_competent(content, catalogue, today)
    yield from switched_off(content, catalogue, today)
    yield from holes(content, catalogue, known, today)
    yield from numbers(content, catalogue, today)
    yield from off_ground(content, catalogue, settings)
    yield from wrongly_bound(content, catalogue)
    misfits = [*unmade(content, catalogue, settings)]
    yield from misfits
    # Where an adapter knows what its office takes, it has said so.
    told = {one.where[:5] for one in misfits}
    mixed = mixed_kinds(content, catalogue)
    yield from (one for one in mixed if one.where[:5] not in told)
    if contacts is not None:
        yield from _alone(content, catalogue, contacts)


def _alone(
    content: Mapping[str, Any], catalogue: Catalogue, contacts: Container[str]
) -> Iterable[Finding]:
    places = Places(content)
    for office in catalogue.offices.values():
        if office.id not in contacts and "contact" not in office.settings:
            yield Finding(
                places.office(office.id),
                f"Cơ quan {office.id} chưa có đầu mối",
                f"lienthong contact add --office {office.id} …",
                warning=True,
            )


def _located(folder: Path, found: Iterable[Finding]) -> list[Located]:
    files = sources(folder)
    lines: dict[Path, dict[Where, int]] = {}
    located = []
    for one in found:
        file, where = files.find(one.where)
        if file is None:
            located.append(Located(str(folder), 1, one))
            continue
        if file not in lines:
            lines[file] = lines_of(text_of(file))
        located.append(Located(str(file), line_at(lines[file], where), one))
    return sorted(located, key=lambda one: (one.file, one.line, one.finding.what))
