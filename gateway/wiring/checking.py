"""Everything wrong with a folder of configuration, with file and line."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
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
from gateway.wiring.files import read_folder, sources, text_of
from gateway.wiring.probing import unmade
from gateway.wiring.toml_lines import line_at, lines_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from datetime import date
    from typing import Any

    from gateway.routing.catalogue import Catalogue
    from gateway.routing.finding import Where
    from gateway.settings import Settings

_AT_LINE = re.compile(r"at line (\d+)")


@dataclass(frozen=True, slots=True)
class Located:
    """A finding with its place in a file."""

    file: str
    line: int
    finding: Finding


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
    broken = list(_broken(folder))
    if broken:
        return broken
    content = read_folder(folder)
    found = [*_findings(content, today, settings, contacts)]
    return _located(folder, list(dict.fromkeys(found)))


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
    try:
        catalogue = read(0, content)
    except (KeyError, TypeError, ValueError):
        return  # said by ``contradictions``, entry by entry
    yield from broken_plans(content, catalogue, known)
    yield from nobody_competent(content, catalogue, today)
    yield from switched_off(content, catalogue, today)
    yield from holes(content, catalogue, known, today)
    yield from numbers(content, catalogue, today)
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


def _broken(folder: Path) -> Iterable[Located]:
    """Files that are no TOML: nothing else can be told before they are."""
    for file in sorted(folder.rglob("*.toml")):
        try:
            tomllib.loads(text_of(file))
        except UnicodeDecodeError as wrong:
            before = file.read_bytes()[: wrong.start]
            line = before.count(b"\n") + 1
            todo = "Trong Notepad: Save as, mục Encoding chọn UTF-8, rồi lưu đè."
            yield _no_toml(file, line, "không lưu bằng mã UTF-8", todo)
        except tomllib.TOMLDecodeError as wrong:
            at = _AT_LINE.search(str(wrong))
            last = text_of(file).count("\n") + 1
            yield _no_toml(file, int(at[1]) if at else last, *_in_words(str(wrong)))


#: How the reader of the language begins what it says, and what it means.
_SYNTAX = (
    ("Cannot overwrite", "khóa hoặc bảng này đã ghi ở trên", "Bỏ bớt một chỗ."),
    ("Cannot declare", "bảng này đã ghi ở trên", "Gộp hai bảng thành một."),
    (
        "Invalid value",
        "giá trị không đúng",
        'Chữ để trong dấu ngoặc kép thẳng "…", không phải “…”; số và ngày thì không.',
    ),
    ("Unclosed array", "danh sách thiếu dấu ] ở trên dòng này", "Thêm dấu ]."),
    ("Unterminated string", "chữ thiếu dấu ngoặc kép đóng", 'Thêm dấu ".'),
    ("Illegal character", "có ký tự không được phép", "Viết lại dòng này."),
    ("Expected ']'", "tên bảng thiếu dấu ]", "Thêm dấu ]."),
    ("Expected '='", "thiếu dấu = sau tên khóa", "Viết khóa = giá trị."),
    ("Expected newline", "thừa chữ ở cuối dòng", "Mỗi dòng một khóa; ghi chú sau #."),
    ("Invalid statement", "dòng không đúng cú pháp", "Viết khóa = giá trị."),
)


def _in_words(said: str) -> tuple[str, str]:
    """What is wrong and what to do; what nobody put into words stays as it was said."""
    for begin, why, todo in _SYNTAX:
        if said.startswith(begin):
            return why, todo
    return said, "Sửa cho đúng cú pháp TOML: khóa = giá trị, chữ trong dấu ngoặc kép."


def _no_toml(file: Path, line: int, why: str, todo: str) -> Located:
    return Located(str(file), line, Finding((), f"Tệp không đọc được: {why}", todo))


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
