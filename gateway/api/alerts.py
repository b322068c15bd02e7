"""Alerts: what stands, what has ended, taken note of, and whether they would arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.contacts import person
from gateway.api.paging import PAGE, page_of, row_after
from gateway.api.routes import Routes
from gateway.api.signin import administrator, operator
from gateway.delivery.stopping import REASON_AT_MOST
from gateway.domain.alert import SEVERITIES, Severity
from gateway.domain.errors import ActionNotPossible, ChangedMeanwhile, SenderError
from gateway.domain.identifiers import PayloadId
from gateway.domain.journal import JournalLine
from gateway.domain.json_text import as_json, of_json
from gateway.domain.values import replace
from gateway.watch.alerts import content_of

if TYPE_CHECKING:
    from gateway.domain.principal import Principal
    from gateway.ports.alerts import AlertRow
    from gateway.sealing.tools import Tools
    from gateway.watch.roads import Roads

STANDING, ENDED = "standing", "ended"
#: The keeper may look in between; it does so once a minute.
_TRIES = 3
_KIND = "alert_note"


def router(tools: Tools, roads: Roads) -> Routes:
    """Routes under /v1."""
    routes = Routes(prefix="/v1", tags=["operations"])

    @routes.get("/alerts")
    async def get_alerts(
        request: Request,
        *,
        state: str = STANDING,
        after: str | None = None,
        limit: int = PAGE,
    ) -> Response:
        """Cảnh báo còn đó (state=standing), hoặc đã hết (state=ended), mới nhất trước."""
        await person(tools, request)
        if state not in {STANDING, ENDED}:
            raise SenderError(remedy="state là standing (còn đó) hoặc ended (đã hết).")
        after, page = row_after(after, "al"), page_of(limit)
        rows, following = await listed(roads, state, after=after, limit=page)
        return answer(
            {"alerts": [shown(tools, row) for row in rows], "next": following}
        )

    @routes.post("/alerts/{identifier}/acknowledge")
    async def post_acknowledge(identifier: str, request: Request) -> Response:
        """Ghi đã biết một cảnh báo (note): vẫn còn trong danh sách, không nhắc lại."""
        principal = await operator(tools, request)
        content = await json_object(request)
        note = str(content.get("note") or "")
        row = await acknowledged(tools, roads, principal, identifier, note)
        return answer(shown(tools, row))

    @routes.post("/alerts/test")
    async def post_test(request: Request) -> Response:
        """Gửi thử một thông báo qua từng đường đã cấu hình, cho biết có đến không."""
        await administrator(tools, request)
        return answer({"channels": await roads.try_all()})

    return routes


async def listed(
    roads: Roads, state: str, *, after: str | None, limit: int
) -> tuple[list[AlertRow], str | None]:
    """Those of a state that somebody was told of, and where the next page begins.

    What stands is one page: the gravest first, of these the longest.
    """
    if state == STANDING:
        rows = [r for r in await roads.store.standing_alerts() if r.alert.told_at]
        rows.sort(key=_gravest)
        return rows, None
    found = list(await roads.store.ended_alerts(after=after, limit=limit + 1))
    more = len(found) > limit
    return found[:limit], found[limit - 1].alert.id if more else None


def _gravest(row: AlertRow) -> tuple[int, object]:
    return -row.alert.holding.severity.rank, row.alert.holding.since


def shown(tools: Tools, row: AlertRow) -> dict[str, Any]:
    """An alert as answers show it."""
    alert = row.alert
    note = of_json(tools.vault.open_common(row.note))["note"] if row.note else ""
    content = content_of(alert)
    severity = Severity(content["severity"])
    by = {
        "at": alert.acknowledged_at.isoformat(),
        "by": alert.acknowledged_by,
        "note": note,
    } if alert.acknowledged_at else None  # fmt: skip
    return {
        **content,
        "severity_name": SEVERITIES[severity],
        "node": alert.node or None,
        "told_at": alert.told_at.isoformat() if alert.told_at else None,
        "gone_at": alert.gone_at.isoformat() if alert.gone_at else None,
        "acknowledged": by,
    }


async def acknowledged(
    tools: Tools, roads: Roads, principal: Principal, identifier: str, note: str
) -> AlertRow:
    """Keep who knows of an alert, and what was noted, sealed.

    Raises:
        SenderError: there is no such alert, or it has ended.
    """
    text = " ".join(note.split())[:REASON_AT_MOST]
    for _ in range(_TRIES):
        try:
            return await _acknowledge(tools, roads, principal, identifier, text)
        except ChangedMeanwhile:
            continue
    raise ChangedMeanwhile


async def _acknowledge(
    tools: Tools, roads: Roads, principal: Principal, identifier: str, text: str
) -> AlertRow:
    row = await roads.store.alert(identifier)
    if row is None or row.alert.told_at is None:
        raise SenderError(
            code="alert_unknown",
            remedy="Không có cảnh báo này; xem lienthong alert list.",
        )
    if row.alert.ended_at is not None:
        raise ActionNotPossible(code="alert_over", remedy="Cảnh báo này đã hết.")
    now = tools.clock.now()
    alert = replace(
        row.alert,
        version=row.alert.version + 1,
        acknowledged_at=now,
        acknowledged_by=principal.id,
    )
    payload = PayloadId(f"{alert.id}.{alert.version}")
    sealed = tools.vault.seal_common(payload, _KIND, as_json({"note": text}))
    facts = {"id": alert.id, "what": "acknowledged", "kind": alert.holding.kind}
    line = JournalLine("alert", now, principal.id, facts, sealed.id, sealed.digest)
    await roads.store.acknowledge_alert(alert, sealed, line)
    tools.probe.action(
        action="alert_acknowledged", actor=principal.id, kind=alert.holding.kind
    )
    return replace(row, alert=alert, note=sealed)
