"""Dossiers as papers see them, put together by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from gateway.domain.case import Case, LegCase, LegState, Place
from gateway.domain.identifiers import (
    AgencyId,
    DossierId,
    MessageKind,
    OfficeId,
    TransferId,
)
from gateway.domain.journal import JournalLine
from gateway.domain.procedure import Carrier
from gateway.domain.report import ReportKind
from gateway.domain.transfer import Fate, State, Transfer
from gateway.reports.reading import Directory, Opened, Told
from gateway.routing.catalogue import Catalogue, read
from gateway.wiring.files import read_folder
from gateway.wiring.stage import CONFIG

START = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
COUNTER, LAND, TAX = (OfficeId(o) for o in ("mot-cua-mau", "land-mau-1", "tax-mau-1"))
CATALOGUE: Catalogue = read(1, read_folder(CONFIG))
DIRECTORY = Directory(CATALOGUE)
PROCEDURE = CATALOGUE.exact("1.999001", "2026.1")


def at(hours: float) -> datetime:
    """Hours after the dossier was accepted."""
    return START + timedelta(hours=hours)


def leg(name: str = "land", **changed: Any) -> LegCase:
    """A leg that is under way."""
    offices = {"land": ("land_registry", LAND), "tax": ("tax", TAX)}
    agency, office = offices[name]
    values: dict[str, Any] = {
        "carried_by": Carrier.GATEWAY,
        "state": LegState.OPEN,
        "place": Place.AGENCY,
        "since": START,
        **changed,
    }
    return LegCase(name=name, agency=AgencyId(agency), office=office, **values)


def case(*legs: LegCase, **changed: Any) -> Case:
    """A case with these legs."""
    values: dict[str, Any] = {
        "dossier_id": DossierId("d_1"),
        "version": 3,
        "procedure": PROCEDURE.code,
        "procedure_version": PROCEDURE.version,
        "configuration": 1,
        "sender": COUNTER,
        "unit": "H00.01",
        "revision": 1,
        "round": 1,
        "accepted_at": START,
        "due_on": date(2026, 4, 10),
        "due_reason": "",
        "legs": legs or (leg(), leg("tax", state=LegState.WAITING)),
        **changed,
    }
    return Case(**values)


def happened(hours: float, of: str, event: str) -> JournalLine:
    """A line of the journal."""
    return JournalLine("happened", at(hours), "gateway", {"leg": of, "event": event})


def told(
    kind: ReportKind, hours: float, office: OfficeId = LAND, **content: Any
) -> Told:
    """A report that counted, as it arrived; without a moment of its own."""
    return Told(kind, office, None, at(hours), {}, content)


def sent(
    kind: str,
    hours: float,
    *,
    state: State = State.DELIVERED,
    fate: Fate = Fate.AGENCY_HAS_IT,
) -> Transfer:
    """A message to the land office."""
    return Transfer(
        id=TransferId(f"t_{kind}_{hours}"),
        dossier_id=DossierId("d_1"),
        agency=AgencyId("land_registry"),
        office=LAND,
        leg="land",
        conversation="land",
        position=1,
        kind=MessageKind(kind),
        state=state,
        fate=fate,
        attempts=1,
        enquiries=0,
        created_at=at(hours),
        facts={},
        payload=None,
        revision=1,
        finished_at=at(hours) if fate is Fate.AGENCY_HAS_IT else None,
    )


def opened(**changed: Any) -> Opened:
    """A dossier just handed over to the land office."""
    values: dict[str, Any] = {
        "case": case(),
        "procedure": PROCEDURE,
        "number": "H00.01-260310-0001",
        "document": {
            "received_at": "2026-03-10T07:00:00+07:00",
            "applicant": {"name": "Nguyễn Văn Ví Dụ"},
        },
        "journal": (
            happened(0, "", "accepted"),
            happened(1, "land", "handed_over"),
        ),
        "told": (),
        "transfers": (sent("hand_over", 1),),
        "brought": (),
        **changed,
    }
    values.setdefault("first", values["document"])
    return Opened(**values)
