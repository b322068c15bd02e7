"""One login for all who need a token, and nothing of it where it does not belong."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.carriers.tokens import (
    REFUSED_S,
    Grant,
    Login,
    LoginFailed,
    TokenKeeper,
    Why,
)
from gateway.clocks.clock import VirtualClock
from gateway.domain.errors import (
    AgencyUnavailable,
    DeliveryError,
    NeedsConfiguration,
    StoreUnavailable,
)
from gateway.store.sqlite import SQLiteStore
from gateway.vault.keyring import Keyring
from gateway.vault.local import LocalVault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable
    from pathlib import Path

    from gateway.ports.sessions import Session

START = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
NAME = "land-1/ilis@https://dat-dai.mau.example"


class Clock(VirtualClock):
    def pass_(self, seconds: float) -> None:
        self.set(self.now() + timedelta(seconds=seconds))


class Account(Login):
    """Somebody else's system that gives tokens, and counts who asked."""

    shown = "mau-tai-khoan-va-mat-khau"

    def __init__(self) -> None:
        self.logins = 0
        self.lives_s: float | None = 600.0
        self.fails: Exception | None = None
        self.slow: asyncio.Event | None = None
        self.began = asyncio.Event()
        self._numbers = itertools.count(1)

    async def __call__(self) -> Grant:
        self.logins += 1
        self.began.set()
        if self.slow is not None:
            await self.slow.wait()
        if self.fails is not None:
            raise self.fails
        return Grant(f"mau-ma-phien-{next(self._numbers)}", self.lives_s)


class Room:
    """A store, a vault and a clock, with as many nodes as a test wants."""

    def __init__(self, store: SQLiteStore, vault: LocalVault) -> None:
        self.store = store
        self.vault = vault
        self.clock = Clock(START)
        self.account = Account()

    def node(self, name: str = NAME, login: Login | None = None) -> TokenKeeper:
        return TokenKeeper(
            name, login or self.account,
            sessions=self.store, vault=self.vault, clock=self.clock,
        )  # fmt: skip


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    store = await SQLiteStore.open(tmp_path / "store.db")
    yield Room(store, LocalVault(Keyring.open(tmp_path / "keys", may_create=True)))
    await store.close()


async def failure(work: Awaitable[str]) -> DeliveryError:
    with pytest.raises(DeliveryError) as failed:
        await work
    return failed.value


async def test_many_who_ask_at_once_log_in_once(room: Room) -> None:
    node = room.node()
    tokens = await asyncio.gather(*(node.token() for _ in range(20)))
    assert set(tokens) == {"mau-ma-phien-1"}
    assert room.account.logins == 1


async def test_another_node_uses_the_token_that_is_there(room: Room) -> None:
    assert await room.node().token() == "mau-ma-phien-1"
    assert await room.node().token() == "mau-ma-phien-1"
    assert room.account.logins == 1


async def test_nodes_that_need_one_at_once_wait_for_who_is_first(room: Room) -> None:
    room.account.slow = asyncio.Event()
    nodes = [room.node() for _ in range(3)]
    asking = [asyncio.create_task(node.token()) for node in nodes]
    await room.account.began.wait()
    room.account.slow.set()
    assert set(await asyncio.gather(*asking)) == {"mau-ma-phien-1"}
    assert room.account.logins == 1


async def test_a_token_is_renewed_before_its_end_and_by_one_node(room: Room) -> None:
    one, two = room.node(), room.node()
    await one.token()
    room.clock.pass_(539)
    assert await one.token() == "mau-ma-phien-1"
    room.clock.pass_(2)
    assert {await one.token(), await two.token()} == {"mau-ma-phien-2"}
    assert room.account.logins == 2


async def test_a_short_life_is_used_for_the_most_part(room: Room) -> None:
    room.account.lives_s = 10.0
    node = room.node()
    await node.token()
    room.clock.pass_(8.9)
    assert await node.token() == "mau-ma-phien-1"
    room.clock.pass_(0.2)
    assert await node.token() == "mau-ma-phien-2"


