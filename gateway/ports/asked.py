"""What leaves during an attempt is noted by who carries it, for who sends it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from gateway.domain.asked import Asked, asked_of


class Leaving:
    """A request that leaves, secrets and all; shows nothing of itself.

    What may be kept of it is made only where it is wanted: most attempts deliver.
    """

    __slots__ = ("_headers", "_method", "_url")

    def __init__(self, method: str, url: object, headers: Mapping[str, str]) -> None:
        """Hold it."""
        self._method = method
        self._url = url
        self._headers = headers

    def kept(self) -> Asked:
        """What may be kept of it."""
        return asked_of(self._method, str(self._url), self._headers)


_noting: ContextVar[list[Leaving] | None] = ContextVar("asked", default=None)


@contextmanager
def noting() -> Iterator[list[Leaving]]:
    """The requests that are carried within, in order."""
    found: list[Leaving] = []
    token = _noting.set(found)
    try:
        yield found
    finally:
        _noting.reset(token)


def note(method: str, url: object, headers: Mapping[str, str]) -> None:
    """A request leaves; nothing where nobody notes."""
    found = _noting.get()
    if found is not None:
        found.append(Leaving(method, url, headers))
