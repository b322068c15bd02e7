"""What a store must hold before anybody can call: a configuration, an administrator."""

from __future__ import annotations

import asyncio
import re
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway import settings as settings_module
from gateway.api.signin import token_hash
from gateway.clocks.clock import RealClock
from gateway.domain.identifiers import OfficeId, PrincipalId
from gateway.domain.journal import JournalLine
from gateway.domain.principal import EVERYTHING, Principal, Role, Scope
from gateway.settings import Profile
from gateway.wiring.files import read_folder
from gateway.wiring.ports import open_ports

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.ports.store import Store
    from gateway.settings import Settings

_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9._-]{1,48}[a-z0-9]")
#: Officers get theirs for one office and a time: ``lienthong officer add``.
ROLES = tuple(role.value for role in Role if role is not Role.OFFICER)
_BY = "command"


def begin(path: Path, account: str, name: str) -> str:
    """Fill an empty store: its first configuration, its first administrator's token.

    Raises:
        ValueError: it is no empty store of a production profile, or the name is none.
        StoreError: the store cannot be opened.
    """
    settings = settings_module.load(path)
    first = _principal(account, name, Role.ADMINISTRATOR.value, "")
    return asyncio.run(_begin(settings, first))


async def _begin(settings: Settings, first: Principal) -> str:
    _must_be_production(settings)
    opened = await open_ports(settings, RealClock())
    try:
        store = opened.store
        if await store.configuration(None) is not None:
            raise ValueError(
                "Kho này đã có cấu hình: đổi bằng lienthong config apply, cấp mã truy cập"
                " bằng lienthong access new."
            )
        content = read_folder(settings.configuration)
        line = JournalLine("configuration", datetime.now(UTC), _BY, {})
        # The token first: a store with a configuration has somebody who can change it.
        token = await _grant(store, first)
        await store.add_configuration(content, line)
    finally:
        await opened.close()
    return token


def grant(path: Path, account: str, name: str, role: str, system: str) -> str:
    """A new token for a person or a one-stop system; an earlier one of it ends.

    Raises:
        ValueError: name, role or system is none.
        StoreError: the store cannot be opened; a file while the gateway runs.
    """
    settings = settings_module.load(path)
    _must_be_production(settings)
    who = _principal(account, name, role, system)
    return asyncio.run(_with_store(settings, who))


async def _with_store(settings: Settings, who: Principal) -> str:
    opened = await open_ports(settings, RealClock())
    try:
        if who.system is not None:
            await _must_be_known(opened.store, who.system)
        return await _grant(opened.store, who)
    finally:
        await opened.close()


async def _must_be_known(store: Store, system: OfficeId) -> None:
    newest = await store.configuration(None)
    known = [
        str(office["id"])
        for agency in (newest[1]["agencies"] if newest else ())
        if agency["agency"]["id"] == "one_stop"
        for office in agency.get("office", ())
    ]
    if system not in known:
        raise ValueError(
            f"--system {system}: cấu hình đang chạy không có hệ thống một cửa ấy; có:"
            f" {', '.join(known) or 'chưa có'}."
        )


async def _grant(store: Store, who: Principal) -> str:
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    await store.set_principal(who, token_hash(token))
    facts = {"account": who.id, "what": "made", "role": who.role.value}
    line = JournalLine("access", now, _BY, facts)
    await store.note(f"signins:{now:%Y-%m-%d}", [line])
    return token


def _must_be_production(settings: Settings) -> None:
    if settings.profile is not Profile.PRODUCTION:
        raise ValueError(
            'profile = "mock" tự tạo mã truy cập khi chạy; lệnh này dành cho cổng thật.'
        )


def _principal(account: str, name: str, role: str, system: str) -> Principal:
    if role not in ROLES:
        raise ValueError(f"--role {role}: chỉ có {', '.join(ROLES)}.")
    if role == Role.ONE_STOP:
        if not system:
            raise ValueError(
                "Vai one_stop cần --system: mã hệ thống một cửa ở cấu hình."
            )
        sender = OfficeId(system)
        return Principal(
            *(PrincipalId(system), name or system, Role.ONE_STOP),
            Scope(sender=sender),
            sender,
        )
    if system:
        raise ValueError("--system chỉ dùng với --role one_stop.")
    if not _ACCOUNT.fullmatch(account):
        raise ValueError(
            "Tên tài khoản gồm 3–50 chữ thường, số, dấu chấm, gạch (quan-tri.a)."
        )
    return Principal(PrincipalId(account), name or account, Role(role), EVERYTHING)
