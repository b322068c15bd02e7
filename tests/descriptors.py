"""A process that has few numbers left for what it opens, or only large ones."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Iterator


@contextlib.contextmanager
def few_left(count: int = 0) -> Iterator[None]:
    """So many can be opened within the block."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    held: list[int] = []
    try:
        with contextlib.suppress(OSError):
            while True:
                held.append(os.dup(0))
        for _ in range(count):
            os.close(held.pop())
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        for number in held:
            os.close(number)


@contextlib.contextmanager
def only_large_left() -> Iterator[None]:
    """As in a process with a thousand callers."""
    held = [os.dup(0) for _ in range(1100)]
    try:
        yield
    finally:
        for number in held:
            os.close(number)
