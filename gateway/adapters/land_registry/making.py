"""Makes the adapter of one land office."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.land_registry.adapter import LandRegistryAdapter

if TYPE_CHECKING:
    from gateway.lending import Lent
    from gateway.ports.agency import AgencyAdapter


def make(lent: Lent) -> AgencyAdapter:
    """The office's adapter."""
    return LandRegistryAdapter(lent.office, lent.carrier(), lent.check, now=lent.now)
