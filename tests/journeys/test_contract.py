"""What the gateway really answers and sends is what its schema files say."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from gateway.api.description import SCHEMAS
from gateway.validation.json_schema import JSONSchemaCatalogue
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
NUMBER = "H00.01-260310-0801"
CATALOGUE = JSONSchemaCatalogue.load(SCHEMAS)


def wrong(name: str, value: object) -> list[str]:
    """What a schema of the one-stop interface says against a value."""
    errors = CATALOGUE.errors(f"urn:lienthong:schema:one_stop:{name}:1", value)
    return [f"{error.pointer}: {error.message_en}" for error in errors]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One dossier that has gone all its way."""
    folder = tmp_path_factory.mktemp("contract") / "run"
    world = World(folder, configure=quick)
    world.scenario(NUMBER, tax={"notices_after_h": 1, "pay_after_h": 8})
    async with world:
        accepted = await world.submit(a_dossier(NUMBER))
        assert (accepted.status, wrong("acceptance", accepted.body)) == (202, [])
        await world.settle()
        await world.seal()
        yield world


async def test_the_description_is_served(world: World) -> None:
    served = await world.call("GET", "/openapi.json", role="")
    assert served.status == 200
    assert served.body["openapi"].startswith("3.1.")
    body = served.body["paths"]["/v1/dossiers"]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/dossier"}


async def test_a_summary_is_as_described_by_whatever_number_it_is_asked(
    world: World,
) -> None:
    shown = await world.shown(NUMBER)
    asked = [
        shown["id"],
        *(n["value"] for n in shown["numbers"] if "/" not in n["value"]),
    ]
    found = [await world.call("GET", f"/v1/dossiers/{n}/summary") for n in asked]
    for summary in found:
        assert (summary.status, wrong("summary", summary.body)) == (200, [])
    assert len({summary.content for summary in found}) == 1


async def test_the_feed_is_as_described(world: World) -> None:
    feed = await world.call("GET", "/v1/events")
    assert len(feed.body["events"]) >= 5
    assert wrong("events", feed.body) == []


async def test_every_status_event_is_as_described_and_tells_one_sentence(
    world: World,
) -> None:
    sent = [json.loads(h.body) for h in world.heard if h.url.endswith("/status")]
    events = [json.loads(base64.b64decode(one["payload"])) for one in sent]
    assert len(events) >= 5
    for one, event in zip(sent, events, strict=True):
        assert wrong("status-webhook", one) == []
        assert wrong("status-event", event) == []
        assert event["sentence"].endswith(".")
        assert event["number"] == NUMBER
    assert [event["portal_code"] for event in events] == [4, 4, 6, 4, 9, 9]
    assert [len(event["results"]) for event in events] == [0, 0, 0, 0, 0, 1]


async def test_problems_are_as_described(world: World) -> None:
    problems = [
        await world.call("GET", "/v1/dossiers/khong-co"),
        await world.call("GET", "/v1/khong-co"),
        await world.call("GET", "/v1/events", role=""),
        await world.call("GET", "/v1/events?after=x"),
        await world.call("POST", "/v1/dossiers", {"number": 1}),
        await world.call(
            "POST", "/v1/dossiers", a_dossier(NUMBER, due_on="2026-05-05")
        ),
        await world.call("POST", "/v1/configuration", {}),
    ]
    assert [p.status for p in problems] == [404, 404, 401, 400, 422, 409, 403]
    for problem in problems:
        assert wrong("problem", problem.body) == []


async def test_results_can_be_fetched_by_the_link_that_the_event_names(
    world: World,
) -> None:
    sent = [json.loads(h.body) for h in world.heard if h.url.endswith("/status")]
    last = json.loads(base64.b64decode(sent[-1]["payload"]))
    shown = await world.call("GET", f"/v1/dossiers/{NUMBER}/summary")
    (result,) = shown.body["results"]
    path = f"/v1/dossiers/{last['dossier_id']}/results/{result['id']}"
    fetched = await world.call("GET", path)
    assert fetched.content.startswith(b"%PDF")
    assert len(fetched.content) == result["size_bytes"]
    assert fetched.headers["Content-Disposition"] == "attachment"
    assert (await world.call("GET", path, role="")).status == 401
