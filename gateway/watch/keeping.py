"""What people decide about keeping: for how long, and which dossier nothing is deleted of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    SenderError,
    StoreError,
)
from gateway.domain.identifiers import PayloadId
from gateway.domain.journal import JournalLine
from gateway.domain.json_text import as_json, of_json
from gateway.domain.legal_day import legal_day
from gateway.domain.retention import (
    HOLD,
    LEAST_DAYS,
    MOST_DAYS,
    NOTICE,
    RULE,
    HoldRow,
    Kept,
    RetentionRule,
    deletes_sooner,
    in_force,
)
from gateway.sealing.folder import Folder
from gateway.watch.expiry import ASKED, PAGE, last_turn
from gateway.watch.vitals import Tone, Vital

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from gateway.domain.principal import Principal
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

BASIS_AT_MOST, REASON_AT_MOST = 200, 500
#: Dossiers that a look ahead counts of a kind, and those that it names.
COUNTED, NAMED = 2_000, 20
_HOW = "Quản trị đặt bằng lienthong retention set khi đã có quyết định của tỉnh."
WORDS: Mapping[Kept, str] = {
    Kept.DOCUMENTS: "tài liệu hồ sơ và nội dung thông điệp",
    Kept.FILES: "tệp đính kèm",
    Kept.EXCHANGED: "nguyên văn trả lời của cơ quan",
    Kept.NOTES: "ghi chú, lý do, đề nghị",
    Kept.INDEX: "số hồ sơ và từ khóa tìm kiếm",
    Kept.DOSSIER: "toàn bộ nội dung hồ sơ, cùng khóa",
}


@dataclass(slots=True)
class Ahead:
    """What would be deleted of a kind now; ``more``: at least so many."""

    kind: Kept
    count: int = 0
    busy: int = 0
    more: bool = False
    first: list[str] = field(default_factory=list)


async def set_rule(
    tools: Tools, principal: Principal, days: Any, basis: str
) -> RetentionRule:
    """Say what is kept how long from now on; sooner than before only after a notice.

    Raises:
        SenderError: a kind, a number of days or the basis is none.
        ChangedMeanwhile: somebody else did at the same time.
    """
    wanted, now = _days(days), tools.clock.now()
    words = basis.strip()
    if not words or len(words) > BASIS_AT_MOST or not words.isprintable():
        _wrong(f"Ghi căn cứ (số quyết định), không quá {BASIS_AT_MOST} ký tự.")
    known = await tools.retention.retention_rules()
    present = max(known, key=lambda one: one.version, default=None)
    version = present.version + 1 if present else 1
    before = present.days if present else {}
    at = now + NOTICE if deletes_sooner(wanted, before) else now
    rule = RetentionRule(version, now, at, principal.id, words, wanted)
    facts = {
        "version": version,
        "days": {kind.value: count for kind, count in wanted.items()},
        "before": {kind.value: count for kind, count in before.items()},
        "basis": words,
        "effect_at": at.isoformat(),
    }
    await tools.retention.set_retention(
        rule, JournalLine(RULE, now, principal.id, facts)
    )
    tools.probe.action(action=RULE, actor=principal.id)
    return rule


def _days(given: Any) -> dict[Kept, int]:
    if not isinstance(given, dict):
        _wrong('days là các loại dữ liệu và số ngày, ví dụ {"files": 1825}.')
    found: dict[Kept, int] = {}
    for name, count in given.items():
        if name not in set(Kept):
            allowed = ", ".join(Kept)
            _wrong(f"Không có loại dữ liệu «{name[:40]}»; các loại: {allowed}.")
        whole = isinstance(count, int) and not isinstance(count, bool)
        if not whole or not LEAST_DAYS <= count <= MOST_DAYS:
            _wrong(f"Số ngày của {name} là số nguyên từ {LEAST_DAYS} đến {MOST_DAYS}.")
        found[Kept(name)] = count
    return found


def _wrong(remedy: str) -> NoReturn:
    raise SenderError(code="retention_invalid", remedy=remedy)


async def hold(
    tools: Tools, principal: Principal, row: DossierRow, reason: str
) -> HoldRow:
    """Let nothing of a dossier be deleted, for a complaint or an inspection.

    Raises:
        SenderError: no reason.
        ActionNotPossible: it is held already.
    """
    identifier, now = row.case.dossier_id, tools.clock.now()
    name, sealed = tools.chance.identifier("h"), _sealed(tools, row, reason)
    facts = {"hold": name, "what": "held"}
    line = JournalLine(HOLD, now, principal.id, facts, sealed.id, sealed.digest)
    kept = HoldRow(name, identifier, now, principal.id, sealed.id)
    try:
        await tools.retention.hold(kept, sealed, line)
    except ChangedMeanwhile:
        raise ActionNotPossible(
            code="hold_stands", remedy="Hồ sơ này đang được giữ lại rồi."
        ) from None
    tools.probe.action(action=HOLD, actor=principal.id, dossier_id=identifier)
    return kept


async def release(tools: Tools, principal: Principal, row: DossierRow) -> None:
    """Let it be deleted again once its time is over.

    Raises:
        ActionNotPossible: nobody holds it.
    """
    identifier, now = row.case.dossier_id, tools.clock.now()
    standing = await tools.retention.hold_of(identifier)
    try:
        if standing is None:
            raise ChangedMeanwhile
        facts = {"hold": standing.id, "what": "released"}
        line = JournalLine(HOLD, now, principal.id, facts)
        await tools.retention.release(identifier, line)
    except ChangedMeanwhile:
        raise ActionNotPossible(
            code="hold_not_there", remedy="Hồ sơ này không được giữ lại."
        ) from None
    tools.probe.action(action=HOLD, actor=principal.id, dossier_id=identifier)


def _sealed(tools: Tools, row: DossierRow, reason: str) -> Any:
    words = reason.strip()
    if not words or len(words) > REASON_AT_MOST:
        _wrong(f"Ghi lý do giữ lại, không quá {REASON_AT_MOST} ký tự.")
    key = Folder.of(tools, row).key
    name = PayloadId(tools.chance.identifier("p"))
    return key.seal(name, HOLD, as_json({"reason": words}))


async def why_held(tools: Tools, row: DossierRow, standing: HoldRow) -> str:
    """The reason, as whoever asks may see it."""
    found = (await tools.store.payloads([standing.payload])).get(standing.payload)
    if found is None:
        return ""
    folder = Folder.of(tools, row)
    return str(of_json(await folder.opened(found)).get("reason", ""))


async def ahead(tools: Tools, rule: RetentionRule | None = None) -> list[Ahead]:
    """What a turn would delete now; by the rule in force, or by another one."""
    now = tools.clock.now()
    rule = rule or in_force(await tools.retention.retention_rules(), now)
    found = []
    for kind in Kept if rule else ():
        before = rule.before(kind, now) if rule else None
        if before is not None:
            found.append(await _counted(tools, kind, before))
    return found


async def _counted(tools: Tools, kind: Kept, before: datetime) -> Ahead:
    counted, after = Ahead(kind), None
    while counted.count + counted.busy < COUNTED:
        page = await tools.retention.expired(kind, before, after=after, limit=PAGE)
        for one in page:
            if one.busy:
                counted.busy += 1
                continue
            counted.count += 1
            if len(counted.first) < NAMED:
                counted.first.append(one.row.case.dossier_id)
        if len(page) < PAGE:
            return counted
        after = page[-1].cursor
    counted.more = True
    return counted


async def ask(tools: Tools, principal: Principal) -> None:
    """Let the node that deletes begin within a minute, whatever it did today."""
    now = tools.clock.now()
    await tools.store.set_mark(ASKED, now.isoformat())
    tools.probe.action(action=RULE, actor=principal.id)


def goes_on(
    rule: RetentionRule | None, kind: Kept, ended_at: datetime | None
) -> date | None:
    """The first day on which a kind of an ended dossier may be deleted."""
    days = rule.days.get(kind) if rule else None
    if days is None or ended_at is None:
        return None
    return legal_day(ended_at) + timedelta(days=days + 1)


async def vital(tools: Tools) -> Vital:
    """How keeping stands, for the page of health."""
    what, now = "Thời hạn lưu dữ liệu", tools.clock.now()
    try:
        rule = in_force(await tools.retention.retention_rules(), now)
        last = await last_turn(tools)
    except StoreError:
        return Vital(what, Tone.UNKNOWN, "Kho chưa trả lời.")
    if rule is None or not rule.days:
        words = "Chưa đặt thời hạn lưu: mọi dữ liệu cá nhân được giữ mãi."
        return Vital(what, Tone.GOOD, words, _HOW)
    if last is None:
        return Vital(what, Tone.GOOD, f"Theo bản {rule.version}; chưa xóa lần nào.")
    words = (
        f"Theo bản {rule.version}. Lần xóa gần nhất {last.at[:10]}: {last.deleted} lượt,"
        f" {last.files} tệp; {last.busy} hồ sơ còn việc chưa xong nên chưa xóa."
    )
    late = now - datetime.fromisoformat(last.at) > 3 * timedelta(days=1)
    if late or not last.whole:
        todo = "Xem máy nào giữ việc xóa (lienthong node list) và lần khôi phục chưa ghi đã xem."
        return Vital(what, Tone.LOOK if late else Tone.GOOD, words, todo)
    return Vital(what, Tone.GOOD, words)
