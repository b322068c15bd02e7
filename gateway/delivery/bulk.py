"""One act on many transfers: what it would do, asking for it, steering it.

A ``BulkRunner`` does what was asked, item by item, by the same act as for one.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.delivery.parked import excluded, leads_to
from gateway.domain.bulk import (
    PER_SECOND,
    Candidate,
    Item,
    ItemKey,
    Job,
    JobState,
    Outcome,
    Selection,
    Steer,
    plain,
    steered,
)
from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    DossierUnknown,
    KeyTaken,
)
from gateway.domain.identifiers import PayloadId
from gateway.domain.journal import JournalLine
from gateway.domain.json_text import as_json, canonical_json, of_json

if TYPE_CHECKING:
    from gateway.domain.principal import Principal
    from gateway.domain.transfer import Action
    from gateway.ports.vault import SealedPayload
    from gateway.sealing.tools import Tools

#: Transfers of a selection that are read, or written down, at once.
PAGE = 250
SAMPLE = 10
TRIES = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for; ``key``: their own name for it, so that it is done once."""

    action: Action
    selection: Selection
    reason: str
    per_second: int = PER_SECOND
    key: str | None = None


@dataclass(slots=True)
class Preview:
    """What a job would do now; ``leads_to`` counts states, ``skipped`` codes."""

    asked: int = 0
    leads_to: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    sample: list[tuple[Candidate, str]] = field(default_factory=list)
    #: the first ones, each with the code why it would be skipped, else empty


async def preview(
    tools: Tools, principal: Principal, action: Action, selection: Selection
) -> Preview:
    """What would happen and to how many; nothing is kept."""
    found, cursor = Preview(), ""
    now = tools.clock.now()
    while True:
        page = await tools.bulk.bulk_find(
            selection,
            principal.scope,
            asked_at=now,
            bound=None,
            cursor=cursor,
            limit=PAGE,
        )
        for one in page.candidates:
            _look_at(tools, found, action, one)
        if page.cursor is None:
            return found
        cursor = page.cursor


def _look_at(tools: Tools, found: Preview, action: Action, one: Candidate) -> None:
    traits = tools.traits(one.office, one.kind)
    code = excluded(one, traits, action) or ""
    found.asked += 1
    if code:
        found.skipped[code] += 1
    else:
        found.leads_to[leads_to(action, one.fate, traits).value] += 1
    if len(found.sample) < SAMPLE:
        found.sample.append((one, code))


def item_of(tools: Tools, job: Job, one: Candidate) -> Item:
    """A selected transfer as an item: to be done, or skipped with the code why."""
    code = excluded(one, tools.traits(one.office, one.kind), job.action) or ""
    return Item(
        key=ItemKey(job.id, one.position),
        transfer_id=one.transfer_id,
        dossier_id=one.dossier_id,
        state=one.state,
        fate=one.fate,
        attempts=one.attempts,
        outcome=Outcome.SKIPPED if code else Outcome.LEFT,
        code=code,
        at=tools.clock.now() if code else None,
    )


async def begin(tools: Tools, principal: Principal, wanted: Wanted) -> tuple[Job, bool]:
    """Ask for a job; whether it had been asked for under its key before.

    Raises:
        ActionNotPossible: something else was asked for under this key.
    """
    key = None
    if wanted.key is not None:
        key = tools.vault.blind("bulk_key", wanted.key)
        known = await tools.bulk.bulk_known(principal.id, key)
        if known is not None:
            return _again(tools, known, wanted), True
    job, reason = _new(tools, principal, wanted, key)
    line = line_of(tools, job, principal.id, "asked", reason)
    try:
        job = await tools.bulk.bulk_begin(job, reason, line)
    except KeyTaken:
        known = await tools.bulk.bulk_known(principal.id, key or b"")
        if known is None:
            raise
        return _again(tools, known, wanted), True
    tools.probe.action(action="bulk_asked", actor=principal.id, job_id=job.id)
    return job, False


