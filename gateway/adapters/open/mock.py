"""An agency's system as ``docs/agencies/open.md`` describes it.

It looks for transfers every few minutes, fetches their files, stores each once,
acknowledges, takes dossiers on and finishes them; or it is pushed to. What it
knows lives in memory and goes with the process; the books stay.

**Settings** (the table of this mock): ``offices`` rows ``{id, base, key}`` with
``base`` the address of the open interface; ``is_pushed_to`` (default false):
this office does not look, the gateway calls ``POST /open/{id}`` and asks
``POST /open/{id}/status``; ``poll_every_s`` (600); ``polls_from``,
``polls_until`` (07:00 and 18:00, Vietnam time, Monday to Friday; equal: at any
hour); ``tolerance_s`` (600) refuses a push whose time is further away, 0 none.
``POST /open/{id}/look`` makes the office look at once.

**Books**: every transfer is an arrival (its kind; by push also each repeat) and,
once per ``id``, an effect of its kind: the register took it. ``file``,
``acknowledge_answer``, ``report_answer`` tell what became of its own calls,
``fetch_answer`` of a look that failed, ``push_refused`` of a push not taken.

**Scenario** (``office.scenario(dossier number)``): ``[[step]]`` rows replace the
default script (accepted after 1 h, finished with a PDF after 20 h, withdrawn 2 h
after a withdrawal, finished anew 4 h after a wrong result).

* ``on``: the kind of transfer that the step waits for (default ``hand_over``), or
  ``started:N`` (step N, counted from 1, was sent); ``nth`` (default 1) at which
  occurrence. Every step runs once. ``after_h``: hours later.
* ``report``: its kind. ``results``: titles of files (default: one for
  ``finished``); ``upload``: send them by ``upload`` instead of inline.
* ``by``: ``transfer`` (default), ``dossier`` or ``own_number``; ``about``: the
  number of another dossier, perhaps of another office.
* ``times``: the same report so often; ``backdated_h``: it happened earlier.
* ``body``: fields that stand in the report as they are, right or wrong (unknown
  ones, a number where text belongs).

Beside the steps, habits of people, of whichever script: ``silent``: taken, nothing is
done; ``asks`` and ``refuses``: ``{after_h, reason}``; ``forgets_finish``: done, and never
told; ``clicks_late_h``: told so much later, with the earlier date. What was done without
a click is an effect ``done_unclicked``.

And: ``acknowledge_after_h`` (default 0; a step may report before),
``acknowledges_twice``, ``never_acknowledges``. When a withdrawal comes, steps
that wait for their hour are dropped. A call that the gateway could not take (503,
no answer) is repeated every 5 minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import orjson

from gateway.adapters.open.mock_client import Client, Unit
from gateway.adapters.open.mock_contract import Handler, Office, Reply, Request
from gateway.adapters.open.mock_desk import Desk
from gateway.adapters.open.mock_push import NotTaken, Push, check, named, read
from gateway.adapters.open.mock_rounds import Rounds, files_are_whole

JSON = "application/json; charset=utf-8"
#: An unknown key is asked for no more often (section 6.2).
KEYS_AGAIN = timedelta(minutes=1)
_NEEDED = {"id", "kind", "dossier", "office", "revision", "files"}

#: Path → schema of its body, where the file is not called as the operation.
SCHEMAS_OF = {"/open/{office}": "open/push.json"}


def create(office: Office) -> Iterable[tuple[str, str, Handler]]:
    """What the gateway may call; offices that are not pushed to begin to look."""
    agency = Agency(office)
    return (
        ("POST", "/open/{office}", agency.pushed),
        ("POST", "/open/{office}/status", agency.asked),
        ("POST", "/open/{office}/look", agency.told_to_look),
    )


def number_of(request: Request) -> str:
    """The dossier number that a push names, unverified; empty if none."""
    return named(request.body, "dossier")


def kind_of(request: Request) -> str:
    """What the books call a call."""
    last = request.path.rpartition("/")[2]
    if last in {"status", "look"}:
        return last
    return named(request.body, "kind") or "push"


class Window:
    """One office that is pushed to, or that looks by itself."""

    def __init__(self, office: Office, unit: Unit) -> None:
        """An office that looks begins to."""
        self.client = Client(office, unit)
        self.desk = Desk(office, self.client)
        self.keys: dict[str, Mapping[str, Any]] = {}
        self.keys_asked_at: datetime | None = None
        self.rounds = (
            None if unit.is_pushed_to else Rounds(office, self.client, self.desk)
        )


class Agency:
    """Answers what comes in, for each of its offices."""

    def __init__(self, office: Office) -> None:
        """One window per office."""
        self._office = office
        self._windows = {
            str(row["id"]): Window(office, Unit(**row))
            for row in office.settings.get("offices", ())
        }

    async def told_to_look(self, request: Request) -> Reply:
        """Somebody wants it to look at once."""
        window = self._windows.get(request.params["office"])
        if window is None or window.rounds is None:
            return _reply(404, {"code": "khong_co_don_vi"})
        await window.rounds.look()
        return _reply(200, {"looked": True})

    async def pushed(self, request: Request) -> Reply:
        """A transfer: checked, stored once, answered."""
        try:
            window, push = await self._checked(request)
            return self._taken(window, push)
        except NotTaken as refusal:
            return self._refused(request, refusal)

    async def asked(self, request: Request) -> Reply:
        """Whether a transfer is stored."""
        try:
            window, push = await self._checked(request)
            identifier = push.content.get("enquiry")
            if not isinstance(identifier, str):
                raise NotTaken(422, "thieu_truong")
        except NotTaken as refusal:
            return self._refused(request, refusal)
        known = window.desk.has(identifier)
        self._office.arrived("status", "", id=identifier, known=known)
        return _reply(200, {"id": identifier, "known": known})

    def _taken(self, window: Window, push: Push) -> Reply:
        transfer = push.content
        mine = transfer.get("office") == window.client.unit.id
        whole = transfer.keys() >= _NEEDED and transfer["id"] == push.id
        if not whole or not mine:
            raise NotTaken(422, "thieu_truong")
        number, known = str(transfer["dossier"]), window.desk.has(push.id)
        self._office.arrived(str(transfer["kind"]), number, id=push.id, by="push")
        if known:
            return _reply(200, {"id": push.id, "received": True, "duplicate": True})
        window.desk.store(transfer)
        self._office.after(0, partial(self._fetch_files, window, transfer))
        return _reply(200, {"id": push.id, "received": True})

    async def _fetch_files(self, window: Window, transfer: Mapping[str, Any]) -> None:
        await files_are_whole(self._office, window.client, transfer)

    def _refused(self, request: Request, refusal: NotTaken) -> Reply:
        self._office.arrived(
            "push_refused",
            number_of(request),
            status=refusal.status,
            code=refusal.code,
        )
        return _reply(refusal.status, {"code": refusal.code})

    async def _checked(self, request: Request) -> tuple[Window, Push]:
        """The envelope, its signature and time found good.

        Raises:
            NotTaken: they are not, or no such office is pushed to.
        """
        window = self._windows.get(request.params["office"])
        if window is None or not window.client.unit.is_pushed_to:
            raise NotTaken(404, "khong_co_don_vi")
        push = read(request.body)
        key = await self._key(window, push.kid)
        if key is None:
            raise NotTaken(401, "chu_ky_sai")
        check(push, key)
        tolerance_s = float(self._office.settings.get("tolerance_s", 600))
        away_s = abs(self._office.now().timestamp() - push.time)
        if tolerance_s and away_s > tolerance_s:
            raise NotTaken(400, "time_out_of_range")
        return window, push

    async def _key(self, window: Window, kid: str) -> Mapping[str, Any] | None:
        now, before = self._office.now(), window.keys_asked_at
        if kid not in window.keys and (before is None or now - before >= KEYS_AGAIN):
            told = await window.client.ask("keys", "", {})
            if told.ok:
                window.keys_asked_at = now
                window.keys = {row["kid"]: row for row in told.content.get("keys", ())}
        return window.keys.get(kid)


def _reply(status: int, content: Mapping[str, Any]) -> Reply:
    return status, JSON, orjson.dumps(content)
