"""Contacts of offices with their names open, as this node knows them."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from gateway.domain.contact import Contact, ContactChange, ContactRole
from gateway.domain.identifiers import PayloadId
from gateway.domain.journal import JournalLine
from gateway.domain.json_text import as_json, of_json
from gateway.domain.legal_day import legal_day
from gateway.ports.contacts import ContactRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.identifiers import OfficeId
    from gateway.ports.clock import Clock
    from gateway.ports.contacts import ContactStore
    from gateway.ports.vault import SealedPayload, Vault
    from gateway.routing.catalogue import Office

_KIND = "contact"


class Contacts:
    """Opens what changed since it was last read, and seals what is entered."""

    def __init__(self, kept: ContactStore, vault: Vault, clock: Clock) -> None:
        """Know nobody yet; ``load`` reads the store."""
        self._kept = kept
        self._vault = vault
        self._clock = clock
        self._known: dict[str, Contact] = {}
        # What was read before somebody's change must not be taken for newer than it.
        self._one_by_one = asyncio.Lock()

    @property
    def all(self) -> Sequence[Contact]:
        """Everybody, those who are called no more too, as lists show them."""
        return sorted(self._known.values(), key=lambda one: (one.office, one.order))

    def at(self, office: OfficeId) -> Sequence[Contact]:
        """Whom to call at an office today."""
        today = legal_day(self._clock.now())
        found = [c for c in self._known.values() if c.office == office]
        return sorted((c for c in found if c.holds_on(today)), key=lambda c: c.order)

    async def load(self) -> None:
        """Read anew; what is known in its version is not opened again."""
        async with self._one_by_one:
            rows = await self._kept.contacts()
            self._known = {row.id: self._opened(row) for row in rows}

    def _opened(self, row: ContactRow) -> Contact:
        known = self._known.get(row.id)
        if known is not None and known.version == row.version:
            return known
        return _contact_of(row, of_json(self._vault.open_common(row.sealed)))

    async def keep(self, contact: Contact) -> None:
        """Keep a contact or a new version of it; the journal holds its digest only.

        Raises:
            ChangedMeanwhile: somebody else changed it first.
        """
        last = contact.changes[-1]
        sealed = self._sealed(contact)
        row = ContactRow(
            contact.id, contact.version, contact.office, contact.valid_to, sealed
        )
        facts = {
            "id": contact.id,
            "what": last.what,
            "office": contact.office,
            "role": contact.role.value,
        }
        line = JournalLine(_KIND, last.at, last.by, facts, sealed.id, sealed.digest)
        async with self._one_by_one:
            await self._kept.set_contact(row, line)
            self._known = {**self._known, contact.id: contact}

    def _sealed(self, contact: Contact) -> SealedPayload:
        content = {
            "role": contact.role.value,
            "name": contact.name,
            "phone": contact.phone,
            "email": contact.email,
            "from": contact.valid_from.isoformat(),
            "changes": [
                [one.at.isoformat(), one.by, one.what, one.why]
                for one in contact.changes
            ],
        }
        payload = PayloadId(f"{contact.id}.{contact.version}")
        return self._vault.seal_common(payload, _KIND, as_json(content))


def _contact_of(row: ContactRow, content: dict[str, Any]) -> Contact:
    return Contact(
        id=row.id,
        office=row.office,
        role=ContactRole(content["role"]),
        name=content["name"],
        phone=content["phone"],
        email=content["email"],
        valid_from=date.fromisoformat(content["from"]),
        valid_to=row.valid_to,
        version=row.version,
        changes=tuple(
            ContactChange(datetime.fromisoformat(at), by, what, why)
            for at, by, what, why in content["changes"]
        ),
    )


def spoken(contacts: Contacts, office: Office | None) -> str:
    """Whom to call at an office, in one line; empty when nobody is known.

    ``[office.contact]`` of the configuration holds until somebody is entered.
    """
    if office is None:
        return ""
    found = contacts.at(office.id)
    return "; ".join(one.words for one in found) or configured(office)


def configured(office: Office) -> str:
    """``[office.contact]`` of a configuration, from before contacts were entered."""
    given: Any = office.settings.get("contact")
    if not isinstance(given, dict):
        return ""
    parts = (given.get("name"), given.get("phone"), given.get("hours"))
    return ", ".join(str(part) for part in parts if part)
