"""Reports that agencies push to the operations that the gateway hosts for them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.domain.errors import ReportKnown, ReportRefused
from gateway.domain.identifiers import AgencyId, PayloadId, ReportId
from gateway.domain.report import Standing
from gateway.ports.store import Change, ReportRow
from gateway.receipts.arrive import arrive
from gateway.receipts.kept import tell

if TYPE_CHECKING:
    from gateway.ports.agency import HostedOperation, HostedReply, InboundMessage
    from gateway.sealing.tools import Tools

#: Bytes of an unreadable message that are kept.
MAX_KEPT = 1024 * 1024


async def receive(
    tools: Tools, operation: HostedOperation, message: InboundMessage
) -> HostedReply:
    """Read a pushed message, apply what it says, answer in the agency's shape.

    The reply leaves after everything is durable. A message that cannot be read
    is kept as evidence and refused in words.
    """
    adapter = tools.adapters.of(message.office)
    if operation.read is None:
        return operation.reply("Không hỗ trợ.", ok=False)
    try:
        reports = operation.read(message)
    except ReportRefused as refused:
        await keep_unreadable(tools, adapter.agency, message, refused)
        return operation.reply(refused.remedy, ok=False)
    except Exception as error:  # noqa: BLE001  a message that nobody foresaw is kept, too
        tools.probe.trouble("receipts.callback", error)
        unforeseen = ReportRefused()
        await keep_unreadable(tools, adapter.agency, message, unforeseen)
        return operation.reply(unforeseen.remedy, ok=False)
    for report in reports:
        await arrive(tools, adapter.agency, message.office, report, message.arrived_at)
    return operation.reply("Đã ghi nhận", ok=True)


async def keep_unreadable(
    tools: Tools, agency: str, message: InboundMessage, refused: ReportRefused
) -> None:
    """Keep the exact bytes of a message that proves nothing, sealed and once.

    Who repeats it was refused before, and is refused again.
    """
    print_ = hashlib.sha256(message.body).hexdigest()
    # A plain hash would tell whoever reads the row what can be guessed.
    blind = tools.vault.blind("unreadable", f"{message.operation}|{print_}")
    sealed = tools.vault.seal_common(
        PayloadId(tools.chance.identifier("p")), "inbound", message.body[:MAX_KEPT]
    )
    row = ReportRow(
        id=ReportId(tools.chance.identifier("r")),
        agency=AgencyId(agency),
        office=message.office,
        kind=message.operation,
        fingerprint=f"unreadable:{blind.hex()}",
        standing=Standing.UNREADABLE,
        event_at=None,
        arrived_at=message.arrived_at,
        facts={},
        payload=sealed.id,
        code=refused.code,
    )
    try:
        await tools.store.apply(
            Change(now=tools.clock.now(), report=row, payloads=(sealed,))
        )
    except ReportKnown:
        row = replace(row, standing=Standing.REPEATED)
    tell(tools, row)
