"""The page on which two lists are held against each other."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.description import XLSX
from gateway.api.problems import status_of
from gateway.api.reconciling import file
from gateway.api.signin import operator_of_all, same_origin
from gateway.console import remembered
from gateway.console.language import say
from gateway.console.render import to
from gateway.domain.errors import (
    ActionNotPossible,
    GatewayError,
    NotAllowed,
    NotSignedIn,
    SenderError,
)
from gateway.reconciling import telling
from gateway.reconciling.kinds import Kind
from gateway.reconciling.remembering import same
from gateway.reconciling.sentences import MEANINGS, TITLES, capitalised

if TYPE_CHECKING:
    from gateway.api.reconciling import Desk
    from gateway.console.render import Pages
    from gateway.domain.principal import Principal
    from gateway.ports.store import Store
    from gateway.reconciling.kinds import Row
    from gateway.reconciling.reconcile import Reconciliation

PATH = "/console/doi-soat"
#: Rows of each class on the page; the file has all of them.
SHOWN_ROWS = 100
#: A file of more rows is asked for by its own button instead of lying in the page.
ROWS_IN_PAGE = 5_000
RESULT, MAPPING = "ket-qua.xlsx", "doi-soat.toml"
_CLASSES = {
    Kind.FINISHED_THERE: "bad",
    Kind.WAITING_THERE: "warn",
    Kind.DIFFERS: "warn",
    Kind.UNCLEAR: "warn",
    Kind.REPEATED: "warn",
}


def register(pages: Pages, desk: Desk, routes: APIRouter) -> None:
    """Add the page, its form, the file, and forgetting."""
    store = pages.tools.store

    @routes.get(PATH)
    async def empty(request: Request) -> Response:
        principal = await operator_of_all(pages.tools, request)
        kept = await remembered.recall(store, principal)
        shown = _page(mapping=kept, kept=kept)
        return pages.render("reconcile.html", principal, **shown, here="reconcile")

    @routes.post(PATH)
    async def compared(request: Request) -> Response:
        same_origin(request)
        principal = await operator_of_all(pages.tools, request)
        status, shown = await _compared(desk, store, principal, request)
        return pages.render(
            "reconcile.html", principal, status, **shown, here="reconcile"
        )

    @routes.post(f"{PATH}/tep")
    async def download(request: Request) -> Response:
        same_origin(request)
        principal = await operator_of_all(pages.tools, request)
        kept = await remembered.recall(store, principal)
        result = await desk.compare(await desk.form(request), kept=kept)
        workbook = await desk.workbook(result)
        await remembered.remember(store, principal, result, kept)
        return file(workbook, RESULT, XLSX)

    @routes.post(f"{PATH}/quen")
    async def forget(request: Request) -> Response:
        same_origin(request)
        await remembered.forget(store, await operator_of_all(pages.tools, request))
        return to(PATH)


async def _compared(
    desk: Desk, store: Store, principal: Principal, request: Request
) -> tuple[int, dict[str, Any]]:
    """The result as the page shows it, or why there is none."""
    kept, mapping = await remembered.recall(store, principal), ""
    try:
        parts = await desk.form(request)
        mapping = parts.get("mapping", b"").decode("utf-8", "replace")
        result = await desk.compare(parts, kept=kept)
        shown = await _result(desk, result)
    except (NotAllowed, NotSignedIn):
        raise
    except (SenderError, ActionNotPossible) as wrong:
        return status_of(wrong), _page(mapping=mapping, wrong=wrong, kept=kept)
    kept, told = await remembered.remember(store, principal, result, kept)
    return 200, _page(mapping=result.mapping, kept=kept) | shown | {"told": told}


def _page(
    *, mapping: str = "", wrong: GatewayError | None = None, kept: str = ""
) -> dict[str, Any]:
    """What the form needs; a result comes on top."""
    return {
        "result": None,
        "mapping": mapping,
        "wrong": wrong.remedy if wrong else "",
        "remembered": same(mapping, kept),
        "kept_agency": remembered.agency_of(kept),
        "told": "",
    }


async def _result(desk: Desk, result: Reconciliation) -> dict[str, Any]:
    counts = result.counts()
    workbook = ""
    if len(result.findings) - counts[Kind.AGREES] <= ROWS_IN_PAGE:
        workbook = _link(await desk.workbook(result), XLSX)
    names = {side: capitalised(say(facts.name)) for side, facts in result.sides.items()}
    return {
        "result": {
            "day": result.day,
            "counts": [
                (str(kind), say(TITLES[kind]), counts[kind], _CLASSES.get(kind, ""))
                for kind in Kind
            ],
            "late": result.late_on_paper(),
            "sides": [(names[s], facts) for s, facts in result.sides.items()],
            "columns": [
                (say(name), *headings)
                for name, *headings in telling.columns_told(result)
            ],
            "misfit": result.misfit,
            "warnings": result.warnings,
            "classes": [_class(result, kind) for kind in telling.SHOWN if counts[kind]],
            "problems": [(names[p.side], p.at, p.what) for p in result.problems],
            "guessed": result.guessed,
            "shown_rows": SHOWN_ROWS,
            "workbook": workbook,
            "workbook_name": RESULT,
            "mapping_file": _link(result.mapping.encode(), "application/toml"),
            "mapping_name": MAPPING,
        }
    }


def _link(content: bytes, kind: str) -> str:
    """A file inside the page itself: neither kept here nor asked for again."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _class(result: Reconciliation, kind: Kind) -> dict[str, Any]:
    found = result.of(kind)
    return {
        "id": str(kind),
        "title": say(TITLES[kind]),
        "meaning": say(MEANINGS[kind]),
        "count": len(found),
        "rows": [
            {
                "code": one.code,
                "sentence": one.sentence,
                "late": one.paper_days,
                "ours": [_said(row) for row in one.ours],
                "theirs": [_said(row) for row in one.theirs],
            }
            for one in found[:SHOWN_ROWS]
        ],
    }


def _said(row: Row) -> dict[str, Any]:
    """One side's values, those that are there."""
    days = (
        (say("nhận"), row.received),
        (say("hẹn"), row.due),
        (say("xong"), row.ended),
    )
    return {
        "at": row.at,
        "word": row.word,
        "days": ", ".join(f"{name} {telling.shown(day)}" for name, day in days if day),
        "place": row.place,
        "applicant": row.applicant,
        "note": row.note,
    }
