"""A platform in between: what leaves, how often, and whose answer it is."""

from __future__ import annotations

import base64
import contextlib
import json
from collections import deque
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from gateway.carriers import lgsp, xroad_adapter
from gateway.carriers.bodies import StreamedBody
from gateway.carriers.destination import AddressRefused
from gateway.carriers.failures import MayHaveLeft, NothingLeft
from gateway.carriers.http import HTTPCarrier
from gateway.carriers.lgsp import Access, LGSPCarrier, LGSPLogin, basic
from gateway.carriers.logins import Encoding
from gateway.carriers.platform import BehindPlatform, Way, platform_error
from gateway.carriers.tokens import TokenKeeper
from gateway.carriers.xroad_adapter import XRoadAdapterCarrier
from gateway.clocks.clock import VirtualClock
from gateway.domain.errors import DeliveryError, NeedsConfiguration, NeedsData
from gateway.store.sqlite import SQLiteStore
from gateway.vault.keyring import Keyring
from gateway.vault.local import LocalVault
from tests.unit.carriers.conftest import PATIENT, Agency, Peer, closed_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.carriers.carrier import Carrier

NOW = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
FAST = (
    b"Date: Tue, 10 Mar 2026 02:30:00 GMT\r\nRetry-After: Tue, 10 Mar 2026 02:31:00 GMT"
)
OWN = "https://dat-dai.mau.example/noi-bo"
ACCESS = Access("khoa-mau", "bi-mat-mau", "Cong mau", "H00.96.01", "H00.96.02")


def fault(code: str) -> bytes:
    told = {"code": code, "type": "Status report", "message": "x"}
    return json.dumps({"fault": told}).encode()


class Platform:
    """Gives tokens, and answers calls with what a test has laid ready."""

    def __init__(self) -> None:
        self.answers: deque[tuple[int, bytes, bytes]] = deque()
        self.logins: list[bytes] = []
        self.calls: list[bytes] = []
        self.wants = Encoding.FORM

    async def play(self, peer: Peer) -> None:
        while True:
            whole = await peer.request()
            if b" /token " in whole.split(b"\r\n")[0]:
                await self._give_token(peer, whole)
                continue
            self.calls.append(whole)
            status, body, headers = (
                self.answers.popleft() if self.answers else (200, b'{"ok":1}', b"")
            )
            await peer.answer(status, body, headers)

    async def _give_token(self, peer: Peer, whole: bytes) -> None:
        self.logins.append(whole)
        is_form = b"x-www-form-urlencoded" in whole
        if is_form and self.wants is Encoding.JSON:
            await peer.answer(400, b'{"error":"invalid_request"}')
        elif not is_form and self.wants is Encoding.FORM:
            await peer.answer(415)
        else:
            told = {"access_token": f"ma-{len(self.logins)}", "token_type": "Bearer"}
            await peer.answer(200, json.dumps({**told, "expires_in": 3600}).encode())


class Ground:
    """What a keeper of tokens needs, and carriers over one platform."""

    def __init__(self, store: SQLiteStore, vault: LocalVault) -> None:
        self.store = store
        self.vault = vault
        self.clock = VirtualClock(NOW)
        self.platform = Platform()
        self.told: list[Encoding] = []

    def keeper(self, http: Carrier, form_from: date | None = None) -> TokenKeeper:
        login = LGSPLogin(
            http, basic("khoa", "mat-khau-mau"), form_from=form_from,
            now=self.clock.now, told=self.told.append,
        )  # fmt: skip
        return TokenKeeper(
            "platform/lgsp-mau", login, sessions=self.store, vault=self.vault,
            clock=self.clock, as_error=platform_error,
        )  # fmt: skip

    @contextlib.asynccontextmanager
    async def lgsp(
        self, *, authorization_as: str = "", most: int = 1_000_000, origin: str = ""
    ) -> AsyncIterator[LGSPCarrier]:
        async with Agency(self.platform.play) as agency:
            origin = origin or f"http://127.0.0.1:{agency.port}"
            base = f"{origin}/datdai-mau/1.0"
            tokens = HTTPCarrier(origin)
            carrier = LGSPCarrier(
                HTTPCarrier(base), BehindPlatform(base, OWN),
                Way(lgsp.PASSES, most, authorization_as),
                tokens=self.keeper(tokens), access=ACCESS, now=self.clock.now,
            )  # fmt: skip
            yield carrier
            await carrier.close()
            await tokens.close()

    @contextlib.asynccontextmanager
    async def xroad(
        self, *, in_header: bool = False, provider_url: str = ""
    ) -> AsyncIterator[XRoadAdapterCarrier]:
        async with Agency(self.platform.play) as agency:
            base = f"http://127.0.0.1:{agency.port}/XrdAdapter/RestService/forward/mapi"
            carrier = XRoadAdapterCarrier(
                HTTPCarrier(base), BehindPlatform(base),
                Way(xroad_adapter.PASSES, 1_000_000),
                dstcode="VN:GOV:000.00.00.X99:mau", in_header=in_header,
                provider_url=provider_url, now=self.clock.now,
            )  # fmt: skip
            yield carrier
            await carrier.close()


