"""What every store must do for people who sign in."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from gateway.conformance.expect import equal, holds, raises, there
from gateway.conformance.store_making import NOW, OFFICE, Bench, case
from gateway.domain.account import Account, KeptForm, Session, Source, Step, Tries
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import PrincipalId
from gateway.domain.journal import JournalLine
from gateway.domain.principal import Role

WHO = PrincipalId("van-hanh.a")
LINE = JournalLine("account", NOW, "quan-tri", {"account": WHO})


def _account(**changes: Any) -> Account:
    values: dict[str, Any] = {
        "id": WHO,
        "name": "Nguyễn Văn Ví Dụ",
        "role": Role.OPERATOR,
        "made_at": NOW,
    }
    return Account(**{**values, **changes})


def _session(name: str, **changes: Any) -> Session:
    ends = NOW + timedelta(hours=8)
    session = Session(name, WHO, NOW, NOW, NOW, ends, seed="seed")
    return replace(session, **changes)


@case
async def an_account_is_read_back_as_it_was_kept(b: Bench) -> None:
    """Every field of it, and all by their ids."""
    full = _account(
        offices=(OFFICE,),
        source=Source.SINGLE,
        password="hash",  # noqa: S106  an invented one
        password_at=NOW,
        must_change=True,
        second="sealed",
        step=7,
        recovery=("a", "b"),
        used_on=date(2026, 3, 10),
        ended_at=b.later(5),
    )
    equal(await b.store.account(WHO), None)
    kept = await b.store.keep_account(full, LINE)
    equal(kept, replace(full, version=1))
    equal(await b.store.account(WHO), kept)
    earlier = await b.store.keep_account(_account(id=PrincipalId("a")), LINE)
    equal(list(await b.store.accounts()), [earlier, kept])


@case
async def of_two_changes_of_an_account_at_once_one_is_refused(b: Bench) -> None:
    """Whoever came second reads it again, and decides again."""
    kept = await b.store.keep_account(_account(), LINE)
    await raises(ChangedMeanwhile, b.store.keep_account(_account(), LINE))
    done = await asyncio.gather(
        *(b.store.keep_account(replace(kept, step=n), LINE) for n in (1, 2)),
        return_exceptions=True,
    )
    equal([type(one) for one in done].count(ChangedMeanwhile), 1)
    equal(there(await b.store.account(WHO)).version, 2)


@case
async def a_session_is_found_by_its_digest_until_another_takes_its_place(
    b: Bench,
) -> None:
    """As when somebody signs in, or shows a password again."""
    first = _session("s1", step=Step.CHANGE)
    await b.store.open_console_session(first, LINE)
    equal(await b.store.console_session("s1"), first)
    second = _session("s2", opened_at=b.later(1))
    await b.store.open_console_session(second, None, instead="s1")
    equal(await b.store.console_session("s1"), None)
    equal(list(await b.store.console_sessions(WHO)), [second])


@case
async def a_session_remembers_when_it_was_last_used(b: Bench) -> None:
    """Never an earlier moment than before."""
    await b.store.open_console_session(_session("s1"), LINE)
    for at in (b.later(60), b.later(30)):
        await b.store.saw_console_session("s1", at)
    equal(there(await b.store.console_session("s1")).seen_at, b.later(60))


@case
async def sessions_are_ended_all_or_one_or_all_but_one(b: Bench) -> None:
    """One that was ended is still known as its account's."""
    for name in ("s1", "s2", "s3", "s4"):
        await b.store.open_console_session(_session(name), LINE)
    line = replace(LINE, at=b.later(9))
    equal(await b.store.end_console_sessions(WHO, line, only="s1"), 1)
    equal(await b.store.end_console_sessions(WHO, line, but="s2"), 2)
    equal([one.id for one in await b.store.console_sessions(WHO)], ["s2"])
    equal(await b.store.end_console_sessions("another", line), 0)
    equal(await b.store.end_console_sessions(WHO, line), 1)
    equal(there(await b.store.console_session("s3")).over_at, b.later(9))


@case
async def sessions_that_ended_long_ago_go(b: Bench) -> None:
    """When the next one is opened."""
    await b.store.open_console_session(_session("s1"), LINE)
    late = b.later(3 * 86_400)
    new = _session("s2", seen_at=late, ends_at=late + timedelta(hours=8))
    await b.store.open_console_session(new, LINE)
    equal(await b.store.console_session("s1"), None)


@case
async def tries_are_counted_before_and_then_wait_ever_longer(b: Bench) -> None:
    """Also those side by side; what has to wait is not counted."""
    keys = {"name": Tries(2)}
    done = await asyncio.gather(*(b.store.begin_try(keys, NOW) for _ in range(9)))
    equal([one for one in done if one is None], [None, None])
    equal({one for one in done if one}, {NOW + timedelta(seconds=30)})
    equal(await b.store.begin_try(keys, b.later(30)), None)
    equal(await b.store.begin_try(keys, b.later(31)), b.later(90))
    equal(await b.store.begin_try({"other": Tries(2)}, NOW), None)


@case
async def tries_are_forgotten_after_a_day_or_when_one_did_not_fail(b: Bench) -> None:
    """The first failures are free again."""
    keys = {"name": Tries(1)}
    await b.store.begin_try(keys, NOW)
    holds(await b.store.begin_try(keys, NOW) is not None, "has to wait")
    await b.store.forget_tries(["name"], NOW)
    equal(await b.store.begin_try(keys, NOW), None)
    await b.store.forget_tries([], NOW, undo=["name"])
    equal(await b.store.begin_try(keys, NOW), None)
    tomorrow = b.later(86_401)
    equal(await b.store.begin_try(keys, tomorrow), None)
    equal(await b.store.begin_try(keys, tomorrow), tomorrow + timedelta(seconds=30))


@case
async def what_was_typed_is_its_own_accounts_and_bounded(b: Bench) -> None:
    """The oldest go, and whatever is over."""
    forms = [KeptForm(f"f{n}", WHO, b"sealed", b.later(60 + n)) for n in range(4)]
    for form in forms[:3]:
        await b.store.keep_form(form, NOW, 2)
    equal(await b.store.kept_form("f0", WHO), None)
    equal(await b.store.kept_form("f2", WHO), forms[2])
    equal(await b.store.kept_form("f2", "another"), None)
    await b.store.keep_form(forms[3], b.later(100), 2)
    equal(await b.store.kept_form("f2", WHO), None)
