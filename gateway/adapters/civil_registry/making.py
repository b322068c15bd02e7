"""Makes the adapter of one account at BTP, or at DVCLT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.civil_registry.adapter import Account, RegistryAdapter
from gateway.adapters.civil_registry.dvclt import DvcltAdapter, base_of
from gateway.adapters.civil_registry.fetching import TOKENS
from gateway.adapters.civil_registry.sessions import DvcltLogin
from gateway.domain.identifiers import AgencyId

if TYPE_CHECKING:
    from gateway.lending import Lent
    from gateway.ports.agency import AgencyAdapter

#: Which of the two systems an office's entry is about.
BTP, DVCLT = "btp", "dvclt"


def make(lent: Lent) -> AgencyAdapter:
    """The office's adapter, by ``system`` of ``[office.registry]``.

    Raises:
        KeyError: an account or its secret is missing.
        ValueError: the entry names no system.
    """
    told = lent.office.get("registry", {})
    match told.get("system", BTP):
        case "btp":
            return _btp(lent)
        case "dvclt":
            return _dvclt(lent)
        case other:
            raise ValueError(f"registry.system: {other!r}; {BTP}, {DVCLT}")


def _btp(lent: Lent) -> AgencyAdapter:
    """Behind a platform there is no account: BTP knows us by the platform (§2.3)."""
    name = lent.office.get("registry", {}).get("account")
    account = Account(str(name), lent.secret("btp")) if name else None
    return RegistryAdapter(
        AgencyId(lent.agency),
        lent.office,
        lent.carrier(*(["Authorization"] if account else [])),
        lent.check,
        account=account,
        base=base_of(lent.office),
        now=lent.now,
    )


def _dvclt(lent: Lent) -> AgencyAdapter:
    account = str(lent.office["registry"]["account"])
    carrier = lent.carrier("Authorization")
    path = f"{base_of(lent.office)}{TOKENS}"
    login = DvcltLogin(carrier, path, account, lent.secret("dvclt"), now=lent.now)
    return DvcltAdapter(
        AgencyId(lent.agency),
        lent.office,
        carrier,
        lent.check,
        tokens=lent.sessions(f"dvclt/{account}", login),
        now=lent.now,
    )