@pytest.fixture
async def ground(tmp_path: Path) -> AsyncIterator[Ground]:
    store = await SQLiteStore.open(tmp_path / "store.db")
    yield Ground(store, LocalVault(Keyring.open(tmp_path / "keys", may_create=True)))
    await store.close()


async def failure(carrier: Carrier, **more: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as failed:
        await carrier.send("POST", "/in", timeouts=PATIENT, **more)
    return failed.value


def head(request: bytes) -> list[bytes]:
    return request.partition(b"\r\n\r\n")[0].split(b"\r\n")


# ----------------------------------------------------------------- what leaves


async def test_a_call_carries_the_platforms_own_headers_and_few_of_the_dialects(
    ground: Ground,
) -> None:
    headers = {
        "Content-Type": "application/json",
        "SOAPAction": '"x"',
        "Idempotency-Key": "t_1",
        "Cookie": "a=1",
        "webhook-signature": "v1,mau",
    }
    async with ground.lgsp() as carrier:
        answer = await carrier.send(
            "POST", "/in", headers, b'{"a":1}', timeouts=PATIENT, query={"k": "v w"}
        )
    assert answer.body == b'{"ok":1}'
    (call,) = ground.platform.calls
    lines = head(call)
    assert lines[0] == b"POST /datdai-mau/1.0/in?k=v%20w HTTP/1.1"
    assert {b"Authorization: Bearer ma-1", b"content-type: application/json"} <= {
        *lines
    } | {line.replace(b"Content-Type", b"content-type") for line in lines}
    names = {line.split(b":")[0].lower() for line in lines[1:]}
    assert not names & {b"idempotency-key", b"cookie", b"webhook-signature"}
    assert b"soapaction" in names
    (shown,) = [line for line in lines if line.startswith(b"lgspaccesstoken: ")]
    assert json.loads(base64.b64decode(shown.partition(b": ")[2])) == {
        "AccessKey": "khoa-mau",
        "SecretKey": "bi-mat-mau",
        "AppName": "Cong mau",
        "PartnerCode": "H00.96.01",
        "PartnerCodeCus": "H00.96.02",
    }


async def test_a_token_of_the_dialects_own_is_never_sent_as_the_platforms(
    ground: Ground,
) -> None:
    own = {"authorization": "Bearer cua-co-quan"}
    async with ground.lgsp() as carrier:
        error = await failure(carrier, headers=own)
    assert (type(error), error.code) == (NeedsConfiguration, "platform_drops_token")
    assert ground.platform.calls == []
    async with ground.lgsp(authorization_as="X-Authentication-Token") as carrier:
        await carrier.send("POST", "/in", own, timeouts=PATIENT)
    lines = head(ground.platform.calls[0])
    assert b"X-Authentication-Token: Bearer cua-co-quan" in lines
    assert [one for one in lines if one.lower().startswith(b"authorization")] == [
        b"Authorization: Bearer ma-1"
    ]


async def test_a_body_larger_than_the_platform_takes_does_not_leave(
    ground: Ground,
) -> None:
    async with ground.lgsp(most=10) as carrier:
        error = await failure(carrier, body=b"x" * 11)
    assert (type(error), error.code) == (NeedsData, "platform_too_large")
    assert (ground.platform.calls, ground.platform.logins) == ([], [])


async def test_a_path_stays_below_the_office(ground: Ground) -> None:
    async with ground.lgsp() as carrier:
        with pytest.raises(AddressRefused):
            await carrier.send("POST", "../khac/in", timeouts=PATIENT)
    assert (ground.platform.calls, ground.platform.logins) == ([], [])


@pytest.mark.parametrize(
    ("in_header", "provider", "target"),
    [
        (False, "", b"/mapi/in?k=1&dstcode=VN:GOV:000.00.00.X99:mau"),
        (
            False,
            "http://dich-vu.mau.example:8083",
            b"/mapi/in?k=1&dstcode=VN:GOV:000.00.00.X99:mau&providerurl=http%3A%2F%2Fdich-vu.mau.example%3A8083",
        ),
        (True, "", b"/mapi/in?k=1"),
        (True, "http://dv", b"/mapi/in?k=1&providerurl=http%3A%2F%2Fdv"),
    ],
)
async def test_the_destination_stands_where_the_installation_looks(
    ground: Ground, in_header: bool, provider: str, target: bytes
) -> None:
    async with ground.xroad(in_header=in_header, provider_url=provider) as carrier:
        await carrier.send("POST", "/in", timeouts=PATIENT, query={"k": "1"})
        await carrier.send("POST", "/in?k=1", timeouts=PATIENT)
        await carrier.send("GET", "/in", timeouts=PATIENT)
    first, same, bare = (head(call) for call in ground.platform.calls)
    assert first[0].split()[1] == b"/XrdAdapter/RestService/forward" + target
    assert same[0] == first[0]
    assert bare[0].split()[1] == first[0].split()[1].replace(b"?k=1&", b"?").replace(
        b"?k=1", b""
    )
    shown = b"dstcode: VN:GOV:000.00.00.X99:mau" in first
    assert shown is in_header
    assert not [line for line in first if line.startswith(b"Authorization")]


# ------------------------------------------------------------------- the token


async def test_a_token_that_dies_is_replaced_once_within_the_attempt(
    ground: Ground,
) -> None:
    sent = [b"a" * 40_000, b"b" * 1000]

    async def pieces() -> AsyncIterator[bytes]:
        for piece in sent:
            yield piece

    ground.platform.answers.append((401, fault("900901"), b""))
    async with ground.lgsp() as carrier:
        body = StreamedBody(41_000, pieces)
        answer = await carrier.send("POST", "/in", body=body, timeouts=PATIENT)
    assert answer.status == 200
    first, second = ground.platform.calls
    assert b"Authorization: Bearer ma-1" in head(first)
    assert b"Authorization: Bearer ma-2" in head(second)
    whole = b"".join(sent)
    assert [one.partition(b"\r\n\r\n")[2] for one in (first, second)] == [whole] * 2
    assert len(ground.platform.logins) == 2


async def test_a_fresh_token_that_is_refused_too_ends_the_attempt(
    ground: Ground,
) -> None:
    ground.platform.answers.extend([(401, fault("900901"), b"")] * 2)
    async with ground.lgsp() as carrier:
        error = await failure(carrier)
    assert isinstance(error, NothingLeft)
    assert error.code == "platform_token_refused"
    assert (len(ground.platform.calls), len(ground.platform.logins)) == (2, 2)


async def test_a_refusal_of_the_agencys_own_is_no_matter_of_the_token(
    ground: Ground,
) -> None:
    ground.platform.answers.append((401, b'{"loi":"sai mat khau"}', b""))
    async with ground.lgsp() as carrier:
        answer = await carrier.send("POST", "/in", timeouts=PATIENT)
    assert answer.status == 401
    assert (len(ground.platform.calls), len(ground.platform.logins)) == (1, 1)


async def test_the_token_call_follows_the_day_and_tries_the_other_form_once(
    ground: Ground,
) -> None:
    form_from = date(2026, 3, 11)
    async with Agency(ground.platform.play) as agency:
        http = HTTPCarrier(f"http://127.0.0.1:{agency.port}")
        keeper = ground.keeper(http, form_from)
        ground.platform.wants = Encoding.JSON
        first = await keeper.token()
        assert len(ground.platform.logins) == 1
        # The platform changes a day sooner than it said.
        ground.platform.wants = Encoding.FORM
        second = await keeper.refused(first)
        assert (len(ground.platform.logins), ground.told) == (3, [Encoding.FORM])
        # What worked is asked first from now on, and told no more.
        await keeper.refused(second)
        assert (len(ground.platform.logins), ground.told) == (4, [Encoding.FORM])
        await http.close()
    json_call, *_, form_call = ground.platform.logins
    assert json_call.endswith(b'{"grant_type":"client_credentials"}')
    assert form_call.endswith(b"grant_type=client_credentials")
    basic_of_both = b"Authorization: Basic " + base64.b64encode(b"khoa:mat-khau-mau")
    assert basic_of_both in head(json_call)
    assert basic_of_both in head(form_call)


async def test_the_day_of_change_begins_at_midnight_in_vietnam(ground: Ground) -> None:
    async with Agency(ground.platform.play) as agency:
        http = HTTPCarrier(f"http://127.0.0.1:{agency.port}")
        keeper = ground.keeper(http, date(2026, 3, 11))
        ground.clock.set(datetime(2026, 3, 10, 17, 0, tzinfo=UTC))
        await keeper.token()
        await http.close()
    assert (len(ground.platform.logins), ground.told) == (1, [])


# ----------------------------------------------------------------- what comes back


@pytest.mark.parametrize(
    ("status", "code", "kind", "ours"),
    [
        (503, "101503", NothingLeft, "platform_agency_unreachable"),
        (503, "700700", NothingLeft, "platform_service_closed"),
        (403, "900908", NeedsConfiguration, "platform_forbidden"),
        (404, "404", NeedsConfiguration, "platform_service_unknown"),
        (429, "900805", NeedsConfiguration, "platform_barred"),
        (504, "101504", MayHaveLeft, "platform_no_answer"),
        (500, "999999", MayHaveLeft, "platform_fault"),
    ],
)
async def test_what_the_platform_says_is_told_by_what_it_proves(
    ground: Ground, status: int, code: str, kind: type[DeliveryError], ours: str
) -> None:
    ground.platform.answers.append((status, fault(code), b""))
    async with ground.lgsp() as carrier:
        error = await failure(carrier)
    assert (type(error), error.code) == (kind, ours)
    assert error.remedy
    assert "ma-1" not in f"{error} {error.detail} {error.remedy}"
    assert len(ground.platform.calls) == 1


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        (b"Retry-After: 45", 45.0),
        (b"Retry-After: Tue, 10 Mar 2026 01:31:00 GMT", 60.0),
        # The platform's clock is an hour fast.
        (FAST, 60.0),
    ],
)
async def test_a_throttled_call_says_when_to_come_back(
    ground: Ground, header: bytes, wait_s: float
) -> None:
    ground.platform.answers.append((429, fault("900800"), header + b"\r\n"))
    async with ground.lgsp() as carrier:
        error = await failure(carrier)
    assert isinstance(error, NothingLeft)
    assert (error.code, error.retry_after_s) == ("platform_busy", wait_s)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>dang nhap</html>"),
        (200, b""),
        (200, b'{"da'),
        (500, b"loi"),
        (302, b""),
    ],
)
async def test_what_is_not_the_platforms_reaches_the_dialect(
    ground: Ground, status: int, body: bytes
) -> None:
    ground.platform.answers.append((status, body, b""))
    async with ground.lgsp() as carrier:
        answer = await carrier.send("POST", "/in", timeouts=PATIENT)
    assert (answer.status, answer.body) == (status, body)


