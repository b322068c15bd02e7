"""A one-stop system as ``docs/agencies/one_stop.md`` describes it.

It takes status webhooks, shows the newest state of each dossier, and does what
its clerks do: hands results out, brings supplements, withdraws, corrects.
What it knows lives in memory and goes with the process; the books stay.

**Settings** (the table of this mock): ``gateway_base`` and ``token`` for calls to
the gateway; ``webhook_secret``; ``tolerance_s`` refuses events whose timestamp is
further away than that (default 0: none is refused, as behind a platform that
stores and forwards); ``reply`` is ``empty`` (204, the default) or ``named`` (200
with the identifier).

**Books**: ``status`` in the book of arrivals for every delivery, in the book of
effects for every event that is shown; own calls are arrivals (``call_answer``).

**Scenario** (``office.scenario(dossier number)``): ``[[step]]`` rows.

* ``on``: ``submitted`` or ``status:N`` (an event with portal code N is shown);
  ``nth`` (default 1) says at which occurrence. Every step runs once.
* ``after_h``: hours later by the wall clock.
* ``do``: ``supplement``, ``withdrawal``, ``handed_out``, ``result_wrong`` or
  ``revision``. ``content``: the body; a revision merges it into the document
  that the gateway shows (RFC 7396). ``handed_out`` dates itself.

**Acts**: ``POST /acts`` with ``{"act", "dossier"}`` has the clerk do something now:
``hand_in`` (also ``hand_in_file``, ``hand_in_large``), ``correct``, ``supplement``,
``withdraw``, ``hand_out``, ``result_wrong``. Of a dossier whose calls were asked for
so nothing else is done by itself.

Results are handed out 24 hours after code 9 unless the scenario has a
``handed_out`` step of its own or says ``hands_out = false``. A call that the
gateway could not take (503, no answer) is repeated every 5 minutes.

With a table ``landlink`` in the settings the same process is, beside it, an old
one-stop that knows a land system only: ``mock_landlink.py`` says how.
"""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from gateway.adapters.one_stop import mock_landlink
from gateway.adapters.one_stop.mock_acts import PATHS
from gateway.adapters.one_stop.mock_clerk import ACTS as CLERKS_ACTS
from gateway.adapters.one_stop.mock_contract import Handler, Office, Reply, Request
from gateway.adapters.one_stop.mock_counter import Counter
from gateway.adapters.one_stop.mock_webhook import (
    NotTaken,
    holds,
    key_of,
    named,
    numbers_named,
    read,
)

JSON = "application/json"
PROBLEM = "application/problem+json"

#: Path → schema of its body, where the file is not called as the operation.
SCHEMAS_OF = {"/status": "one_stop/status-webhook.json"}
#: What a plan of faults may name: kinds of the books, and calls that it makes.
OPERATIONS = frozenset(
    {
        *("status", "submitted", "submission", "attachment", "revision"),
        *PATHS,
        *mock_landlink.OPERATIONS,
    }
)


def create(office: Office) -> Iterable[tuple[str, str, Handler]]:
    """Events of the gateway, and the clerk's word on a submission."""
    reception = Reception(office)
    return (
        ("POST", "/status", reception.status),
        ("POST", "/submitted", reception.submitted),
        ("POST", "/acts", reception.act),
        *mock_landlink.routes(office),
    )


def number_of(request: Request) -> str:
    """The dossier number that a call names, unverified; empty if none."""
    if request.path.startswith(mock_landlink.PREFIX):
        return mock_landlink.number_of(request)
    if kind_of(request) == "submitted":
        return named(request.body, "number")
    if kind_of(request) == "act":
        return named(request.body, "dossier")
    return numbers_named(request.body)[1]


def kind_of(request: Request) -> str:
    """What the books call a call."""
    if request.path.startswith(mock_landlink.PREFIX):
        return mock_landlink.kind_of(request)
    last = request.path.rpartition("/")[2]
    return {"submitted": "submitted", "acts": "act"}.get(last, "status")


class Reception:
    """Answers what comes in."""

    def __init__(self, office: Office) -> None:
        """One counter behind it."""
        self._office = office
        self._counter = Counter(office)
        self._key = key_of(str(office.settings["webhook_secret"]))

    async def status(self, request: Request) -> Reply:
        """An event: checked, taken once, answered."""
        try:
            self._check_headers(request)
            delivery = read(request.body, self._key)
            self._check_time(delivery.timestamp)
            repeated = self._counter.take(delivery)
        except NotTaken as refusal:
            identifier, number = numbers_named(request.body)
            self._office.arrived(
                "status_refused", number, id=identifier, code=refusal.code
            )
            problem = {
                "type": "about:blank",
                "status": refusal.status,
                "code": refusal.code,
                "detail": refusal.detail,
            }
            return refusal.status, PROBLEM, orjson.dumps(problem)
        if self._office.settings.get("reply", "empty") == "empty":
            return 204, JSON, b""
        told = {"received": delivery.id, "repeated": repeated}
        return 200, JSON, orjson.dumps(told)

    async def submitted(self, request: Request) -> Reply:
        """The clerk handed a dossier in."""
        self._counter.submitted(named(request.body, "number"))
        return 204, JSON, b""

    async def act(self, request: Request) -> Reply:
        """The clerk is asked to do something with a dossier."""
        act, number = named(request.body, "act"), named(request.body, "dossier")
        if act not in CLERKS_ACTS or not number:
            problem = {"status": 422, "code": "act_unknown", "allowed": [*CLERKS_ACTS]}
            return 422, PROBLEM, orjson.dumps(problem)
        self._counter.asked(number, act)
        return 204, JSON, b""

    def _check_headers(self, request: Request) -> None:
        """The headers may be missing; where they came, they must hold too."""
        headers = request.headers
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        shown = [headers.get(name, "") for name in names]
        if not all(shown):
            return
        signed = f"{shown[0]}.{shown[1]}.".encode() + request.body
        if not holds(shown[2], signed, self._key):
            raise NotTaken(401, "signature_invalid", "Chữ ký ở tiêu đề không đúng")

    def _check_time(self, timestamp: int) -> None:
        tolerance_s = float(self._office.settings.get("tolerance_s", 0))
        away = abs(self._office.now().timestamp() - timestamp)
        if tolerance_s and away > tolerance_s:
            raise NotTaken(400, "timestamp_out_of_range", "Thời điểm gửi lệch quá xa")
