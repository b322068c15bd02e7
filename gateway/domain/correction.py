"""What staff ask for and another person approves: other content, or an end by hand.

Whoever asked for it never approves it: a second person does. Where there is none, it
takes effect after a notice to the head, and says for ever that nobody approved it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.domain.identifiers import DossierId, PayloadId, PrincipalId
from gateway.domain.values import dataclass

#: Parts that are not staff's to change: what the dossier is, and its files.
NOT_HERE = frozenset(
    {
        *("number", "linked_number", "procedure", "round", "revision"),
        # What the citizen was promised, and by whom.
        *("received_at", "due_on", "units"),
        *("documents", "extension"),
    }
)
#: What a person may lack and an agency may need.
OF_A_PERSON = ("name", "phone", "email", "address")
#: Who decided one that took effect after its notice; no person is called so.
BY_NOBODY = PrincipalId("gateway")
#: A line of the journal about one.
LINE = "correction"


class CorrectionState(StrEnum):
    """How far it is."""

    OPEN = "open"
    APPROVED = "approved"
    #: and in the same unit the dossier has its next revision
    REJECTED = "rejected"


class CorrectionKind(StrEnum):
    """What is asked for."""

    DOCUMENT = "document"
    #: other content of the dossier's document
    CLOSING = "closing"
    #: the end of a part, or of the dossier, by hand (``domain.closing``)


@dataclass(frozen=True, slots=True)
class Correction:
    """One, as it is kept; what is asked for and why lies sealed in ``payload``.

    ``revision``: the one that it was made of; a newer one makes it pointless. Of a
    closing it is 0, and ``leg`` names what is to end, empty the dossier.
    """

    id: str
    dossier_id: DossierId
    revision: int
    by: PrincipalId
    at: datetime
    payload: PayloadId
    state: CorrectionState = CorrectionState.OPEN
    decided_by: str = ""
    decided_at: datetime | None = None
    kind: CorrectionKind = CorrectionKind.DOCUMENT
    leg: str = ""


@dataclass(frozen=True, slots=True)
class StandIn:
    """A correction that nobody else may approve: from the notice on its time runs."""

    correction: str
    dossier_id: DossierId
    at: datetime
    told_at: datetime | None = None
    effect_at: datetime | None = None
    over_at: datetime | None = None
    #: decided, or somebody else may approve it now


@dataclass(frozen=True, slots=True)
class Decided:
    """What becomes of an open one, in the unit of a change."""

    id: str
    state: CorrectionState
    by: PrincipalId
    at: datetime


def fields_of(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What may be changed: JSON pointer and text, in the document's order.

    A person's usual fields are there even where they are empty.
    """
    for name, value in document.items():
        if name not in NOT_HERE:
            yield from _leaves(f"/{_escaped(name)}", _whole(name, value))


def _whole(name: str, value: Any) -> Any:
    if name == "applicant":
        return {**value, **{one: value.get(one, "") for one in OF_A_PERSON}}
    return value


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(f"{path}/{_escaped(name)}", inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(f"{path}/{place}", inner)
    elif isinstance(value, str):
        yield path, value


def changed(
    document: Mapping[str, Any], wanted: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Of texts typed by pointer those that differ: pointer → was and now."""
    return {
        path: (was, wanted[path])
        for path, was in fields_of(document)
        if path in wanted and wanted[path] != was
    }


def corrected(
    document: Mapping[str, Any], changes: Mapping[str, tuple[str, str]]
) -> dict[str, Any]:
    """The document with its changes; a field that was emptied is left out."""
    made: dict[str, Any] = copy.deepcopy(dict(document))
    for path, (_, now) in changes.items():
        *way, last = (_plain(step) for step in path.split("/")[1:])
        place: Any = made
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if isinstance(place, list):
            place[int(last)] = now
        elif now:
            place[last] = now
        else:
            place.pop(last, None)
    return made


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _plain(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")
