"""The counter refuses, or asks for papers, before it accepts what came from elsewhere."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from gateway.domain.case import awaits_acceptance
from gateway.domain.errors import (
    ActionNotPossible,
    DossierContradiction,
    DossierInvalid,
    FieldError,
)
from gateway.domain.legal_day import legal_day
from gateway.domain.letters import AS_RECEIVED, DOUBTFUL, spoken, with_marks
from gateway.domain.principal import EVERYTHING
from gateway.domain.procedure import Event
from gateway.domain.values import replace
from gateway.intake.acceptance import ONE_STOP
from gateway.intake.acts import (
    PAPERS_ASKED,
    Act,
    advanced,
    must_be_open,
    once,
    with_doubts,
)
from gateway.intake.adopting import may_accept, must_be_its_own, own_numbers
from gateway.intake.submit import Accepted, sender_of
from gateway.routing.examining import asked_for_papers, is_told, refused_at_the_counter
from gateway.routing.messages import Enclosure
from gateway.sealing.appointment import UNTIL
from gateway.sealing.folder import CONTENT, Folder, blind_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.case import Case
    from gateway.domain.principal import Principal
    from gateway.domain.procedure import Procedure
    from gateway.ports.store import BlindReference, Change, DossierRow
    from gateway.sealing.tools import Tools

#: What a report of an agency says beside its words.
_BESIDE = ("officer", "title", "department", AS_RECEIVED, DOUBTFUL)


async def refused(
    tools: Tools,
    principal: Principal,
    number: str,
    content: dict[str, Any],
    *,
    key: str,
) -> Accepted:
    """The counter does not take the dossier; whoever handed it over is told why.

    Raises:
        ActionNotPossible: it does not wait for this counter.
        DossierContradiction: the number that the counter gives is another's.
        DossierInvalid: the counter has not said under which number it has it.
    """
    return await _examined(tools, principal, number, content, key, Event.REFUSED)


async def papers_asked(
    tools: Tools,
    principal: Principal,
    number: str,
    content: dict[str, Any],
    *,
    key: str,
) -> Accepted:
    """The counter needs papers before it decides; the applicant is asked on line.

    Raises:
        ActionNotPossible: it does not wait for this counter.
        DossierContradiction: the number that the counter gives is another's.
        DossierInvalid: no number is known yet, or the last day is over.
    """
    event = Event.SUPPLEMENT_REQUESTED
    return await _examined(tools, principal, number, content, key, event)


async def _examined(
    tools: Tools,
    principal: Principal,
    number: str,
    content: dict[str, Any],
    key: str,
    event: Event,
) -> Accepted:
    reading = spoken(content)

    async def decide(row: DossierRow) -> Change:
        case, now = row.case, tools.clock.now()
        must_be_open(case)
        procedure = tools.versions.procedure_of(case)
        _must_wait_here(row, principal, procedure, event)
        clean = with_marks(reading)
        folder = Folder.of(tools, row)
        given = await _number(tools, folder, clean)
        sealed = folder.seal_json(CONTENT, _said(clean))
        if event is Event.REFUSED:
            step, facts = refused_at_the_counter(case, procedure, now), {}
        else:
            step = asked_for_papers(case, procedure, now)
            facts = _last_day(clean, legal_day(now))
        enclosure = Enclosure(facts, told=sealed.id)
        change = advanced(tools, case, step, procedure, case.sender, enclosure)
        first, *others = change.journal
        first = replace(first, payload=sealed.id, payload_digest=sealed.digest)
        return replace(
            change, payloads=(sealed,), references=given, journal=(first, *others)
        )

    name = "refusal" if event is Event.REFUSED else PAPERS_ASKED
    act = Act(name, principal, number, key, content)
    return with_doubts(await once(tools, act, decide), reading)


def _must_wait_here(
    row: DossierRow, principal: Principal, procedure: Procedure, event: Event
) -> None:
    if not may_accept(row, sender_of(principal)):
        raise ActionNotPossible(
            code="not_to_be_accepted",
            remedy="Chỉ từ chối hoặc yêu cầu bổ sung ở đây hồ sơ do cơ quan khác chuyển về"
            " đang chờ một cửa tiếp nhận. Hồ sơ đã tiếp nhận thì cơ quan giải quyết yêu"
            " cầu bổ sung hoặc từ chối; người nộp thôi làm thì rút hồ sơ.",
        )
    if not is_told(procedure, event):
        raise ActionNotPossible(
            code="nobody_would_be_told",
            remedy="Kế hoạch của thủ tục chưa báo việc này cho nơi người dân nộp hồ sơ;"
            f" quản trị thêm sự kiện «{event.value}» vào lượt báo của thủ tục.",
        )


def must_be_accepted(case: Case) -> None:
    """Refuse what only a dossier that the counter has accepted can take.

    Raises:
        ActionNotPossible: it still waits for that.
    """
    if awaits_acceptance(case):
        raise ActionNotPossible(
            code="not_accepted_yet",
            remedy="Hồ sơ do cơ quan khác chuyển về chưa được tiếp nhận; một cửa tiếp nhận"
            " bằng POST /v1/dossiers có linked_number, kèm nội dung và giấy tờ mới.",
        )


async def _number(
    tools: Tools, folder: Folder, content: Mapping[str, Any]
) -> tuple[BlindReference, ...]:
    """The counter's own number, if it is news: a step is told under it."""
    given = str(content.get("number", ""))
    known = own_numbers(await folder.references())
    if known:
        if given:
            must_be_its_own(known, given)
        return ()
    if not given:
        raise _invalid(
            "/number",
            "required",
            "Ghi mã hồ sơ mà một cửa đã cấp: nơi người dân nộp được báo theo mã ấy.",
            "Give the one-stop's own dossier code: steps are told under it.",
        )
    blind = blind_number(tools, given)
    if await tools.store.find([(None, "ma_ho_so", blind)], EVERYTHING):
        raise DossierContradiction(
            code="number_of_another",
            remedy="Mã hồ sơ này (number) thuộc hồ sơ khác; đối chiếu lại mã.",
        )
    return (folder.reference(ONE_STOP, "ma_ho_so", given),)


def _said(content: Mapping[str, Any]) -> dict[str, Any]:
    """What was said as a report of an agency says it."""
    papers = [str(one) for one in content.get("papers", ())]
    wanted = f"Cần bổ sung: {'; '.join(papers)}." if papers else ""
    note = " ".join(filter(None, (wanted, str(content.get("reason", "")))))
    return {
        "note": note,
        **{name: content[name] for name in _BESIDE if name in content},
    }


def _last_day(content: Mapping[str, Any], today: date) -> dict[str, Any]:
    until = content.get("until")
    if until and date.fromisoformat(str(until)) < today:
        raise _invalid(
            "/until",
            "day_over",
            "Hạn bổ sung đã qua; ghi một ngày từ hôm nay trở đi.",
            "The last day is over; name today or a later one.",
        )
    return {UNTIL: until} if until else {}


def _invalid(pointer: str, code: str, message: str, english: str) -> DossierInvalid:
    wrong = FieldError(pointer, code, message, english)
    return DossierInvalid((wrong,), code="request_invalid")
