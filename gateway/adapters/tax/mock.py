"""The tax office as docs/agencies/tax.md describes it, and nothing of the gateway.

Settings: ``signing_key``, ``signing_certificate`` (PEM paths, the office's own),
``issuer_certificates`` (PEM paths, who may sign slips), ``gateway_certificate``
(one PEM path or several, who may ask and seal), and, if wanted, ``schemas``
(folder of tct.xsd), ``ma_cqt`` (its own code; calls for another are refused),
``senders`` (registered MaDonViGui) and ``min_poll_s`` (enquiries of one kind about
one slip that come sooner are answered with overload; 0 = never). With a table
``portal`` the same process is also the national portal: see ``mock_portal``; with
a table ``package`` it also reads packages on media: see ``mock_file``.

Scenarios (``[tax]``): what tax does stands in ``mock_desk``; ``works_s`` (0): real
seconds that it works on each call about the dossier before it looks at it, so that
calls of one sender can meet.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from gateway.adapters.tax import mock_file, mock_portal
from gateway.adapters.tax.mock_counter import (
    TYPES,
    Counter,
    Handler,
    Office,
    Request,
    glance,
)
from gateway.adapters.tax.mock_portal_calls import SLIPS, PortalOffice
from gateway.adapters.tax.mock_portal_pushes import KINDS

#: What a plan of faults may name: kinds of the books, and calls that it makes.
OPERATIONS = frozenset(
    {
        *(kind for kinds in TYPES.values() for kind in kinds.values()),
        *SLIPS.values(),
        *KINDS.values(),
        *("question_answer", "obligations", "unknown"),
    }
)

#: Path → schema of its body; the portal has one path for all of its services.
SCHEMAS_OF = {
    "/tct/GuiThongDiep": "tax/tct.xsd",
    "/thue/dichvu": "tax_portal/{Service}.json",
}

#: Fields of what is on file, for people.
WORDS = {
    "phai_nop": "Phải nộp",
    "mien_giam": "Miễn, giảm",
    "da_nop": "Đã nộp",
    "paid_at": "Nộp lúc",
    "number": "Số",
    "decided_at": "Ngày",
    "due_at": "Hạn nộp",
    "loai": "Loại",
    "tieu_muc": "Tiểu mục",
    "so_tien": "Số tiền",
}


def create(office: Office) -> Iterable[tuple[str, str, Handler]]:
    """The office's routes; keys and schemas are read once, now."""
    counter = Counter.open(office)
    desk = counter.desk
    office.shows("Phiếu chuyển đã nhận (XML)", lambda: desk.seen(office.now()), WORDS)
    # Whoever configures a portal lends what a portal needs: timers and a way out.
    more = [
        road.routes(cast("PortalOffice", office))
        for table, road in (("portal", mock_portal), ("package", mock_file))
        if table in office.settings
    ]
    return (
        *(route for routes in more for route in routes),
        ("POST", "/tct/GuiThongDiep", counter.receive),
        ("GET", "/tct/GuiThongDiep", counter.show_wsdl),
        ("GET", "/tct/{name}", counter.show_schema),
    )


def number_of(request: Request) -> str:
    """Dossier code of a message, unverified; empty when it cannot be read."""
    if mock_portal.is_for_portal(request):
        return mock_portal.number_of(request)
    return glance(request)[1]


def kind_of(request: Request) -> str:
    """What a book calls a message, unverified; ``unknown`` when it cannot be read."""
    if mock_portal.is_for_portal(request):
        return mock_portal.kind_of(request)
    return glance(request)[0]
