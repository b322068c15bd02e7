"""Makes the adapter of an office that speaks the open interface, by who calls whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from gateway.adapters.open.adapter import Dialect, OpenAdapter
from gateway.adapters.open.push import OpenPushAdapter

if TYPE_CHECKING:
    from gateway.lending import Lent
    from gateway.ports.agency import AgencyAdapter


def make(lent: Lent) -> AgencyAdapter:
    """The office's adapter: it fetches, unless ``[office.open] carrier = "push"``.

    Raises:
        KeyError: nobody knows its carrier.
    """
    return _BY_CARRIER[lent.office.get("open", {}).get("carrier", "fetch")](lent)


def _dialect(lent: Lent, *, pushed: bool) -> Dialect:
    public = tuple(key.public for key in lent.push_keys())
    return Dialect(lent.agency, lent.check, public, pushed=pushed)


def _fetch(lent: Lent) -> AgencyAdapter:
    return OpenAdapter(_dialect(lent, pushed=False))


def _push(lent: Lent) -> AgencyAdapter:
    keys = lent.push_keys()
    return OpenPushAdapter(
        _dialect(lent, pushed=True),
        lent.office,
        lent.carrier(),
        key=keys[0] if keys else None,
        now=lent.signing_now,
        chance=lent.chance,
    )


_BY_CARRIER: Mapping[str, Callable[[Lent], AgencyAdapter]] = {
    "fetch": _fetch,
    "push": _push,
}