async def test_exactly_the_refused_token_is_replaced_and_once_for_all(
    room: Room,
) -> None:
    one, two = room.node(), room.node()
    dead = await one.token()
    assert await two.token() == dead
    fresh = await asyncio.gather(*(node.refused(dead) for node in (one, two, one)))
    assert set(fresh) == {"mau-ma-phien-2"}
    assert await one.refused(dead) == "mau-ma-phien-2"
    assert room.account.logins == 2


async def test_a_node_that_only_heard_of_the_refusal_asks_the_store(room: Room) -> None:
    dead = await room.node().token()
    assert await room.node().refused(dead) == "mau-ma-phien-2"


async def test_a_token_lies_in_the_store_sealed_and_for_its_name_only(
    room: Room, tmp_path: Path
) -> None:
    token = await room.node().token()
    await room.store.close()
    lying = (tmp_path / "store.db").read_bytes()
    assert NAME.encode() in lying
    assert token.encode() not in lying
    room.store = await SQLiteStore.open(tmp_path / "store.db")
    kept = await room.store.session(NAME)
    assert kept is not None
    assert room.vault.open_secret(NAME, kept.sealed) == token
    with pytest.raises(ValueError, match="not what was sealed"):
        room.vault.open_secret("another", kept.sealed)
    elsewhere = LocalVault(Keyring.open(tmp_path / "other", may_create=True))
    with pytest.raises(ValueError, match="not what was sealed"):
        elsewhere.open_secret(NAME, kept.sealed)


async def test_another_name_has_another_token(room: Room) -> None:
    assert await room.node().token() != await room.node("land-1/other").token()


async def test_a_refused_account_is_a_matter_of_configuration(room: Room) -> None:
    room.account.fails = LoginFailed(Why.REFUSED)
    error = await failure(room.node().token())
    assert isinstance(error, NeedsConfiguration)
    assert error.code == "login_refused"
    assert "Tài khoản hoặc mật khẩu" in error.remedy
    assert "từ chối" in error.remedy


async def test_a_refused_account_is_not_tried_again_by_each_message(
    room: Room,
) -> None:
    node = room.node()
    room.account.fails = LoginFailed(Why.REFUSED)
    for _ in range(5):
        assert (await failure(node.token())).code == "login_refused"
    assert room.account.logins == 1
    room.account.fails = None
    room.clock.pass_(REFUSED_S + 1)
    assert await node.token() == "mau-ma-phien-1"


async def test_a_refused_account_is_not_tried_again_by_any_other_node_or_office(
    room: Room,
) -> None:
    room.account.fails = LoginFailed(Why.REFUSED)
    for _ in range(5):
        assert (await failure(room.node().token())).code == "login_refused"
    assert room.account.logins == 1
    room.clock.pass_(REFUSED_S - 1)
    assert (await failure(room.node().token())).code == "login_refused"
    assert room.account.logins == 1


async def test_another_password_is_tried_at_once_and_its_token_serves_all(
    room: Room,
) -> None:
    room.account.fails = LoginFailed(Why.REFUSED)
    refused = room.node()
    await failure(refused.token())
    mended = Account()
    mended.shown = "mau-mat-khau-moi"
    assert await room.node(login=mended).token() == "mau-ma-phien-1"
    assert await refused.token() == "mau-ma-phien-1"
    assert (room.account.logins, mended.logins) == (1, 1)


async def test_a_refusal_lies_in_the_store_sealed(room: Room, tmp_path: Path) -> None:
    room.account.fails = LoginFailed(Why.REFUSED)
    await failure(room.node().token())
    kept = await room.store.session(NAME)
    assert kept is not None
    assert room.account.shown.encode() not in kept.sealed
    assert room.account.shown in room.vault.open_secret(NAME, kept.sealed)
    assert b"refused" not in (tmp_path / "store.db").read_bytes()


