"""Values of labels: codes of the configuration and of our own lists, nothing else.

Whatever is not known becomes ``other``, so that no sender can make a new series,
and nothing personal can become one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from gateway.domain.attempt import Outcome
from gateway.domain.report import ReportKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Instead of what is not known.
OTHER = "other"
#: What calls to agencies are for, as delivery and receipts tell it.
PURPOSES = frozenset(
    {"submit", "enquire", "poll", "pull", "collect", "fetch", "acknowledge"}
)
OUTCOMES = frozenset(one.value for one in Outcome)
REPORTS = frozenset(one.value for one in ReportKind)
#: What comes in from senders: a new dossier, a later act, a message of a drop-in line.
DOSSIER, ACT, LINK = "dossier", "act", "link"
#: What became of it; ``failed`` is the gateway's own fault.
TAKEN = frozenset({"accepted", "refused", "failed"})


class HasAgency(Protocol):
    """An office of the configuration."""

    @property
    def agency(self) -> str:
        """Whose office it is."""


class Offices:
    """Agencies and offices of the configuration that runs."""

    def __init__(self) -> None:
        """None is known before the configuration was read."""
        self.source: Callable[[], Mapping[Any, HasAgency]] = dict
        #: offices as they are now; another mapping once they change
        self._seen: Mapping[Any, HasAgency] = {}
        self._known: dict[str, str] = {}
        self._agencies: frozenset[str] = frozenset()

    def _look(self) -> None:
        present = self.source()
        if present is not self._seen:
            self._seen = present
            self._known = {str(name): str(one.agency) for name, one in present.items()}
            self._agencies = frozenset(self._known.values())

    def agencies(self) -> list[str]:
        """Every agency, by name."""
        self._look()
        return sorted(self._agencies)

    def agency(self, agency: object, office: object = None) -> str:
        """An agency by its code, or by one of its offices."""
        self._look()
        if agency in self._agencies:
            return str(agency)
        if agency is None and isinstance(office, str):
            return self._known.get(office, OTHER)
        return OTHER


def one_of(known: frozenset[str], value: object) -> str:
    """The value, if it is known."""
    return value if isinstance(value, str) and value in known else OTHER
