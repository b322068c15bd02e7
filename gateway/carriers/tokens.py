"""Keeps one token alive: asked for once, shared by all nodes, replaced when refused.

A login is no part of a message: however it ends, nothing of the message has left.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import abstractmethod
from collections.abc import Callable
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from gateway.domain.errors import (
    AgencyUnavailable,
    DeliveryError,
    NeedsConfiguration,
    StoreError,
)
from gateway.domain.values import dataclass
from gateway.ports.sessions import Session

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.ports.clock import Clock
    from gateway.ports.sessions import Sessions
    from gateway.ports.vault import SealsSecrets

#: A token is given up this long before its end, or at nine tenths of a short life.
MARGIN_S = 60.0
_MARGIN_SHARE = 0.1
#: What is taken for the life of a token that came without one.
ASSUMED_LIFE_S = 300.0
#: Real seconds that one login may take before another node begins its own.
LEASE_S = 30.0
#: Real seconds after which a node looks whether another's login has ended.
_LOOK_S = 0.1
#: Who was refused is not tried again any sooner, by whatever node: systems lock an
#: account after some three to five wrong tries in half an hour.
REFUSED_S = 900.0
#: Stands in a token's place and says whose login was refused; no token has a blank.
_REFUSED = "refused "
#: Stands before a token and what renews it, with a blank between them.
_RENEWABLE = "renewable "


@dataclass(frozen=True, slots=True)
class Grant:
    """What a login gave.

    ``lives_s``: seconds from the question, None: nobody said; ``refresh``: what
    renews the token once, empty where nothing does.
    """

    token: str
    lives_s: float | None = None
    refresh: str = ""


class Why(Enum):
    """Why a login gave no token."""

    UNAVAILABLE = auto()
    #: nobody answered, or whoever did could not now
    REFUSED = auto()
    #: the account is wrong, locked or gone
    UNREADABLE = auto()
    #: an answer in which no token can be read


class LoginFailed(Exception):
    """A login gave no token; tells nothing of what was asked or answered."""

    def __init__(self, why: Why, retry_after_s: float | None = None) -> None:
        """``retry_after_s``: seconds that the other side asked us to wait."""
        super().__init__(why.name.lower())
        self.why = why
        self.retry_after_s = retry_after_s


class Login(Protocol):
    """Asks another system for a token, as somebody."""

    @property
    @abstractmethod
    def shown(self) -> str:
        """Tells what is shown there from any other account or password; no secret."""

    @abstractmethod
    async def __call__(self) -> Grant:
        """A token.

        Raises:
            LoginFailed: there is none.
            DeliveryError: what lies in between says why, in words of its own.
        """

    async def renew(self, token: str, refresh: str) -> Grant:  # noqa: ARG002
        """A token in place of one that is over, by what came with it.

        Raises:
            LoginFailed: there is none; ``REFUSED``: this cannot be renewed, and the
                account may log in anew.
            DeliveryError: what lies in between says why, in words of its own.
        """
        raise LoginFailed(Why.REFUSED)


AsError = Callable[[LoginFailed], DeliveryError]


def agency_error(failed: LoginFailed) -> DeliveryError:
    """A failed login at the agency's own system, as what happens next."""
    match failed.why:
        case Why.REFUSED:
            return NeedsConfiguration(
                code="login_refused",
                remedy="Tài khoản hoặc mật khẩu của cổng bị hệ thống của cơ quan nhận từ chối:"
                " quản trị hỏi cơ quan, sửa secrets.json, khởi động lại cổng rồi bấm «Gửi lại»; khóa"
                " không đổi thì chờ 15 phút rồi hãy bấm.",
            )
        case Why.UNREADABLE:
            return AgencyUnavailable(
                code="session_unreadable",
                remedy="Cổng tự thử lại; nếu kéo dài, hỏi đầu mối kỹ thuật của cơ quan vì"
                " sao trang đăng nhập trả lời khác tài liệu kết nối.",
            )
        case Why.UNAVAILABLE:
            return AgencyUnavailable(
                code="session_unavailable",
                remedy="Cổng tự gửi lại; nếu kéo dài, gọi đầu mối kỹ thuật của cơ quan nhận.",
                retry_after_s=failed.retry_after_s,
            )


@dataclass(frozen=True, slots=True)
class _Held:
    token: str
    session: Session
    refresh: str = ""


