"""A regression case as a folder: the messages, and what was made of them.

``case.toml`` says what it is; ``message.*`` and ``answer.*`` are the bodies, as bytes;
``made.json`` is what the program made of them when it was exported.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.recording.exchange import Exchange

CASE, MADE = "case.toml", "made.json"
PUSH, ANSWER = "push", "answer"
#: A dossier's code, wherever it stands in a message.
_NUMBER = re.compile(rb"[A-Z]\d{1,3}(?:\.\d{1,3})*-\d{6}-\d{1,8}")
_SAFE = re.compile(r"[^\w.-]+")
_ENDINGS = {b"{": "json", b"[": "json", b"<": "xml"}
Made = Sequence[Mapping[str, Any]]


class NoCase(ValueError):
    """A folder that is none: which file, and what is wrong with it, in Vietnamese."""


@dataclass(frozen=True, slots=True)
class Case:
    """``way``: ``push`` (the agency called us) or ``answer`` (what it answered us)."""

    name: str
    interface: str
    way: str
    operation: str
    status: int
    message: bytes
    answer: bytes
    number: str = ""
    #: the dossier that it speaks of, where it says so
    method: str = "POST"
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    was: Mapping[str, str] = field(default_factory=dict)
    #: outcome and code that the gateway noted at the time
    path: str = ""
    #: as far as documents name it
    kind: str = ""
    slot: str = ""
    #: of the attempt that was answered, where the gateway kept the answer alone
    made: Made = ()

    @classmethod
    def of(cls, one: Exchange, interface: str) -> Case:
        """A case that expects nothing yet."""
        way = ANSWER if one.direction == "in" else PUSH
        found = _NUMBER.search(one.body) or _NUMBER.search(one.answer)
        operation = _SAFE.sub("-", one.operation)[:60] or "khong-ro"
        return cls(
            name=f"{one.number:04d}-{way}-{operation}",
            interface=interface,
            way=way,
            operation=one.operation,
            status=one.status,
            message=one.body,
            answer=one.answer,
            number=found[0].decode() if found else "",
            method=one.method,
            answer_headers=one.answer_headers,
            was={n: str(one.made[n]) for n in ("outcome", "code") if n in one.made},
            path=one.path,
            kind=str(one.made.get("kind", "")),
            slot=str(one.made.get("purpose", "")),
        )

    def files(self) -> dict[str, bytes]:
        """What its folder holds, by file name."""
        told = json.dumps(list(self.made), ensure_ascii=False, indent=1, sort_keys=True)
        held = {CASE: self._toml().encode(), MADE: told.encode() + b"\n"}
        for name, content in (("message", self.message), ("answer", self.answer)):
            if content:
                held[f"{name}.{_ending(content)}"] = content
        return held

    def _toml(self) -> str:
        plain: dict[str, str | int] = {
            "interface": self.interface,
            "way": self.way,
            "operation": self.operation,
            "path": self.path,
            "method": self.method,
            "status": self.status,
            "number": self.number,
            "kind": self.kind,
            "slot": self.slot,
        }
        lines = [f"{name} = {_written(value)}" for name, value in plain.items()]
        for name, pairs in (("answer_headers", self.answer_headers), ("was", self.was)):
            if pairs:
                lines += ["", f"[{name}]"]
                lines += [f"{_written(k)} = {_written(v)}" for k, v in pairs.items()]
        return "\n".join(lines) + "\n"

    @property
    def differs_from_then(self) -> bool:
        """Whether what is made of it is not what the gateway noted at the time."""
        noted = {name: value for name, value in self.was.items() if value}
        made = [{n: row.get(n) for n in noted} for row in self.made]
        return bool(noted) and noted not in made


def _ending(content: bytes) -> str:
    return _ENDINGS.get(content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1], "bin")


def _written(value: str | int) -> str:
    # A string of JSON is one of TOML, but for DEL, which JSON leaves as it is.
    return json.dumps(value).replace("\x7f", "\\u007f")


def read(folder: Path) -> tuple[Case, ...]:
    """Every case below a folder, or the one that it is.

    Raises:
        NoCase: there is none, or one of them cannot be read.
    """
    found = sorted(path.parent for path in folder.rglob(CASE))
    if not found:
        message = f"{folder}: không có ca nào (tệp {CASE})."
        raise NoCase(message)
    return tuple(map(_read, found))


def _read(folder: Path) -> Case:
    try:
        raw = tomllib.loads((folder / CASE).read_text("utf-8"))
        made = json.loads((folder / MADE).read_text("utf-8"))
        if raw["way"] not in {PUSH, ANSWER}:
            message = f"{folder / CASE}: way là {PUSH} hoặc {ANSWER}."
            raise NoCase(message)
        return Case(
            name=folder.name,
            interface=str(raw["interface"]),
            way=raw["way"],
            operation=str(raw["operation"]),
            status=int(raw["status"]),
            message=_body(folder, "message"),
            answer=_body(folder, "answer"),
            number=str(raw.get("number", "")),
            method=str(raw.get("method", "POST")),
            answer_headers=raw.get("answer_headers", {}),
            was=raw.get("was", {}),
            path=str(raw.get("path", "")),
            kind=str(raw.get("kind", "")),
            slot=str(raw.get("slot", "")),
            made=made,
        )
    except KeyError as missing:
        message = f"{folder / CASE}: thiếu khóa {missing}."
        raise NoCase(message) from None
    except FileNotFoundError as missing:
        message = f"{folder}: thiếu tệp {Path(str(missing.filename)).name}."
        raise NoCase(message) from None
    except NoCase:
        raise
    except (ValueError, TypeError) as wrong:
        message = f"{folder}: {CASE} hoặc {MADE} không đọc được ({wrong})."
        raise NoCase(message) from None


def _body(folder: Path, name: str) -> bytes:
    found = sorted(folder.glob(f"{name}.*"))
    return found[0].read_bytes() if found else b""


def differences(was: Made, now: Made) -> tuple[str, ...]:
    """What is made of a case today and was not, in words; empty: the same."""
    told = []
    for place in range(max(len(was), len(now))):
        before = was[place] if place < len(was) else None
        after = now[place] if place < len(now) else None
        if before is None or after is None:
            what = "không còn" if after is None else "mới có"
            row = before if after is None else after
            told.append(f"{what}: {_row(row or {})}")
            continue
        told += [
            f"{_about(after)} {name}: trước {_value(before, name)}, nay {_value(after, name)}"
            for name in sorted({*before, *after})
            if before.get(name) != after.get(name)
        ]
    return tuple(told)


def _about(row: Mapping[str, Any]) -> str:
    return " ".join(str(row[n]) for n in ("kind", "slot", "report") if n in row)


def _row(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_value(row, name)}" for name in row)


def _value(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "không có" if value is None else json.dumps(value, ensure_ascii=False)


def must_be_empty(folder: Path) -> None:
    """Cases of two exports are not mixed: their people are others.

    Raises:
        NoCase: the folder holds something already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        message = f"{folder} đã có tệp: chọn một thư mục trống."
        raise NoCase(message)


def written(cases: Iterable[Case], folder: Path) -> int:
    """Write each case into its folder; how many.

    Raises:
        NoCase: the folder holds something already.
    """
    must_be_empty(folder)
    count = 0
    for case in cases:
        place = folder / case.name
        place.mkdir(parents=True)
        for name, content in case.files().items():
            (place / name).write_bytes(content)
        count += 1
    return count
