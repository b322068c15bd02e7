"""Odd bodies and parameters on every operation: a problem in words, never a failure."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from gateway.domain.transfer import State
from tests.journeys.test_callbacks import finish, progress, supplement_request
from tests.journeys.test_opened_by_office import opened
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LAND = "land-mau-1"
pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
NUMBER = "H00.01-260310-0901"
LATER = "H00.01-260310-0903"
ODD: list[Any] = [
    0,
    -1,
    2**63,
    10**40,
    1.5,
    True,
    "",
    " ",
    "\x00",
    "\u202e\ufeff",
    "x" * 100_000,
    "' OR 1=1 --",
    "../../etc/passwd",
    "2026-02-31",
    "9999-12-31T23:59:59+14:00",
    "0001-01-01T00:00:00-14:00",
    [],
    [[]],
    {},
    {"a": {"b": []}},
    [None],
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A dossier that its office has and says nothing about; a later one will be such."""
    folder = tmp_path_factory.mktemp("odd") / "run"
    world = World(folder, configure=quick)
    silent = [{"on": "never", "send": "ChuyenHoSo"}]
    for number in (NUMBER, LATER):
        world.scenario(number, land_registry={"step": silent})
    async with world:
        await world.submit(a_dossier(NUMBER, procedure="1.999003", case="DC-01"))
        await world.settle()
        yield world


def _label(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) < 30 else f"{text[:20]}… of {len(text)}"


@pytest.mark.parametrize("odd", ODD, ids=_label)
async def test_an_odd_value_anywhere_in_a_dossier_is_said_in_words(
    world: World, odd: Any
) -> None:
    good = a_dossier(
        "H00.01-260310-0902",
        certificate={"serial": "MM 1"},
        round=1,
        case="DC-01",
        encoding="Unicode",
        idempotency_key="k",
        extension={},
    )
    for field in good:
        answered = await world.call("POST", "/v1/dossiers", {**good, field: odd})
        _is_fine(answered.status, answered.body, (field, odd))
    for field in ("name", "identity", "phone", "birth", "kind"):
        applicant = {"name": "Nguyễn Văn Ví Dụ", field: odd}
        answered = await world.call(
            "POST", "/v1/dossiers", {**good, "applicant": applicant}
        )
        _is_fine(answered.status, answered.body, (field, odd))
    for field in ("name", "content", "sha256", "part", "media_type"):
        files = [{"name": "a.pdf", "content": "", field: odd}]
        papers = [{"name": "Đơn", "originals": 1, "copies": 0, "files": files}]
        answered = await world.call(
            "POST", "/v1/dossiers", {**good, "documents": papers}
        )
        _is_fine(answered.status, answered.body, (field, odd))


def _is_fine(status: int, body: dict[str, Any], about: object) -> None:
    assert status < 500, about
    if status >= 400:
        assert body["remedy"], about


@pytest.mark.parametrize("odd", ODD, ids=_label)
async def test_an_odd_value_in_an_act_of_the_counter_is_said_in_words(
    world: World, odd: Any
) -> None:
    acts: dict[str, dict[str, Any]] = {
        "supplements": {"note": "a", "documents": [], "new_due_on": "2026-05-01"},
        "handed-out": {"on": "2026-03-11"},
        "result-wrong": {"content": "a", "documents": []},
    }
    for path, good in acts.items():
        for field in (*good, "idempotency_key", "la"):
            answered = await world.call(
                "POST", f"/v1/dossiers/{NUMBER}/{path}", {**good, field: odd}
            )
            _is_fine(answered.status, answered.body, (path, field, odd))
            assert answered.status >= 400, (path, field, odd)
    wrong = await world.call(
        "POST", f"/v1/dossiers/{NUMBER}/withdrawal", {"reason": "a", "la": odd}
    )
    _is_fine(wrong.status, wrong.body, odd)
    assert wrong.status == 422
    for body in ({"q": odd}, {"la": odd}):
        answered = await world.call("POST", "/v1/find", body)
        _is_fine(answered.status, answered.body, body)
    for act in ("settle", "assign"):
        for body in ({"reason": odd, "number": NUMBER}, {"reason": "a", "number": odd}):
            path = f"/v1/unmatched/r_khong_co/{act}"
            answered = await world.call("POST", path, body, role="operator")
            _is_fine(answered.status, answered.body, (act, body))
            assert answered.status >= 400, (act, body)
    explained = await world.call("POST", "/v1/route/explain", {"number": odd})
    _is_fine(explained.status, explained.body, odd)
    assert explained.status == 422


@pytest.mark.parametrize("odd", ODD, ids=_label)
async def test_an_odd_value_in_a_land_offices_message_is_answered_in_its_own_shape(
    world: World, odd: Any
) -> None:
    at = "2026-03-10T02:00:00"
    unknown = "26-0404/BN"
    messages = {
        "ChuyenHoSo": progress(unknown, 12, at),
        "YeuCauBoSungHoSo": supplement_request(unknown, at),
        "KetThucHoSo": finish(unknown, at),
        "TiepNhanHoSoChoMotCua": opened(
            SoBienNhan=unknown, ThongTinQuyTrinh={"MaQuyTrinh": "?", "TenQuyTrinh": "?"}
        ),
    }
    for operation, good in messages.items():
        for field in (*good, "La"):
            answered = await world.push(operation, {**good, field: odd})
            assert answered.status == 200, (operation, field, odd)
            assert answered.body["Result"] in {0, 1}, (operation, field, odd)
    files = [{"name": "a.xml", "data": odd}]
    said = {**progress(unknown, 13, at), "DanhSachTapTin": files}
    answered = await world.push("ChuyenHoSo", said)
    assert answered.body["Result"] in {0, 1}


