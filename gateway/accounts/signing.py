"""Signing in by name and password, and what a session opens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gateway.accounts import second
from gateway.domain.account import Account, Person, Session, Source, Step, person_of
from gateway.domain.errors import ChangedMeanwhile, NotSignedIn, SignInRefused
from gateway.domain.journal import JournalLine
from gateway.domain.legal_day import legal_day

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.sealing.tools import Tools

#: A session's last use is noted no oftener.
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody shows who wants in."""

    name: str
    password: str
    code: str
    address: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that has begun, with what the browser is to show for it."""

    token: str
    person: Person


def digest(token: str) -> str:
    """What the store knows of a session; tokens are long and random."""
    return hashlib.sha256(token.encode()).hexdigest()


def form_token(session: Session) -> str:
    """What each form of the session carries; it outlives a new token of the session."""
    key = bytes.fromhex(session.seed)
    made = hmac.digest(key, b"form", "sha256")
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def tries_of(tools: Tools, name: str) -> str:
    """Under which key a name's failures are counted, known or not."""
    return tools.vault.blind("sign-in name", name).hex()


def _tries_from(tools: Tools, address: str) -> str:
    return tools.vault.blind("sign-in address", address).hex()


async def sign_in(tools: Tools, shown: Shown) -> Opened:
    """A session, if name, password and code fit an account.

    Raises:
        SignInRefused: they do not, or it was tried too often; says nothing else.
    """
    found = await tools.accounts.rows.account(shown.name)
    account = found if found and found.holds and found.source is Source.LOCAL else None
    keys = await _must_not_wait(tools, shown)
    fits = await tools.accounts.passwords.fits(
        account.password if account else "", shown.password
    )
    following = second_shown(tools, account, shown.code) if account and fits else None
    if account is None or following is None:
        await _note_failure(tools, found)
        raise SignInRefused
    if tools.accounts.passwords.is_weaker(account.password):
        hashed = await tools.accounts.passwords.hashed(shown.password)
        following = replace(following, password=hashed)
    how = "password+code" if account.second else "password"
    opened = await open_session(tools, following, how=how)
    name, address = keys
    await tools.accounts.rows.forget_tries([name], tools.clock.now(), undo=[address])
    return opened


async def _must_not_wait(tools: Tools, shown: Shown) -> tuple[str, str]:
    policy, now = tools.accounts.policy, tools.clock.now()
    name, address = tries_of(tools, shown.name), _tries_from(tools, shown.address)
    keys = {address: policy.of_address, name: policy.of_name}
    until = await tools.accounts.rows.begin_try(keys, now)
    if until is not None:
        raise too_often(until, now)
    return name, address


