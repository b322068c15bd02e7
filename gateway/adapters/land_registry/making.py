"""Makes the adapter of one land office, in the dialect of its land system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.adapters.land_registry.adapter import LandRegistryAdapter, path_of
from gateway.adapters.land_registry.dialects import Dialect, dialect_of
from gateway.carriers.logins import TokenEndpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.carriers.carrier import Carrier
    from gateway.carriers.tokens import TokenKeeper
    from gateway.lending import Lent
    from gateway.ports.agency import AgencyAdapter


def make(lent: Lent) -> AgencyAdapter:
    """The office's adapter.

    Raises:
        KeyError: an account or its secret is missing.
        ValueError: nobody speaks the office's dialect.
    """
    dialect = dialect_of(lent.office)
    carrier = lent.carrier()
    return LandRegistryAdapter(
        lent.office,
        carrier,
        lent.check,
        now=lent.now,
        dialect=dialect,
        tokens=_tokens(lent, carrier, dialect),
    )


def _tokens(lent: Lent, carrier: Carrier, dialect: Dialect) -> TokenKeeper | None:
    """Tokens of the office's account; None: calls carry none (section 2.5)."""
    land = lent.office.get("land", {})
    if not dialect.has_sessions or not land.get("session", True):
        return None
    client, account = _said(land, "client"), _said(land, "account")
    fields = {
        "grant_type": "password",
        "client_id": client,
        "client_secret": lent.secret("ilis.client"),
        "username": account,
        "password": lent.secret("ilis.account"),
    }
    path = f"{path_of(lent.office, dialect)}/token"
    login = TokenEndpoint(carrier, path, fields, now=lent.now)
    return lent.sessions(f"ilis/{client}/{account}", login)


def _said(land: Mapping[str, Any], key: str) -> str:
    """A word of ``[office.land]`` that has to be there."""
    if not land.get(key):
        raise KeyError(f"land.{key}")
    return str(land[key])
