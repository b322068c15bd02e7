"""Makes the adapter of one tax office entry, by its ``carrier``; reads slips."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from gateway.adapters.tax.adapter import Identity, TaxAdapter
from gateway.adapters.tax.contract import Contract
from gateway.adapters.tax.file import Keys, TaxFileAdapter
from gateway.adapters.tax.portal import TaxPortalAdapter, Unit
from gateway.adapters.tax.slips import TCTSlipReader
from gateway.validation.xsd import XSDSchema

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.lending import Lent
    from gateway.ports.agency import AgencyAdapter
    from gateway.validation.certificates import RegisteredCertificate


def make(lent: Lent) -> AgencyAdapter:
    """The office's adapter.

    Raises:
        KeyError: ``[office.tax]`` is missing, or nobody knows its carrier.
    """
    return _BY_CARRIER[lent.office["tax"].get("carrier", "tct_xml")](lent)


def slip_reader(
    schemas: Path, certificates: Callable[[str], Sequence[RegisteredCertificate]]
) -> TCTSlipReader:
    """Reads slips of any registered issuer; ``certificates``: office → its own."""
    return TCTSlipReader(_contract(schemas).schema, certificates)


@cache
def _contract(schemas: Path) -> Contract:
    return Contract.load(schemas / "tax")


@cache
def _package_schema(schemas: Path) -> XSDSchema:
    return XSDSchema(schemas / "tax_file" / "goi.xsd")


def _tct_xml(lent: Lent) -> AgencyAdapter:
    own = str(lent.office["id"])
    return TaxAdapter(
        lent.office,
        lent.carrier("SOAPAction"),
        _contract(lent.schemas),
        identity=Identity(lent.signing_key(), lambda: lent.certificates(own)),
        now=lent.now,
        chance=lent.chance,
    )


def _portal(lent: Lent) -> AgencyAdapter:
    key = lent.secret("portal")
    return TaxPortalAdapter(
        lent.office,
        lent.carrier(),
        lent.check,
        unit=Unit(key, lent.signing_key()),
        now=lent.now,
        chance=lent.chance,
    )


def _file(lent: Lent) -> AgencyAdapter:
    return TaxFileAdapter(
        lent.office,
        lent.folder(),
        check=lent.check,
        schema=_package_schema(lent.schemas),
        keys=Keys(lent.signing_key(), lent.certificates),
        now=lent.now,
        chance=lent.chance,
    )


_BY_CARRIER: Mapping[str, Callable[[Lent], AgencyAdapter]] = {
    "tct_xml": _tct_xml,
    "portal": _portal,
    "file": _file,
}
