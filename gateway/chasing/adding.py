"""One more time that an office was chased: checked, sealed, kept with its line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from gateway.chasing.matters import KIND, matter, people, workdays
from gateway.chasing.promising import promised_day
from gateway.domain.chase import How
from gateway.domain.contact import ContactRole
from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    DossierUnknown,
    KeyTaken,
    SenderError,
)
from gateway.domain.journal import JournalLine
from gateway.ports.chases import ChaseRow
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from datetime import date, datetime

    from gateway.chasing.matters import Matter
    from gateway.domain.chase import Chase
    from gateway.domain.identifiers import DossierId, OfficeId
    from gateway.domain.principal import Principal
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

TRIES = 20
CONTACT_AT_MOST, SAID_AT_MOST, KEY_AT_MOST = 100, 2000, 200
#: What has to be told of a conversation; of what was sent there need not be more.
_TALKED = frozenset({How.CALL, How.ESCALATION})
#: Reminders and letters that were sent are facts, and are not taken back.
_SENT = frozenset({How.MAIL})


@dataclass(frozen=True, slots=True)
class Told:
    """What a person says of one time, as it was typed."""

    how: str
    contact: str = ""
    said: str = ""
    promised_on: str = ""
    corrects: str = ""
    key: str = ""
    #: makes a repeat of the same call the same chase


async def add(
    tools: Tools, principal: Principal, row: DossierRow, office: str, told: Told
) -> str:
    """Keep it; its identifier, that of the first time where it was told before.

    Raises:
        SenderError: something is missing or wrong; says what.
        ActionNotPossible: the office has nothing to do, or it is too early to escalate.
    """
    how = _how(told.how)
    contact = _text(told.contact, CONTACT_AT_MOST, "contact (người liên hệ)")
    said = _text(told.said, SAID_AT_MOST, "said (nội dung)")
    if how in _TALKED and not said:
        _wrong("Ghi nội dung đã trao đổi (said).")
    _text(told.key, KEY_AT_MOST, "key")
    identifier = _identifier(tools, principal, row.case.dossier_id, told.key)
    for _ in range(TRIES):
        one = await matter(tools, row, office)
        counted = workdays(tools, one.leg.office)
        promised_on = promised_day(told.promised_on, one.today, counted)
        wrong = _corrected(one, told.corrects)
        if how is How.ESCALATION and (wrong is None or wrong.how is not how):
            must_be_time(tools, one)
        whom = contact or _whom(tools, one, how)
        corrects = wrong.id if wrong else None
        kept = Kept(how, whom, said, promised_on, corrects)
        try:
            now = tools.clock.now()
            await keep(tools, principal, one, kept, identifier=identifier, at=now)
        except KeyTaken:
            return identifier
        except ChangedMeanwhile:
            again = await tools.store.dossier(row.case.dossier_id, principal.scope)
            if again is None:
                raise DossierUnknown from None
            row = again
            continue
        return identifier
    raise ChangedMeanwhile


def must_be_time(tools: Tools, one: Matter) -> None:
    """Refuse to go to the head of an office that has had no time to answer.

    Raises:
        ActionNotPossible: it broke no promise and was given an answer's time.
    """
    if not one.now.may_escalate:
        raise ActionNotPossible(
            code="escalation_too_early",
            remedy="Chỉ báo lãnh đạo đơn vị sau khi đơn vị thất hẹn, hoặc sau"
            f" {tools.chasing.answer_days} ngày làm việc đôn đốc mà không trả lời.",
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of one time."""

    how: How
    contact: str
    said: str = ""
    promised_on: date | None = None
    corrects: str | None = None
    mailed: int = 0


async def keep(
    tools: Tools,
    principal: Principal,
    one: Matter,
    kept: Kept,
    *,
    identifier: str,
    at: datetime,
) -> None:
    """Keep it. What was mailed was mailed, whatever has become of the case since.

    Raises:
        ChangedMeanwhile: the case has gone on, or what it corrects was corrected.
        KeyTaken: it is kept already.
    """
    case, office = one.row.case, one.leg.office
    content = {"contact": kept.contact, "said": kept.said, "mailed": kept.mailed}
    sealed = Folder.of(tools, one.row).seal_json(KIND, content)
    day = kept.promised_on.isoformat() if kept.promised_on else ""
    facts = {
        "chase": identifier,
        "office": office,
        "how": kept.how.value,
        "promised_on": day,
        "corrects": kept.corrects or "",
    }
    line = JournalLine(KIND, at, principal.id, facts, sealed.id, sealed.digest)
    row = ChaseRow(
        id=identifier,
        dossier_id=case.dossier_id,
        office=office,
        at=at,
        by=principal.id,
        how=kept.how,
        promised_on=kept.promised_on,
        corrects=kept.corrects,
        payload=sealed.id,
    )
    expects = None if kept.mailed else case.version
    await tools.chasing.kept.add_chase(row, sealed, line, expects=expects)
    tools.probe.action(
        action=KIND,
        kind=kept.how.value,
        actor=principal.id,
        office=office,
        dossier_id=case.dossier_id,
    )


def _identifier(
    tools: Tools, principal: Principal, dossier: DossierId, key: str
) -> str:
    if not key:
        return tools.chance.identifier("ch")
    return f"ch_{tools.vault.blind('chase', f'{principal.id}|{dossier}|{key}').hex()}"


def _whom(tools: Tools, one: Matter, how: How) -> str:
    """Who is asked when nobody is named."""
    role = ContactRole.LEADER if how is How.ESCALATION else ContactRole.BUSINESS
    return names(tools, one.leg.office, role)


def names(tools: Tools, office: OfficeId, role: ContactRole) -> str:
    """Names of contacts of one role."""
    found = [one.name for one in people(tools, office, role)]
    return ", ".join(found)[:CONTACT_AT_MOST]


def _corrected(one: Matter, identifier: str) -> Chase | None:
    if not identifier:
        return None
    found = next((c for c in one.chases if c.id == identifier), None)
    done = any(c.corrects == identifier for c in one.chases)
    if found is None or done or found.mailed or found.how in _SENT:
        raise ActionNotPossible(
            code="chase_not_correctable",
            remedy="Không đính chính được lần này: không có, đã đính chính, hoặc là thư"
            " đã gửi.",
        )
    return found


def _how(text: str) -> How:
    try:
        how = How(text)
    except ValueError:
        how = How.MAIL
    if how is How.MAIL:
        _wrong(
            "how là call, message, letter hoặc escalation; thư nhắc gọi …/chases/mail."
        )
    return how


def _text(text: str, most: int, name: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if len(text) > most:
        _wrong(f"{name} dài quá {most} ký tự.")
    return text


def _wrong(remedy: str) -> NoReturn:
    raise SenderError(code="chase_invalid", remedy=remedy)
