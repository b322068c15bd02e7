"""Recordings: what was exchanged with an agency, without the people in it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.routes import Routes
from gateway.api.signin import administrator, fresh
from gateway.domain.errors import DossierUnknown, SenderError
from gateway.domain.journal import JournalLine
from gateway.intake.acts import find
from gateway.recording.anonymise import KEY_BYTES, Anonymised, anonymised
from gateway.recording.exchange import Exchange, NoExchange, exchange
from gateway.recording.rules import Rules
from gateway.recording.rules import read as read_rules
from gateway.registry import shipped
from gateway.registry.manifest import Manifest, installed
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from gateway.domain.principal import Principal
    from gateway.ports.overview import AttemptRow
    from gateway.sealing.tools import Tools

MAX_BYTES = 32 * 1024 * 1024
#: Exchanges of one export: they are held in memory.
MOST = 5000
_SCHEMAS = shipped.folder("schemas")


def register(tools: Tools, routes: Routes) -> None:
    """Add the call that exports one."""

    @routes.post("/recordings")
    async def post_recording(request: Request) -> Response:
        """Xuất các trao đổi với một cơ quan, đã ẩn danh; bản gốc không ra khỏi cổng."""
        principal = await administrator(tools, request)
        fresh(tools, principal)
        content = await json_object(request, MAX_BYTES)
        manifest = _manifest(str(content.get("interface", "")))
        if "exchanges" in content:
            recorded = _given(content["exchanges"])
        else:
            recorded = await _kept(tools, principal, manifest, content)
        whole = [one for one in recorded if not one.is_cut]
        if not whole:
            raise SenderError(
                code="nothing_recorded",
                remedy="Không có trao đổi nguyên vẹn nào: kiểm tra mã hồ sơ, giao diện.",
            )
        edges = _days_of(tools)
        done = await asyncio.to_thread(_done, whole, manifest, edges)
        now = tools.clock.now()
        facts = {"interface": manifest.interface, "exchanges": len(done.exchanges)}
        line = JournalLine("recording", now, principal.id, facts)
        await tools.store.note(f"reads:{now:%Y-%m-%d}", [line])
        return answer(
            {
                "interface": manifest.interface,
                "exchanges": [one.as_json() for one in done.exchanges],
                "cut": len(recorded) - len(whole),
                "signatures_removed": done.signatures_removed,
                "crossed": [day.isoformat() for day in done.crossed],
            }
        )


def _done(
    recorded: Sequence[Exchange], manifest: Manifest, edges: frozenset[date]
) -> Anonymised:
    """Under a key that nothing keeps."""
    rules = _rules(manifest)
    key = secrets.token_bytes(KEY_BYTES)
    return anonymised(recorded, rules, key, boundaries=rules.days | edges)


def _manifest(interface: str) -> Manifest:
    every = {one.interface: one for one in installed(_SCHEMAS)}
    found = every.get(interface)
    if found is None:
        raise SenderError(
            code="interface_unknown",
            remedy=f"Ghi interface là một trong: {', '.join(sorted(every))}.",
        )
    return found


def _rules(manifest: Manifest) -> Rules:
    folder = manifest.path.parent
    named = {one.document for one in installed(_SCHEMAS) if one.path.parent == folder}
    stems = sorted(name.rpartition("/")[2].removesuffix(".md") for name in named)
    return read_rules(folder, [_SCHEMAS / "agencies" / stem for stem in stems])


def _given(rows: Any) -> list[Exchange]:
    """Lines of a mock's journal; what they say that we made of them is not ours."""
    if not isinstance(rows, list) or len(rows) > MOST:
        raise SenderError(
            code="recording_invalid",
            remedy=f"exchanges là danh sách trao đổi, nhiều nhất {MOST}.",
        )
    try:
        return [
            replace(exchange(row, place), made={}) for place, row in enumerate(rows, 1)
        ]
    except NoExchange as wrong:
        raise SenderError(code="recording_invalid", remedy=str(wrong)) from wrong


async def _kept(
    tools: Tools, principal: Principal, manifest: Manifest, content: dict[str, Any]
) -> list[Exchange]:
    """What agencies answered about dossiers, as the store keeps it."""
    numbers = content.get("dossiers")
    if not isinstance(numbers, list) or not numbers or len(numbers) > MOST:
        raise SenderError(
            code="recording_invalid",
            remedy="Ghi dossiers (danh sách mã hồ sơ) hoặc exchanges (trao đổi đã ghi).",
        )
    found: list[Exchange] = []
    for number in map(str, numbers):
        try:
            row = await find(tools, principal, number)
        except DossierUnknown:
            raise SenderError(
                code="recording_dossier_unknown",
                remedy=f"Không có hồ sơ ở vị trí {numbers.index(number) + 1} trong danh sách.",
            ) from None
        folder = Folder.of(tools, row)
        for transfer in await tools.store.transfers(row.case.dossier_id):
            if transfer.agency != manifest.id:
                continue
            operation = manifest.operations.get(transfer.kind, "")
            for one in await tools.overview.attempts(transfer.id):
                told = await _attempt(folder, one, operation, transfer.kind)
                if told is not None:
                    found.append(replace(told, number=len(found) + 1))
    return found[:MOST]


async def _attempt(
    folder: Folder, one: AttemptRow, operation: str, kind: str
) -> Exchange | None:
    record = one.record
    held = await folder.payload(record.response) if record.response else None
    if held is None:
        return None
    return Exchange(
        number=0,
        at=record.started_at.isoformat(),
        direction="in",
        method="POST",
        path=f"/{operation}",
        status=record.http_status or 200,
        body=b"",
        answer=held[1],
        answer_headers={"content-type": _type_of(held[1])},
        made={
            "kind": kind,
            "purpose": record.purpose,
            "outcome": record.outcome.value,
            "code": record.code,
        },
    )


def _type_of(content: bytes) -> str:
    """The store keeps bytes alone; what they are is seen by how they begin."""
    head = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if head in {b"{", b"["}:
        return "application/json"
    return "text/xml" if content.lstrip()[:5] == b"<?xml" else "text/html"


def _days_of(tools: Tools) -> frozenset[date]:
    """Days from which a version of a procedure holds, or no longer."""
    return frozenset(
        day
        for procedure in tools.versions.current.procedures
        for day in (procedure.valid_from, procedure.valid_to)
        if day is not None
    )
