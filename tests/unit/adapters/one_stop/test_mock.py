"""The mock one-stop behaves as its interface document says, quirks included."""

from __future__ import annotations

import base64
import copy
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from gateway.adapters.one_stop.mapping import Signer, event, sealed
from gateway.adapters.one_stop.mock import kind_of, number_of
from gateway.adapters.one_stop.mock_acts import merged
from gateway.adapters.one_stop.mock_webhook import NotTaken, key_of, read
from gateway.mockagency.calls import Call as MockCall
from tests.unit.adapters.one_stop.counterpart import (
    NUMBER,
    SECRET,
    START,
    Call,
    message,
    sample,
    stage,
)

if TYPE_CHECKING:
    from pathlib import Path

SIGNER = Signer([SECRET])


def signed(identifier: str = "t-0001", **facts: Any) -> tuple[bytes, dict[str, str]]:
    told = event(message(identifier, **facts), {}, now=START)
    return sealed(told, SIGNER, now=START)


def test_the_published_sample_is_signed_with_the_published_secret() -> None:
    body = orjson.dumps(sample("status-webhook.json"))
    delivery = read(body, key_of(SECRET))
    assert delivery.event == sample("status-event.json")


def test_a_secret_with_the_usual_prefix_is_base64() -> None:
    key = b"32 byte khoa vi du khong dung ..."
    secret = "whsec_" + base64.b64encode(key).decode()
    assert key_of(secret) == key
    told = event(message(), {}, now=START)
    body, _ = sealed(told, Signer([secret]), now=START)
    assert read(body, key).id == "t-0001"


