"""What stands still, by cause, as it holds now; who looks after a cause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from gateway.calendar.working_time import working_time
from gateway.domain.errors import ChangedMeanwhile, SenderError
from gateway.domain.identifiers import PayloadId
from gateway.domain.journal import JournalLine
from gateway.domain.json_text import as_json, of_json
from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.domain.measure import Whose
from gateway.domain.stuck import Kind
from gateway.ports.stuck import Bounds, NoteRow, Stuck

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from gateway.calendar.working_time import WorkingTime
    from gateway.domain.principal import Principal, Scope
    from gateway.ports.stuck import StuckCount
    from gateway.routing.catalogue import Catalogue
    from gateway.sealing.tools import Tools

    #: Whether an office takes nothing now by its hours or an announced window alone.
    IsShut = Callable[[str], bool]

OWNER_AT_MOST, NOTE_AT_MOST = 200, 2_000
_KIND = "cause_note"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Note:
    """One version of the note on a cause, opened."""

    version: int
    at: datetime
    by: str
    owner: str
    note: str


def quiet_since(working: WorkingTime, today: date, days: int) -> datetime:
    """What was heard before this moment has been silent for so many working days.

    Whole days between that of the last word and today: neither of the two counts.
    """
    day, left = today, days
    while left:
        day -= DAY
        left -= working.is_working(day)
    return datetime.combine(day, time(), VIETNAM)


def bounds(catalogue: Catalogue, given: Stuck, now: datetime) -> Bounds:
    """Since when something stands still, by the calendar of whose turn it is."""
    today = legal_day(now)
    province = working_time(catalogue.calendar)
    silent = {}
    for office in catalogue.offices.values():
        working = working_time(catalogue.calendar, office.id)
        days = office.silence_days or given.silence_days
        silent[str(office.id)] = quiet_since(working, today, days)
    return Bounds(now, quiet_since(province, today, given.question_days), silent)


async def stuck(tools: Tools, scope: Scope, is_shut: IsShut) -> list[StuckCount]:
    """Every cause by which something stands still, the most dossiers first."""
    found = await tools.stuck.kept.stuck(scope, now_bounds(tools))
    return [one for one in found if not _waits_by_right(one, is_shut)]


def now_bounds(tools: Tools) -> Bounds:
    """The bounds by the running configuration."""
    return bounds(tools.versions.current, tools.stuck, tools.clock.now())


def _waits_by_right(one: StuckCount, is_shut: IsShut) -> bool:
    """The gateway's own time toward an office that is merely shut."""
    over = one.cause.kind is Kind.OVERDUE
    return over and one.whose is Whose.GATEWAY and is_shut(one.cause.office)


async def notes(tools: Tools) -> Mapping[str, Note]:
    """The last note of each cause."""
    rows = await tools.stuck.kept.cause_notes()
    return {row.cause: _opened(tools, row) for row in rows}


async def history(tools: Tools, cause: str) -> Sequence[Note]:
    """Every note on a cause, oldest first."""
    rows = await tools.stuck.kept.cause_history(cause)
    return [_opened(tools, row) for row in rows]


def _opened(tools: Tools, row: NoteRow) -> Note:
    content = of_json(tools.vault.open_common(row.sealed))
    return Note(row.version, row.at, row.by, content["owner"], content["note"])


async def note(
    tools: Tools,
    principal: Principal,
    cause: str,
    owner: str,
    words: str,
    *,
    version: int | None = None,
) -> None:
    """Keep who looks after a cause and what they noted; the journal holds a digest.

    ``version``: the one that was read, 0 for none; None: whatever is there. The same
    words twice are kept once.

    Raises:
        ChangedMeanwhile: somebody noted something since.
        SenderError: too long.
    """
    if len(owner) > OWNER_AT_MOST or len(words) > NOTE_AT_MOST:
        raise SenderError(
            code="note_too_long",
            remedy=f"Người phụ trách không quá {OWNER_AT_MOST} ký tự, ghi chú không quá"
            f" {NOTE_AT_MOST} ký tự.",
        )
    known = await history(tools, cause)
    last = known[-1] if known else None
    if last is not None and (last.owner, last.note) == (owner, words):
        return
    number = last.version if last else 0
    if version is not None and version != number:
        raise ChangedMeanwhile
    payload = PayloadId(f"{cause}.{number + 1}")
    content = as_json({"owner": owner, "note": words})
    sealed = tools.vault.seal_common(payload, _KIND, content)
    now, by = tools.clock.now(), principal.id
    facts = {"cause": cause, "version": number + 1}
    line = JournalLine(_KIND, now, by, facts, sealed.id, sealed.digest)
    row = NoteRow(cause, number + 1, now, by, sealed)
    await tools.stuck.kept.note_cause(row, line)
