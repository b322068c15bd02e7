"""Accounts of people for whom the province's own sign-in vouches."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.accounts import signing
from gateway.domain.account import Account, Source
from gateway.domain.errors import NotSignedIn, SignInRefused
from gateway.domain.identifiers import PrincipalId
from gateway.domain.journal import JournalLine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.accounts.signing import Opened
    from gateway.ports.accounts import Known, Leaving, SingleSignOn
    from gateway.sealing.tools import Tools

#: Where one that others vouch for begins; nobody makes a local account of that form.
PREFIX = "sso:"


def _elsewhere(tools: Tools) -> SingleSignOn:
    if tools.accounts.single is None:
        raise SignInRefused
    return tools.accounts.single


def is_tls(tools: Tools) -> bool:
    """Whether browsers reach these pages over TLS, as the settings say."""
    return _elsewhere(tools).page.startswith("https:")


async def leave(tools: Tools, back: str, *, again: bool) -> Leaving:
    """Where a browser goes; ``again``: to show there who it is although it did.

    Raises:
        SignInRefused: there is no such sign-in here.
        SignInAway: it does not answer.
    """
    return await _elsewhere(tools).leave(back, again=again)


async def returned(
    tools: Tools,
    back: str,
    answer: Mapping[str, str],
    remembered: Mapping[str, str],
    instead: str,
) -> Opened:
    """A session of whom it vouches for; the account is made when it is first seen.

    Raises:
        SignInRefused: it vouches for nobody, or for somebody who was locked out here.
        SignInAway: it does not answer.
    """
    try:
        known = await _elsewhere(tools).returned(back, answer, remembered)
    except SignInRefused as error:
        await _note(tools, "unknown", error.code)
        raise
    account = await _account(tools, known)
    if not account.holds:
        await _note(tools, account.id, "account_over")
        raise SignInRefused(
            code="account_over", remedy="Tài khoản này đã bị khóa ở cổng liên thông."
        )
    before = None
    if instead:
        try:
            before = (await signing.person(tools, instead)).session
        except NotSignedIn:
            before = None
    same = before if before and before.account == account.id else None
    return await signing.open_session(tools, account, how="single", instead=same)


async def _account(tools: Tools, known: Known) -> Account:
    digest = hashlib.sha256(known.subject.encode()).hexdigest()
    identifier = PrincipalId(f"{PREFIX}{digest[:24]}")
    found = await tools.accounts.rows.account(identifier)
    if found is None:
        return Account(
            *(identifier, known.name, known.role, tools.clock.now()),
            source=Source.SINGLE,
        )
    # There they decide who somebody is and does; here, whether and of which offices.
    return replace(found, name=known.name, role=known.role)


async def _note(tools: Tools, who: str, why: str) -> None:
    now = tools.clock.now()
    line = JournalLine("sign_in_refused", now, who, {"account": who, "why": why})
    await tools.store.note(f"signins:{now:%Y-%m-%d}", [line])
    tools.probe.action(action="sign_in_refused", actor=who)
