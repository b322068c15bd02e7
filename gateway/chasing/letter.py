"""A letter to one office about several dossiers; number, day and signature stay open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.chasing.adding import names
from gateway.chasing.matters import matter
from gateway.chasing.sentences import must_be_theirs, waits_for
from gateway.domain.contact import ContactRole
from gateway.domain.errors import ActionNotPossible
from gateway.domain.legal_day import legal_day
from gateway.domain.paper import ChaseLetter
from gateway.domain.paper_forms import Form, form_name
from gateway.domain.paper_rows import ChasedDossier
from gateway.sealing.folder import Folder
from gateway.timing.promised import is_over

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.chasing.matters import Matter
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

#: More than this in one letter nobody answers line by line.
MOST = 200


async def chase_letter(
    tools: Tools, office: str, rows: Sequence[DossierRow]
) -> ChaseLetter:
    """The letter about these dossiers, those that lie there longest first.

    Raises:
        ActionNotPossible: none or too many, or one of them is not the office's to do.
    """
    if not rows or len(rows) > MOST:
        raise letter_length()
    found = []
    for row in rows:
        one = await matter(tools, row, office)
        must_be_theirs(one.leg, await tools.store.transfers(row.case.dossier_id))
        found.append(one)
        # A long letter opens many dossiers: others get their turn.
        await tools.clock.rest(0)
    found.sort(key=lambda one: (one.leg.since, one.row.case.dossier_id))
    now, senders = tools.clock.now(), {row.case.sender for row in rows}
    first = found[0]
    return ChaseLetter(
        form=form_name(Form.CHASE_LETTER, legal_day(now)),
        sender=_sender(tools, senders.pop()) if len(senders) == 1 else "",
        receiver=first.name,
        contact=names(tools, first.leg.office, ContactRole.BUSINESS),
        dossiers=tuple([await _line(tools, one) for one in found]),
        count=len(found),
        late=sum(_is_late(one) for one in found),
        printed_at=now,
    )


def letter_length() -> ActionNotPossible:
    """The error of a letter about nothing, or about too much."""
    return ActionNotPossible(
        code="chase_letter_length",
        remedy=f"Chọn từ 1 đến {MOST} hồ sơ cho một công văn hoặc một thư gộp.",
    )


def _sender(tools: Tools, sender: str) -> str:
    offices = tools.versions.current.offices.values()
    return next((one.name for one in offices if one.id == sender), "")


def _is_late(one: Matter) -> bool:
    return is_over(one.working, one.row.case.due_on, one.today)


async def _line(tools: Tools, one: Matter) -> ChasedDossier:
    known = await Folder.of(tools, one.row).references()
    own = [ref.value for ref in known if ref.kind == "ma_ho_so"]
    number = (own or [ref.value for ref in known] or [""])[0]
    return ChasedDossier(
        number=number,
        procedure=tools.versions.procedure_of(one.row.case).name,
        since=legal_day(one.leg.since),
        due_on=one.row.case.due_on,
        late=_is_late(one),
        waits_for=waits_for(one.leg),
        promised_on=one.now.promised_on,
        chased=len(one.chases),
    )
