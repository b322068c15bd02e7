"""A land office behind a sharing platform: what the platform does on the way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(150),
    pytest.mark.asyncio(loop_scope="module"),
]
NUMBER = "H00.01-260310-0301"
LGSP = """
[[platform]]
id = "lgsp-mau"
name = "Nền tảng chia sẻ dữ liệu tỉnh Mẫu (giả lập)"
kind = "lgsp"
secrets = "lgsp-mau"
form_from = 2026-03-11
app_name = "Cong lien thong mau"
partner_code = "H00.01"
"""
BEHIND_LGSP = """
[office.platform]
by = "lgsp-mau"
prefix = "/datdai-mau/1.0"
partner_code_called = "H00.02"
"""
EXCHANGE = """
[[platform]]
id = "truc-mau"
name = "Trục liên thông quốc gia (giả lập)"
kind = "xroad_adapter"
dstcode_in = "query"
"""
#: On the exchange the prefix stays in the path: it is the dialect's own.
BEHIND_EXCHANGE = """
[office.platform]
by = "truc-mau"
prefix = "/vbdlis"
dstcode = "VN:GOV:000.00.00.X99:datdai"
"""


def behind(platform: str, office: str) -> Any:
    """A configuration in which land-mau-2 lies behind a platform."""

    def configure(config: Path) -> None:
        quick(config)
        (config / "platforms.toml").write_text(platform, "utf-8")
        land = config / "agencies" / "land_registry.toml"
        text = land.read_text("utf-8")
        text, end, rest = text.partition("# ---- Chi nhánh 3")
        first, mark, second = text.partition('id = "land-mau-2"')
        if "truc-mau" in platform:
            second = second.replace("[office.land]\n", '[office.land]\npath = ""\n', 1)
        land.write_text(first + mark + second + office + end + rest, "utf-8")

    return configure


def dossier(number: str = NUMBER) -> dict[str, Any]:
    return a_dossier(number, area={"commune": "99103"}, units={"intake": "H00.20.02"})


def fault(do: str, nth: int, **more: Any) -> dict[str, Any]:
    row = {"platform": "lgsp-mau", "service": "land-mau-2", "do": do, "nth": nth}
    return {**row, **more}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One dossier to its end over an LGSP on which much goes wrong."""
    configure = behind(LGSP, BEHIND_LGSP)
    world = World(tmp_path_factory.mktemp("lgsp") / "run", configure=configure)
    world.scenario(NUMBER, tax={"notices_after_h": 1, "pay_after_h": 8})
    world.faults = [
        fault("throttled", 1),
        fault("not_reached", 2),
        fault("lose_answer", 3),
        fault("token_dies", 5),
        fault("html_200", 6),
    ]
    async with world:
        assert (await world.submit(dossier())).status == 202
        await world.settle()
        yield world


def calls(world: World, name: str = "arrivals") -> list[dict[str, Any]]:
    """Lines of one of the platform's books."""
    return world.book("lgsp-mau", name)


async def test_a_dossier_behind_a_platform_comes_to_its_end(world: World) -> None:
    shown = await world.shown(NUMBER)
    assert shown["end"] == "finished"
    assert {t["state"] for t in shown["transfers"]} <= {"delivered", "answered"}


@pytest.mark.parametrize("kind", ["hand_over", "paid", "result_handed"])
async def test_every_message_takes_effect_once_whatever_the_platform_did(
    world: World, kind: str
) -> None:
    assert len(world.effects(NUMBER, "land_registry", kind)) == 1


async def test_what_the_platform_proved_not_taken_is_told_in_its_own_words(
    world: World,
) -> None:
    (handed,) = await world.transfers(NUMBER, "hand_over")
    history = (await world.history(handed))["history"]
    assert [(one["outcome"], one["code"]) for one in history] == [
        ("not_delivered", "platform_busy"),
        ("not_delivered", "platform_agency_unreachable"),
        ("unknown", "delivery_unknown"),
        ("duplicate", "already_there"),
    ]


async def test_a_token_that_dies_costs_one_login_and_no_attempt(world: World) -> None:
    (paid,) = await world.transfers(NUMBER, "paid")
    history = (await world.history(paid))["history"]
    # One attempt is the call that died with its token and the same message again,
    # whose answer is a sign-in page: no success, whatever the office has.
    assert [(one["outcome"], one["code"]) for one in history] == [
        ("contract_broken", "agency_broke_contract"),
        ("delivered", "accepted"),
    ]
    answers = [(one["kind"], one["facts"]["name"]) for one in calls(world, "answers")]
    at = answers.index(("land-mau-2", "token_refused"))
    assert answers[at : at + 4] == [
        ("land-mau-2", "token_refused"),
        ("token", "issued"),
        ("land-mau-2", "html_200"),
        ("land-mau-2", "agency"),
    ]
    said = [one["facts"]["sha256"] for one in calls(world)[at : at + 4]]
    assert said[0] == said[2] == said[3]