@pytest.mark.parametrize(
    "path",
    [
        "/v1/dossiers?state=khong-co",
        "/v1/dossiers?after=%00",
        "/v1/dossiers?limit=0",
        "/v1/dossiers?limit=-3",
        "/v1/transfers?state=khong-co",
        "/v1/transfers?state=",
        "/v1/transfers?limit=0",
        "/v1/transfers?limit=-1",
        "/v1/transfers?office=khong-co",
        "/v1/transfers/%00",
        "/v1/dossiers/%00",
        "/v1/dossiers/%F0%9F%98%80",
        "/v1/dossiers/%ff%fe",
        f"/v1/dossiers/{'x' * 5000}",
        "/v1/still?limit=0",
        "/v1/still?after=khong-co",
        "/v1/unmatched?after=khong-co",
        "/v1/events?after=9223372036854775807",
        "/v1/events?after=9999999999999999999999",
        "/v1/lanes/khong-co/pause",
    ],
)
async def test_an_odd_parameter_is_said_in_words(world: World, path: str) -> None:
    answered = await world.call("GET", path, role="operator")
    _is_fine(answered.status, answered.body, path)


@pytest.mark.parametrize(
    ("path", "states"),
    [
        ("/v1/dossiers?state=finished", "open, ended, unrouted"),
        ("/v1/transfers?state=parked,stuck", "parked"),
    ],
)
async def test_a_state_that_there_is_not_is_refused_and_those_that_are_named(
    world: World, path: str, states: str
) -> None:
    """Where it was passed over, a list showed what nobody had asked for."""
    answered = await world.call("GET", path, role="operator")
    assert answered.status == 400
    assert states in answered.body["remedy"]


@pytest.mark.parametrize(
    ("role", "path"),
    [
        *(
            ("operator", f"/v1/{path}{mark}after={odd}")
            for path, mark in (
                *(("dossiers", "?"), ("transfers", "?"), ("unmatched", "?")),
                *(("bulk-jobs", "?"), ("proposals", "?"), ("restores/doubts", "?")),
                *(("corrections", "?"), ("closings", "?"), ("alerts", "?")),
                *(("alerts?state=ended", "&"), ("still", "?"), ("due", "?")),
                *(("objections", "?"), ("chases", "?"), ("chases?state=open", "&")),
            )
            for odd in ("zz", "x~y", "0")
        ),
        ("administrator", "/v1/journal?after=zz"),
        ("operator", "/v1/due?after=d_0123"),
        ("operator", "/v1/dossiers?after=t_0123"),
    ],
)
async def test_a_place_that_no_page_told_is_refused(
    world: World, role: str, path: str
) -> None:
    """Some lists began anew there, others ended: as if there were nothing more."""
    answered = await world.call("GET", path, role=role)
    assert (answered.status, answered.body["code"]) == (400, "request_invalid")
    assert "after" in answered.body["remedy"]


@pytest.mark.parametrize(
    ("role", "path"),
    [
        *(
            ("operator", path)
            for path in ("transfers", "proposals", "due", "objections", "chases")
        ),
        ("operator", "lateness/untold"),
        ("reader", "contacts"),
    ],
)
async def test_an_office_that_there_is_not_is_refused_and_no_empty_list(
    world: World, role: str, path: str
) -> None:
    """A code that was typed wrong was taken for an office with nothing to do."""
    answered = await world.call("GET", f"/v1/{path}?office=khong-co", role=role)
    assert (answered.status, answered.body["code"]) == (400, "office_unknown")
    there = await world.call("GET", f"/v1/{path}?office={LAND}", role=role)
    assert there.status == 200
    every = await world.call("GET", f"/v1/{path}?office=", role=role)
    assert every.status == 200


async def test_every_place_that_a_page_tells_is_taken(world: World) -> None:
    await world.submit(a_dossier(LATER, procedure="1.999003", case="DC-01"))
    await world.pass_hours(1)  # what tests before this one left may have ended
    states = ",".join(State)
    for path, rows in (
        ("/v1/dossiers?limit=1", "dossiers"),
        (f"/v1/transfers?limit=1&state={states}", "transfers"),
        ("/v1/due?limit=1&days=60", "due"),
    ):
        first = await world.call("GET", path, role="operator")
        assert first.body["after"], path
        following = quote(first.body["after"])
        second = await world.call("GET", f"{path}&after={following}", role="operator")
        assert second.status == 200, path
        assert second.body[rows] != first.body[rows], path
        empty = await world.call("GET", f"{path}&after=", role="operator")
        assert empty.body[rows] == first.body[rows], path


async def test_files_that_no_message_may_carry_are_answered_in_words(
    world: World,
) -> None:
    at = "2026-03-10T02:00:00"
    for content in (b"", b"\x00" * 10, b"PK\x03\x04zip", b"<a" * 1000):
        packed = base64.b64encode(content).decode()
        said = {
            **progress(NUMBER, 13, at),
            "DanhSachTapTin": [{"name": "phieu.xml", "data": packed}],
        }
        answered = await world.push("ChuyenHoSo", said)
        assert answered.body["Result"] in {0, 1}
    assert (await world.shown(NUMBER))["end"] == ""


async def test_after_all_that_the_dossier_stands_as_it_stood(world: World) -> None:
    shown = await world.shown(NUMBER)
    assert shown["end"] == ""
    assert world.effects(NUMBER, "land_registry", "withdraw") == []
    health = await world.call("GET", "/health", role="")
    assert (health.status, health.body["ready"]) == (200, True)
