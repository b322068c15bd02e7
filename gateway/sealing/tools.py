"""What the journey is given: every port in one value, made by wiring."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from gateway.domain.errors import NeedsConfiguration
from gateway.domain.identifiers import MessageKind, OfficeId
from gateway.sealing.reads import Reads

if TYPE_CHECKING:
    from gateway.ports.accounts import Accounts
    from gateway.ports.agency import AgencyAdapter, KindTraits
    from gateway.ports.attachments import AttachmentStore
    from gateway.ports.audit import Audit
    from gateway.ports.bulk import BulkJobs
    from gateway.ports.chases import Chasing
    from gateway.ports.clock import Clock
    from gateway.ports.contests import Contests
    from gateway.ports.corrections import Corrections
    from gateway.ports.evidence import EvidenceStore, Signer
    from gateway.ports.ids import Chance
    from gateway.ports.measures import Measures
    from gateway.ports.notes import Notes
    from gateway.ports.overview import Overview
    from gateway.ports.paper import PaperWriter
    from gateway.ports.pickup import Pickup
    from gateway.ports.probe import Probe
    from gateway.ports.proposals import Proposals
    from gateway.ports.proposed import Configuring
    from gateway.ports.pulse import Pulse
    from gateway.ports.replays import Replays
    from gateway.ports.retention import Retention
    from gateway.ports.saved_views import SavedViews
    from gateway.ports.scanning import Screening
    from gateway.ports.schemas import SchemaCatalogue
    from gateway.ports.slips import SlipReader
    from gateway.ports.store import Store
    from gateway.ports.stuck import Stuck
    from gateway.ports.vault import Vault
    from gateway.ports.work import WorkStore
    from gateway.routing.versions import Versions
    from gateway.sealing.contacts import Contacts


class Adapters(Protocol):
    """The adapter of each office of the running configuration."""

    @abstractmethod
    def of(self, office: OfficeId) -> AgencyAdapter:
        """The office's adapter.

        Raises:
            NeedsConfiguration: the office is unknown or has no adapter here.
        """


@dataclass(frozen=True, slots=True)
class Tools:
    """The ports, as one value that is passed down."""

    store: Store
    overview: Overview
    bulk: BulkJobs
    measures: Measures
    proposals: Proposals
    pickup: Pickup
    pulse: Pulse
    replays: Replays
    screening: Screening
    vault: Vault
    attachments: AttachmentStore
    clock: Clock
    chance: Chance
    probe: Probe
    schemas: SchemaCatalogue
    adapters: Adapters
    slips: SlipReader
    papers: PaperWriter
    versions: Versions
    contacts: Contacts
    work: WorkStore
    chasing: Chasing
    contests: Contests
    stuck: Stuck
    accounts: Accounts
    corrections: Corrections
    configuring: Configuring
    notes: Notes
    saved_views: SavedViews
    audit: Audit
    retention: Retention
    evidence: EvidenceStore
    signer: Signer
    #: which looks this node has kept lately
    reads: Reads = field(default_factory=Reads)

    def traits(self, office: str, kind: str) -> KindTraits | None:
        """What the office's system does with a kind; None of one without an adapter."""
        try:
            return self.adapters.of(OfficeId(office)).traits.get(MessageKind(kind))
        except NeedsConfiguration:
            return None
