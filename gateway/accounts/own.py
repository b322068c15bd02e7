"""What people do about their own account: another password, a second factor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.accounts import choosing, second, signing
from gateway.domain.account import Account, Source, Step
from gateway.domain.errors import NotSignedIn, SenderError, SignInRefused
from gateway.domain.journal import JournalLine

if TYPE_CHECKING:
    from gateway.accounts.signing import Opened
    from gateway.domain.account import Person, Session
    from gateway.sealing.tools import Tools


@dataclass(frozen=True, slots=True)
class SetUp:
    """A second factor that somebody is to confirm; ``sealed`` comes back with the code."""

    secret: str
    sealed: str
    address: str
    #: what the QR code holds


async def change_password(
    tools: Tools, who: Person, old: str, new: str, address: str
) -> Opened:
    """Another password; other sessions end, this one goes on under another token.

    Raises:
        SenderError: the new one may not be taken; says why.
        SignInRefused: the old one does not fit.
        NotSignedIn: the account has ended meanwhile.
    """
    account, session = await _own(tools, who)
    if account.source is not Source.LOCAL:
        raise SenderError(
            code="password_elsewhere",
            remedy="Tài khoản này đăng nhập qua hệ thống chung: đổi mật khẩu ở đó.",
        )
    why = choosing.why_not(new, account.id, account.name)
    if why or new == old:
        why = why or "Mật khẩu mới phải khác mật khẩu cũ."
        raise SenderError(code="password_weak", remedy=why)
    if session.step is not Step.CHANGE:
        opened = await signing.shown_again(tools, who, old, "", address)
        account, session = await _own(tools, opened.person)
    elif await tools.accounts.passwords.fits(account.password, new):
        raise SenderError(
            code="password_weak", remedy="Chọn mật khẩu khác mật khẩu được cấp lần đầu."
        )
    kept = await _keep(
        tools,
        replace(
            account,
            password=await tools.accounts.passwords.hashed(new),
            password_at=tools.clock.now(),
            must_change=False,
        ),
        "password_changed",
    )
    await signing.end_sessions(tools, who.id, who.id, but=session.id)
    return await signing.renewed(tools, kept, session)


def set_up(tools: Tools, who: Person) -> SetUp:
    """A new secret; nothing is kept until a code of it comes back."""
    secret = second.new_secret()
    sealed = tools.vault.seal_secret(f"set-up:{who.id}", secret).hex()
    return SetUp(secret, sealed, second.address(secret, who.id))


def shown_before(tools: Tools, who: Person, sealed: str) -> SetUp:
    """The same once more, after a wrong code.

    Raises:
        SignInRefused: it was not made for this account.
    """
    try:
        secret = tools.vault.open_secret(f"set-up:{who.id}", bytes.fromhex(sealed))
    except ValueError:
        raise SignInRefused from None
    return SetUp(secret, sealed, second.address(secret, who.id))


async def confirm(
    tools: Tools, who: Person, sealed: str, code: str
) -> tuple[Opened, list[str]]:
    """Keep the second factor of which a code was shown; codes for when it is lost.

    Raises:
        SignInRefused: the code is none of it.
        NotSignedIn: the account has ended meanwhile.
    """
    account, session = await _own(tools, who)
    secret = shown_before(tools, who, sealed).secret
    step = second.step_of(secret, code.replace(" ", ""), tools.clock.now(), 0)
    if step is None:
        raise SignInRefused(
            code="second_wrong",
            remedy="Mã 6 số không đúng: kiểm tra giờ của điện thoại rồi nhập mã đang hiện.",
        )
    codes = second.recovery_codes()
    kept = await _keep(
        tools,
        replace(
            account,
            second=tools.vault.seal_secret(f"second:{account.id}", secret).hex(),
            step=step,
            recovery=tuple(second.digest(account.id, one) for one in codes),
        ),
        "second_set",
    )
    await signing.end_sessions(tools, who.id, who.id, but=session.id)
    return await signing.renewed(tools, kept, session), codes


async def _own(tools: Tools, who: Person) -> tuple[Account, Session]:
    account = await tools.accounts.rows.account(who.id)
    if account is None or not account.holds or who.session is None:
        raise NotSignedIn
    return account, who.session


async def _keep(tools: Tools, account: Account, what: str) -> Account:
    facts = {"account": account.id, "what": what}
    line = JournalLine("account", tools.clock.now(), account.id, facts)
    return await tools.accounts.rows.keep_account(account, line)