async def test_a_page_that_repeats_the_request_gives_no_secret_away(
    ground: Ground,
) -> None:
    shown = ACCESS.header()["lgspaccesstoken"]
    page = f"<h1>500</h1> Authorization: Bearer ma-1 lgspaccesstoken: {shown}"
    ground.platform.answers.append((500, page.encode(), b""))
    async with ground.lgsp() as carrier:
        answer = await carrier.send("POST", "/in", timeouts=PATIENT)
    assert answer.body == b"<h1>500</h1> Authorization: Bearer *** lgspaccesstoken: ***"


async def test_a_platform_that_is_not_there_is_no_silence_of_the_agency(
    ground: Ground,
) -> None:
    nobody = f"http://127.0.0.1:{closed_port()}"
    async with ground.lgsp(origin=nobody) as carrier:
        error = await failure(carrier)
    assert isinstance(error, NothingLeft)
    assert error.code == "platform_session_unavailable"
    async with ground.xroad() as carrier_2:
        carrier_2._http = HTTPCarrier(nobody)
        error = await failure(carrier_2)
    assert isinstance(error, NothingLeft)
    assert (error.code, error.reason) == ("platform_unreachable", "connect")


async def test_an_account_that_the_platform_refuses_waits_for_its_operators(
    ground: Ground,
) -> None:
    async def refusing(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.answer(401, b'{"error":"invalid_client"}')

    async with Agency(refusing) as agency:
        http = HTTPCarrier(f"http://127.0.0.1:{agency.port}")
        with pytest.raises(NeedsConfiguration) as refused:
            await ground.keeper(http).token()
        await http.close()
    assert refused.value.code == "platform_login_refused"
    assert "nền tảng" in refused.value.remedy


async def test_an_answer_lost_on_the_way_leaves_the_fate_open(ground: Ground) -> None:
    async def lose(peer: Peer) -> None:
        whole = await peer.request()
        if b"/token" in whole.split(b"\r\n")[0]:
            await ground.platform._give_token(peer, whole)
            return
        peer.reset()

    ground.platform.play = lose  # type: ignore[method-assign]
    async with ground.lgsp() as carrier:
        error = await failure(carrier)
    assert isinstance(error, MayHaveLeft)


# ------------------------------------------------------------------------- files


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ("https://dat-dai.mau.example/noi-bo/tep/1.pdf?k=2", "/tep/1.pdf?k=2"),
        ("/tep/1.pdf", "/tep/1.pdf"),
        ("tep/1.pdf", "tep/1.pdf"),
    ],
)
async def test_a_link_below_the_agencys_own_address_is_followed_over_the_platform(
    ground: Ground, link: str, path: str
) -> None:
    ground.platform.answers.append((200, b"%PDF" + b"x" * 100_000, b""))
    async with ground.lgsp() as carrier:
        found = carrier.destination.path_of(link)
        assert found == path
        async with carrier.receive(found, timeouts=PATIENT) as stream:
            content = b"".join([piece async for piece in stream.chunks()])
    assert len(content) == 100_004
    target = head(ground.platform.calls[0])[0].split()[1]
    assert target == b"/datdai-mau/1.0/" + path.lstrip("/").encode()


