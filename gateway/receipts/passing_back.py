"""What an office's system sent goes on, as it came, to a one-stop that speaks as it does."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from gateway.domain.errors import KeyTaken
from gateway.domain.identifiers import PayloadId, TransferId
from gateway.domain.principal import EVERYTHING
from gateway.domain.report import Relayed
from gateway.domain.transfer import (
    LINK_CONVERSATION,
    UNREAD_CONVERSATION,
    NewTransfer,
)
from gateway.domain.values import replace
from gateway.ports.store import Change
from gateway.routing.link import RELAYED, link_between, link_of_office
from gateway.sealing.by_number import by_number
from gateway.sealing.folder import RELAYED_BODY, blind_number

if TYPE_CHECKING:
    from gateway.domain.case import Case
    from gateway.domain.identifiers import OfficeId
    from gateway.domain.report import AgencyReport
    from gateway.ports.agency import InboundMessage
    from gateway.ports.store import DossierRow
    from gateway.ports.vault import DossierKey
    from gateway.sealing.tools import Tools


def with_passing_back(
    tools: Tools,
    key: DossierKey,
    case: Case,
    relayed: Relayed | None,
    office: OfficeId,
    change: Change,
    *,
    conversation: str = LINK_CONVERSATION,
) -> Change:
    """The change of a report with the transfer that passes its message on, if any.

    Whatever became of the report here: the one-stop has rules of its own.
    """
    catalogue = tools.versions.current
    link = link_between(catalogue, case.sender, office)
    if relayed is None or link is None:
        return change
    identifier = PayloadId(tools.chance.identifier("p"))
    sealed = key.seal(identifier, RELAYED_BODY, relayed.body)
    new = NewTransfer(
        id=TransferId(tools.chance.identifier("t")),
        agency=catalogue.offices[link.one_stop].agency,
        office=link.one_stop,
        leg=conversation,
        conversation=conversation,
        kind=RELAYED,
        revision=case.revision,
        facts={"operation": relayed.operation, "office": office},
        payload=sealed.id,
        dependent=False,
    )
    return replace(
        change,
        payloads=(*change.payloads, sealed),
        transfers=(*change.transfers, new),
    )


async def pass_back_alone(
    tools: Tools, row: DossierRow, report: AgencyReport, office: OfficeId
) -> None:
    """Pass a message on of which a person here has to say what it means."""
    identifier = row.case.dossier_id
    key = tools.vault.key(identifier, row.case.unit, row.wrapped_key)
    nothing = Change(now=tools.clock.now(), dossier_id=identifier)
    change = with_passing_back(tools, key, row.case, report.relayed, office, nothing)
    if change.transfers:
        await tools.store.apply(change)


async def passing_unread(tools: Tools, message: InboundMessage) -> Change:
    """The unit that passes on what nobody can read here but for its number.

    The one-stop may be able to: without the gateway it would have had it. Without
    transfers where there is no such one-stop.
    """
    nothing = Change(now=tools.clock.now())
    link = link_of_office(tools.versions.current, message.office)
    dialect = tools.adapters.of(message.office).link
    number = dialect.number_in(message.body) if dialect is not None else ""
    if link is None or not number:
        return nothing
    row = await _by_its_number(tools, number)
    if row is None:
        with contextlib.suppress(KeyTaken):  # another message of it was first
            opened = by_number(tools, link, number, actor=message.office)
            await tools.store.apply(opened)
        row = await _by_its_number(tools, number)
    if row is None:
        return nothing
    identifier = row.case.dossier_id
    key = tools.vault.key(identifier, row.case.unit, row.wrapped_key)
    change = replace(nothing, dossier_id=identifier)
    relayed = Relayed(message.operation, message.body)
    passed = with_passing_back(
        *(tools, key, row.case, relayed, message.office, change),
        conversation=UNREAD_CONVERSATION,
    )
    return passed if passed.transfers else nothing


async def _by_its_number(tools: Tools, number: str) -> DossierRow | None:
    blind = blind_number(tools, number)
    found = await tools.store.find([(None, None, blind)], EVERYTHING)
    return await tools.store.dossier(found[0], EVERYTHING) if len(found) == 1 else None


def opened_for_passing(
    tools: Tools, report: AgencyReport, office: OfficeId
) -> Change | None:
    """The unit that opens a dossier which only the office knows; None: nobody's.

    It was handed over before the gateway came into the line: what is told of it
    goes on all the same.
    """
    link = link_of_office(tools.versions.current, office)
    if report.relayed is None or link is None or not report.about:
        return None
    return by_number(tools, link, report.about[0].value, actor=office)
