"""Accounts as administrators keep them: new, ended, reset, unlocked."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.accounts import signing
from gateway.domain.account import PEOPLE, Account, Source
from gateway.domain.errors import ActionNotPossible, ChangedMeanwhile, SenderError
from gateway.domain.identifiers import OfficeId, PrincipalId
from gateway.domain.journal import JournalLine
from gateway.domain.principal import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools

_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9._-]{1,48}[a-z0-9]")
NAME_AT_MOST = 100
#: Of a first password; easy to read out, and of 80 random bits.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """A new account as it was asked for, unchecked."""

    account: str
    name: str
    role: str
    offices: Sequence[str]


async def make(
    tools: Tools, by: Principal, wanted: Wanted, why: str
) -> tuple[Account, str]:
    """A new account with its first password, which is known to nobody else.

    Raises:
        SenderError: name, role or offices are none; says what is allowed.
        ActionNotPossible: there is one of that name.
    """
    account = _checked(tools, wanted)
    password = first_password()
    hashed = await tools.accounts.passwords.hashed(password)
    first = replace(account, password=hashed, must_change=True)
    try:
        return await _keep(tools, by, first, "made", why), password
    except ChangedMeanwhile:
        raise ActionNotPossible(
            code="account_known",
            remedy="Đã có tài khoản tên này: chọn tên khác, hoặc cấp lại mật khẩu.",
        ) from None


def _checked(tools: Tools, wanted: Wanted) -> Account:
    roles = {role.value: role for role in PEOPLE}
    if not _ACCOUNT.fullmatch(wanted.account) or wanted.account in set(Role):
        raise _invalid(
            "account gồm 3–50 chữ thường, số, dấu chấm, gạch (van-hanh.a), không trùng"
            " tên một vai."
        )
    if wanted.role not in roles:
        raise _invalid(f"role là một trong {', '.join(roles)}.")
    if not wanted.name.strip() or len(wanted.name) > NAME_AT_MOST:
        raise _invalid(f"name: họ tên, 1–{NAME_AT_MOST} ký tự.")
    known = tools.versions.current.offices
    strange = [one for one in wanted.offices if OfficeId(one) not in known]
    if strange:
        raise _invalid(f"offices: cấu hình không có đơn vị {', '.join(strange)[:200]}.")
    if wanted.offices and roles[wanted.role] is Role.ADMINISTRATOR:
        raise _invalid("offices: quản trị không giới hạn theo đơn vị được.")
    return Account(
        PrincipalId(wanted.account),
        wanted.name.strip(),
        roles[wanted.role],
        tools.clock.now(),
        offices=tuple(OfficeId(one) for one in wanted.offices),
    )


def _invalid(remedy: str) -> SenderError:
    return SenderError(code="account_invalid", remedy=remedy)


def first_password() -> str:
    """One that is read out or carried on paper, and changed at once."""
    groups = (
        "".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS)
    )
    return "-".join(groups)


async def end(tools: Tools, by: Principal, account: str, why: str) -> Account:
    """Nobody signs in with it any more; its sessions end. It stays in lists.

    Raises:
        SenderError: there is none of that name.
        ActionNotPossible: it has ended, or is the caller's own.
    """
    found = await _holding(tools, account)
    if found.id == by.id:
        raise ActionNotPossible(
            code="account_own", remedy="Không tự khóa được: nhờ một quản trị khác."
        )
    over = replace(found, ended_at=tools.clock.now())
    kept = await _keep(tools, by, over, "ended", why)
    await signing.end_sessions(tools, found.id, by.id)
    return kept


async def reset(
    tools: Tools, by: Principal, account: str, why: str, *, second: bool
) -> tuple[Account, str]:
    """Another first password; with ``second`` its second factor goes, too.

    Raises:
        SenderError: there is none of that name.
        ActionNotPossible: it has ended, or has its password elsewhere.
    """
    found = await _holding(tools, account)
    if found.source is not Source.LOCAL:
        raise ActionNotPossible(
            code="password_elsewhere",
            remedy="Tài khoản này đăng nhập qua hệ thống chung: cấp lại mật khẩu ở đó.",
        )
    password = first_password()
    hashed = await tools.accounts.passwords.hashed(password)
    fresh = replace(
        found, password=hashed, password_at=tools.clock.now(), must_change=True
    )
    if second:
        fresh = replace(fresh, second="", recovery=())
    kept = await _keep(tools, by, fresh, "reset+second" if second else "reset", why)
    await signing.end_sessions(tools, found.id, by.id)
    await _unlock(tools, found)
    return kept, password


async def unlock(tools: Tools, by: Principal, account: str, why: str) -> Account:
    """Its failures are forgotten.

    Raises:
        SenderError: there is none of that name.
        ActionNotPossible: it has ended.
    """
    found = await _holding(tools, account)
    await _unlock(tools, found)
    return await _keep(tools, by, found, "unlocked", why)


async def end_sessions(tools: Tools, by: Principal, account: str) -> int:
    """Sign somebody out everywhere; how many sessions there were.

    Raises:
        SenderError: there is none of that name.
    """
    found = await known(tools, account)
    return await signing.end_sessions(tools, found.id, by.id)


async def known(tools: Tools, account: str) -> Account:
    """One, also one that has ended.

    Raises:
        SenderError: there is none of that name.
    """
    found = await tools.accounts.rows.account(account)
    if found is None:
        raise SenderError(
            code="account_unknown",
            remedy="Không có tài khoản này; xem lienthong account list.",
        )
    return found


async def _holding(tools: Tools, account: str) -> Account:
    found = await known(tools, account)
    if not found.holds:
        raise ActionNotPossible(
            code="account_over", remedy="Tài khoản này đã khóa hẳn: lập tài khoản khác."
        )
    return found


async def _unlock(tools: Tools, account: Account) -> None:
    key = signing.tries_of(tools, account.id)
    await tools.accounts.rows.forget_tries([key], tools.clock.now())


async def _keep(
    tools: Tools, by: Principal, account: Account, what: str, why: str
) -> Account:
    facts = {
        "account": account.id,
        "what": what,
        "role": account.role.value,
        "offices": list(account.offices),
        "why": why,
    }
    line = JournalLine("account", tools.clock.now(), by.id, facts)
    kept = await tools.accounts.rows.keep_account(account, line)
    tools.probe.action(action=f"account_{what}", actor=by.id)
    return kept