@pytest.mark.parametrize(
    "link",
    [
        "https://dat-dai.mau.example/khac/1.pdf",
        "https://other.example/noi-bo/1.pdf",
        "https://dat-dai.mau.example/noi-bo/../1.pdf",
        "file:///etc/passwd",
    ],
)
async def test_any_other_link_is_refused(ground: Ground, link: str) -> None:
    async with ground.lgsp() as carrier:
        with pytest.raises(AddressRefused):
            carrier.destination.path_of(link)


async def test_a_file_is_asked_for_again_with_another_token_and_faults_are_no_files(
    ground: Ground,
) -> None:
    answers = ground.platform.answers
    page = b"<html>ket qua</html>"
    answers.extend([(401, fault("900904"), b""), (200, page, b"")])
    async with ground.lgsp() as carrier:
        async with carrier.receive("/tep", timeouts=PATIENT) as stream:
            assert stream.status == 200
            assert b"".join([piece async for piece in stream.chunks()]) == page
        assert len(ground.platform.logins) == 2
        answers.append((504, fault("101504"), b""))
        with pytest.raises(MayHaveLeft):
            async with carrier.receive("/tep", timeouts=PATIENT):
                pass
        answers.append((404, b'{"loi":1}', b""))
        async with carrier.receive("/tep", timeouts=PATIENT) as stream:
            assert (stream.status, stream.times.total_ms is not None) == (404, True)
