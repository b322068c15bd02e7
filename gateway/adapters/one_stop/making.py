"""Makes the adapter of one one-stop system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.one_stop.adapter import OneStopAdapter

if TYPE_CHECKING:
    from gateway.lending import Lent
    from gateway.ports.agency import AgencyAdapter


def make(lent: Lent) -> AgencyAdapter:
    """The office's adapter."""
    return OneStopAdapter(
        lent.office, lent.carrier(), secrets=[lent.secret("webhook")], now=lent.now
    )
