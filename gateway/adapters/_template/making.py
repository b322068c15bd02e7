"""Makes the adapter of one office."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters._template.adapter import ExampleAdapter

if TYPE_CHECKING:
    from gateway.lending import Lent
    from gateway.ports.agency import AgencyAdapter


def make(lent: Lent) -> AgencyAdapter:
    """The office's adapter; its secret ``key`` is what the agency knows us by."""
    return ExampleAdapter(
        lent.carrier(), lent.check, key=lent.secret("key"), now=lent.now
    )
