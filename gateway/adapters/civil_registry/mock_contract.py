"""What the server lends to the mock, and what it expects from it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol

VIETNAM = timezone(timedelta(hours=7))
JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
MAX_BODY_BYTES = 64 * 1024 * 1024
Reply = tuple[int, str, bytes]


class Request(Protocol):
    """One call that came in; ``headers`` ignores case."""

    @property
    def method(self) -> str:
        """HTTP method."""

    @property
    def path(self) -> str:
        """Path, without its query."""

    @property
    def params(self) -> Mapping[str, str]:
        """Parameters of the path."""

    @property
    def query(self) -> Mapping[str, str]:
        """Parameters of the query."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of the request."""

    @property
    def body(self) -> bytes:
        """The whole body."""


class Office(Protocol):
    """Clock, books and configuration; times are aware."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """This mock's table of the configuration."""

    def now(self) -> datetime:
        """Wall time, virtual or real."""

    def after(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Run later, in wall time."""

    def shelve(self, newest: Callable[[], datetime | None]) -> None:
        """Say when what lies ready to be fetched was laid there last."""

    def later(self, hours: float, act: Callable[[], Awaitable[None]]) -> None:
        """Have people who keep nobody's hours do something."""

    def work(
        self, number: str, hours: float, act: Callable[[], Awaitable[None]]
    ) -> None:
        """Have people do it for a dossier; in so many hours, 24 of them a day's work."""

    def scenario(self, number: str) -> Mapping[str, Any]:
        """What happens to that dossier; empty: the usual."""

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


Handler = Callable[[Request], Awaitable[Reply]]


def parsed(raw: bytes | str) -> dict[str, Any] | None:
    """A JSON object in UTF-8; None: it is none."""
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def as_json(status: int, content: object) -> Reply:
    """A JSON answer."""
    return status, JSON, json.dumps(content, ensure_ascii=False).encode()


def local(at: datetime, form: str) -> str:
    """A moment in Vietnam time, written as told."""
    return at.astimezone(VIETNAM).strftime(form)
