"""What is kept how long, what is held, what was deleted: seen and decided by people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object, reason_of
from gateway.api.contacts import person
from gateway.api.signin import fresh, operator_of_all
from gateway.domain.errors import NotAllowed
from gateway.domain.principal import Right, may
from gateway.domain.retention import Kept, RetentionRule, in_force
from gateway.intake.acts import find
from gateway.watch import keeping
from gateway.watch.expiry import last_turn

if TYPE_CHECKING:
    from gateway.domain.principal import Principal
    from gateway.domain.retention import Deletion, HoldRow
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

_D = "/dossiers/{number:path}"


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the calls."""
    _rules(tools, routes)
    _of_a_dossier(tools, routes)


async def decider(tools: Tools, request: Request) -> Principal:
    """Who says what is kept how long: a head or an administrator, who proved themselves.

    Raises:
        NotAllowed: anybody else, or somebody of some agencies.
    """
    principal = await person(tools, request)
    decides = may(principal, Right.DECIDE) or may(principal, Right.KEYS)
    if not decides or principal.scope.offices:
        raise NotAllowed
    fresh(tools, principal)
    return principal


def _rules(tools: Tools, routes: APIRouter) -> None:
    @routes.get("/retention")
    async def get_retention(request: Request) -> Response:
        """Dữ liệu nào giữ bao lâu sau khi hồ sơ kết thúc, hồ sơ đang giữ lại, lần xóa gần nhất."""
        principal = await person(tools, request)
        if principal.scope.offices:
            raise NotAllowed
        known = await tools.retention.retention_rules()
        present = in_force(known, tools.clock.now())
        later = [one for one in known if one.effect_at > tools.clock.now()]
        done = await last_turn(tools)
        body = {
            "rule": present and rule_shown(present),
            "later": [rule_shown(one) for one in later],
            "held": [hold_shown(one) for one in await tools.retention.held()],
            "last": done and done.told,
            "kinds": {kind.value: words for kind, words in keeping.WORDS.items()},
        }
        return answer(body)

    @routes.put("/retention")
    async def put_retention(request: Request) -> Response:
        """Đặt thời hạn lưu: loại không ghi thì giữ mãi; xóa sớm hơn trước thì sau 3 ngày mới áp dụng."""
        principal = await decider(tools, request)
        content = await json_object(request)
        basis = content.get("basis")
        made = await keeping.set_rule(
            tools,
            principal,
            content.get("days"),
            basis if isinstance(basis, str) else "",
        )
        return answer(rule_shown(made))

    @routes.post("/retention/run")
    async def post_run(request: Request) -> Response:
        """Xem trước sẽ xóa gì (dry_run), hoặc cho xóa ngay thay vì chờ lượt trong ngày."""
        principal = await decider(tools, request)
        content = await json_object(request)
        if content.get("dry_run") is not True:
            await keeping.ask(tools, principal)
        return answer({"ahead": [_ahead(one) for one in await keeping.ahead(tools)]})


def _of_a_dossier(tools: Tools, routes: APIRouter) -> None:
    @routes.get(f"{_D}/retention")
    async def get_dossier(number: str, request: Request) -> Response:
        """Hồ sơ có đang được giữ lại không, đã xóa gì, khi nào đến hạn xóa."""
        principal = await person(tools, request)
        return await _answer(tools, await find(tools, principal, number))

    @routes.post(f"{_D}/hold", status_code=201)
    async def post_hold(number: str, request: Request) -> Response:
        """Giữ lại vì khiếu nại, thanh tra: không xóa gì của hồ sơ cho đến khi thôi giữ."""
        principal = await operator_of_all(tools, request)
        row = await find(tools, principal, number)
        await keeping.hold(tools, principal, row, reason_of(await json_object(request)))
        return await _answer(tools, row, 201)

    @routes.post(f"{_D}/hold/release")
    async def post_release(number: str, request: Request) -> Response:
        """Thôi giữ lại: hồ sơ lại theo thời hạn lưu."""
        principal = await decider(tools, request)
        row = await find(tools, principal, number)
        await keeping.release(tools, principal, row)
        return await _answer(tools, row)


async def _answer(tools: Tools, row: DossierRow, status: int = 200) -> Response:
    identifier = row.case.dossier_id
    rule = in_force(await tools.retention.retention_rules(), tools.clock.now())
    standing = await tools.retention.hold_of(identifier)
    held = hold_shown(standing) if standing else None
    if standing and held:
        held["reason"] = await keeping.why_held(tools, row, standing)
    goes = {
        kind.value: day.isoformat()
        for kind in Kept
        if (day := keeping.goes_on(rule, kind, row.case.ended_at))
    }
    done = await tools.retention.deletions(identifier)
    body = {
        "dossier_id": identifier,
        "held": held,
        "goes_on": goes,
        "deleted": [deletion_shown(one) for one in done],
    }
    return answer(body, status)


def rule_shown(rule: RetentionRule) -> dict[str, Any]:
    """A version as answers show it."""
    return {
        "version": rule.version,
        "by": rule.by,
        "at": rule.at.isoformat(),
        "effect_at": rule.effect_at.isoformat(),
        "basis": rule.basis,
        "days": {kind.value: count for kind, count in rule.days.items()},
    }


def hold_shown(row: HoldRow) -> dict[str, Any]:
    """A hold, without why."""
    return {
        "id": row.id,
        "dossier_id": row.dossier_id,
        "at": row.at.isoformat(),
        "by": row.by,
    }


def deletion_shown(one: Deletion) -> dict[str, Any]:
    """What was deleted, with what proves it."""
    return {
        "what": one.kind.value,
        "words": keeping.WORDS[one.kind],
        "at": one.at.isoformat(),
        "rows": one.rows,
        "files": one.files,
        "digest": one.digest.hex(),
        "rule": one.rule,
    }


def _ahead(one: keeping.Ahead) -> dict[str, Any]:
    return {
        "what": one.kind.value,
        "words": keeping.WORDS[one.kind],
        "count": one.count,
        "unfinished": one.busy,
        "more": one.more,
        "dossiers": one.first,
    }
