"""What the server lends to the mock, what it expects from it, and the lists it reads."""

from __future__ import annotations

import json
import tomllib
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Protocol

import jsonschema_rs

VIETNAM = timezone(timedelta(hours=7))
HOUR_S = 3600.0
_USUAL = Path(__file__).resolve().parents[3] / "schemas" / "agencies" / "water"


class Request(Protocol):
    """One call that came in."""

    @property
    def path(self) -> str:
        """Path of the call."""

    @property
    def params(self) -> Mapping[str, str]:
        """What stands in the places of the route."""

    @property
    def body(self) -> bytes:
        """The whole body."""


Reply = tuple[int, str, bytes]
Handler = Callable[[Request], Awaitable[Reply]]


class Office(Protocol):
    """Clock, books and configuration; times are aware."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """This mock's table of the configuration."""

    def now(self) -> datetime:
        """Wall time, virtual or real."""

    def after(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Run later, in wall time."""

    def watch(self, look: Callable[[], None]) -> None:
        """Call again and again, for what nobody tells."""

    def work(
        self, number: str, hours: float, act: Callable[[], Awaitable[None]]
    ) -> None:
        """Have people do it for a dossier; in so many hours, 24 of them a day's work."""

    def scenario(self, number: str) -> Mapping[str, Any]:
        """What this company does with that dossier; empty: the default."""

    def shows(
        self,
        title: str,
        kept: Callable[[], Mapping[Any, object]],
        words: Mapping[str, str] | None = None,
    ) -> None:
        """Lend a register to the pages; ``words``: its fields, for people."""

    def arrived(self, kind: str, number: str, **facts: str | int | bool) -> None:
        """Write into the book of arrivals."""

    def effect(self, kind: str, number: str, **facts: str | int | bool) -> None:
        """Write into the book of effects."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One office of a company, and the folder that it shares with a gateway.

    ``by_hand``: a clerk with Excel; else a program that makes lots.
    """

    id: str
    folder: Path
    gateway: str
    by_hand: bool = False


class Lists:
    """Columns, values, errors and schemas, as they are published."""

    def __init__(self, folder: Path | None = None) -> None:
        """Read them; ``folder``: where they lie, if not where they are shipped."""
        where = folder or _USUAL
        self._lists = tomllib.loads((where / "danh_muc.toml").read_text("utf-8"))
        self._valid = {
            name: jsonschema_rs.validator_for(
                json.loads((where / f"{name}.json").read_text("utf-8")),
                validate_formats=True,
            )
            for name in ("lo", "yeu_cau")
        }

    def columns(self, table: str) -> list[tuple[str, str]]:
        """Code and heading of the columns of a table."""
        return [
            (row["code"], row["heading"])
            for row in self._lists["column"]
            if row["table"] == table
        ]

    def required(self, table: str) -> list[str]:
        """Codes of the columns that a table must have."""
        rows = self._lists["column"]
        return [
            row["code"]
            for row in rows
            if row["table"] == table and row["required"] == "yes"
        ]

    def kind(self, request: str) -> str:
        """What the sender calls a kind of request."""
        rows = self._lists["request"]
        return str(next(row["kind"] for row in rows if row["code"] == request))

    def state(self, code: str) -> Mapping[str, Any]:
        """What is said of a state; an unknown one stands for itself."""
        rows = self._lists["state"]
        usual = {"code": code, "text": code, "needs": []}
        return next((row for row in rows if row["code"] == code), usual)

    def fault(self, code: str) -> tuple[str, str]:
        """What is wrong, and what to do about it."""
        rows = [*self._lists["file_error"], *self._lists["row_error"]]
        (found,) = (row for row in rows if row["code"] == code)
        return found["text"], found["remedy"]

    def wrong(self, name: str, content: object) -> list[tuple[str, str]]:
        """Path and kind of each violation of a schema."""
        return [
            ("/".join(map(str, error.instance_path)), _kind(error))
            for error in self._valid[name].iter_errors(content)
        ]


def _kind(error: Any) -> str:
    """Name of what is missing, or empty: what is there is wrong."""
    return str(getattr(error.kind, "property", ""))


def folded(text: str) -> str:
    """Without accents, case, blanks and signs."""
    apart = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(sign for sign in apart if sign.isalnum())
