"""Opens what the journey's ports stand for: store, vault, attachments, schemas, probe."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

from gateway.carriers.checked import Connector
from gateway.carriers.clamd import Address, Clamd
from gateway.ports.scanning import Screening
from gateway.registry import shipped
from gateway.settings import Profile
from gateway.store.postgres.store import PostgresStore
from gateway.store.sqlite import SQLiteStore
from gateway.telemetry.counting import CountingProbe
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.probe import StructlogProbe
from gateway.validation.file_types import FileTypes
from gateway.validation.json_schema import JSONSchemaCatalogue
from gateway.vault.attachments import SealedAttachments
from gateway.vault.evidence_keys import EvidenceKeys
from gateway.vault.examining import Examination
from gateway.vault.keyring import Keyring
from gateway.vault.local import LocalVault
from gateway.wiring.attachments import ready_shelf
from gateway.wiring.grounds import own_ground
from gateway.wiring.keys import (
    KEYS,
    STORE,
    refuse_another_key,
    refuse_half_restored,
    refuse_mock_store,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.ports.bulk import BulkJobs
    from gateway.ports.clock import Clock
    from gateway.ports.overview import Overview
    from gateway.ports.probe import Probe
    from gateway.ports.scanning import Scanner
    from gateway.ports.schemas import SchemaCatalogue
    from gateway.ports.store import Store
    from gateway.ports.vault import Vault
    from gateway.settings import Settings
    from gateway.telemetry.tracing import TracingProbe

#: The distribution, whose version is the release.
PACKAGE = "lienthong-gateway"
SCHEMAS = shipped.folder("schemas")


@dataclass(frozen=True, slots=True)
class Opened:
    """Every opened port, and how to close them again."""

    store: Store
    overview: Overview
    vault: Vault
    attachments: SealedAttachments
    schemas: SchemaCatalogue
    probe: Probe
    metrics: Metrics
    tracing: TracingProbe | None
    lines: StructlogProbe
    kept: SQLiteStore | PostgresStore
    screening: Screening
    signer: EvidenceKeys

    @property
    def bulk(self) -> BulkJobs:
        """The store's bulk jobs."""
        return self.kept

    @property
    def facts(self) -> dict[str, str]:
        """What the store said of its durability when it was opened."""
        return self.kept.facts

    def on_commit(self, ring: Callable[[], object]) -> None:
        """Call ``ring`` after every commit that made something due."""
        self.kept.on_commit(ring)

    def is_still(self) -> bool:
        """Whether no unit waits to be committed."""
        return self.kept.is_still()

    async def close(self) -> None:
        """Close files and store; the other ports hold nothing open."""
        await asyncio.to_thread(self.attachments.close)
        if self.tracing is not None:
            await asyncio.to_thread(self.tracing.close)
        await self.kept.close()


async def open_ports(settings: Settings, clock: Clock) -> Opened:
    """Open everything below the settings' run folder.

    Raises:
        StoreUnavailable: the store cannot be opened as durably as demanded, was
            made with another master key, or has its files elsewhere.
        ValueError: keys are missing, or others may read a secret.
    """
    keyring = Keyring.open(
        settings.run_dir / KEYS, may_create=settings.profile is Profile.MOCK
    )
    vault = LocalVault(keyring, mono=clock.mono)
    store = await open_store(settings)
    try:
        await refuse_half_restored(store)
        await refuse_another_key(store, keyring)
        if settings.profile is not Profile.MOCK:
            await refuse_mock_store(store)
        shelf = await ready_shelf(settings, store)
    except BaseException:
        await store.close()
        raise
    metrics, lines = Metrics(), StructlogProbe(sys.stderr)
    counted = CountingProbe(lines, metrics)
    tracing = tracing_of(settings, counted, lines)
    store.on_durable(metrics.committed)
    store.on_turn(metrics.turned)
    probe = tracing or counted
    scanner = scanner_of(settings)
    examination = Examination(
        FileTypes(settings.file_types), scanner, store, vault, clock=clock, probe=probe
    )
    return Opened(
        store=store,
        overview=store,
        vault=vault,
        attachments=SealedAttachments(shelf, vault, examination),
        schemas=JSONSchemaCatalogue.load(SCHEMAS),
        probe=probe,
        metrics=metrics,
        tracing=tracing,
        lines=lines,
        kept=store,
        screening=Screening(
            scanner, store, timedelta(days=settings.scanning.quarantine_days)
        ),
        signer=_signer(settings, clock),
    )


def scanner_of(settings: Settings) -> Scanner | None:
    """The scanner that the settings name; nothing is asked of it yet."""
    given = settings.scanning
    if given.kind == "none":
        return None
    return Clamd(
        Address(given.socket, given.host, given.port), timeout_s=given.timeout_s
    )


def _signer(settings: Settings, clock: Clock) -> EvidenceKeys:
    """The keys that sign evidence; the first is made where there is none.

    A gateway that may not write its folder of keys goes on without, and says so where
    something is to be signed.
    """
    signer = EvidenceKeys(settings.run_dir / KEYS)
    with contextlib.suppress(OSError):
        signer.make_first(clock.now())
    return signer


def tracing_of(
    settings: Settings, told: Probe, lines: StructlogProbe
) -> TracingProbe | None:
    """The probe that makes spans, where a collector is named for them."""
    if settings.tracing is None:
        return None
    # Nobody else pays for loading it.
    from gateway.carriers.checked_session import CheckedSession  # noqa: PLC0415
    from gateway.telemetry import tracing  # noqa: PLC0415

    given = settings.tracing
    session = CheckedSession(Connector(own_ground(settings)))
    sends = tracing.exporter(given.endpoint, given.authorities, session)
    return tracing.TracingProbe(
        told, lines, sends, node=settings.node, release=version(PACKAGE)
    )


async def open_store(settings: Settings) -> SQLiteStore | PostgresStore:
    """The store that the settings name.

    Raises:
        StoreUnavailable: it cannot be opened as durably as demanded.
        ValueError: others may read its password.
    """
    group_max, node = settings.store.group_max, settings.node
    if settings.store.kind == "postgresql":
        parameters = settings.store.parameters()
        return await PostgresStore.open(
            parameters,
            group_max=group_max,
            node=node,
            paced_by_wall=settings.clock.kind != "real",
            lease_s=settings.store.lease_s,
        )
    path = settings.run_dir / STORE
    return await SQLiteStore.open(path, group_max=group_max, node=node)
