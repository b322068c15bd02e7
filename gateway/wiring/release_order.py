"""Which of two releases is the older one."""

from __future__ import annotations

import re


def is_older(one: str, other: str) -> bool:
    """Whether a release comes before another; one that names no number before all."""
    return _numbers(one) < _numbers(other)


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"[0-9]+", release))
