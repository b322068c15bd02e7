"""A province's sharing platform in the manner of WSO2 (docs/platforms/lgsp.md)."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import orjson

from gateway.carriers.logins import Encoding, TokenEndpoint, error_of, grant_of
from gateway.carriers.peeking import PEEKED_BYTES
from gateway.carriers.platform import (
    TOO_LARGE,
    BehindPlatform,
    Next,
    Own,
    PlatformCarrier,
    Way,
)
from gateway.carriers.tokens import Login
from gateway.domain.legal_day import VIETNAM
from gateway.domain.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.carriers.carrier import Carrier
    from gateway.carriers.http import HTTPAnswer
    from gateway.carriers.tokens import Grant, TokenKeeper

#: §4.3: what reaches an agency without having been opened, lower case.
PASSES = frozenset(
    {"content-type", "content-encoding", "accept", "accept-charset"}
    | {"accept-language", "soapaction"}
)
#: §7: what such a platform takes at once, unless its operators say otherwise.
MOST_BYTES = 32 * 1024 * 1024
_STATUS_REPORT = "Status report"
# §5.2. Statuses are what was usually seen; the code decides.
_OWN: Mapping[Own, tuple[str, ...]] = {
    Own(Next.PERSON, "platform_settings"): ("900902",),
    Own(Next.RENEW, "platform_token_refused"): ("900901", "900903", "900904"),
    Own(Next.PERSON, "platform_forbidden"): ("900905", "900908", "900909", "900910"),
    Own(Next.PERSON, "platform_service_unknown"): ("900906",),
    Own(Next.LATER, "platform_service_closed"): ("700700", "900907"),
    Own(Next.PERSON, "platform_barred"): ("900805",),
    Own(Next.LATER, "platform_busy"): (
        *("900800", "900801", "900802", "900803"),
        *("900804", "900806", "900807"),
    ),
    Own(Next.LATER, "platform_in_trouble"): ("900900",),
    Own(Next.SETTLE, "platform_no_answer"): ("101504",),
    Own(Next.SETTLE, "platform_broke_off"): (
        *("101500", "101501", "101505", "101506"),
        *("101507", "101509", "101510"),
    ),
}
_BY_CODE = {code: own for own, codes in _OWN.items() for code in codes}
#: No service has this prefix; without its type the code could be an agency's own.
_UNKNOWN_SERVICE = Own(Next.PERSON, "platform_service_unknown")
#: The platform could not connect, or does not try: true of its last address only.
_UNREACHED_CODES = frozenset({"101503", "101508", "303001"})
_UNREACHED = Own(Next.LATER, "platform_agency_unreachable")
_UNSURE = Own(Next.SETTLE, "platform_broke_off")
_OTHER = Own(Next.SETTLE, "platform_fault")
_CODE = re.compile(r"[0-9]{3}(?:[0-9]{3})?\Z")
# Only these few bytes are looked for: no tree is built of what a stranger sent.
_XML_FAULT = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?<(?:[A-Za-z]+:)?fault\s[^>]*"
    rb"\"http://wso2\.org/apimanager[^\"]*\"[^>]*>"
    rb"\s*<(?:[A-Za-z]+:)?code>\s*([0-9]{3}(?:[0-9]{3})?)\s*</",
)


@dataclass(frozen=True, slots=True)
class Access:
    """What the header ``lgspaccesstoken`` says (§4.2); as secret as a password."""

    key: str
    secret: str
    app: str
    partner: str
    called: str = ""
    #: code of the unit that is called

    def header(self) -> dict[str, str]:
        """The header, anew for each request: nobody keeps it."""
        told = {
            "AccessKey": self.key,
            "SecretKey": self.secret,
            "AppName": self.app,
            "PartnerCode": self.partner,
            "PartnerCodeCus": self.called,
        }
        return {"lgspaccesstoken": base64.b64encode(orjson.dumps(told)).decode()}


class LGSPLogin(Login):
    """Asks the platform for a token, in the encoding of the day or else in the other."""

    def __init__(
        self,
        http: Carrier,
        proof: Mapping[str, str],
        *,
        form_from: date | None,
        now: Callable[[], datetime],
        told: Callable[[Encoding], object],
    ) -> None:
        """``http``: to the address for tokens; ``proof``: headers that say who asks.

        ``form_from``: the first day of the form, None: always; ``told`` hears of an
        encoding that the platform takes although it is another's day.
        """
        self._endpoint = TokenEndpoint(
            http, "token", {"grant_type": "client_credentials"}, now=now, headers=proof
        )
        self._form_from = form_from
        self._now = now
        self._told = told
        self._against_the_day: Encoding | None = None

    @property
    def shown(self) -> str:
        """A digest of what proves who asks."""
        return self._endpoint.shown

    async def __call__(self) -> Grant:
        """A token; the wrong encoding touches no message (§3.2) and is corrected once.

        Raises:
            LoginFailed: there is none.
        """
        by_day = self._of_the_day()
        asked = self._against_the_day or by_day
        answer = await self._endpoint.ask(asked)
        if _is_wrong_encoding(asked, answer):
            asked = _OTHER_ENCODING[asked]
            answer = await self._endpoint.ask(asked)
        grant = grant_of(answer, self._now())
        # Who changes sooner or later than announced is not asked wrongly each time.
        against = None if asked is by_day else asked
        if against is not None and against is not self._against_the_day:
            self._told(against)
        self._against_the_day = against
        return grant

    def _of_the_day(self) -> Encoding:
        today = self._now().astimezone(VIETNAM).date()
        is_form = self._form_from is None or today >= self._form_from
        return Encoding.FORM if is_form else Encoding.JSON


_OTHER_ENCODING = {Encoding.FORM: Encoding.JSON, Encoding.JSON: Encoding.FORM}


def basic(key: str, secret: str) -> dict[str, str]:
    """The consumer's proof in the token call."""
    pair = base64.b64encode(f"{key}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


class LGSPCarrier(PlatformCarrier):
    """Carries one office's requests over an LGSP."""

    def __init__(
        self,
        http: Carrier,
        destination: BehindPlatform,
        way: Way,
        *,
        tokens: TokenKeeper,
        access: Access | None,
        now: Callable[[], datetime],
        several_addresses: bool = False,
    ) -> None:
        """Get a token with the first request.

        ``several_addresses``: the service has more than one, so that the platform may
        have carried what it says it could not (§5.3).
        """
        super().__init__(http, destination, way, now)
        self._tokens = tokens
        self._access = access
        self._several = several_addresses

    def own(self, status: int, body: bytes) -> Own | None:
        """A fault, or 413 without one; below 400 nothing is one (§5.3)."""
        fault = fault_of(body) if status >= 400 else None
        if fault is None:
            return TOO_LARGE if status == 413 else None
        if fault.code in _UNREACHED_CODES:
            return _UNSURE if self._several else _UNREACHED
        if fault.code == "404":
            return _UNKNOWN_SERVICE if fault.is_report else None
        return _BY_CODE.get(fault.code) or (_OTHER if len(fault.code) == 6 else None)

    def _shown(self, key: str) -> Mapping[str, str]:
        access = self._access.header() if self._access else {}
        return {"Authorization": f"Bearer {key}", **access}

    def _secrets(self, key: str) -> tuple[str, ...]:
        return (key, *(self._access.header().values() if self._access else ()))

    async def _key(self, within_s: float) -> str:
        return await self._tokens.token(within_s=within_s)

    async def _renewed(self, key: str, within_s: float) -> str:
        return await self._tokens.refused(key, within_s=within_s)


@dataclass(frozen=True, slots=True)
class Fault:
    """A body in the shape of a fault (§5.1); ``is_report``: its type is Status report."""

    code: str
    is_report: bool


def fault_of(body: bytes) -> Fault | None:
    """The fault that a body is, in whichever of its three shapes."""
    if len(body) > PEEKED_BYTES:
        return None
    found = _XML_FAULT.match(body)
    if found:
        return Fault(found[1].decode(), is_report=True)
    try:
        said: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(said, dict):
        return None
    nested = said.get("fault")
    if isinstance(nested, dict):
        said = nested
    code = said.get("code")
    text = str(code) if type(code) in {int, str} else ""
    if not _CODE.match(text) or not isinstance(said.get("message"), str):
        return None
    return Fault(text, is_report=said.get("type") == _STATUS_REPORT)


def _is_wrong_encoding(asked: Encoding, answer: HTTPAnswer) -> bool:
    """Whether the platform wants the other encoding (§3.3)."""
    if asked is Encoding.JSON:
        return answer.status == 415
    return answer.status == 400 and error_of(answer) == "invalid_request"
