"""Land offices of both dialects in one gateway: the journey does not see which is which."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.journeys.test_callbacks import CORRECTION, progress, quiet_world
from tests.journeys.test_platforms import BEHIND_LGSP, LGSP
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from tests.world import Heard

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NAMES = ("01-chuyen-nhuong-thuong", "47-ilis-chuyen-nhuong", "48-ilis-bo-sung")
USUAL, OTHER, ENDING = (
    "H00.01-260309-0001",
    "H00.01-260309-0047",
    "H00.01-260310-0048",
)
AT_ILIS = {"area": {"commune": "99105"}}
NUMBERS = ("H00.01-260310-9471", "H00.01-260310-9472")


def heard_at(world: World, place: str) -> list[Heard]:
    """Calls of one land system's own operations, in order."""
    return [one for one in world.heard if one.url.startswith(f"POST {place}/")]


def logins(world: World) -> int:
    return sum(one.url == "POST /ilis/token" for one in world.heard)


async def test_offices_of_two_dialects_stand_side_by_side(tmp_path: Path) -> None:
    async with World(tmp_path / "run", examples=NAMES, configure=quick) as world:
        expected = [await world.feed(name) for name in NAMES]
        await world.settle()
        verdicts = [await world.judge(one) for one in expected]
        assert [(v.name, v.differences) for v in verdicts] == [(n, []) for n in NAMES]
        # One-stop, tax and the citizen see no difference.
        assert world.told(OTHER) == world.told(USUAL) != []
        shown = [await world.shown(number) for number in (USUAL, OTHER)]
        legs = [[(leg["name"], leg["state"]) for leg in one["legs"]] for one in shown]
        assert legs[0] == legs[1]

        there, here = heard_at(world, "/vbdlis"), heard_at(world, "/ilis")
        assert {one.url for one in there} == {
            "POST /vbdlis/tiepnhan",
            "POST /vbdlis/thongbaohoanthanhnvtc",
            "POST /vbdlis/capnhattrangthaitraketquahoso",
        }
        assert {one.url for one in here} == {
            *("POST /ilis/token", "POST /ilis/TiepNhanHoSo"),
            *("POST /ilis/BoSungHoSo", "POST /ilis/thongbaohoanthanhnvtc"),
            *("POST /ilis/CapNhatTrangThaiHoSo", "POST /ilis/phanhoihososaiketqua"),
        }
        assert not [one for one in there if "Authorization" in one.headers]
        messages = [one for one in here if not one.url.endswith("/token")]
        assert all(m.headers["Authorization"].startswith("Bearer ") for m in messages)


