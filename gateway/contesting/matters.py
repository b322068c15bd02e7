"""A dossier's lateness with everything that was said about it, opened for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.calendar.working_time import working_time
from gateway.domain.json_text import of_json
from gateway.domain.lateness import (
    EXCUSED,
    Objection,
    Party,
    Standing,
)
from gateway.domain.lateness_words import STANDINGS, STATES
from gateway.domain.legal_day import legal_day
from gateway.domain.measure import Timeliness, Whose
from gateway.reports.due import party as party_name
from gateway.reports.lateness import day_of
from gateway.reports.naming import Names
from gateway.sealing.folder import Folder
from gateway.sealing.measuring import measure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from gateway.calendar.working_time import WorkingTime
    from gateway.domain.identifiers import OfficeId, PayloadId
    from gateway.domain.journal import JournalLine
    from gateway.domain.lateness import Charge
    from gateway.domain.measure import Measured
    from gateway.ports.contests import Day
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

#: What the words of a line are sealed as.
KIND = "lateness"
#: Times of nobody in particular; nothing is moved to them.
_NO_PARTY = frozenset({Whose.NOBODY, Whose.BEFORE, Whose.EXCUSED})


@dataclass(frozen=True, slots=True)
class Matter:
    """A dossier as it is measured now, from its journal."""

    row: DossierRow
    measured: Measured
    lines: Sequence[JournalLine]
    day: Day

    @property
    def charge(self) -> Charge | None:
        """Who answers for its lateness; None: no office does."""
        return self.measured.charge

    @property
    def standing(self) -> Standing | None:
        """How it counts today."""
        one = self.charge
        return one.standing(self.day.today, self.day.since) if one else None

    def objection(self, identifier: str) -> Objection | None:
        """One of its objections."""
        found = (one for one in self.measured.objections if one.id == identifier)
        return next(found, None)

    def at_issue(self, one: Objection) -> bool:
        """Whether who answers hangs on an objection; else something else came later."""
        last = [
            said.id for said in self.measured.objections if said.office == one.office
        ]
        return one.office in self.offices and one.id == last[-1]

    @property
    def offices(self) -> tuple[OfficeId, ...]:
        """Who answered for it in turn, from the office that was measured on."""
        charge = self.charge
        if charge is None:
            return ()
        last = {one.office: one for one in self.measured.objections}
        found: list[OfficeId] = []
        party: Party | None = Party(Whose.AGENCY, charge.cause)
        while party is not None and party.is_office and party.office not in found:
            if party.office is None:
                break
            found.append(party.office)
            said = last.get(party.office)
            party = said.party if said else None
        return tuple(found)

    @property
    def parties(self) -> tuple[Party, ...]:
        """To whom the lateness may be counted instead."""
        found = {
            Party(one.whose, one.office)
            for one in self.measured.shares
            if one.whose not in _NO_PARTY
        }
        found |= {
            Party(Whose.AGENCY, leg.office) for leg in self.row.case.legs if leg.office
        }
        found |= {Party(Whose.ONE_STOP), Party(Whose.CITIZEN), EXCUSED}
        passed = {Party(Whose.AGENCY, office) for office in self.offices}
        return tuple(sorted(found - passed, key=lambda one: one.key))


async def matter(tools: Tools, row: DossierRow) -> Matter:
    """What holds of a dossier now."""
    lines = [one.line for one in await tools.store.journal(row.case.dossier_id)]
    transfers = await tools.store.transfers(row.case.dossier_id)
    return Matter(row, measure(tools, row, lines, transfers), lines, day_of(tools))


def workdays(tools: Tools, office: OfficeId | str = "") -> WorkingTime:
    """The calendar by which an office's days are counted: its own days off, too."""
    return working_time(tools.versions.current.calendar, office)


def answer_until(tools: Tools, one: Objection) -> date:
    """The day by which the head is to decide."""
    return workdays(tools).days_after(legal_day(one.at), tools.contests.answer_days)