def _new(
    tools: Tools, principal: Principal, wanted: Wanted, key: bytes | None
) -> tuple[Job, SealedPayload]:
    # A reason is typed by a person and may name people: it is payload.
    reason = tools.vault.seal_common(
        PayloadId(tools.chance.identifier("p")),
        "reason",
        as_json({"reason": wanted.reason}),
    )
    job = Job(
        id=tools.chance.identifier("b"),
        state=JobState.COLLECTING,
        action=wanted.action,
        selection=wanted.selection,
        actor=principal.id,
        scope=principal.scope,
        reason=reason.id,
        asked_at=tools.clock.now(),
        per_second=wanted.per_second,
        key=key,
        fingerprint=_print_of(tools, wanted),
    )
    return job, reason


def _again(tools: Tools, known: Job, wanted: Wanted) -> Job:
    if known.fingerprint != _print_of(tools, wanted):
        raise ActionNotPossible(
            code="bulk_key_reused",
            remedy="Khóa chống gửi trùng này đã dùng cho một việc hàng loạt khác: dùng"
            " khóa mới, hoặc xem việc cũ trong danh sách.",
        )
    return known


def _print_of(tools: Tools, wanted: Wanted) -> bytes:
    content = canonical_json(
        {
            "action": wanted.action.value,
            "selection": plain(wanted.selection),
            "reason": wanted.reason,
            "per_second": wanted.per_second,
        }
    )
    return tools.vault.blind("content", hashlib.sha256(content).hexdigest())


def line_of(
    tools: Tools,
    job: Job,
    actor: str,
    what: str,
    reason: SealedPayload | None = None,
) -> JournalLine:
    """A job's line in the journal; the store adds the counts."""
    facts: dict[str, Any] = {"job": job.id, "what": what}
    if reason is not None:
        facts |= {"action": job.action.value, "selection": plain(job.selection)}
    return JournalLine(
        kind="bulk",
        at=tools.clock.now(),
        actor=actor,
        facts=facts,
        payload=reason.id if reason else None,
        payload_digest=reason.digest if reason else b"",
    )


async def reason_of(tools: Tools, job: Job) -> str:
    """Why somebody asked for it; empty once that was deleted."""
    found = (await tools.store.payloads([job.reason])).get(job.reason)
    if found is None:
        return ""
    content: dict[str, str] = of_json(tools.vault.open_common(found))
    return content["reason"]


async def steer(
    tools: Tools,
    principal: Principal,
    identifier: str,
    what: Steer,
    *,
    per_second: int | None = None,
) -> Job:
    """Pause, resume or stop a job; ``per_second``: from now on.

    What is being done at that moment is finished.

    Raises:
        DossierUnknown: no such job within the caller's scope.
        ActionNotPossible: its state does not allow it.
    """
    for _ in range(TRIES):
        job = await tools.bulk.bulk_job(identifier, principal.scope)
        if job is None:
            raise unknown()
        state = steered(job.state, what, complete=job.complete)
        if state is None:
            raise ActionNotPossible(
                code="bulk_job_state",
                remedy="Trạng thái của việc hàng loạt không cho phép: chỉ tạm dừng việc"
                " đang chạy, chạy tiếp việc đang tạm dừng, dừng hẳn việc chưa xong.",
            )
        line = line_of(tools, job, principal.id, what.value)
        try:
            job = await tools.bulk.bulk_move(job, state, line, per_second=per_second)
        except ChangedMeanwhile:
            continue
        tools.probe.action(
            action=f"bulk_{what.value}", actor=principal.id, job_id=job.id
        )
        return job
    raise ChangedMeanwhile


def unknown() -> DossierUnknown:
    """No such job, or not the caller's: the answer is the same."""
    return DossierUnknown(
        code="bulk_job_unknown",
        remedy="Kiểm tra lại mã việc hàng loạt trong danh sách.",
    )
