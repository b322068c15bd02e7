"""Who did and read what: the journal as people search it, and whether it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.journal_words import WRONG, result, words
from gateway.api.paging import PAGE, place_after
from gateway.api.signin import allowed
from gateway.api.standing import reasons
from gateway.domain.audit import GROUPS, Asked, Found
from gateway.domain.errors import NotAllowed, SenderError
from gateway.domain.identifiers import DossierId, PayloadId
from gateway.domain.json_text import of_json
from gateway.domain.lane import ASKED_TO_WAIT, BREAKER
from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.domain.principal import Right
from gateway.domain.words import words_of
from gateway.sealing.folder import Folder
from gateway.sealing.reads import note_look
from gateway.sealing.viewing import look_as

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.domain.audit import Act, Verified
    from gateway.domain.principal import Principal
    from gateway.ports.vault import SealedPayload
    from gateway.sealing.tools import Tools

#: Days that are shown when nobody says which.
DAYS = 7
BEGUN = date(2020, 1, 1)
_MOST_CHARS = 100
_REASONS = ("reason", "why", "note", "said")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks of the journal, in days of Vietnam; what is no day is left."""

    since: date
    until: date
    person: str = ""
    kind: str = ""
    office: str = ""
    dossier: str = ""

    @property
    def asked(self) -> Asked:
        """The same for the store."""
        return Asked(
            since=_midnight(self.since),
            until=_midnight(self.until + timedelta(days=1)),
            actor=self.person,
            group=self.kind,
            office=self.office,
            dossier=DossierId(self.dossier) if self.dossier else None,
        )

    @property
    def facts(self) -> dict[str, str]:
        """The same for the line that says who asked."""
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            **{
                name: value
                for name in ("person", "kind", "office", "dossier")
                if (value := getattr(self, name))
            },
        }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), VIETNAM)


def wanted(tools: Tools, given: Mapping[str, str]) -> Wanted:
    """What an address asks for: ``person``, ``kind``, ``office``, ``dossier``, days."""
    today = legal_day(tools.clock.now())
    until = max(min(_day(given.get("until", "")) or today, today), BEGUN)
    first = _day(given.get("since", "")) or until - timedelta(days=DAYS - 1)
    kind = given.get("kind", "")
    office = given.get("office", "")
    return Wanted(
        since=max(min(first, until), BEGUN),
        until=until,
        person=_plain(given.get("person", "")),
        kind=kind if kind in GROUPS else "",
        office=office if office in tools.versions.current.offices else "",
        dossier=_plain(given.get("dossier", "")),
    )


def _plain(text: str) -> str:
    """Text that any store compares; nothing that is an identifier is longer."""
    return text.strip()[:_MOST_CHARS] if text.isprintable() else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


async def auditor(tools: Tools, request: Request) -> Principal:
    """Who may see what others did.

    Raises:
        NotAllowed: anybody else.
    """
    principal = await allowed(tools, request, Right.AUDIT)
    # Also where a form asked: what it shows is shown as on a page.
    await look_as(tools, principal)
    return principal


async def acts(
    tools: Tools,
    principal: Principal,
    asked: Wanted,
    *,
    after: str | None,
    limit: int,
) -> Found:
    """A page; that somebody looked is kept first."""
    await note_look(tools, principal, {"what": "list", **asked.facts})
    scope = principal.scope
    return await tools.audit.acts(scope, asked.asked, after=after, limit=limit)


async def told(
    tools: Tools, principal: Principal, found: Sequence[Act]
) -> list[dict[str, Any]]:
    """Lines as answers show them, each with its words, reason and result."""
    why = await _reasons(tools, principal, found)
    offices = tools.versions.current.offices
    return [
        {
            "id": one.id,
            "at": one.line.at.isoformat(),
            "by": one.line.actor,
            "kind": one.line.kind,
            "words": words(one.line),
            "reason": _why(tools, one) or why.get(one.id, ""),
            "result": result(one.line),
            "dossier": one.about,
            "transfer": one.line.facts.get("transfer"),
            "office": one.office or None,
            "office_name": offices[one.office].name  # type: ignore[index]
            if one.office in offices
            else one.office or None,
        }
        for one in found
    ]


def _why(tools: Tools, one: Act) -> str:
    """Why a line says that it was done; of what happened by rule, in words."""
    why = str(one.line.facts.get("why") or "")
    if not why or one.line.actor != BREAKER:
        return why
    if why == ASKED_TO_WAIT:
        return "Cơ quan đề nghị chờ, chưa nhận thêm."
    return words_of(why, reasons(tools, one.office)).reason


async def _reasons(
    tools: Tools, principal: Principal, found: Sequence[Act]
) -> dict[int, str]:
    """What was typed as a reason, by line; it lies sealed, since it may name people."""
    names = [one.line.payload for one in found if one.line.payload]
    sealed = await tools.store.payloads(names) if names else {}
    said: dict[int, str] = {}
    for one in found:
        kept = sealed.get(one.line.payload or PayloadId(""))
        if kept is not None:
            said[one.id] = _reason(await _opened(tools, principal, kept))
    return said


