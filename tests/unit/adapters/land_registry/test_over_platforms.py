"""The land system behind each platform, everything on real sockets: adapter, platform, mock."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.land_registry.adapter import LandRegistryAdapter
from gateway.carriers import lgsp, xroad_adapter
from gateway.carriers.carrier import Carrier
from gateway.carriers.http import HTTPCarrier
from gateway.carriers.lgsp import Access, LGSPCarrier, LGSPLogin, basic
from gateway.carriers.platform import BehindPlatform, Way, platform_error
from gateway.carriers.tokens import TokenKeeper
from gateway.carriers.xroad_adapter import XRoadAdapterCarrier
from gateway.clocks.clock import VirtualClock
from gateway.domain.attempt import Outcome
from gateway.domain.report import Reference
from gateway.mockagency.platform import serve
from gateway.ports.agency import Answer, OutboundMessage
from gateway.store.sqlite import SQLiteStore
from gateway.vault.keyring import Keyring
from gateway.vault.local import LocalVault
from tests.unit.adapters.land_registry.land import (
    NUMBER,
    OFFICE_TABLE,
    START,
    Land,
    check,
    message,
    opened,
)

TIMEOUT_S = 5.0
CODE = "VN:GOV:000.00.00.X99:datdai"
ACCESS = {
    "AccessKey": "khoa-ket-noi-mau",
    "SecretKey": "bi-mat-ket-noi-mau",
    "AppName": "Cong lien thong mau",
    "PartnerCode": "H00.96.01",
    "PartnerCodeCus": "",
}
ADAPTER = "/XrdAdapter/RestService/forward"
Json = dict[str, Any]


class Between:
    """The land system, a platform before it, and the adapter before that."""

    def __init__(self, land: Land, adapter: LandRegistryAdapter) -> None:
        self.land = land
        self.adapter = adapter

    async def submit(self, *sent: OutboundMessage) -> list[Answer]:
        batch = list(sent) or [message()]
        return [*await self.adapter.submit(batch, timeout_s=TIMEOUT_S)]


def closed() -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{found.getsockname()[1]}"


async def playing(
    stack: contextlib.AsyncExitStack, name: str, config: Json, folder: Path
) -> str:
    module = import_module(f"gateway.mockagency.platform_{name}")
    mock = module.from_config(config, folder, START)
    runner, base = await serve(mock, 0)
    stack.push_async_callback(mock.close)
    stack.push_async_callback(runner.cleanup)
    return base


async def over_lgsp(
    stack: contextlib.AsyncExitStack, base: str, folder: Path, **settings: Any
) -> Carrier:
    faults = [{"platform": "lgsp", **row} for row in settings.pop("faults", ())]
    service = {"name": "dat", "prefix": "/dat/1.0", "backends": [base]}
    told = {
        "consumer": [{"key": "khoa-mau", "secret": "bi-mat-mau"}],
        "access": ACCESS,
        "service": [service],
        **settings,
    }
    origin = await playing(stack, "lgsp", {"lgsp": told, "fault": faults}, folder)
    store = await SQLiteStore.open(folder / "store.db")
    stack.push_async_callback(store.close)
    clock = VirtualClock(START)
    tokens = HTTPCarrier(origin)
    stack.push_async_callback(tokens.close)
    login = LGSPLogin(
        tokens, basic("khoa-mau", "bi-mat-mau"),
        form_from=None, now=clock.now, told=lambda _: None,
    )  # fmt: skip
    keeper = TokenKeeper(
        "platform/lgsp", login, sessions=store,
        vault=LocalVault(Keyring.open(folder / "keys", may_create=True)),
        clock=clock, as_error=platform_error,
    )  # fmt: skip
    access = Access(
        "khoa-ket-noi-mau", "bi-mat-ket-noi-mau", "Cong lien thong mau", "H00.96.01"
    )
    return LGSPCarrier(
        HTTPCarrier(f"{origin}/dat/1.0"), BehindPlatform(f"{origin}/dat/1.0", base),
        Way(lgsp.PASSES, lgsp.MOST_BYTES), tokens=keeper, access=access, now=clock.now,
    )  # fmt: skip


async def over_xroad(
    stack: contextlib.AsyncExitStack, base: str, folder: Path, **settings: Any
) -> Carrier:
    faults = [{"platform": "xroad", **row} for row in settings.pop("faults", ())]
    in_header = settings.get("dstcode_in") == "header"
    destination = {"dstcode": CODE, "backend": base, "prefixes": ["/vbdlis"]}
    told = {"destination": [destination], **settings}
    origin = await playing(stack, "xroad", {"xroad": told, "fault": faults}, folder)
    there = f"{origin}{ADAPTER}"
    return XRoadAdapterCarrier(
        HTTPCarrier(there), BehindPlatform(there, base),
        Way(xroad_adapter.PASSES, xroad_adapter.MOST_BYTES),
        dstcode=CODE, in_header=in_header, provider_url="", now=lambda: START,
    )  # fmt: skip


WAYS = {"lgsp": over_lgsp, "xroad": over_xroad}


@contextlib.asynccontextmanager
async def between(
    platform: str, tmp_path: Path, played: Json, *, away: bool = False, **settings: Any
) -> AsyncIterator[Between]:
    """``away``: the land system has another address than the platform thinks."""
    async with (
        opened(tmp_path, played) as land,
        contextlib.AsyncExitStack() as stack,
    ):
        base = closed() if away else land.base
        carrier = await WAYS[platform](stack, base, tmp_path, **settings)
        stack.push_async_callback(carrier.close)
        yield Between(
            land,
            LandRegistryAdapter(OFFICE_TABLE, carrier, check(), now=lambda: START),
        )


def another(number: int) -> OutboundMessage:
    sent = message()
    references = tuple(
        Reference(one.agency, one.kind, f"{NUMBER[:-4]}{number:04}")
        if one.value == NUMBER
        else one
        for one in sent.references
    )
    return replace(sent, references=references)


@pytest.mark.parametrize(
    ("platform", "settings"),
    [
        ("lgsp", {}),
        ("lgsp", {"fault_shape": "xml", "token_lifetime_s": 1}),
        ("lgsp", {"faults": [{"do": "strip_all_headers", "every": True}]}),
        ("xroad", {}),
        ("xroad", {"dstcode_in": "header"}),
        ("xroad", {"faults": [{"do": "strip_all_headers", "every": True}]}),
    ],
)
async def test_a_dossier_is_handed_over_without_anything_of_the_headers(
    tmp_path: Path, played: Json, platform: str, settings: Json
) -> None:
    async with between(platform, tmp_path, played, **settings) as both:
        (answer,) = await both.submit()
        assert (answer.outcome, answer.code) == (Outcome.DELIVERED, "accepted")
        assert both.land.effects() == ["hand_over"]


@pytest.mark.parametrize("shape", ["flat", "nested", "xml"])
async def test_a_token_that_dies_in_the_middle_of_a_batch_holds_up_nothing(
    tmp_path: Path, played: Json, shape: str
) -> None:
    faults = [{"service": "dat", "do": "token_dies", "nth": 2}]
    async with between(
        "lgsp", tmp_path, played, faults=faults, fault_shape=shape
    ) as both:
        answers = await both.submit(another(1), another(2), another(3))
        assert [one.code for one in answers] == ["accepted"] * 3
        assert both.land.arrivals() == ["hand_over"] * 3
        assert both.land.effects() == ["hand_over"] * 3


async def test_a_token_that_dies_again_and_again_ends_the_attempt(
    tmp_path: Path, played: Json
) -> None:
    faults = [{"service": "dat", "do": "token_dies", "every": True}]
    async with between("lgsp", tmp_path, played, faults=faults) as both:
        (answer,) = await both.submit()
        assert answer.outcome is Outcome.NOT_DELIVERED
        assert answer.code == "platform_token_refused"
        assert both.land.arrivals() == []


STRANGE = ["html_200", "empty_200", "half_json"]


@pytest.mark.parametrize("platform", WAYS)
@pytest.mark.parametrize("do", STRANGE)
@pytest.mark.parametrize("after", [False, True])
async def test_what_proves_nothing_is_never_success(
    tmp_path: Path, played: Json, platform: str, do: str, after: bool
) -> None:
    service = "dat" if platform == "lgsp" else CODE
    faults = [{"service": service, "do": do, "nth": 1, "after": after}]
    async with between(platform, tmp_path, played, faults=faults) as both:
        (answer,) = await both.submit()
        assert answer.outcome in {Outcome.CONTRACT_BROKEN, Outcome.UNKNOWN}
        assert both.land.arrivals() == ["hand_over"] * after


@pytest.mark.parametrize("platform", WAYS)
@pytest.mark.parametrize("do", ["lose_answer", "reset"])
async def test_an_answer_that_is_lost_leaves_the_fate_open(
    tmp_path: Path, played: Json, platform: str, do: str
) -> None:
    service = "dat" if platform == "lgsp" else CODE
    faults = [{"service": service, "do": do, "nth": 1}]
    async with between(platform, tmp_path, played, faults=faults) as both:
        (answer,) = await both.submit()
        assert answer.outcome is Outcome.UNKNOWN
        assert both.land.arrivals() == ["hand_over"] * (do == "lose_answer")


@pytest.mark.parametrize("platform", WAYS)
async def test_a_land_system_that_is_down_has_taken_nothing(
    tmp_path: Path, played: Json, platform: str
) -> None:
    async with between(platform, tmp_path, played, away=True) as both:
        first, second = await both.submit(another(1), another(2))
        for answer in (first, second):
            assert answer.outcome is Outcome.NOT_DELIVERED
            assert answer.code == "platform_agency_unreachable"
        assert both.land.arrivals() == []


@pytest.mark.parametrize("way", ["date", "seconds"])
async def test_a_throttled_call_says_how_long_to_wait(
    tmp_path: Path, played: Json, way: str
) -> None:
    settings: Json = {"retry_after": way, "calls_per_minute": 1}
    async with between("lgsp", tmp_path, played, **settings) as both:
        first, second = await both.submit(another(1), another(2))
        assert first.code == "accepted"
        assert (second.outcome, second.code) == (
            Outcome.NOT_DELIVERED,
            "platform_busy",
        )
        assert second.retry_after_s is not None
        assert 0 < second.retry_after_s <= 61
        assert both.land.arrivals() == ["hand_over"]


LGSP_SAYS = {
    "forbidden": (Outcome.NEEDS_CONFIGURATION, "platform_forbidden"),
    "unknown_service": (Outcome.NEEDS_CONFIGURATION, "platform_service_unknown"),
    "no_resource": (Outcome.NEEDS_CONFIGURATION, "platform_service_unknown"),
    "barred": (Outcome.NEEDS_CONFIGURATION, "platform_barred"),
    "blocked": (Outcome.NOT_DELIVERED, "platform_service_closed"),
    "key_check_down": (Outcome.NOT_DELIVERED, "platform_in_trouble"),
    "suspended": (Outcome.NOT_DELIVERED, "platform_agency_unreachable"),
    "no_answer": (Outcome.UNKNOWN, "platform_no_answer"),
    "broke_off": (Outcome.UNKNOWN, "platform_broke_off"),
    "other_fault": (Outcome.UNKNOWN, "platform_fault"),
    "too_large": (Outcome.NEEDS_DATA, "platform_too_large"),
}
XROAD_SAYS = {
    "unknown_destination": (
        Outcome.NEEDS_CONFIGURATION,
        "platform_destination_unknown",
    ),
    "access_denied": (Outcome.NEEDS_CONFIGURATION, "platform_forbidden"),
    "unknown_service": (Outcome.NEEDS_CONFIGURATION, "platform_service_unknown"),
    "service_disabled": (Outcome.NOT_DELIVERED, "platform_service_closed"),
    "outdated": (Outcome.NOT_DELIVERED, "platform_in_trouble"),
    "not_reached": (Outcome.NOT_DELIVERED, "platform_agency_unreachable"),
    "agency_not_reached": (Outcome.NOT_DELIVERED, "platform_agency_unreachable"),
    "no_answer": (Outcome.UNKNOWN, "platform_no_answer"),
    "network_error": (Outcome.UNKNOWN, "platform_broke_off"),
    "other_error": (Outcome.UNKNOWN, "platform_fault"),
    "adapter_timeout": (Outcome.UNKNOWN, "platform_no_answer"),
}
SAYS = [("lgsp", *one) for one in LGSP_SAYS.items()]
SAYS += [("xroad", *one) for one in XROAD_SAYS.items()]


@pytest.mark.parametrize(("platform", "do", "expected"), SAYS)
async def test_what_the_platform_says_becomes_what_it_proves(
    tmp_path: Path,
    played: Json,
    platform: str,
    do: str,
    expected: tuple[Outcome, str],
) -> None:
    service = "dat" if platform == "lgsp" else CODE
    faults = [{"service": service, "do": do, "nth": 1}]
    async with between(platform, tmp_path, played, faults=faults) as both:
        answer, after = await both.submit(another(1), another(2))
        assert (answer.outcome, answer.code) == expected
        assert answer.remedy
        assert after.code == "accepted"


async def test_a_platform_that_sends_twice_changes_nothing_where_repeats_count_once(
    tmp_path: Path, played: Json
) -> None:
    faults = [{"service": "dat", "do": "forward_twice", "nth": 1}]
    async with between("lgsp", tmp_path, played, faults=faults) as both:
        (answer,) = await both.submit()
        assert (answer.outcome, answer.code) == (Outcome.DUPLICATE, "already_there")
        assert both.land.effects() == ["hand_over"]
