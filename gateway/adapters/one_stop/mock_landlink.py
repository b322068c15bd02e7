"""An old one-stop system that knows a land system and nothing else.

It is written from the land systems' own interface documents, so that it shows what
an unmodified vendor's program does: against a land system, or against whatever
stands at ``land_base`` instead.

**Settings** (the table ``landlink`` within those of the one-stop):
``land_base``, the one address that a vendor changes; ``files_base``, where result
files lie; ``secret``, that of callbacks; ``dialect``: ``vbdlis`` (the default) or
``ilis``, which has ``client_id``, ``client_secret``, ``username``, ``password``, too;
``users`` rows ``{account, name, unit}`` and ``procedures`` rows ``{code, name}``
for the lists; ``dossiers`` rows ``{number, at}`` or ``{number, after_h}``: what is
handed in, and when.

**Paths**: ``/landlink/callbacks/{Operation}/{secret}`` and
``/landlink/callbacks/{List}?SecurityCode={secret}`` for the land system (iLIS:
``?CodeGet={secret}`` behind either); ``POST /landlink/hand_in`` with ``{"number": …}`` for whoever plays the clerk.

**Scenario** (the table ``landlink`` of the dossier). ``dossier`` is its record:
``receiver``, ``due_on``, ``area`` ``{province, district, commune}`` and ``case``
``{code, name}`` as the land system numbers them, ``applicant`` ``{name, identity,
address, phone, email}``, ``property_address``, ``parcels`` rows ``{number, sheet,
area, address}``, ``papers`` rows ``{name, originals, copies, files}``, a file being
``{name}`` with ``text``, ``data`` (base64) or ``size``; ``receipt`` and ``code``
(default: the dossier's number; ``code = ""`` sends none), ``provincial``,
``received_at`` (default: now). ``[[step]]`` rows say what its clerks do:

* ``on``: ``status:N`` (the register shows N), ``results`` (all result files are
  fetched), ``taken:KIND``, ``refused:KIND`` or ``unclear:KIND`` (what became of a
  message); ``nth`` (default 1) says at which occurrence. Every step runs once.
* ``after_h``: hours later by the wall clock.
* ``do``: ``hand_over`` (``content`` is merged into the record, RFC 7396),
  ``supplement`` (``papers``, ``note``, ``due_on``), ``result_handed`` (``on``) or
  ``result_wrong`` (``content``, ``papers``).

Without a step of that kind papers are brought 24 hours after each request, and
results are handed out 24 hours after the last file is there;
``supplements = false`` and ``hands_out = false`` leave it.

**Books**: arrivals are the callbacks exactly as they came (``body``, ``sha256``,
what came of it, what was answered) under the names of their operations, and
``call_answer`` for own calls; effects are ``link_status`` (the register's moves,
numbered as the national portal does), ``link_number``, ``link_opened``,
``link_notice``, ``link_file`` and ``link_stuck`` (a person is needed).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from gateway.adapters.one_stop import mock_landlink_ilis, mock_landlink_vbdlis
from gateway.adapters.one_stop.mock_contract import Handler, Office, Reply, Request
from gateway.adapters.one_stop.mock_landlink_counter import Counter
from gateway.adapters.one_stop.mock_landlink_dialect import Dialect, Unreadable
from gateway.adapters.one_stop.mock_landlink_ilis import Ilis
from gateway.adapters.one_stop.mock_landlink_vbdlis import Vbdlis

PREFIX = "/landlink/"
#: What any unknown path is answered, so that a wrong secret tells nothing.
NOT_FOUND: Reply = (404, "text/plain; charset=utf-8", b"404: Not Found")
MAX_BODY_BYTES = 16 * 1024 * 1024
DIALECTS: Mapping[str, type[Dialect]] = {"ilis": Ilis, "vbdlis": Vbdlis}
#: What the books call a call here, and what the land systems' pages call one.
OPERATIONS = frozenset(
    {
        *(name for one in (Vbdlis, Ilis) for name in (*one.hosted, *one.lists)),
        *(*mock_landlink_vbdlis.OPERATIONS.values(), "hand_in", "file", "token"),
        *mock_landlink_ilis.OPERATIONS.values(),
    }
)


def routes(office: Office) -> Iterable[tuple[str, str, Handler]]:
    """What this one-stop hosts; nothing where it has no link."""
    settings = office.settings.get("landlink")
    if not settings:
        return ()
    link = Link(office, settings)
    return (
        ("POST", "/landlink/callbacks/{operation}/{secret}", link.callback),
        ("POST", "/landlink/callbacks/{operation}", link.callback),
        ("GET", "/landlink/callbacks/{operation}", link.list_of),
        ("POST", "/landlink/hand_in", link.hand_in),
    )


def kind_of(request: Request) -> str:
    """The operation that a call is for."""
    return request.params.get("operation", "hand_in")


def number_of(request: Request) -> str:
    """The number that a call names, unchecked; empty if none."""
    content = _object(request.body) or {}
    return str(content.get("SoBienNhan") or content.get("number") or "")


class Link:
    """Takes in what the land system calls."""

    def __init__(self, office: Office, settings: Mapping[str, Any]) -> None:
        """One counter behind it."""
        self._office = office
        self._settings = settings
        self._dialect = DIALECTS[str(settings.get("dialect", "vbdlis"))]()
        self._counter = Counter(office, settings, self._dialect)

    async def callback(self, request: Request) -> Reply:
        """A message: known, read, entered, and only then answered."""
        operation = request.params["operation"]
        place = self._dialect.shown_in
        in_path = request.params.get("secret", "")
        in_query = "" if in_path else request.query.get(place, "")
        if not self._shown(in_path if place == "path" else in_query):
            self._office.arrived("secret_wrong", "")
            return NOT_FOUND
        if operation not in self._dialect.hosted:
            return NOT_FOUND
        if len(request.body) > MAX_BODY_BYTES:
            return 413, "text/plain; charset=utf-8", b""
        content = _object(request.body)
        if content is None:
            self._book(operation, "", request, "malformed", result=0)
            return self._dialect.reply("Không phải JSON", ok=False)
        number = self._dialect.receipt_in(content)
        try:
            told = self._dialect.read(operation, content)
        except Unreadable as refusal:
            self._book(operation, number, request, "unreadable", result=0)
            fields = ", ".join(refusal.fields)
            return self._dialect.reply(f"Thiếu hoặc sai trường: {fields}", ok=False)
        number, verdict = self._counter.told(told, request.body)
        self._book(operation, number, request, verdict, result=1)
        return self._dialect.reply("Đã ghi nhận", ok=True)

    async def list_of(self, request: Request) -> Reply:
        """A list, for who shows the secret."""
        name = request.params["operation"]
        if not self._shown(request.query.get(self._dialect.list_shown_in, "")):
            self._office.arrived("secret_wrong", "")
            return NOT_FOUND
        if name not in self._dialect.lists:
            return NOT_FOUND
        self._office.arrived(name, "")
        return self._dialect.list_of(name, self._settings)

    async def hand_in(self, request: Request) -> Reply:
        """The clerk presses the button."""
        await self._counter.hand_in(number_of(request))
        return 204, "application/json", b""

    def _shown(self, secret: str) -> bool:
        own = str(self._settings["secret"])
        return hmac.compare_digest(own.encode(), secret.encode())

    def _book(
        self,
        operation: str,
        number: str,
        request: Request,
        verdict: str,
        *,
        result: int,
    ) -> None:
        self._office.arrived(
            operation,
            number,
            verdict=verdict,
            result=result,
            sha256=hashlib.sha256(request.body).hexdigest(),
            media_type=request.headers.get("Content-Type", ""),
            **_as_it_came(request.body),
        )


def _as_it_came(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}


def _object(body: bytes) -> dict[str, Any] | None:
    """A JSON object; None for anything else."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return content if isinstance(content, dict) else None