async def test_an_event_is_verified_without_any_webhook_header(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        body, headers = signed()
        assert {"webhook-id", "webhook-timestamp", "webhook-signature"} < set(headers)
        assert await here.post(body) == (204, "")
        assert here.told == [(4, "", 1)]


@pytest.mark.parametrize("place", ["id", "timestamp", "payload", "signature"])
async def test_a_payload_changed_by_one_byte_is_refused(
    place: str, tmp_path: Path
) -> None:
    envelope = orjson.loads(signed()[0])
    if place == "payload":
        changed = base64.b64decode(envelope["payload"]).replace(b":4,", b":9,")
        assert changed != base64.b64decode(envelope["payload"])
        envelope["payload"] = base64.b64encode(changed).decode()
    elif place == "timestamp":
        envelope["timestamp"] += 1
    else:
        first = "w" if envelope[place][3] != "w" else "x"
        envelope[place] = envelope[place][:3] + first + envelope[place][4:]
    async with stage(tmp_path) as here:
        assert await here.post(orjson.dumps(envelope)) == (401, "signature_invalid")
        assert here.told == []
        assert here.arrivals("status_refused")[0]["code"] == "signature_invalid"


async def test_headers_that_came_must_hold_too(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        body, headers = signed()
        wrong = {**headers, "webhook-timestamp": "1"}
        assert await here.post(body, wrong) == (401, "signature_invalid")
        assert await here.post(body, headers) == (204, "")


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"id": "t-1"}', b'{"payload": "%%", "id": 1}'],
    ids=["empty", "list", "half", "fields", "base64"],
)
async def test_what_is_no_envelope_is_malformed(body: bytes, tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        assert await here.post(body) == (400, "malformed")
        assert here.told == []


@pytest.mark.parametrize(
    "change", [{"type": "other"}, {"id": "t-9"}, {"number": ""}, {"sequence": "x"}]
)
async def test_another_event_than_a_status_is_not_taken(
    change: dict[str, Any], tmp_path: Path
) -> None:
    told = event(message(), {}, now=START)
    text = orjson.dumps({**told, **change})
    stamp = int(START.timestamp())
    envelope = {
        "id": "t-0001",
        "timestamp": stamp,
        "payload": base64.b64encode(text).decode(),
        "signature": SIGNER.sign("t-0001", START, text.decode()),
    }
    async with stage(tmp_path) as here:
        assert await here.post(orjson.dumps(envelope)) == (422, "event_invalid")
        assert here.told == []


async def test_an_identifier_stands_for_one_event_only(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        assert await here.post(signed()[0]) == (204, "")
        assert await here.post(signed()[0]) == (204, "")
        assert await here.post(signed(portal_code=9)[0]) == (409, "id_reused")
        assert here.told == [(4, "", 1)]


async def test_an_older_event_that_comes_late_is_not_shown(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await here.tell("t-0003", sequence=3, portal_code=5, pause="supplement")
        await here.tell("t-0002", sequence=2, portal_code=4)
        await here.tell("t-0004", sequence=4, portal_code=4)
        assert here.told == [(5, "supplement", 3), (4, "", 4)]
        shown = [line["shown"] for line in here.arrivals("status")]
        assert shown == [True, False, True]


async def test_results_are_handed_out_a_day_after_they_are_there(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path) as here:
        await here.tell(portal_code=9, end="finished")
        await here.run()
        assert here.gateway.made == [(24.0, "POST", "handed-out")]
        call = here.gateway.calls[0]
        assert call.body == {"on": "2026-03-11"}
        assert call.token == "Bearer ma-truy-cap-vi-du"
        assert call.path == f"/v1/dossiers/{NUMBER}/handed-out"


STEPS = """
[[one_stop.step]]
on = "submitted"
after_h = 1
do = "withdrawal"
content = {reason = "Thôi không chuyển nhượng nữa."}

[[one_stop.step]]
on = "status:5"
nth = 2
after_h = 2.5
do = "supplement"
content = {note = "Đã nộp thêm."}

[[one_stop.step]]
on = "status:9"
after_h = 48
do = "handed_out"
content = {on = "2026-03-13"}

[[one_stop.step]]
on = "status:9"
after_h = 72
do = "result_wrong"
content = {content = "Sai tên đệm."}
"""


async def test_a_scenario_says_what_the_counter_does_and_when(tmp_path: Path) -> None:
    async with stage(tmp_path, scenario=STEPS) as here:
        async with here.session.post(
            f"{here.base}/submitted", json={"number": NUMBER}
        ) as answer:
            assert answer.status == 204
        await here.tell("t-0001", sequence=1, portal_code=5)
        await here.tell("t-0002", sequence=2, portal_code=5)
        await here.tell("t-0003", sequence=3, portal_code=9)
        await here.run()
        assert here.gateway.made == [
            (1.0, "POST", "withdrawal"),
            (2.5, "POST", "supplements"),
            (48.0, "POST", "handed-out"),
            (72.0, "POST", "result-wrong"),
        ]
        bodies = [call.body for call in here.gateway.calls]
        assert bodies[2] == {"on": "2026-03-13"}
        assert bodies[3] == {"content": "Sai tên đệm."}


async def test_a_scenario_may_leave_results_at_the_counter(tmp_path: Path) -> None:
    async with stage(tmp_path, scenario="[one_stop]\nhands_out = false\n") as here:
        await here.tell(portal_code=9)
        await here.run()
        assert here.told == [(9, "", 1)]
        assert here.gateway.calls == []


async def test_a_correction_is_the_stored_document_with_changes(tmp_path: Path) -> None:
    scenario = """
[[one_stop.step]]
on = "status:2"
do = "revision"
content = {case = "CN02", applicant = {phone = "0900000009"}}
"""
    stored = {
        "number": NUMBER,
        "applicant": {"name": "Nguyễn Văn Mẫu", "phone": "0900000001"},
    }
    before = copy.deepcopy(stored)

    def shown(call: Call) -> tuple[int, dict[str, Any]]:
        if call.method == "GET":
            return 200, {"revision": 1, "document": stored}
        return 202, {}

    async with stage(tmp_path, scenario=scenario) as here:
        here.gateway.answer = shown
        await here.tell(portal_code=2)
        await here.run()
        assert [c.method for c in here.gateway.calls] == ["GET", "PUT"]
        assert here.gateway.calls[1].body == {
            **before,
            "case": "CN02",
            "applicant": {"name": "Nguyễn Văn Mẫu", "phone": "0900000009"},
            "revision": 2,
        }


async def test_a_call_that_was_not_recorded_is_repeated_with_its_key(
    tmp_path: Path,
) -> None:
    answers = [503, 500, 202]

    def busy(_: Call) -> tuple[int, dict[str, Any]]:
        return answers[len(here.gateway.calls) - 1], {"code": "store_unavailable"}

    async with stage(tmp_path) as here:
        here.gateway.answer = busy
        await here.tell(portal_code=9)
        await here.run()
        minutes = [round((hours - 24) * 60) for hours, _, _ in here.gateway.made]
        assert minutes == [0, 5, 10]
        assert len({call.key for call in here.gateway.calls}) == 1
        assert here.gateway.calls[0].key
        assert all(c.body == here.gateway.calls[0].body for c in here.gateway.calls)


async def test_a_call_that_was_refused_is_not_repeated(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.gateway.answer = lambda _: (409, {"code": "not_finished"})
        await here.tell(portal_code=9)
        await here.run()
        assert len(here.gateway.calls) == 1
        assert here.arrivals("call_answer") == [
            {"do": "handed_out", "attempt": 1, "status": 409, "code": "not_finished"}
        ]


async def test_a_gateway_that_is_away_is_called_again_until_it_is_given_up(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path, gateway_base="http://127.0.0.1:9") as here:
        await here.tell(portal_code=9)
        await here.run(24)
        assert len(here.arrivals("call_answer")) == 1
        await here.run()
        assert len(here.arrivals("call_answer")) == 101
        assert here.arrivals("call_given_up") == [{"do": "handed_out"}]


def test_a_merge_removes_with_null_and_leaves_the_rest() -> None:
    document = {"a": 1, "b": {"c": 2, "d": 3}, "e": [1]}
    assert merged(document, {"b": {"c": None, "f": 4}, "e": [2]}) == {
        "a": 1,
        "b": {"d": 3, "f": 4},
        "e": [2],
    }
    assert document == {"a": 1, "b": {"c": 2, "d": 3}, "e": [1]}


def test_kind_and_number_of_a_call_are_told_before_it_is_checked() -> None:
    class Request(MockCall):
        def __init__(self, body: bytes, path: str = "/status") -> None:
            self.body = body
            self.path = path

    request = Request(signed()[0])
    assert (kind_of(request), number_of(request)) == ("status", NUMBER)
    request = Request(b'{"number": "H1"}', "/submitted")
    assert (kind_of(request), number_of(request)) == ("submitted", "H1")
    assert number_of(Request(b"<html>")) == ""
    assert number_of(Request(b"<html>", "/submitted")) == ""
    with pytest.raises(NotTaken):
        read(b"<html>", key_of(SECRET))
