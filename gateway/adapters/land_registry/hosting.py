"""Operations that the gateway hosts for a land system, made from its manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from gateway.adapters.land_registry.dialects import Dialect
from gateway.adapters.land_registry.opening import Rows, document_of
from gateway.adapters.land_registry.reading import Check, parsed
from gateway.domain.report import AgencyReport, Relayed
from gateway.ports.agency import HostedOperation, HostedReply, InboundMessage

JSON = "application/json; charset=utf-8"
Read = Callable[[InboundMessage], tuple[AgencyReport, ...]]
#: The one message that may begin a dossier (section 10.1).
OPENS = "TiepNhanHoSoChoMotCua"


def _said(content: Mapping[str, Any]) -> HostedReply:
    # Whatever is said is said with HTTP 200; ``Result`` tells (section 2.2).
    return HostedReply(200, JSON, orjson.dumps(content))


def reply(text: str, *, ok: bool) -> HostedReply:
    """``{Result, Message}``: without ``Result`` 1 the land system sends again."""
    return _said({"Result": int(ok), "Message": text})


def hosted_operations(
    dialect: Dialect,
    *,
    check: Check,
    steps: Mapping[str, str],
    areas: Rows,
) -> tuple[HostedOperation, ...]:
    """Every ``[[hosted]]`` row of the manifest as an operation.

    ``steps``: what each MaTrangThai of the office means (section 5.3); ``areas``:
    its area map, by which a dossier that it opened itself finds its commune.
    """

    def reader(operation: str) -> Read:
        return _reader(dialect, operation, check, steps, areas)

    return tuple(
        HostedOperation(
            name=row["name"],
            method=row["method"],
            read=None if "list" in row else reader(row["name"]),
            reply=reply,
            catalogue=_catalogue(row) if "list" in row else None,
            shown_in=row["secret"],
            max_body_bytes=dialect.manifest["agency"]["max_callback_bytes"],
        )
        for row in dialect.manifest["hosted"]
    )


def _reader(
    dialect: Dialect,
    operation: str,
    check: Check,
    steps: Mapping[str, str],
    areas: Rows,
) -> Read:
    translate, schema = dialect.reads[operation], dialect.schema(operation)

    def read(message: InboundMessage) -> tuple[AgencyReport, ...]:
        body = dialect.plain(parsed(message, check, schema))
        reports = tuple(translate(message, body, steps))
        if operation == OPENS and not body.get("MaHoSoMotCua"):
            document = document_of(body, areas)
            reports = tuple(replace(report, opens=document) for report in reports)
        first, *others = reports
        relayed = Relayed(message.operation, message.body)
        return (replace(first, relayed=relayed), *others)

    return read


def _catalogue(
    row: Mapping[str, Any],
) -> Callable[[Mapping[str, Any]], HostedReply]:
    name, fields = row["list"], row["fields"]

    def listed(lists: Mapping[str, Any]) -> HostedReply:
        entries = [
            {told: entry[known] for told, known in fields.items() if known in entry}
            for entry in lists.get(name, ())
        ]
        return _said({"Result": 1, "Message": "", "Data": entries})

    return listed
