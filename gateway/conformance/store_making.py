"""Values for the cases of a store: valid unless a case says otherwise.

Everything is invented; what would be sealed is a text that says so.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from gateway.conformance.expect import there
from gateway.domain.attempt import AttemptRecord, Outcome, Times
from gateway.domain.case import Case, LegCase, LegState, Place
from gateway.domain.identifiers import (
    AgencyId,
    DossierId,
    MessageKind,
    OfficeId,
    PayloadId,
    ReportId,
    TransferId,
)
from gateway.domain.journal import JournalLine
from gateway.domain.principal import EVERYTHING
from gateway.domain.procedure import Carrier
from gateway.domain.report import Standing
from gateway.domain.transfer import Fate, Move, NewTransfer, State, Transfer
from gateway.ports.accounts import AccountStore
from gateway.ports.alerts import AlertStore
from gateway.ports.audit import Audit
from gateway.ports.bulk import BulkJobs
from gateway.ports.chases import ChaseStore
from gateway.ports.configurations import Configurations
from gateway.ports.contacts import ContactStore
from gateway.ports.contests import ContestStore
from gateway.ports.corrections import Corrections
from gateway.ports.due_mails import DueMailStore
from gateway.ports.evidence import EvidenceStore
from gateway.ports.gauges import StandingCounts
from gateway.ports.incarnations import Incarnations
from gateway.ports.issued import IssuedReports
from gateway.ports.known_files import KnownFiles
from gateway.ports.line_counts import LineCounts
from gateway.ports.maintenance import MaintenanceStore
from gateway.ports.measures import Measures
from gateway.ports.nodes import Nodes, Permits
from gateway.ports.notes import Notes
from gateway.ports.overview import Overview
from gateway.ports.pickup import Pickup
from gateway.ports.proposals import Proposals
from gateway.ports.proposed import ProposedConfigurations
from gateway.ports.reaching import OfficeNotes
from gateway.ports.replays import Replays
from gateway.ports.retention import Retention
from gateway.ports.saved_views import SavedViews
from gateway.ports.scanning import Quarantine
from gateway.ports.sessions import Sessions
from gateway.ports.store import BlindReference, Change, Claimed, Gate, ReportRow, Store
from gateway.ports.stuck import StuckStore
from gateway.ports.vault import SealedPayload
from gateway.ports.wall import Moments
from gateway.ports.watch import EngineWatch
from gateway.ports.work import WorkStore
from gateway.ports.wrapped_keys import WrappedKeys

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
SENDER = OfficeId("one-stop-1")
LAND = AgencyId("land_registry")
OFFICE = OfficeId("land-1")
ONE_STOP = AgencyId("one_stop")
UNIT = "unit-1"
LEASE_S = 30.0


class FullStore(
    Store,
    AccountStore,
    DueMailStore,
    Overview,
    Nodes,
    Permits,
    Sessions,
    KnownFiles,
    BulkJobs,
    Pickup,
    OfficeNotes,
    LineCounts,
    Measures,
    IssuedReports,
    Incarnations,
    Proposals,
    MaintenanceStore,
    ContactStore,
    AlertStore,
    ChaseStore,
    ContestStore,
    Corrections,
    Notes,
    Retention,
    SavedViews,
    Configurations,
    ProposedConfigurations,
    Audit,
    EvidenceStore,
    Replays,
    Quarantine,
    StuckStore,
    WorkStore,
    EngineWatch,
    StandingCounts,
    Moments,
    WrappedKeys,
    Protocol,
):
    """All ports, as every implementation offers them."""


@dataclass(slots=True)
class Bench:
    """A store under test, with numbers that no two values share."""

    store: FullStore
    now: datetime = NOW
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def name(self, prefix: str) -> str:
        """A fresh identifier, later ones sorting after earlier ones."""
        return f"{prefix}_{next(self._numbers):08d}"

    def later(self, seconds: float) -> datetime:
        """A moment after ``now``."""
        return self.now + timedelta(seconds=seconds)

    def case(self, **changes: Any) -> Case:
        """An open case with one leg at the land office."""
        values: dict[str, Any] = {
            "dossier_id": DossierId(self.name("d")),
            "version": 1,
            "procedure": "1.012756",
            "procedure_version": "2025-07",
            "configuration": 1,
            "sender": SENDER,
            "unit": UNIT,
            "revision": 1,
            "round": 1,
            "accepted_at": self.now,
            "due_on": date(2026, 3, 20),
            "due_reason": "theo giấy tiếp nhận",
            "legs": (
                LegCase(
                    name="land",
                    agency=LAND,
                    office=OFFICE,
                    carried_by=Carrier.GATEWAY,
                    state=LegState.OPEN,
                    place=Place.GATEWAY,
                    since=self.now,
                ),
            ),
            "facts": {"fingerprint": "00ff", "leg_facts": {"commune": "00000"}},
        }
        return Case(**{**values, **changes})

    def transfer(self, **changes: Any) -> NewTransfer:
        """A hand-over to the land office."""
        values: dict[str, Any] = {
            "id": TransferId(self.name("t")),
            "agency": LAND,
            "office": OFFICE,
            "leg": "land",
            "conversation": "land",
            "kind": MessageKind("hand_over"),
            "revision": 1,
            "facts": {"case": "K1"},
        }
        return NewTransfer(**{**values, **changes})

    def status(self, **changes: Any) -> NewTransfer:
        """A status to the one-stop."""
        values: dict[str, Any] = {
            "agency": ONE_STOP,
            "office": SENDER,
            "leg": "status",
            "conversation": "status",
            "kind": MessageKind("status"),
            "facts": {"portal_code": 4},
        }
        return self.transfer(**{**values, **changes})

    def payload(self, dossier_id: DossierId | None = None) -> SealedPayload:
        """Something sealed."""
        name = self.name("p")
        return SealedPayload(
            PayloadId(name), dossier_id, "content", f"niêm phong {name}".encode(),
            b"salt", b"digest",
        )  # fmt: skip

    def line(self, kind: str = "happened", **facts: Any) -> JournalLine:
        """A journal line."""
        return JournalLine(kind=kind, at=self.now, actor="gateway", facts=facts)

    def reference(self, blind: bytes, **changes: Any) -> BlindReference:
        """A number of the one-stop."""
        values: dict[str, Any] = {
            "agency": ONE_STOP,
            "kind": "ma_ho_so",
            "blind": blind,
            "sealed_value": b"sealed " + blind,
        }
        return BlindReference(**{**values, **changes})

    def report(self, fingerprint: str, **changes: Any) -> ReportRow:
        """A progress report of the land office."""
        values: dict[str, Any] = {
            "id": ReportId(self.name("r")),
            "agency": LAND,
            "office": OFFICE,
            "kind": "progress",
            "fingerprint": fingerprint,
            "standing": Standing.APPLIED,
            "event_at": self.now,
            "arrived_at": self.now,
            "facts": {"step": "3"},
        }
        return ReportRow(**{**values, **changes})

    def acceptance(self, *transfers: NewTransfer, **changes: Any) -> Change:
        """A new dossier with these transfers."""
        case = changes.pop("case", None) or self.case()
        sealed = self.payload(case.dossier_id)
        values: dict[str, Any] = {
            "now": self.now,
            "dossier_id": case.dossier_id,
            "case": case,
            "wrapped_key": b"wrapped",
            "document": sealed.id,
            "payloads": (sealed,),
            "transfers": transfers,
            "journal": (self.line(event="accepted"),),
        }
        return Change(**{**values, **changes})

    async def accepted(self, *transfers: NewTransfer, **changes: Any) -> DossierId:
        """The same, applied."""
        change = self.acceptance(*transfers, **changes)
        await self.store.apply(change)
        return there(change.dossier_id)

    async def add(self, dossier_id: DossierId, *transfers: NewTransfer) -> None:
        """Further transfers of a dossier."""
        await self.store.apply(
            Change(now=self.now, dossier_id=dossier_id, transfers=transfers)
        )

    async def claim(self, office: OfficeId = OFFICE, room: int = 10) -> list[Claimed]:
        """What may be sent to an office now."""
        return list(
            await self.store.claim(
                [Gate(office, room)], now=self.now, node="node-1", lease_s=LEASE_S
            )
        )

    async def move(self, identifier: str, now: State, **changes: Any) -> None:
        """Move a transfer from where it is, as delivery does."""
        present = await self.transfer_of(identifier)
        await self.store.apply(
            Change(
                now=self.now,
                dossier_id=present.dossier_id,
                moves=(move_of(present, now, **changes),),
            )
        )

    async def transfer_of(self, identifier: str) -> Transfer:
        """A transfer as it stands."""
        found = await self.store.transfer(TransferId(identifier), EVERYTHING)
        return there(found, identifier)

    async def states(self, *identifiers: str) -> list[str]:
        """Where transfers stand, as bare words."""
        return [(await self.transfer_of(one)).state.value for one in identifiers]


Check = Callable[[Bench], Awaitable[None]]
#: Every case of a store by its name, which is a sentence.
CASES: dict[str, Check] = {}


def case(check: Check) -> Check:
    """Enter a case in the list."""
    CASES[getattr(check, "__name__", "")] = check
    return check


_FATES = {
    State.DELIVERED: Fate.AGENCY_HAS_IT,
    State.ANSWERED: Fate.AGENCY_HAS_IT,
    State.REFUSED: Fate.AGENCY_HAS_IT,
    State.UNCONFIRMED: Fate.MAY_HAVE_LEFT,
}


def move_of(present: Transfer, now: State, **changes: Any) -> Move:
    """The move of a transfer to a state, with the fate that goes with it."""
    values: dict[str, Any] = {
        "id": present.id,
        "was": present.state,
        "now": now,
        "fate": _FATES.get(now, present.fate),
        "lease_by": present.lease_by,
        "named_by": "officer-1" if now is State.CANCELLED else None,
    }
    return Move(**{**values, **changes})


def attempt_of(present: Transfer, at: datetime, **changes: Any) -> AttemptRecord:
    """A delivered attempt at a transfer."""
    values: dict[str, Any] = {
        "transfer_id": present.id,
        "purpose": "submit",
        "started_at": at,
        "outcome": Outcome.DELIVERED,
        "code": "accepted",
        "times": Times(1.5, 20.25, 21.0),
        "http_status": 200,
    }
    return AttemptRecord(**{**values, **changes})


def following(case: Case, **changes: Any) -> Case:
    """The next version of a case."""
    return replace(case, version=case.version + 1, **changes)
