"""Lists of objections, and of offices that nobody could tell yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.contesting.matters import answer_until, matter, name_of, shown
from gateway.domain.contact import ContactRole
from gateway.domain.identifiers import DossierId
from gateway.domain.lateness import ObjectionState, Party
from gateway.domain.measure import Whose
from gateway.domain.principal import EVERYTHING
from gateway.reports.lateness import day_of
from gateway.reports.reading import number_of
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.contact import Contact
    from gateway.domain.identifiers import OfficeId
    from gateway.domain.principal import Scope
    from gateway.sealing.tools import Tools


async def objections(
    tools: Tools,
    scope: Scope,
    state: ObjectionState,
    *,
    office: str | None,
    after: str | None,
    limit: int,
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of them with their words open, and where the next one begins.

    Rows lag behind the journal by moments: what is in another state by now is not
    shown in this one.
    """
    rows = await tools.contests.kept.objections(
        scope, state=state, office=office, after=after, limit=limit
    )
    found = []
    for row in rows:
        stored = await tools.store.dossier(row.dossier_id, scope)
        if stored is None:
            continue
        one = await matter(tools, stored)
        body = await shown(tools, one)
        said = next((o for o in body["objections"] if o["id"] == row.id), None)
        if said is None or said["state"] != state.value:
            continue
        kept = one.objection(row.id)
        left = (answer_until(tools, kept) - day_of(tools).today).days if kept else 0
        found.append(
            {
                **said,
                "days_left": left,
                "dossier_id": row.dossier_id,
                "number": await number_of(Folder.shown(tools, stored)),
                "charge": body["charge"],
                "parties": body["parties"],
            }
        )
    return found, rows[-1].place if len(rows) == limit else None


async def untold_offices(tools: Tools) -> list[dict[str, Any]]:
    """Offices that are to be told of dossiers, and whether a mail can reach them."""
    found = await tools.contests.kept.untold_offices(day_of(tools).since)
    return [
        {
            "office": office,
            "name": name_of(tools, Party(Whose.AGENCY, office)),
            "dossiers": count,
            "by_mail": bool(reachable(tools, office)),
        }
        for office, count in found
    ]


async def untold_of(tools: Tools, office: OfficeId, limit: int) -> list[dict[str, Any]]:
    """Dossiers whose lateness an office was not told of."""
    since = day_of(tools).since
    return [
        await line(tools, one)
        for one in await tools.contests.kept.untold(office, since, limit)
    ]


async def line(tools: Tools, dossier_id: DossierId) -> dict[str, Any]:
    """One dossier for a letter: code and days, nothing of any person."""
    measured = await tools.measures.measured(dossier_id)
    stored = await tools.store.dossier(dossier_id, EVERYTHING)
    number = await number_of(Folder.shown(tools, stored)) if stored else ""
    due = measured.due_on if measured else None
    ended = measured.ended_at if measured else None
    return {
        "dossier_id": dossier_id,
        "number": number,
        "due_on": due.isoformat() if due else None,
        "ended_at": ended.isoformat() if ended else None,
    }


def reachable(tools: Tools, office: OfficeId) -> Sequence[Contact]:
    """Whom a mail to an office reaches; nobody where no mail server is named."""
    if tools.contests.mailer is None:
        return ()
    return [
        one
        for one in tools.contacts.at(office)
        if one.role is ContactRole.BUSINESS and one.email
    ]
