"""The land system as ``docs/agencies/land_registry.md`` describes it.

Its register lives in memory and goes with the process; the books stay.

**Settings** (the table of this mock): ``users`` user names that exist;
``cases`` code → ``{name, with_tax}`` with ``with_tax`` one of ``gateway`` (the
slip goes out in ChuyenHoSo), ``observed`` (the land system talks to tax itself)
or ``none``; ``areas`` rows ``{tinh_id, huyen_id, xa_id, commune}``, ``commune``
(national code, for the slip) may be absent; ``callback_base``,
``callback_secret``; ``slip_key``, ``slip_certificate`` PEM files;
``pull_lists`` (default true): fetch the lists once, after the first hand-over.
Several branches on one system: ``branches`` rows that give ``users`` of their
own and override any of the others. The table ``ilis`` is there when offices have
the other system, too; what it may say stands in ``mock_ilis``.

**Scenario** (``office.scenario(dossier number)``): ``[[step]]`` rows replace the
default script of the case.

* ``on``: what the step waits for: ``hand_over``, ``supplement``, ``paid``,
  ``owed_again``, ``withdraw``, ``result_handed``, ``result_wrong``, or
  ``started:N`` (step N, counted from 1, was sent). Every step runs once; ``nth``
  (default 1) says at which occurrence of that event (a corrected hand-over is
  ``nth = 2``). A step on ``paid`` whose hour comes while more is owed again is
  held: its time runs anew from the next ``paid``.
* ``after_h``: hours later by the wall clock. ``send``: the operation.
* ``times``: the same message so often. Keys with a capital letter stand in the
  body as they are (``MaTrangThai``, ``LaTamDung``, ``NgayChuyen`` …).
* ``slip``: put the signed slip into ``DanhSachTapTin``, ``same_file`` times.
* ``results``: names of result papers. ``notices``: names of obligations.

Beside the steps, habits of people, of whichever script: ``silent``: taken, nothing is
done; ``asks`` and ``refuses``: ``{after_h, reason}``; ``forgets_finish``: done, and never
told; ``clicks_late_h``: told so much later, with the earlier date. What was done without
a click is an effect ``done_unclicked``.

``[slip]`` may say ``ma_gcn``, ``exempt`` (why) and ``price`` (đồng). When a
withdrawal comes, steps that are still waiting for their hour are dropped,
except those that the withdrawal itself starts.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.adapters.land_registry.mock_contract import (
    Addressed,
    Handler,
    Office,
    Request,
)
from gateway.adapters.land_registry.mock_dialect import VBDLIS
from gateway.adapters.land_registry.mock_ilis import ILIS_KINDS, ilis_routes
from gateway.adapters.land_registry.mock_messages import CALLS
from gateway.adapters.land_registry.mock_operations import LandSystem, number_named

#: Path → schema of its body, where the file is not called as the operation.
SCHEMAS_OF = {"/ilis/token": "land_registry_ilis/token-request.json"}
#: What a plan of faults may name: kinds of the books, and calls that it makes.
OPERATIONS = frozenset({*VBDLIS.kinds.values(), *CALLS, "file", "token"})


def create(office: Office) -> Iterable[tuple[str, str, Handler]]:
    """All operations of each system with their paths."""
    routes = LandSystem(office, office.settings, VBDLIS).routes()
    if "ilis" in office.settings:
        routes += ilis_routes(office)
    return routes


def number_of(request: Request) -> str:
    """The dossier number that a request speaks about; empty if it names none."""
    return number_named(request.body)


def kind_of(request: Addressed) -> str:
    """What the books call an operation; the last part of its path when none.

    A file that is fetched is ``file``, since nobody can tell its name beforehand.
    """
    if "/files/" in request.path:
        return "file"
    operation = request.path.rpartition("/")[2]
    return {**VBDLIS.kinds, **ILIS_KINDS}.get(operation, operation)
