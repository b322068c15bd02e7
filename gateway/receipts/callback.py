"""Reports that agencies push to the operations that the gateway hosts for them."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.domain.errors import (
    ChangedMeanwhile,
    GatewayError,
    ReportKnown,
    ReportRefused,
    StoreError,
)
from gateway.domain.identifiers import AgencyId, PayloadId, ReportId
from gateway.domain.report import Standing
from gateway.ports.inbox import PartResult
from gateway.ports.store import Change, ReportRow
from gateway.receipts.arrive import arrive
from gateway.receipts.kept import LABEL, sealed_label, tell
from gateway.receipts.passing_back import passing_unread
from gateway.receipts.unforeseen import keep_unforeseen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.ports.agency import (
        HostedOperation,
        HostedReply,
        InboundMessage,
    )
    from gateway.ports.inbox import Part
    from gateway.sealing.tools import Tools

#: Bytes of an unreadable message that are kept.
MAX_KEPT = 1024 * 1024
#: Parts of one message that are taken in beside each other; they share commits.
PARTS_AT_ONCE = 32
#: What the reply is told of a part that was read; all others were taken.
_CODES = {Standing.UNMATCHED: "no_dossier", Standing.REPEATED: "repeated"}


async def receive(
    tools: Tools, operation: HostedOperation, message: InboundMessage
) -> HostedReply:
    """Read a pushed message, apply what it says, answer in the agency's shape.

    The reply leaves after everything is durable. A message that cannot be read
    is kept as evidence and refused in words.
    """
    adapter = tools.adapters.of(message.office)
    try:
        if operation.parts is not None and operation.reply_parts is not None:
            parts = operation.parts(message)
            results = await take_parts(tools, adapter.agency, message, parts)
            return operation.reply_parts(results)
        if operation.read is None:
            return operation.reply("Không hỗ trợ.", ok=False)
        reports = operation.read(message)
    except StoreError:
        raise
    except ReportRefused as refused:
        return await _not_read(tools, operation, message, refused)
    except Exception as error:  # noqa: BLE001  a message that nobody foresaw is kept, too
        tools.probe.trouble("receipts.callback", error)
        return await _not_read(tools, operation, message, ReportRefused())
    for report in reports:
        said = (adapter.agency, message.office, report, message.arrived_at)
        try:
            await arrive(tools, *said)
        except GatewayError:
            raise
        except Exception as error:  # noqa: BLE001  who has told it may never repeat it
            tools.probe.trouble("receipts.callback", error)
            await keep_unforeseen(tools, *said)
    return operation.reply("Đã ghi nhận", ok=True)


async def _not_read(
    tools: Tools,
    operation: HostedOperation,
    message: InboundMessage,
    refused: ReportRefused,
) -> HostedReply:
    """Refuse it in words, unless it goes on to a one-stop in whose line we are."""
    agency = tools.adapters.of(message.office).agency
    passing = await passing_unread(tools, message)
    await keep_unreadable(tools, agency, message, refused, passing)
    if passing.transfers:
        return operation.reply("Đã chuyển nguyên văn đến một cửa", ok=True)
    return operation.reply(refused.remedy, ok=False)


async def take_parts(
    tools: Tools, agency: AgencyId, message: InboundMessage, parts: Sequence[Part]
) -> list[PartResult]:
    """Take each part in by itself: a bad one stops no other. In the parts' order.

    What is said of one dossier is taken in as it was said, one after the other.
    """
    several = asyncio.Semaphore(PARTS_AT_ONCE)
    results: dict[int, PartResult] = {}

    async def take_all(places: Sequence[int]) -> None:
        async with several:
            for place in places:
                results[place] = await _taken(tools, agency, message, parts[place])

    await asyncio.gather(*map(take_all, _by_dossier(parts)))
    return [results[place] for place in range(len(parts))]


async def _taken(
    tools: Tools, agency: AgencyId, message: InboundMessage, part: Part
) -> PartResult:
    if part.report is None:
        refused = part.refused or ReportRefused()
        alone = replace(message, body=part.raw)
        await keep_unreadable(tools, agency, alone, refused, label=part.label)
        return PartResult(part, refused.code)
    said = (agency, message.office, part.report, message.arrived_at)
    try:
        arrived = await arrive(tools, *said)
    except Exception as error:
        if isinstance(error, StoreError) and not isinstance(error, ChangedMeanwhile):
            raise
        # What nobody foresaw of one dossier would else come first for ever.
        tools.probe.trouble("receipts.callback", error)
        return PartResult(part, await keep_unforeseen(tools, *said))
    code = _CODES.get(arrived.standing, "")
    return PartResult(part, code, arrived.mistakes, arrived.cause)


def _by_dossier(parts: Sequence[Part]) -> list[list[int]]:
    """Places of parts that speak of the same dossier; what cannot be read stands alone."""
    groups: dict[object, list[int]] = {}
    for place, part in enumerate(parts):
        about = part.report.about[:1] if part.report else ()
        groups.setdefault(about or place, []).append(place)
    return list(groups.values())


async def keep_unreadable(
    tools: Tools,
    agency: str,
    message: InboundMessage,
    refused: ReportRefused,
    passing: Change | None = None,
    *,
    label: Mapping[str, str] | None = None,
) -> None:
    """Keep the exact bytes of a message that proves nothing, sealed and once.

    Who repeats it was refused before, and is refused again. ``passing``: what else
    happens in the unit, the first time. ``label``: what it is known by in its agency,
    for whoever has to ask there; of two that say the same, each is kept.
    """
    told = json.dumps(label, ensure_ascii=False, sort_keys=True) if label else ""
    print_ = hashlib.sha256(message.body).hexdigest() + told
    # A plain hash would tell whoever reads the row what can be guessed.
    blind = tools.vault.blind("unreadable", f"{message.operation}|{print_}")
    sealed = tools.vault.seal_common(
        PayloadId(tools.chance.identifier("p")), "inbound", message.body[:MAX_KEPT]
    )
    beside = sealed_label(tools, label)
    row = ReportRow(
        id=ReportId(tools.chance.identifier("r")),
        agency=AgencyId(agency),
        office=message.office,
        kind=message.operation,
        fingerprint=f"unreadable:{blind.hex()}",
        standing=Standing.UNREADABLE,
        event_at=None,
        arrived_at=message.arrived_at,
        facts={LABEL: beside[0].id} if beside else {},
        payload=sealed.id,
        code=refused.code,
    )
    change = passing or Change(now=tools.clock.now())
    try:
        await tools.store.apply(
            replace(change, report=row, payloads=(*change.payloads, sealed, *beside))
        )
    except ReportKnown:
        row = replace(row, standing=Standing.REPEATED)
    tell(tools, row)
