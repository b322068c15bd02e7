"""Makes the adapter of an office without software."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.manual.adapter import ManualAdapter

if TYPE_CHECKING:
    from gateway.lending import Lent
    from gateway.ports.agency import AgencyAdapter


def make(lent: Lent) -> AgencyAdapter:
    """The office's adapter.

    Raises:
        KeyError: a step of the office lacks code or name.
    """
    return ManualAdapter(lent.agency, lent.office)
