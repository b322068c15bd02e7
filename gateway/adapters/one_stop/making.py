"""Makes the adapter of one one-stop system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.one_stop.adapter import OneStopAdapter
from gateway.adapters.one_stop.link import LinkedOneStopAdapter

if TYPE_CHECKING:
    from gateway.lending import Lent
    from gateway.ports.agency import AgencyAdapter


def make(lent: Lent) -> AgencyAdapter:
    """The office's adapter: by its links, if it has some, it is called as agencies do.

    Raises:
        KeyError: nobody gave its secret.
    """
    if lent.office.get("link"):
        return LinkedOneStopAdapter(
            lent.office,
            lent.carrier(),
            secret=lent.secret("link"),
            now=lent.signing_now,
        )
    return OneStopAdapter(
        lent.office,
        lent.carrier(),
        secrets=[lent.secret("webhook")],
        now=lent.signing_now,
    )
