"""Drives a dossier through routing and keeps the journal that its steps write."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from gateway.calendar.working_time import WorkingTime, working_time
from gateway.clocks.chance import SystemChance
from gateway.domain.case import Case
from gateway.domain.identifiers import AgencyId, DossierId, OfficeId
from gateway.domain.journal import JournalLine
from gateway.domain.lateness import DECIDED, OBJECTED, TOLD
from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.domain.measure import Clock, Measured
from gateway.domain.procedure import Event
from gateway.domain.report import AgencyReport, ReportKind, Standing
from gateway.domain.transfer import Transfer
from gateway.routing.catalogue import Catalogue, read
from gateway.routing.opening import fresh_case
from gateway.routing.outcomes import on_delivered
from gateway.routing.progress import Step, on_dossier_event, on_report
from gateway.routing.route import plan
from gateway.sealing.advance import advance
from gateway.timing.measuring import Calendars, measured
from gateway.wiring.files import read_folder
from gateway.wiring.stage import CONFIG

CATALOGUE: Catalogue = read(1, read_folder(CONFIG))
CALENDARS = Calendars(1, lambda unit: working_time(CATALOGUE.calendar, unit))
PROVINCE: WorkingTime = CALENDARS.of("")


def at(text: str) -> datetime:
    """A moment of Vietnam's time, ``2026-02-13 16:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM).astimezone(UTC)


class Journey:
    """One dossier; each act takes the moment at which it arrives."""

    def __init__(
        self, when: str, code: str = "1.999001", commune: str = "99101", **document: Any
    ) -> None:
        now = at(when)
        version = CATALOGUE.version_on(code, legal_day(now))
        assert version is not None
        self.procedure = version
        self.lines: list[JournalLine] = []
        self.transfers: list[Transfer] = []
        content = {
            "procedure": code,
            "units": {"intake": "H00.01"},
            "area": {"commune": commune},
            "received_at": now.isoformat(),
            **document,
        }
        fresh = fresh_case(
            DossierId("d_1"),
            OfficeId("mot-cua-mau"),
            plan(CATALOGUE, self.procedure, content, legal_day(now)),
            content,
            configuration=1,
            fingerprint="",
            now=now,
        )
        self.case: Case = fresh
        self._take(
            on_dossier_event(fresh, self.procedure, Event.ACCEPTED, now), now, "counter"
        )

    def delivered(self, when: str, leg: str, kind: str = "hand_over") -> None:
        """A message of a leg reached its office."""
        now = at(when)
        step = on_delivered(self.case, self.procedure, leg, kind, now)
        self._take(step, now, "gateway")

    def told(
        self,
        when: str,
        leg: str,
        kind: ReportKind,
        *,
        event_at: str | None = None,
        **facts: Any,
    ) -> None:
        """An office reported; ``event_at`` is its own moment."""
        now, here = at(when), self.case.leg(leg)
        own = at(event_at) if event_at else None
        report = AgencyReport(kind, (), f"f{len(self.lines)}", own, facts)
        step = on_report(self.case, self.procedure, report, AgencyId(here.agency), now)
        line = JournalLine(
            "report",
            now,
            here.office,
            {
                "report": f"r_{len(self.lines)}",
                "kind": kind.value,
                "standing": step.standing.value,
                "code": step.code,
                "event_at": own.isoformat() if own else None,
            },
        )
        self.lines.append(line)
        if step.standing is Standing.APPLIED:
            self._take(step, now, here.office)

    def counter(self, when: str, event: Event) -> None:
        """The counter did something."""
        now = at(when)
        step = on_dossier_event(self.case, self.procedure, event, now)
        self._take(step, now, "counter")

    def decided(self, report: str, *, counts: bool) -> None:
        """The head of operations said which moment of a report counts."""
        last = self.lines[-1].at
        facts = {"report": report, "counts": counts}
        self.lines.append(JournalLine("counted", last, "head", facts))

    def objected(self, objection: str, office: str) -> None:
        """An office said that a lateness is not its own."""
        facts = {"objection": objection, "office": office, "on_behalf": False}
        self.lines.append(JournalLine(OBJECTED, self.lines[-1].at, office, facts))

    def answered(self, objection: str, party: str) -> None:
        """The head decided: counted to a party, or rejected where it is empty."""
        facts = {"objection": objection, "upheld": bool(party), "party": party}
        self.lines.append(JournalLine(DECIDED, self.lines[-1].at, "head", facts))

    def letter(self, office: str, until: date) -> None:
        """The office was told, and may object until a day."""
        facts = {"office": office, "how": "paper", "until": until.isoformat()}
        self.lines.append(JournalLine(TOLD, self.lines[-1].at, "operator", facts))

    def _take(self, step: Step, now: datetime, actor: str) -> None:
        change = advance(
            self.case,
            step,
            procedure=self.procedure,
            catalogue=CATALOGUE,
            chance=SystemChance(),
            now=now,
            actor=actor,
        )
        self.case = change.case or self.case
        self.lines += change.journal

    def measured(self, now: str) -> Measured:
        """What is measured of it at a moment."""
        return measured(
            self.case,
            self.procedure,
            self.lines,
            self.transfers,
            CATALOGUE.clocks,
            CALENDARS,
            at(now),
        )

    def clock(self, now: str, leg: str, name: str) -> Clock:
        """One of its clocks."""
        found = self.measured(now).clocks
        return next(c for c in found if (c.leg, c.rule.name) == (leg, name))


def day(text: str) -> date:
    """A day."""
    return date.fromisoformat(text)