async def shown(tools: Tools, one: Matter) -> dict[str, Any]:
    """Who answers for the lateness, and everything that was said about it."""
    charge, folder = one.charge, Folder.shown(tools, one.row)
    late = one.measured.timeliness is Timeliness.LATE
    return {
        "dossier_id": one.row.case.dossier_id,
        "late": late and one.measured.ended_at is not None,
        "charge": _charge(tools, one, charge) if charge else None,
        "objections": [
            await _objection(tools, one, said, folder)
            for said in one.measured.objections
        ],
        "parties": [
            {"party": party.key, "name": name_of(tools, party)}
            for party in one.parties
            if charge is not None
        ],
        "sentence": sentence(tools, one),
    }


def _charge(tools: Tools, one: Matter, charge: Charge) -> dict[str, Any]:
    standing = one.standing
    measured = Party(Whose.AGENCY, charge.cause)
    return {
        "leg": charge.leg,
        "clock": charge.clock,
        "clock_label": Names(tools).clock(charge.clock, charge.cause),
        "measured": {"party": measured.key, "name": name_of(tools, measured)},
        "counted": {"party": charge.party.key, "name": name_of(tools, charge.party)},
        "moved": charge.moved,
        "minutes": charge.minutes,
        "state": charge.state.value,
        "standing": standing.value if standing else None,
        "standing_text": STANDINGS[standing] if standing else "",
        "told_at": charge.told_at.isoformat() if charge.told_at else None,
        "until": charge.until.isoformat() if charge.until else None,
    }


async def _objection(
    tools: Tools, one: Matter, said: Objection, folder: Folder
) -> dict[str, Any]:
    words = await words_of(folder, said.payload)
    answer = await words_of(folder, said.answer)
    return {
        "id": said.id,
        "office": said.office,
        "office_name": name_of(tools, Party(Whose.AGENCY, said.office)),
        "at": said.at.isoformat(),
        "by": said.by,
        "on_behalf": said.on_behalf,
        "reason": words.get("reason", ""),
        "paper": words.get("paper", ""),
        "state": said.state.value,
        "state_text": STATES[said.state],
        "answer_until": answer_until(tools, said).isoformat(),
        "decided_at": said.decided_at.isoformat() if said.decided_at else None,
        "decided_by": said.decided_by,
        "decision": answer.get("reason", ""),
        "party": said.party.key if said.party else None,
        "party_name": name_of(tools, said.party) if said.party else "",
        "in_force": one.at_issue(said),
    }


async def words_of(folder: Folder, payload: PayloadId | None) -> dict[str, str]:
    """The sealed words of a line; none where they were deleted."""
    found = await folder.payload(payload) if payload else None
    words: dict[str, str] = of_json(found[1]) if found else {}
    return words


def sentence(tools: Tools, one: Matter) -> str:
    """Whose lateness it is, and how far that is settled, in one sentence."""
    charge, standing = one.charge, one.standing
    if charge is None or standing is None:
        late = one.measured.timeliness
        if one.measured.ended_at is None or late is not Timeliness.LATE:
            return "Hồ sơ không quá hạn, hoặc chưa kết thúc: chưa tính chậm cho ai."
        return (
            "Hồ sơ quá hạn, không tính cho cơ quan nào: không phần việc nào vượt hạn."
        )
    who, how = name_of(tools, charge.party), STANDINGS[standing]
    if charge.moved:
        before = name_of(tools, Party(Whose.AGENCY, charge.cause))
        who = f"{who} (theo quyết định; đo đếm là {before})"
    if standing is Standing.SETTLED:
        return f"Chậm tính cho: {who}; {how}."
    if standing is Standing.MAY_OBJECT and charge.until is not None:
        how = f"{how} đến hết ngày {charge.until:%d/%m/%Y}"
    return f"Chậm ở: {who}; chưa tính cho đơn vị, {how}."


def name_of(tools: Tools, party: Party) -> str:
    """A party as officials say it."""
    return party_name(tools, party.whose, party.office)
