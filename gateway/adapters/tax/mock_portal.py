"""The national portal on the road to tax, as docs/agencies/tax_portal.md describes it.

**Settings**: the table ``portal`` inside those of the tax mock: ``security_key``
(one key or several, what senders show), ``callback_base`` and ``callback_key``
(where and with what the portal calls the sender), and, if wanted, ``senders``
(registered MaDonVi), ``min_poll_s`` (enquiries about one slip that come sooner
are answered with overload; 0 = never), ``schemas``. Certificates and ``ma_cqt``
are those of the tax mock.

**Scenario** (table ``[tax_portal]`` of a dossier):

* ``answer``: ``notices`` (usual), ``exempt``, ``refused`` (with ``reason``),
  ``silent``; ``notices_after_h`` (48) after the slip, or after the answer to a
  question that holds. Files go out at 16:30 of working days.
* ``[[notice]]``: ``tieu_muc``, ``so_tien`` (0: nothing to pay), ``han_nop_days``
  (30), ``deferred``.
* ``[question]``: ``after_h`` (4), ``days`` to answer (3), ``kind``, ``text``,
  ``file`` (true: a paper is enclosed), ``holds`` (true: the notice waits for
  the answer).
* ``[adjust]``: ``after_h`` (24) after the notice, ``notice`` (1), ``so_tien``,
  ``new_number``. ``[withdraw_notice]``: ``after_h`` (24), ``notice`` (1).
* ``pay_after_h`` (72) after the notice; ``never_paid``; ``voucher = false``: paid
  at a bank counter; ``late_interest``: đồng, when unpaid after the due date.
* ``pay_parts``: what is paid of each notice at a time, in đồng (whole number) or
  as a share of the notice (0.4), never more than is left: 1.0 is the rest. The
  first part at ``pay_after_h``, each further one ``parts_every_h`` (24) later; what
  the parts leave stays owed. Each part of a notice has a voucher.
* ``bad_row``: ``dossier``, ``amount``, ``date`` or ``number``; ``repeat_file``.
* ``slip_error``: name of an answer of codes.toml, for the first
  ``slip_error_times`` slips (all); ``zero``: how success is numbered.
* ``works_s`` (0): real seconds that the portal works on each call about the dossier
  before it looks at it; so that calls of one sender can meet.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from gateway.adapters.tax.mock_counter import Request
from gateway.adapters.tax.mock_portal_calls import PortalOffice, Reply, glance
from gateway.adapters.tax.mock_portal_counter import PortalCounter


def routes(
    office: PortalOffice,
) -> Iterable[tuple[str, str, Callable[[Request], Awaitable[Reply]]]]:
    """The portal's one address."""
    counter = PortalCounter.open(office)
    return (("POST", "/thue/dichvu", counter.receive),)


def is_for_portal(request: Request) -> bool:
    """Whether a request speaks JSON: what goes to tax directly is XML."""
    return request.body.lstrip()[:1] == b"{"


def number_of(request: Request) -> str:
    """MaHoSo of a call, unverified; empty when it cannot be read."""
    return glance(request.body)[1]


def kind_of(request: Request) -> str:
    """What a book calls a call, unverified; ``unknown`` when it cannot be read."""
    return glance(request.body)[0]
