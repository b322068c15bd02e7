"""Keeps one token alive: asked for once, shared by all nodes, replaced when refused.

A login is no part of a message: however it ends, nothing of the message has left.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from gateway.domain.errors import (
    AgencyUnavailable,
    DeliveryError,
    NeedsConfiguration,
    StoreError,
)
from gateway.domain.values import dataclass
from gateway.ports.sessions import Session

if TYPE_CHECKING:
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
#: Who was refused asks again no sooner: accounts are locked after a few wrong tries.
REFUSED_S = 300.0


@dataclass(frozen=True, slots=True)
class Grant:
    """What a login gave; ``lives_s``: seconds from the question, None: nobody said."""

    token: str
    lives_s: float | None = None


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


Login = Callable[[], Awaitable[Grant]]
AsError = Callable[[LoginFailed], DeliveryError]


def agency_error(failed: LoginFailed) -> DeliveryError:
    """A failed login at the agency's own system, as what happens next."""
    match failed.why:
        case Why.REFUSED:
            return NeedsConfiguration(
                code="login_refused",
                remedy="Tài khoản hoặc mật khẩu của cổng bị hệ thống của cơ quan nhận từ chối:"
                " quản trị hỏi cơ quan, sửa secrets.json, khởi động lại cổng rồi bấm «Gửi lại».",
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
        self._refused: tuple[datetime, LoginFailed] | None = None

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
        try:
            async with asyncio.timeout(seconds), self._alone:
                if refused is not None:
                    await self._forget(refused)
                return (await self._got()).token
        except TimeoutError:
            raise self._as_error(LoginFailed(Why.UNAVAILABLE)) from None
        except LoginFailed as failed:
            raise self._as_error(failed) from failed
        except StoreError as error:
            raise AgencyUnavailable("store", code=error.code) from error

    async def _forget(self, token: str) -> None:
        """Another process may hold it too: whoever comes first has it dropped."""
        held = self._held or await self._shared()
        if held is not None and held.token == token:
            self._held = None
            await self._sessions.drop_session(self._name, held.session)

    async def _got(self) -> _Held:
        """What lives here or in the store; else what a login gives, ours or another's."""
        if self._held is not None and self._lives(self._held.session):
            return self._held
        while (held := await self._shared()) is None:
            self._refuse_again()
            turn = await self._sessions.begin_login(self._name, lease_s=LEASE_S)
            if turn.wait_s:
                await self._clock.rest(min(turn.wait_s, _LOOK_S))
                continue
            held = await self._in_turn(turn.ticket)
            if held is not None:
                break
        self._held = held
        return held

    async def _in_turn(self, ticket: str) -> _Held | None:
        """A token by a login of our own; None: another login's counts."""
        is_kept = False
        try:
            # Between our look and our turn another login may have ended.
            held = await self._shared() or await self._logged_in()
            is_kept = await self._kept(ticket, held)
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

    async def _logged_in(self) -> _Held:
        began = self._clock.now()
        try:
            grant = await self._login()
        except LoginFailed as failed:
            if failed.why is Why.REFUSED:
                self._refused = (began + timedelta(seconds=REFUSED_S), failed)
            raise
        except Exception as error:  # what it was does not matter: there is no token
            raise LoginFailed(Why.UNAVAILABLE) from error
        if not _is_token(grant.token):
            raise LoginFailed(Why.UNREADABLE)
        life_s = ASSUMED_LIFE_S if grant.lives_s is None else grant.lives_s
        used_s = life_s - min(MARGIN_S, life_s * _MARGIN_SHARE)
        sealed = self._vault.seal_secret(self._name, grant.token)
        session = Session(sealed, began + timedelta(seconds=used_s))
        return _Held(grant.token, session)

    async def _shared(self) -> _Held | None:
        """The store's, if it lives and was sealed here."""
        found = await self._sessions.session(self._name)
        if found is None or not self._lives(found):
            return None
        with contextlib.suppress(ValueError):
            return _Held(self._vault.open_secret(self._name, found.sealed), found)
        return None

    def _lives(self, session: Session) -> bool:
        return self._clock.now() < session.expires_at

    def _refuse_again(self) -> None:
        """Give the same answer for a while to all who come with the same account.

        Raises:
            LoginFailed: it was refused lately.
        """
        if self._refused is not None:
            until, failed = self._refused
            if self._clock.now() < until:
                raise LoginFailed(failed.why)
            self._refused = None


def _is_token(token: str) -> bool:
    """Whether it can stand in a header and is nothing else's beginning."""
    is_plain = token.isascii() and token.isprintable() and " " not in token
    return is_plain and 0 < len(token) <= 8192