async def _opened(tools: Tools, principal: Principal, kept: SealedPayload) -> bytes:
    if kept.dossier_id is None:
        return tools.vault.open_common(kept)
    row = await tools.store.dossier(kept.dossier_id, principal.scope)
    found = await Folder.shown(tools, row).payload(kept.id) if row else None
    return found[1] if found else b"{}"


def _reason(plain: bytes) -> str:
    try:
        content = of_json(plain)
    except ValueError:
        return ""
    if not isinstance(content, dict):
        return ""
    return next((str(content[name]) for name in _REASONS if content.get(name)), "")


async def verified(
    tools: Tools, principal: Principal, day: date, after: int | None
) -> Verified:
    """A part of a day held against its hashes; who asked is kept, with what came of it.

    Raises:
        NotAllowed: somebody who sees the dossiers of some agencies alone.
    """
    if not principal.scope.everything:
        raise NotAllowed
    found = await tools.audit.verify_day(day, after)
    facts = {"what": "verify", "day": day.isoformat(), "lines": found.lines}
    if found.wrong:
        facts |= {"wrong": found.wrong, "line": found.at_line}
    await note_look(tools, principal, facts)
    return found


def verdict(day: date, found: Verified) -> str:
    """Whether it holds, in words; of what does not, the first."""
    on = day.strftime("%d/%m/%Y")
    if found.wrong:
        return (
            f"Nhật ký ngày {on} KHÔNG còn nguyên: {WRONG[found.wrong]}"
            f" (dòng, niêm phong hoặc chuỗi {found.at_line}). Giữ nguyên máy, sao lưu"
            " kho và báo bộ phận an toàn thông tin; đối chiếu với bản sao lưu gần nhất."
        )
    if not found.seals and found.after is None:
        return f"Ngày {on} không có dòng nào được niêm phong thêm."
    held = (
        f"{found.lines} dòng của {found.chains} chuỗi, {found.seals} niêm phong:"
        " còn nguyên như khi ghi."
    )
    if found.after is not None:
        return f"Ngày {on}, mới kiểm tra một phần: {held} Còn nữa, bấm kiểm tra tiếp."
    return f"Ngày {on} đã kiểm tra hết: {held}"


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the calls."""
    _list(tools, routes)
    _check(tools, routes)


def _list(tools: Tools, routes: APIRouter) -> None:
    @routes.get("/journal")
    async def get_journal(
        request: Request,
        person: str = "",
        kind: str = "",
        office: str = "",
        dossier: str = "",
        since: str = "",
        until: str = "",
        after: str | None = None,
    ) -> Response:
        """Ai làm gì, xem hồ sơ nào, vì sao: mới nhất trước; chính việc xem cũng được ghi.

        `since`, `until` là ngày, cả hai đều tính; `dossier` là mã định danh (không
        phải số hồ sơ); `kind` là nhóm việc:
        doc, mo-che, xem-nhat-ky, dang-nhap, tai-khoan, luot-gui, don-doc, ghi-chu,
        sua-ho-so, ket-thuc-tay, de-xuat, y-kien, don-vi, cau-hinh, bao-cao, canh-bao.
        Một trang có thể ít dòng mà vẫn còn `after`: mỗi lần chỉ xem qua một số dòng
        nhất định.
        """
        principal = await auditor(tools, request)
        given = {
            "person": person,
            "kind": kind,
            "office": office,
            "dossier": dossier,
            "since": since,
            "until": until,
        }
        asked = wanted(tools, given)
        after = place_after(after)
        found = await acts(tools, principal, asked, after=after, limit=PAGE)
        lines = await told(tools, principal, found.acts)
        return answer({"journal": lines, "after": found.after, **asked.facts})


def _check(tools: Tools, routes: APIRouter) -> None:
    @routes.post("/journal/verify")
    async def post_verify(request: Request) -> Response:
        """Kiểm tra chuỗi nhật ký của một ngày, từng phần; nói dòng đầu tiên sai."""
        principal = await auditor(tools, request)
        content = await json_object(request)
        day, after = _day(str(content.get("day", ""))), content.get("after")
        if day is None or not (after is None or type(after) is int):
            raise SenderError(
                code="journal_day_invalid",
                remedy='Ghi "day" dạng 2026-03-10; "after" là số của lần trước.',
            )
        found = await verified(tools, principal, day, after)
        return answer(
            {
                "day": day.isoformat(),
                "holds": not found.wrong,
                "words": verdict(day, found),
                "wrong": found.wrong or None,
                "line": found.at_line or None,
                "lines": found.lines,
                "seals": found.seals,
                "chains": found.chains,
                "after": found.after,
            }
        )
