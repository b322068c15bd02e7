"""What a target is: a function of bytes that raises nothing, and what it begins with."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Target(NamedTuple):
    """A decoder of strangers' bytes."""

    feed: Callable[[bytes], None]
    #: whatever it raises is a fault; errors that it may name stay inside
    seeds: Callable[[], tuple[bytes, ...]]
    #: made when they are asked for: some have to be said by a mock first
    head: int = 0
    #: bytes before the message, which have no form
