"""Whom to call at an office, from a day to a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from gateway.domain.identifiers import OfficeId


class ContactRole(StrEnum):
    """What a person is asked about; the order is that in which people are shown."""

    BUSINESS = "business"
    TECHNICAL = "technical"
    LEADER = "leader"


#: How officials call them.
ROLES: dict[ContactRole, str] = {
    ContactRole.BUSINESS: "nghiệp vụ",
    ContactRole.TECHNICAL: "kỹ thuật",
    ContactRole.LEADER: "lãnh đạo",
}
_ORDER = tuple(ContactRole)


@dataclass(frozen=True, slots=True)
class ContactChange:
    """Who entered or ended a contact, and why."""

    at: datetime
    by: str
    what: str
    #: ``added`` or ``ended``
    why: str


@dataclass(frozen=True, slots=True)
class Contact:
    """One person of one office; name and ways to reach them are sealed at rest."""

    id: str
    office: OfficeId
    role: ContactRole
    name: str
    phone: str
    email: str
    valid_from: date
    valid_to: date | None
    #: the last day, None: until somebody ends it
    version: int = 1
    changes: tuple[ContactChange, ...] = ()

    def holds_on(self, day: date) -> bool:
        """Whether the person is to be called on a day."""
        return self.valid_from <= day and not self.is_over(day)

    def is_over(self, day: date) -> bool:
        """Whether the last day has passed."""
        return self.valid_to is not None and self.valid_to < day

    @property
    def order(self) -> tuple[int, date, str]:
        """Where it stands in a list."""
        return (_ORDER.index(self.role), self.valid_from, self.id)

    @property
    def words(self) -> str:
        """The person in one line."""
        ways = [one for one in (self.phone, self.email) if one]
        return ", ".join([f"{self.name} ({ROLES[self.role]})", *ways])
