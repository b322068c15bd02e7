"""What both stores do in the same words, beside the queue and its lists."""

from __future__ import annotations

from gateway.store.accounts import AccountRows
from gateway.store.alerts import AlertRows
from gateway.store.auditing import AuditRows
from gateway.store.chases import Chases
from gateway.store.configurations import ConfigurationRows
from gateway.store.contests import ContestRows
from gateway.store.corrections import CorrectionRows
from gateway.store.due_mails import DueMails
from gateway.store.evidence import EvidenceRows
from gateway.store.gauges import GaugeRows
from gateway.store.incarnations import IncarnationRows
from gateway.store.issued import IssuedRows
from gateway.store.known_files import FileRows
from gateway.store.line_counts import LineCountRows
from gateway.store.measures import MeasureRows
from gateway.store.notes import NoteRows
from gateway.store.office_notes import OfficeNoteRows
from gateway.store.pickup import PickupRows
from gateway.store.proposals import ProposalRows
from gateway.store.proposed import ProposedRows
from gateway.store.quarantine import QuarantineRows
from gateway.store.replays import ReplayRows
from gateway.store.retention import RetentionRows
from gateway.store.saved_views import SavedViewRows
from gateway.store.stuck_notes import StuckRows
from gateway.store.wrapped_keys import WrappedKeyRows


class RowsOfPeople(
    AccountRows,
    AuditRows,
    Chases,
    DueMails,
    IssuedRows,
    StuckRows,
    ProposalRows,
    ContestRows,
    CorrectionRows,
    NoteRows,
    SavedViewRows,
    RetentionRows,
):
    """Who signs in, and what people did, decide or get: chases, letters, objections."""


class RowsBeside(
    RowsOfPeople,
    FileRows,
    PickupRows,
    MeasureRows,
    AlertRows,
    IncarnationRows,
    GaugeRows,
    OfficeNoteRows,
    LineCountRows,
    EvidenceRows,
    ConfigurationRows,
    ProposedRows,
    WrappedKeyRows,
    ReplayRows,
    QuarantineRows,
):
    """Known files, measures, alerts, restores, counts, evidence, proposals, quarantine."""