def too_often(until: datetime, now: datetime) -> SignInRefused:
    """How long to wait, whoever asks, of a known name or none."""
    minutes = max(1, -int(-(until - now).total_seconds() // 60))
    return SignInRefused(
        code="sign_in_waits",
        remedy=f"Đã sai nhiều lần nên tạm không nhận đăng nhập: đợi khoảng {minutes} phút"
        " rồi thử lại, hoặc nhờ quản trị mở khóa.",
    )


async def _note_failure(tools: Tools, account: Account | None) -> None:
    # People type passwords into the field of the name: one that nobody has is not told.
    who = account.id if account else "unknown"
    now = tools.clock.now()
    line = JournalLine("sign_in_refused", now, who, {"account": who})
    await tools.store.note(f"signins:{now:%Y-%m-%d}", [line])
    tools.probe.action(action="sign_in_refused", actor=who)


def second_shown(tools: Tools, account: Account, code: str) -> Account | None:
    """The account after its second factor was shown; None: it was not."""
    if not account.second:
        return account
    secret = tools.vault.open_secret(
        f"second:{account.id}", bytes.fromhex(account.second)
    )
    plain = code.replace(" ", "")
    step = second.step_of(secret, plain, tools.clock.now(), account.step)
    if step is not None:
        return replace(account, step=step)
    left = second.without(account.recovery, account.id, plain) if plain else None
    return replace(account, recovery=left) if left is not None else None


async def open_session(
    tools: Tools, account: Account, *, how: str, instead: Session | None = None
) -> Opened:
    """Keep what was used of the account, and begin a session of it.

    Raises:
        SignInRefused: the same code was used at the same moment.
    """
    now = tools.clock.now()
    facts = {"account": account.id, "how": how}
    line = JournalLine("sign_in", now, account.id, facts)
    used = replace(account, used_on=legal_day(now))
    try:
        kept = await tools.accounts.rows.keep_account(used, line)
    except ChangedMeanwhile:
        raise SignInRefused from None
    return await _begun(tools, kept, now, instead)


async def _begun(
    tools: Tools, account: Account, now: datetime, instead: Session | None
) -> Opened:
    token = secrets.token_urlsafe(32)
    session = Session(
        id=digest(token),
        account=account.id,
        opened_at=now,
        seen_at=now,
        proved_at=now,
        ends_at=instead.ends_at if instead else now + tools.accounts.policy.absolute,
        step=step_for(tools, account),
        # Pages that were shown before the password was asked again still work.
        seed=instead.seed if instead else secrets.token_hex(32),
    )
    await tools.accounts.rows.open_console_session(
        session, None, instead=instead.id if instead else ""
    )
    return Opened(token, person_of(account, session))


async def renewed(tools: Tools, account: Account, session: Session) -> Opened:
    """The session under another token: somebody has just proved who it is."""
    return await _begun(tools, account, tools.clock.now(), session)


def step_for(tools: Tools, account: Account) -> Step:
    """What an account has to do first."""
    if account.source is not Source.LOCAL:
        return Step.NONE
    if account.must_change:
        return Step.CHANGE
    needs = account.role in tools.accounts.policy.second_for
    return Step.ENROL if needs and not account.second else Step.NONE


async def person(tools: Tools, token: str) -> Person:
    """Who acts in the session of a token.

    Raises:
        NotSignedIn: it is nobody's, or over.
    """
    rows, now = tools.accounts.rows, tools.clock.now()
    session = await rows.console_session(digest(token))
    if session is None or tools.accounts.policy.over(session, now):
        raise NotSignedIn
    account = await rows.account(session.account)
    if account is None or not account.holds:
        raise NotSignedIn
    if now >= session.seen_at + SEEN_EVERY:
        await rows.saw_console_session(session.id, now)
    return person_of(account, session)


async def sign_out(tools: Tools, token: str) -> Account | None:
    """End the session of a token; whose it was."""
    rows = tools.accounts.rows
    session = await rows.console_session(digest(token))
    if session is None:
        return None
    await end_sessions(tools, session.account, session.account, only=session.id)
    return await rows.account(session.account)


async def end_sessions(tools: Tools, account: str, by: str, **which: Any) -> int:
    """End sessions of an account, with a line in the journal."""
    facts = {"account": account, "what": "sessions_ended"}
    line = JournalLine("sign_out", tools.clock.now(), by, facts)
    return await tools.accounts.rows.end_console_sessions(account, line, **which)


async def shown_again(
    tools: Tools, who: Person, password: str, code: str, address: str
) -> Opened:
    """The session under another token, if the password or a code fits once more.

    Raises:
        SignInRefused: neither does, or it was tried too often.
        NotSignedIn: the account has ended meanwhile.
    """
    account = await tools.accounts.rows.account(who.id)
    if account is None or not account.holds or who.session is None:
        raise NotSignedIn
    shown = Shown(who.id, password, code, address)
    name, origin = await _must_not_wait(tools, shown)
    by_code = second_shown(tools, account, code) if account.second and code else None
    passwords = tools.accounts.passwords
    if by_code is None and not await passwords.fits(account.password, password):
        await _note_failure(tools, account)
        raise SignInRefused
    opened = await open_session(
        tools, by_code or account, how="again", instead=who.session
    )
    await tools.accounts.rows.forget_tries([name], tools.clock.now(), undo=[origin])
    return opened
