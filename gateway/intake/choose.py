"""The counter answers what it was asked by choosing from a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.area_numbers import COMMUNE
from gateway.domain.errors import ActionNotPossible, DossierInvalid, FieldError
from gateway.domain.legal_day import legal_day
from gateway.intake.acts import find
from gateway.intake.amend import revise
from gateway.intake.submit import Accepted
from gateway.routing.telling import questions
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools


async def choose(
    tools: Tools,
    principal: Principal,
    number: str,
    chosen: Mapping[str, str],
    *,
    key: str,
) -> Accepted:
    """Put what was chosen into the dossier; its next revision goes to the office.

    A choice that the dossier holds already is answered as a repeat.

    Raises:
        ActionNotPossible: nobody asked for this.
        DossierInvalid: the office's list has no such value.
    """
    row = await find(tools, principal, number)
    asked = {
        question["field"]: question
        for question in questions(row.case, tools.versions.current)
        if "field" in question
    }
    document = await Folder.of(tools, row).document(row.case.revision)
    if not set(chosen) <= set(asked):
        if all(_held(document, name) == value for name, value in chosen.items()):
            return Accepted(_already(row.case.dossier_id, number), repeated=True)
        raise ActionNotPossible(
            code="not_asked",
            remedy="Hồ sơ này không chờ một cửa chọn gì; xem trường asks của hồ sơ.",
        )
    wrong = tuple(_wrong(chosen, asked))
    if wrong:
        raise DossierInvalid(wrong)
    revision = {"revision": row.case.revision + 1}
    sent = as_sent(document)
    corrected = {**sent, **_put(sent, chosen, tools.clock.now()), **revision}
    own = str(document["number"])
    return await revise(tools, principal, own, corrected, key=key, parts={})


def _held(document: Mapping[str, Any], name: str) -> Any:
    return (document.get("area") or {} if name == COMMUNE else document).get(name)


def _put(
    document: Mapping[str, Any], chosen: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    """The fields that a choice changes; a commune is meant as of today."""
    fields: dict[str, Any] = dict(chosen)
    if COMMUNE in fields:
        area = document.get("area") or {}
        meant = {COMMUNE: fields.pop(COMMUNE), "as_of": legal_day(now).isoformat()}
        fields["area"] = {**area, **meant}
    return fields


def _already(dossier_id: str, number: str) -> dict[str, Any]:
    return {"dossier": {"id": dossier_id, "number": number}, "act": "revision"}


def _wrong(
    chosen: Mapping[str, str], asked: Mapping[str, Mapping[str, Any]]
) -> Iterable[FieldError]:
    for name, value in chosen.items():
        listed = [choice["value"] for choice in asked[name]["choices"]]
        if listed and value not in listed:
            yield FieldError(
                f"/{name}",
                "not_listed",
                "Giá trị không có trong danh sách được chọn.",
                "The value is not in the list to choose from.",
            )


def as_sent(document: Mapping[str, Any]) -> dict[str, Any]:
    """A kept document as a sender would send it: its files named by hash alone."""
    papers = [
        {
            **paper,
            "files": [
                {k: v for k, v in file.items() if k not in {"attachment", "size"}}
                for file in paper["files"]
            ],
        }
        if "files" in paper
        else dict(paper)
        for paper in document.get("documents", ())
    ]
    return {**document, "documents": papers}