async def test_a_session_that_ended_is_one_attempt_and_no_second_sending(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", examples=NAMES[2:], configure=quick) as world:
        await world.feed(NAMES[2])
        await world.settle()
        for kind, operation in (
            ("hand_over", "TiepNhanHoSo"),
            ("result_wrong", "phanhoihososaiketqua"),
        ):
            (sent,) = await world.transfers(ENDING, kind)
            assert (sent["state"], sent["attempts"]) == ("delivered", 1), kind
            heard = [h.body for h in world.heard if h.url == f"POST /ilis/{operation}"]
            assert len(heard) == 2, kind
            assert heard[0] == heard[1], kind
            assert len(world.effects(ENDING, "land_registry", kind)) == 1, kind


async def test_a_token_outlives_the_process_and_stands_nowhere_in_the_open(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with quiet_world(tmp_path, *NUMBERS) as world:
        for number in NUMBERS:
            await world.submit(a_dossier(number, **CORRECTION, **AT_ILIS))
            await world.pass_hours(0.1)
            assert world.effects(number, "land_registry", "hand_over"), number
            await world.stop_gateway()
            await world.start_gateway()
        assert logins(world) == 1
        (first, *_) = (h for h in world.heard if h.url == "POST /ilis/TiepNhanHoSo")
        secrets = [
            first.headers["Authorization"].removeprefix("Bearer "),
            *(
                world.stage.secrets.value(f"land-mau-3.ilis.{what}")
                for what in ("client", "account")
            ),
        ]
        addresses = " ".join(one.url for one in world.heard)
        logged = capfd.readouterr()
        kept = b"".join(
            path.read_bytes()
            for path in world.stage.run_dir.rglob("*")
            if path.is_file() and "keys" not in path.parts and path.suffix != ".json"
        )
        assert len(kept) > 10_000
        for secret in secrets:
            assert secret not in f"{addresses}{logged.out}{logged.err}"
            assert secret.encode() not in kept


def behind_a_platform(config: Path) -> None:
    """The office with iLIS lies behind an LGSP, at the system's second address."""
    quick(config)
    (config / "platforms.toml").write_text(LGSP, "utf-8")
    path = config / "agencies" / "land_registry.toml"
    text, mark, rest = path.read_text("utf-8").partition('dialect = "ilis"\nclient')
    assert mark
    second = f'session = false\npath = "/ilis-truc"\n{mark}'
    own, next_office, others = rest.partition("\n# ---- Chi nhánh 4")
    assert next_office
    path.write_text(f"{text}{second}{own}{BEHIND_LGSP}{next_office}{others}", "utf-8")


async def test_behind_a_platform_the_dialect_shows_no_token_of_its_own(
    tmp_path: Path,
) -> None:
    names = NAMES[1:2]
    run = tmp_path / "run"
    async with World(run, examples=names, configure=behind_a_platform) as world:
        expected = await world.feed(names[0])
        await world.settle()
        assert (await world.judge(expected)).differences == []
        assert logins(world) == 0
        posted = heard_at(world, "/ilis-truc")
        assert len(posted) == 3
        assert not [one for one in posted if "Authorization" in one.headers]
        assert len(world.book("lgsp-mau", "arrivals")) > len(posted)


async def test_an_account_that_is_refused_waits_for_a_person_with_the_reason(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBERS[0]) as world:
        await world.stop_gateway()
        path = world.stage.secrets.folder / "secrets.json"
        secrets = json.loads(path.read_text("utf-8"))
        assert "land-mau-3.ilis.account" in secrets
        wrong = {**secrets, "land-mau-3.ilis.account": "sai"}
        path.write_text(json.dumps(wrong), "utf-8")
        await world.start_gateway()
        await world.submit(a_dossier(NUMBERS[0], **CORRECTION, **AT_ILIS))
        await world.settle()
        (sent,) = await world.transfers(NUMBERS[0], "hand_over")
        assert (sent["state"], sent["cause"]) == ("parked", "login_refused")
        assert world.effects(NUMBERS[0], "land_registry", "hand_over") == []


@pytest.mark.parametrize(
    ("office", "place", "taken"),
    [
        ("land-mau-3", "?CodeGet={}", True),
        ("land-mau-3", "/{}", False),
        ("land-mau-3", "?SecurityCode={}", False),
        ("land-mau-1", "/{}", True),
        ("land-mau-1", "?CodeGet={}", False),
    ],
)
async def test_a_callback_is_let_in_where_its_dialect_puts_the_secret(
    tmp_path: Path, office: str, place: str, *, taken: bool
) -> None:
    area: dict[str, Any] = AT_ILIS if office == "land-mau-3" else {}
    async with quiet_world(tmp_path, NUMBERS[0]) as world:
        await world.submit(a_dossier(NUMBERS[0], **CORRECTION, **area))
        await world.pass_hours(0.1)
        secret = world.stage.secrets.value(f"{office}.callback")
        base = f"{world.stage.url('agencies')}/callbacks/{office}/ChuyenHoSo"
        said = progress(NUMBERS[0], 11, "2026-03-10T02:00:00")
        async with (
            aiohttp.ClientSession() as session,
            session.post(base + place.format(secret), json=said) as answer,
        ):
            assert answer.status == (200 if taken else 404)
            told = await answer.json() if taken else {"Result": 0}
        assert told["Result"] == int(taken)
