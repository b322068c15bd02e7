"""Pages of lists: as long as asked for, within bounds."""

from __future__ import annotations

PAGE = 100


def page_of(limit: int) -> int:
    """Rows of one page; a ``limit`` out of bounds is moved to the nearest bound."""
    return min(max(limit, 1), PAGE)