class TokenKeeper:
    """One token under one name, as one process uses it."""

    def __init__(
        self,
        name: str,
        login: Login,
        *,
        sessions: Sessions,
        vault: SealsSecrets,
        clock: Clock,
        as_error: AsError = agency_error,
    ) -> None:
        """Ask for nothing yet. ``login`` raises ``LoginFailed``, and may be called again."""
        self._name = name
        self._login = login
        self._sessions = sessions
        self._vault = vault
        self._clock = clock
        self._as_error = as_error
        self._alone = asyncio.Lock()
        self._held: _Held | None = None
        self._refusal = f"{_REFUSED}{login.shown}"
        self._begun = 0
        self._failed: tuple[int, LoginFailed] | None = None
        #: which of the logins begun here failed last, and how

    async def token(self, *, within_s: float = LEASE_S) -> str:
        """A token that should still live; at most one login for all who ask.

        Raises:
            AgencyUnavailable: none was to be had; nothing has left.
            NeedsConfiguration: the account was refused; nothing has left.
        """
        held = self._held
        if held is not None and self._lives(held.session):
            return held.token
        return await self._within(within_s, refused=None)

    async def refused(self, token: str, *, within_s: float = LEASE_S) -> str:
        """Another one for a token that died before its time; forgets exactly that one.

        To be asked once per attempt: what refuses a fresh token is no matter of tokens.

        Raises:
            AgencyUnavailable: none was to be had; nothing more has left.
            NeedsConfiguration: the account was refused; nothing more has left.
        """
        return await self._within(within_s, refused=token)

    async def _within(self, seconds: float, refused: str | None) -> str:
        begun_before = self._begun
        try:
            async with asyncio.timeout(seconds), self._alone:
                self._fail_again(begun_before)
                over = self._held
                if refused is not None:
                    over = await self._forget(refused)
                return (await self._got(over)).token
        except TimeoutError:
            raise self._as_error(LoginFailed(Why.UNAVAILABLE)) from None
        except LoginFailed as failed:
            raise self._as_error(failed) from failed
        except StoreError as error:
            raise AgencyUnavailable("store", code=error.code) from error

    def _fail_again(self, begun_before: int) -> None:
        """Let a login answer all who waited for it: a system in trouble is asked once.

        Raises:
            LoginFailed: one that began after we asked has failed.
        """
        if self._failed is not None and self._failed[0] > begun_before:
            failed = self._failed[1]
            raise LoginFailed(failed.why, failed.retry_after_s) from failed

    async def _forget(self, token: str) -> _Held | None:
        """Another process may hold it too: whoever comes first has it dropped.

        What was dropped; None: this token is not the one that is used now.
        """
        held = self._held or await self._shared()
        if held is None or held.token != token:
            return None
        self._held = None
        await self._sessions.drop_session(self._name, held.session)
        return held

    async def _got(self, over: _Held | None) -> _Held:
        """What lives here or in the store; else what a login gives, ours or another's.

        ``over``: what was used until now, which may be renewed.

        Raises:
            LoginFailed: there is none, or this account was refused lately by somebody.
        """
        if self._held is not None and self._lives(self._held.session):
            return self._held
        while (held := await self._shared()) is None:
            turn = await self._sessions.begin_login(self._name, lease_s=LEASE_S)
            if turn.wait_s:
                await self._clock.rest(min(turn.wait_s, _LOOK_S))
                continue
            held = await self._in_turn(turn.ticket, over)
            if held is not None:
                break
        if held.token == self._refusal:
            raise LoginFailed(Why.REFUSED)
        self._held = held
        return held

    async def _in_turn(self, ticket: str, over: _Held | None) -> _Held | None:
        """A token by a login of our own; None: another login's counts."""
        is_kept = False
        self._begun += 1
        try:
            # Between our look and our turn another login may have ended.
            held = await self._shared() or await self._logged_in(over)
            is_kept = await self._kept(ticket, held)
        except LoginFailed as failed:
            self._failed = (self._begun, failed)
            raise
        finally:
            if not is_kept:
                with contextlib.suppress(StoreError):
                    await self._sessions.end_login(self._name, ticket)
        return held if is_kept else None

    async def _kept(self, ticket: str, held: _Held) -> bool:
        """Whether the token counts; one that could not be shared serves us alone."""
        try:
            return await self._sessions.keep_session(
                self._name, ticket, held.session, now=self._clock.now()
            )
        except StoreError:
            return True

    async def _logged_in(self, over: _Held | None) -> _Held:
        began = self._clock.now()
        try:
            grant = await self._granted(over)
        except LoginFailed as failed:
            if failed.why is not Why.REFUSED:
                raise
            # Kept like a token, so that no other node or office tries it either.
            return self._sealed(self._refusal, began + timedelta(seconds=REFUSED_S))
        except DeliveryError:
            raise
        except Exception as error:  # what it was does not matter: there is no token
            raise LoginFailed(Why.UNAVAILABLE) from error
        if not _is_token(grant.token):
            raise LoginFailed(Why.UNREADABLE)
        life_s = ASSUMED_LIFE_S if grant.lives_s is None else grant.lives_s
        used_s = life_s - min(MARGIN_S, life_s * _MARGIN_SHARE)
        until = began + timedelta(seconds=used_s)
        refresh = grant.refresh if _is_token(grant.refresh) else ""
        return self._sealed(grant.token, until, refresh)

    async def _granted(self, over: _Held | None) -> Grant:
        """By renewal where something renews; what cannot be renewed logs in anew."""
        if over is not None and over.refresh:
            try:
                return await self._login.renew(over.token, over.refresh)
            except LoginFailed as failed:
                if failed.why is not Why.REFUSED:
                    raise
        return await self._login()

    def _sealed(self, token: str, until: datetime, refresh: str = "") -> _Held:
        told = f"{_RENEWABLE}{token} {refresh}" if refresh else token
        sealed = self._vault.seal_secret(self._name, told)
        return _Held(token, Session(sealed, until), refresh)

    async def _shared(self) -> _Held | None:
        """The store's, if it lives, was sealed here and is no refusal of another login."""
        found = await self._sessions.session(self._name)
        if found is None or not self._lives(found):
            return None
        try:
            told = self._vault.open_secret(self._name, found.sealed)
        except ValueError:
            return None
        if told.startswith(_RENEWABLE):
            _, token, refresh = told.split(" ")
            return _Held(token, found, refresh)
        is_others = told.startswith(_REFUSED) and told != self._refusal
        return None if is_others else _Held(told, found)

    def _lives(self, session: Session) -> bool:
        return self._clock.now() < session.expires_at


def _is_token(token: str) -> bool:
    """Whether it can stand in a header and is nothing else's beginning."""
    is_plain = token.isascii() and token.isprintable() and " " not in token
    return is_plain and 0 < len(token) <= 8192
