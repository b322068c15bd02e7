"""The one-stop's collection: it is what the samples say, and every call of it works."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from scripts import one_stop_collection
from tests.nodes import rests
from tests.world import World, quick

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
COLLECTION = json.loads(one_stop_collection.FILE.read_text("utf-8"))
#: What is refused at the moment at which the run makes it, and in which words.
REFUSED = {
    "bản sửa": "already_handed_over",
    "chọn, khi được hỏi": "not_asked",
    "bổ sung, khi được yêu cầu": "no_supplement_awaited",
    "trả lời thuế, khi thuế hỏi": "no_question_open",
    "đã trả kết quả, sau mã 9": "not_finished",
    "kết quả sai, sau mã 9": "not_finished",
}


def calls() -> Iterator[dict[str, Any]]:
    for folder in COLLECTION["item"]:
        yield from folder["item"]


def test_the_collection_is_made_of_the_published_samples() -> None:
    assert one_stop_collection.FILE.read_text("utf-8") == one_stop_collection.text()


class Postman:
    """Makes the calls as Postman does: variables, token, and what a test says."""

    def __init__(self, front: str, token: str) -> None:
        """Set the two variables that a person sets."""
        self._known = {one["key"]: one["value"] for one in COLLECTION["variable"]}
        self._known |= {"CONG": front, "KHOA": token}

    def _filled(self, text: str) -> str:
        return re.sub(r"{{(\w+)}}", lambda found: self._known[found[1]], text)

    async def make(self, call: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """One call; its status has to be one that its test names."""
        request = call["request"]
        headers = {one["key"]: one["value"] for one in request["header"]}
        (bearer,) = COLLECTION["auth"]["bearer"]
        headers["Authorization"] = f"Bearer {self._filled(bearer['value'])}"
        body = request.get("body", {}).get("raw")
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request["method"],
                self._filled(request["url"]["raw"]),
                headers=headers,
                data=self._filled(body).encode() if body is not None else None,
            ) as answer,
        ):
            found = json.loads(await answer.read())
        script = "\n".join(call["event"][0]["script"]["exec"])
        told = re.search(r"oneOf\(\[([\d, ]+)\]\)", script)
        assert told, script
        codes = [int(code) for code in told[1].split(",")]
        assert answer.status in codes, (call["name"], answer.status, found)
        for name, where in re.findall(
            r'set\("(\w+)", pm.response.json\(\).([\w.]+)', script
        ):
            value = found
            for part in where.split("."):
                value = value[part]
            self._known[name] = str(value)
        return answer.status, found


async def test_who_runs_it_from_top_to_bottom_is_answered_as_it_says(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", configure=quick)
    async with world:
        token = world.stage.secrets.value("token.one_stop")
        postman = Postman(world.stage.url("front"), token)
        came = {}
        for call in calls():
            came[call["name"]] = await postman.make(call)
            # Between two calls of a person's own something happens.
            await world.pass_hours(0.1)
        (events,) = (one for one in calls() if one["name"] == "sự kiện từ đầu")
        async with asyncio.timeout(30):
            # They are numbered by real time, within a second or so.
            while not (await postman.make(events))[1]["events"]:
                await rests(0.1)
        described = (await world.call("GET", "/openapi.json")).body["paths"]
    assert came["gửi lại y nguyên: repeated"][1]["repeated"] is True
    assert len(came["gửi sai: lỗi nêu mọi trường"][1]["errors"]) > 1
    assert {
        name: body["code"] for name, (status, body) in came.items() if status == 409
    } == REFUSED
    known = {re.sub(r"{\w+}", "*", path) for path in described}
    for call in calls():
        path = "/" + "/".join(call["request"]["url"]["path"])
        assert re.sub(r"{{\w+}}", "*", path) in known
