"""The published lists of the interface: columns, states, errors, limits of cells."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.domain.report import ReportKind
from gateway.domain.text import fold

_WORD = re.compile(r"[^\W_]+")


def folded(text: str) -> str:
    """A heading or the name of a sheet as it is compared: ``MÃ HỒ SƠ `` → ``ma ho so``.

    Without accents, case, and signs, so that a code and its words meet where they
    are the same.
    """
    return " ".join(_WORD.findall(fold(text)))


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; ``most``: characters that its cells may have, 0: any."""

    code: str
    heading: str
    required: str
    most: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """What one TRANG_THAI means to us; ``step``: its place among those of one moment."""

    code: str
    text: str
    step: int
    report: ReportKind
    facts: Mapping[str, str]
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, for whoever wrote it."""

    code: str
    text: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Contract:
    """``danh_muc.toml`` and the lengths of ``tra_loi.json``, read once."""

    requests: tuple[Column, ...]
    answers: tuple[Column, ...]
    report: tuple[Column, ...]
    #: columns in front of those of a report of errors
    states: Mapping[str, Told]
    services: Mapping[str, str]
    faults: Mapping[str, Fault]

    @classmethod
    def load(cls, folder: Path) -> Contract:
        """Read the folder of published files."""
        lists = tomllib.loads((folder / "danh_muc.toml").read_text("utf-8"))
        requests, answers = (
            json.loads((folder / f"{name}.json").read_text("utf-8"))["properties"]
            for name in ("yeu_cau", "tra_loi")
        )
        return cls(
            requests=_columns(lists, "YEU_CAU", requests),
            answers=_columns(lists, "TRA_LOI", answers),
            report=_columns(lists, "LOI", {}),
            states={row["code"]: _told(row) for row in lists["state"]},
            services={row["code"]: row["text"] for row in lists["service"]},
            faults={
                row["code"]: Fault(row["code"], row["text"], row["remedy"])
                for row in (*lists["file_error"], *lists["row_error"])
            },
        )

    def state_of(self, text: str) -> Told | None:
        """The state that a code or its words name; None: no such state."""
        wanted = folded(text)
        for told in self.states.values():
            if wanted in {folded(told.code), folded(told.text)}:
                return told
        return None


def _columns(
    lists: Mapping[str, Any], table: str, schema: Mapping[str, Any]
) -> tuple[Column, ...]:
    return tuple(
        Column(
            row["code"],
            row["heading"],
            row["required"],
            schema.get(row["code"], {}).get("maxLength", 0),
        )
        for row in lists["column"]
        if row["table"] == table
    )


def _told(row: Mapping[str, Any]) -> Told:
    """``step, pause = stopped`` says which facts a report has."""
    facts = {}
    for part in filter(None, row["facts"].split(", ")):
        name, _, value = part.partition(" = ")
        facts[name] = value or row["code"]
    return Told(
        row["code"],
        row["text"],
        row["step"],
        ReportKind(row["report"]),
        facts,
        frozenset(row["needs"]),
    )
