"""What the server lends to the mock, and what it expects from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Protocol


class Request(Protocol):
    """One call that came in; ``headers`` ignores case."""

    @property
    def path(self) -> str:
        """Path of the call."""

    @property
    def params(self) -> Mapping[str, str]:
        """What the path's placeholders stand for."""

    @property
    def query(self) -> Mapping[str, str]:
        """Query parameters."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of the call."""

    @property
    def body(self) -> bytes:
        """The whole body."""


class Answer(Protocol):
    """What came back on a call that the mock made."""

    @property
    def status(self) -> int:
        """HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of the answer."""

    @property
    def body(self) -> bytes:
        """The whole body."""


Reply = tuple[int, str, bytes]
Handler = Callable[[Request], Awaitable[Reply]]


class Office(Protocol):
    """Clock, books, configuration and the way out; times are aware."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """This mock's table of the configuration."""

    def now(self) -> datetime:
        """Wall time, virtual or real."""

    def after(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Run later, in wall time."""

    def later(self, hours: float, act: Callable[[], Awaitable[None]]) -> None:
        """Have people who keep nobody's hours do something."""

    def work(
        self, number: str, hours: float, act: Callable[[], Awaitable[None]]
    ) -> None:
        """Have people do it for a dossier; in so many hours, 24 of them a day's work."""

    def scenario(self, number: str, table: str = "") -> Mapping[str, Any]:
        """What this one-stop does with that dossier; empty: the default.

        ``table``: under which name it stands there; empty: this mock's own.
        """

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

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        kind: str,
        number: str,
    ) -> Answer:
        """Call out; raises ConnectionError when nobody answers."""
