"""Which operations a mock has, so that a plan cannot name another."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from types import ModuleType


def operations_of(module: ModuleType, paths: Iterable[str]) -> Collection[str] | None:
    """Last parts of its routes, and the kinds that its module lists.

    ``OPERATIONS`` of a mock: what its books call a call, and the calls that it makes;
    None: it takes whatever kinds there are.
    """
    named: frozenset[str] | None = getattr(module, "OPERATIONS", None)
    if named is None:
        return None
    last = (path.rpartition("/")[2] for path in paths)
    return named | {part for part in last if part and not part.startswith("{")}
