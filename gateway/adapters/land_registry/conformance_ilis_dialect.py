"""How iLIS is spoken to, with a token, and how it speaks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import parse_qs, urlencode

from gateway.adapters.land_registry.conformance_calls import (
    HAND_OVER,
    HANDED,
    SUPPLEMENT,
    Content,
    Dialect,
    Land,
)
from gateway.adapters.land_registry.conformance_vbdlis import VBDLIS
from gateway.conforming import Answer, Incoming, NotTried, Trial

FORM = "application/x-www-form-urlencoded"
JSON = "application/json; charset=utf-8"
#: §2.4: where the lifetime cannot be read.
USUAL_S = 300
#: In the memory of a run: the token that is used, and until when.
_SESSION = "ilis.session"


def form(t: Trial, **other: str) -> dict[str, str]:
    """What a token is asked for with (§2.4)."""
    return {
        "grant_type": "password",
        "client_id": t.code("client"),
        "client_secret": t.key("client"),
        "username": t.code("account"),
        "password": t.key("account"),
        **other,
    }


async def ask(t: Trial, fields: Mapping[str, str]) -> Answer:
    """One call of the token operation."""
    sent = urlencode(fields).encode()
    return await t.post("/token", sent, headers={"Content-Type": FORM})


def token_of(answer: Answer) -> str:
    """The token of an answer; empty: it gives none."""
    found = str((answer.content or {}).get("access_token") or "")
    usable = found.isascii() and found.isprintable() and " " not in found
    return found if answer.status == 200 and usable else ""


def lifetime_s(answer: Answer) -> int:
    """What ``expires_in`` says, in any of its forms; else the usual."""
    try:
        found = float(str((answer.content or {}).get("expires_in")))
    except ValueError:
        return USUAL_S
    return int(found) if found > 0 and found.is_integer() else USUAL_S


async def new_token(t: Trial) -> str:
    """A session of its own, used by every call from now on.

    Raises:
        NotTried: none was given.
    """
    answer = await ask(t, form(t))
    token = token_of(answer)
    if not token:
        raise NotTried(f"không được cấp token (HTTP {answer.status})")
    until = t.now() + timedelta(seconds=0.9 * lifetime_s(answer))
    t.memory[_SESSION] = token, until
    return token


async def current(t: Trial) -> str:
    """The session of this run, or a new one where its time is nearly over."""
    token, until = t.memory.get(_SESSION, ("", t.now()))
    return str(token) if t.now() < until else await new_token(t)


def with_token(token: str) -> dict[str, str]:
    """Headers of a call."""
    return {"Content-Type": JSON, "Authorization": f"Bearer {token}"}


async def _headers(t: Trial) -> Mapping[str, str]:
    return with_token(await current(t))


async def _admitted(t: Trial, answer: Answer) -> bool:
    """§2.4: after a 401 a new token, and the same message once more."""
    if answer.status != 401:
        return True
    await new_token(t)
    return False


def _area(t: Trial) -> Content:
    """§8: texts in this dialect."""
    return {
        "TinhId": t.code("province"),
        "HuyenId": t.code("district"),
        "XaId": t.code("commune"),
    }


def _operation(call: Incoming) -> str:
    return call.path.rpartition("/")[2]


def _secret(call: Incoming) -> str:
    """§2.2, §11: the only parameter."""
    query = parse_qs(call.query)
    found = query.get("CodeGet", [])
    return found[0] if len(query) == len(found) == 1 else ""


ILIS = Dialect(
    prefix="IL",
    operations={
        **VBDLIS.operations,
        HAND_OVER: "TiepNhanHoSo",
        SUPPLEMENT: "BoSungHoSo",
        HANDED: "CapNhatTrangThaiHoSo",
    },
    area=_area,
    headers=_headers,
    admitted=_admitted,
    secret_in=_secret,
    operation_of=_operation,
    link="DuongDanTBT",
)


def ilis(t: Trial) -> Land:
    """A test's land system of this dialect."""
    return Land(t, ILIS)
