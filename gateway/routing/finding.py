"""What is wrong, or doubtful, at one place of a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.domain.report import ReportKind

#: Names and numbers that lead to a value inside the content of a configuration.
Where = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, in Vietnamese: what it is, and what somebody has to do about it.

    A warning is no reason to refuse the configuration.
    """

    where: Where
    what: str
    todo: str
    warning: bool = False


#: Keys of a table and, where they are closed too, of its own tables; None: any keys.
Keys = Mapping[str, "Keys | None"]


@dataclass(frozen=True, slots=True)
class Known:
    """What the agencies' folders say of themselves.

    ``kinds``: agency → message kinds that its adapters know; ``optional``: those
    that only some offices take, so that each has to say; ``reports``: what an
    agency may tell, for those whose folders say so; ``keys``: dialect → keys of its
    office entries beside those of every office, for those whose folders say so.
    """

    kinds: Mapping[str, frozenset[str]]
    optional: Mapping[str, frozenset[str]] = field(default_factory=dict)
    reports: Mapping[str, frozenset[ReportKind]] = field(default_factory=dict)
    keys: Mapping[str, Keys] = field(default_factory=dict)
