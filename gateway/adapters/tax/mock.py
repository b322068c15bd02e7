"""The tax office as docs/agencies/tax.md describes it, and nothing of the gateway.

Settings: ``signing_key``, ``signing_certificate`` (PEM paths, the office's own),
``issuer_certificates`` (PEM paths, who may sign slips), ``gateway_certificate``
(one PEM path or several, who may ask and seal), and, if wanted, ``schemas``
(folder of tct.xsd), ``ma_cqt`` (its own code; calls for another are refused),
``senders`` (registered MaDonViGui) and ``min_poll_s`` (enquiries of one kind about
one slip that come sooner are answered with overload; 0 = never).
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.adapters.tax.mock_counter import Counter, Handler, Office, Request, glance


def create(office: Office) -> Iterable[tuple[str, str, Handler]]:
    """The office's routes; keys and schemas are read once, now."""
    counter = Counter.open(office)
    return (
        ("POST", "/tct/GuiThongDiep", counter.receive),
        ("GET", "/tct/GuiThongDiep", counter.show_wsdl),
        ("GET", "/tct/{name}", counter.show_schema),
    )


def number_of(request: Request) -> str:
    """MA_HS of a message, unverified; empty when it cannot be read."""
    return glance(request)[1]


def kind_of(request: Request) -> str:
    """What a book calls a message, unverified; ``unknown`` when it cannot be read."""
    return glance(request)[0]