async def test_the_token_call_changes_its_form_on_the_announced_day(
    world: World,
) -> None:
    answers = [one["facts"]["name"] for one in calls(world, "answers")]
    assert "wrong_encoding" not in answers
    logins = [one for one in calls(world) if one["kind"] == "token"]
    lengths = {one["at"] < "2026-03-10T17:00": one["facts"]["bytes"] for one in logins}
    assert lengths == {True: 35, False: 29}


async def test_a_result_that_the_office_offers_by_link_comes_over_the_platform(
    world: World,
) -> None:
    got = [one for one in calls(world) if one["facts"]["method"] == "GET"]
    assert len(got) == 1
    assert len((await world.shown(NUMBER))["results"]) == 1


async def test_nothing_of_the_gateways_own_reaches_the_office(world: World) -> None:
    heard = [one for one in world.heard if one.agency == "land_registry"]
    posted = [one for one in heard if one.url.startswith("POST /vbdlis/")]
    assert posted
    for one in posted:
        names = {name.lower() for name in one.headers}
        assert not names & {"authorization", "lgspaccesstoken", "cookie"}
        assert names >= {"content-type", "accept"}


async def test_no_secret_lies_in_the_store_a_log_or_an_answer(world: World) -> None:
    secrets = [
        world.stage.secrets.value(f"lgsp-mau.{name}")
        for name in ("consumer_key", "consumer_secret", "access_key", "access_secret")
    ]
    assert len({*secrets}) == 4
    store = (world.stage.run_dir / "store.sqlite").read_bytes()
    store += (world.stage.run_dir / "store.sqlite-wal").read_bytes()
    assert b"platform/lgsp-mau@http://127.0.0.1:" in store
    shown = json.dumps(await world.shown(NUMBER)).encode()
    for secret in secrets:
        assert secret.encode() not in store + shown


@pytest.mark.asyncio(loop_scope="function")
async def test_the_national_exchange_carries_a_dossier_the_same_way(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", configure=behind(EXCHANGE, BEHIND_EXCHANGE))
    world.scenario(NUMBER, tax={"notices_after_h": 1, "pay_after_h": 8})
    rows = ("agency_not_reached", "other_error", "service_disabled")
    world.faults = [
        {"platform": "truc-mau", "do": do, "nth": nth, "after": do == "other_error"}
        for nth, do in enumerate(rows, 1)
    ]
    async with world:
        assert (await world.submit(dossier())).status == 202
        await world.settle()
        assert (await world.shown(NUMBER))["end"] == "finished"
        (handed,) = await world.transfers(NUMBER, "hand_over")
        history = (await world.history(handed))["history"]
        assert [one["code"] for one in history] == [
            "platform_agency_unreachable",
            "platform_fault",
            "platform_service_closed",
            "already_there",
        ]
        assert len(world.effects(NUMBER, "land_registry", "hand_over")) == 1


def behind_two(config: Path) -> None:
    """One branch behind an LGSP, the other behind another one."""
    behind(LGSP, BEHIND_LGSP)(config)
    second = LGSP.replace("lgsp-mau", "lgsp-hai").replace("2026-03-11", "2026-03-01")
    (config / "platforms.toml").write_text(LGSP + second, "utf-8")
    land = config / "agencies" / "land_registry.toml"
    text, mark, rest = land.read_text("utf-8").partition("# ---- Chi nhánh 2")
    assert mark
    other = BEHIND_LGSP.replace("lgsp-mau", "lgsp-hai")
    land.write_text(f"{text}{other}\n{mark}{rest}", "utf-8")


@pytest.mark.asyncio(loop_scope="function")
async def test_two_platforms_of_one_kind_stand_side_by_side(tmp_path: Path) -> None:
    other = "H00.01-260310-0302"
    world = World(tmp_path / "run", configure=behind_two)
    async with world:
        assert (await world.submit(dossier())).status == 202
        first = a_dossier(other, area={"commune": "99101"})
        assert (await world.submit(first)).status == 202
        await world.pass_hours(0.5)
        for number in (NUMBER, other):
            assert len(world.effects(number, "land_registry", "hand_over")) == 1
        for name, office in (("lgsp-mau", "land-mau-2"), ("lgsp-hai", "land-mau-1")):
            served = {one["kind"] for one in world.book(name, "forwarded")}
            assert served == {office}
            tokens = [c for c in world.book(name, "answers") if c["kind"] == "token"]
            assert [one["facts"]["name"] for one in tokens] == ["issued"]


@pytest.mark.asyncio(loop_scope="function")
async def test_a_platform_that_refuses_names_its_operators_to_whoever_looks(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", configure=behind(LGSP, BEHIND_LGSP))
    world.faults = [fault("forbidden", 1, every=True)]
    async with world:
        assert (await world.submit(dossier())).status == 202
        await world.settle()
        (handed,) = await world.transfers(NUMBER, "hand_over")
        assert (handed["state"], handed["fate"]) == ("parked", "not_left")
        shown = await world.history(handed)
        text = json.dumps(shown, ensure_ascii=False)
        assert "chưa cho cổng gọi dịch vụ" in text
        assert "đơn vị vận hành nền tảng" in text
        assert world.arrivals(NUMBER, "land_registry", "hand_over") == []