@pytest.mark.parametrize("why", [Why.UNAVAILABLE, Why.UNREADABLE])
async def test_a_login_that_fails_answers_all_who_waited_for_it(
    room: Room, why: Why
) -> None:
    room.account.fails = LoginFailed(why, 90.0)
    node = room.node()
    failures = await asyncio.gather(*(failure(node.token()) for _ in range(10)))
    assert len({error.code for error in failures}) == 1
    assert room.account.logins == 1
    await failure(node.token())
    assert room.account.logins == 2


async def test_what_a_platform_in_between_says_of_a_login_stays_its_own_word(
    room: Room,
) -> None:
    room.account.fails = NeedsConfiguration(code="platform_forbidden")
    error = await failure(room.node().token())
    assert (type(error), error.code) == (NeedsConfiguration, "platform_forbidden")


@pytest.mark.parametrize(
    ("fails", "code"),
    [
        (LoginFailed(Why.UNAVAILABLE), "session_unavailable"),
        (LoginFailed(Why.UNREADABLE), "session_unreadable"),
        (RuntimeError("mau-mat-khau"), "session_unavailable"),
    ],
)
async def test_a_login_that_fails_is_tried_again_by_the_next_one(
    room: Room, fails: Exception, code: str
) -> None:
    node = room.node()
    room.account.fails = fails
    error = await failure(node.token())
    assert (type(error), error.code) == (AgencyUnavailable, code)
    assert "mau-mat-khau" not in f"{error}{error.remedy}{error.detail}"
    room.account.fails = None
    assert await room.node().token() == "mau-ma-phien-1"


async def test_a_wish_to_wait_reaches_who_sends(room: Room) -> None:
    room.account.fails = LoginFailed(Why.UNAVAILABLE, 90.0)
    error = await failure(room.node().token())
    assert isinstance(error, AgencyUnavailable)
    assert error.retry_after_s == 90.0


async def test_who_waits_too_long_has_sent_nothing_and_blocks_nobody(
    room: Room,
) -> None:
    room.account.slow = asyncio.Event()
    one, two = room.node(), room.node()
    assert (await failure(one.token(within_s=0.05))).code == "session_unavailable"
    room.account.slow = None
    assert await two.token() == "mau-ma-phien-1"
    assert await one.token() == "mau-ma-phien-1"


async def test_a_node_that_dies_while_it_logs_in_holds_up_the_others_for_a_while_only(
    room: Room,
) -> None:
    turn = await room.store.begin_login(NAME, lease_s=0.3)
    assert turn.wait_s == 0
    assert await room.node().token(within_s=10) == "mau-ma-phien-1"


@pytest.mark.parametrize("token", ["", "có dấu", "a b", "a\r\nX-Evil: 1", "x" * 8193])
async def test_what_cannot_stand_in_a_header_is_no_token(
    room: Room, token: str
) -> None:
    class Strange(Account):
        async def __call__(self) -> Grant:
            return Grant(token, 600)

    assert (
        await failure(room.node(login=Strange()).token())
    ).code == "session_unreadable"


async def test_without_the_store_nothing_is_sent_and_nothing_has_left(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(name: str) -> Session | None:
        raise StoreUnavailable(name)

    node = room.node()
    monkeypatch.setattr(room.store, "session", away)
    error = await failure(node.token())
    assert type(error) is AgencyUnavailable
    assert error.code == StoreUnavailable.default_code
    assert room.account.logins == 0


async def test_a_token_that_could_not_be_shared_serves_its_own_node(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(name: str, *_: object, now: datetime) -> bool:
        raise StoreUnavailable(f"{name} {now}")

    node = room.node()
    monkeypatch.setattr(room.store, "keep_session", full)
    assert await node.token() == "mau-ma-phien-1"
    assert await node.token() == "mau-ma-phien-1"
    assert room.account.logins == 1


# ------------------------------------------------------------ what renews a token


class Renewing(Account):
    """A system whose tokens come with what renews them, once."""

    def __init__(self) -> None:
        super().__init__()
        self.renewals: list[tuple[str, str]] = []
        self.renewal_fails: Exception | None = None
        self.ending = "-doi"

    async def __call__(self) -> Grant:
        return self._with_refresh(await super().__call__())

    async def renew(self, token: str, refresh: str) -> Grant:
        self.renewals.append((token, refresh))
        if self.renewal_fails is not None:
            raise self.renewal_fails
        return self._with_refresh(Grant(f"{token}-moi", self.lives_s))

    def _with_refresh(self, grant: Grant) -> Grant:
        return Grant(grant.token, grant.lives_s, f"{grant.token}{self.ending}")


@pytest.fixture
def renewing(room: Room) -> Renewing:
    room.account = Renewing()
    return room.account


PAIR = ("mau-ma-phien-1", "mau-ma-phien-1-doi")


async def test_a_refused_token_is_renewed_by_what_came_with_it(
    room: Room, renewing: Renewing
) -> None:
    node = room.node()
    assert await node.refused(await node.token()) == "mau-ma-phien-1-moi"
    assert (renewing.renewals, renewing.logins) == ([PAIR], 1)
    await node.refused("mau-ma-phien-1-moi")
    assert renewing.renewals[1] == ("mau-ma-phien-1-moi", "mau-ma-phien-1-moi-doi")


async def test_a_token_that_is_over_is_renewed_too(
    room: Room, renewing: Renewing
) -> None:
    node = room.node()
    await node.token()
    room.clock.pass_(600)
    assert await node.token() == "mau-ma-phien-1-moi"
    assert (renewing.renewals, renewing.logins) == ([PAIR], 1)


async def test_of_nodes_with_one_pair_one_renews_it(
    room: Room, renewing: Renewing
) -> None:
    nodes = [room.node() for _ in range(3)]
    (dead,) = {await node.token() for node in nodes}
    fresh = await asyncio.gather(*(node.refused(dead) for node in nodes))
    assert set(fresh) == {"mau-ma-phien-1-moi"}
    assert (renewing.renewals, renewing.logins) == ([PAIR], 1)
    assert await room.node().refused(dead) == "mau-ma-phien-1-moi"
    assert renewing.renewals == [PAIR]


async def test_a_node_that_did_not_log_in_renews_what_lies_in_the_store(
    room: Room, renewing: Renewing
) -> None:
    dead = await room.node().token()
    assert await room.node().refused(dead) == "mau-ma-phien-1-moi"
    assert renewing.renewals == [PAIR]


async def test_what_cannot_be_renewed_logs_in_anew(
    room: Room, renewing: Renewing
) -> None:
    node = room.node()
    renewing.renewal_fails = LoginFailed(Why.REFUSED)
    assert await node.refused(await node.token()) == "mau-ma-phien-2"
    assert renewing.logins == 2


async def test_a_renewal_that_nobody_answers_is_no_reason_to_log_in(
    room: Room, renewing: Renewing
) -> None:
    node = room.node()
    dead = await node.token()
    renewing.renewal_fails = LoginFailed(Why.UNAVAILABLE, 30.0)
    error = await failure(node.refused(dead))
    assert isinstance(error, AgencyUnavailable)
    assert (error.retry_after_s, renewing.logins) == (30.0, 1)


async def test_what_renews_a_token_lies_in_the_store_sealed(
    room: Room, renewing: Renewing, tmp_path: Path
) -> None:
    token = await room.node().token()
    await room.store.close()
    lying = (tmp_path / "store.db").read_bytes()
    assert token.encode() not in lying
    assert f"{token}{renewing.ending}".encode() not in lying
    room.store = await SQLiteStore.open(tmp_path / "store.db")


async def test_what_is_no_token_renews_none(room: Room, renewing: Renewing) -> None:
    renewing.ending = " doi"
    node = room.node()
    assert await node.refused(await node.token()) == "mau-ma-phien-2"
    assert renewing.renewals == []


async def test_a_login_without_renewal_logs_in_anew(room: Room) -> None:
    with pytest.raises(LoginFailed) as failed:
        await room.account.renew("a", "b")
    assert failed.value.why is Why.REFUSED
