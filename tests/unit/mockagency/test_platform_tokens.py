"""The token endpoint of the mock LGSP does what docs/platforms/lgsp.md says (§3)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.mockagency.lgsp import (
    ACCESS,
    ACCESS_HEADER,
    BASIC,
    FORM,
    JSON,
    NOON,
    Line,
    line,
    token_of,
)
from tests.unit.mockagency.platforms import Heard, half_or_nothing

DAY = "2026-07-01"
AS_FORM = (FORM, b"grant_type=client_credentials")
AS_JSON = (JSON, b'{"grant_type":"client_credentials"}')


async def asked(
    to: Line, encoding: tuple[str, bytes] = AS_FORM, **headers: str
) -> Heard:
    media, body = encoding
    proof = headers or {"Authorization": BASIC}
    return await to.caller("POST", "/token", {"Content-Type": media, **proof}, body)


async def test_the_token_call_changes_its_encoding_at_midnight_of_the_day(
    tmp_path: Path,
) -> None:
    start = "2026-06-30T23:59:59+07:00"
    async with line(tmp_path, start=start, form_from=DAY) as there:
        early = [await asked(there, one) for one in (AS_JSON, AS_FORM)]
        await there.caller.clock("2026-07-01T00:00:00+07:00")
        late = [await asked(there, one) for one in (AS_JSON, AS_FORM)]
        assert [heard.status for heard in early] == [200, 400]
        assert early[1].json["error"] == "invalid_request"
        assert [heard.status for heard in late] == [415, 200]
        assert late[0].body == b""
        assert there.agency.came == []
        names = [row["facts"]["name"] for row in await there.caller.book("answers")]
        assert names == ["issued", "wrong_encoding", "wrong_encoding", "issued"]


async def test_without_a_day_the_token_call_is_form_encoded(tmp_path: Path) -> None:
    async with line(tmp_path) as there:
        assert (await asked(there, AS_FORM)).status == 200
        assert (await asked(there, AS_JSON)).status == 415


async def test_a_token_may_be_had_for_the_access_header_alone(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"token_by": "lgspaccesstoken", "access": ACCESS}
    async with line(tmp_path, **settings) as there:
        assert (await asked(there)).status == 401
        given = await asked(there, lgspaccesstoken=ACCESS_HEADER)
        assert given.status == 200
        call = {
            "Authorization": f"Bearer {given.json['access_token']}",
            "lgspaccesstoken": ACCESS_HEADER,
        }
        assert (await there.caller("POST", "/dat/1.0/x", call)).status == 200


async def test_a_second_login_gives_the_same_token_with_less_time_left(
    tmp_path: Path,
) -> None:
    async with line(tmp_path) as there:
        first = (await asked(there)).json
        await there.caller.clock("2026-03-10T12:20:00+07:00")
        second = (await asked(there)).json
        assert first["access_token"] == second["access_token"]
        assert (first["expires_in"], second["expires_in"]) == (3600, 2400)
        assert first["token_type"] == "Bearer"


@pytest.mark.parametrize(
    ("second_login", "first_lives"), [("ends_first", False), ("beside", True)]
)
async def test_a_second_login_may_end_the_first_token_or_stand_beside_it(
    tmp_path: Path, second_login: str, first_lives: bool
) -> None:
    async with line(tmp_path, second_login=second_login) as there:
        tokens = [await token_of(there.caller) for _ in range(2)]
        assert tokens[0] != tokens[1]
        statuses = [(await there.call(token=one)).status for one in tokens]
        assert statuses == [200 if first_lives else 401, 200]


@pytest.mark.parametrize(
    ("proof", "body", "status", "error"),
    [
        ({"Authorization": "Basic a2V5OmtleQ=="}, b"", 401, "invalid_client"),
        ({"Authorization": "Basic %%%"}, b"", 401, "invalid_client"),
        ({"Authorization": "Bearer x"}, b"", 401, "invalid_client"),
        ({}, b"", 401, "invalid_client"),
        (
            *({"Authorization": BASIC}, b"grant_type=password"),
            *(400, "unsupported_grant_type"),
        ),
        ({"Authorization": BASIC}, b"", 400, "unsupported_grant_type"),
    ],
)
async def test_who_may_not_have_a_token_is_told_why(
    tmp_path: Path, proof: dict[str, str], body: bytes, status: int, error: str
) -> None:
    async with line(tmp_path) as there:
        headers = {"Content-Type": FORM, **proof}
        told = await there.caller("POST", "/token", headers, body)
        assert (told.status, told.json["error"]) == (status, error)


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b'{"grant_type":"password"}'])
async def test_json_that_asks_for_nothing_gets_no_token(
    tmp_path: Path, text: bytes
) -> None:
    async with line(tmp_path, form_from="2027-01-01") as there:
        assert (await asked(there, (JSON, text))).status == 400


async def test_a_token_that_has_run_out_is_refused_and_nothing_is_carried(
    tmp_path: Path,
) -> None:
    async with line(tmp_path, token_lifetime_s=60) as there:
        token = await token_of(there.caller)
        await there.caller.clock("2026-03-10T12:00:59+07:00")
        assert (await there.call(token=token)).status == 200
        await there.caller.clock("2026-03-10T12:01:00+07:00")
        told = await there.call(token=token)
        assert (told.status, told.json["code"]) == (401, "900903")
        assert len(there.agency.came) == 1
        assert await token_of(there.caller) != token


async def test_a_token_may_die_in_the_middle_of_a_batch(tmp_path: Path) -> None:
    async with line(tmp_path) as there:
        await there.caller.plan(do="token_dies", service="dat", nth=3)
        token = await token_of(there.caller)
        statuses = [(await there.call(token=token)).status for _ in range(4)]
        assert statuses == [200, 200, 401, 401]
        assert len(there.agency.came) == 2
        assert (await there.call(token=await token_of(there.caller))).status == 200


async def test_all_tokens_are_revoked_on_command(tmp_path: Path) -> None:
    async with line(tmp_path) as there:
        token = await token_of(there.caller)
        revoked = await there.caller.order("tokens/revoke", {})
        assert revoked.json == {"revoked": 1}
        told = await there.call(token=token)
        assert (told.status, told.json["code"]) == (401, "900901")


async def test_a_missing_and_a_wrong_token_have_two_codes_under_one_status(
    tmp_path: Path,
) -> None:
    async with line(tmp_path) as there:
        target = "/dat/1.0/x"
        none = await there.caller("POST", target)
        basic = await there.caller("POST", target, {"Authorization": BASIC})
        wrong = await there.call(token="another")
        assert [heard.status for heard in (none, basic, wrong)] == [401, 401, 401]
        codes = [heard.json["code"] for heard in (none, basic, wrong)]
        assert codes == ["900902", "900902", "900901"]
        assert there.agency.came == []


@pytest.mark.parametrize(
    ("fault", "heard"),
    [
        ({"do": "html_200"}, (200, b"<!doctype html>")),
        ({"do": "empty_200"}, (200, b"")),
        ({"do": "error_500"}, (500, b"Internal")),
        ({"do": "token_busy"}, (503, b"")),
    ],
)
async def test_the_token_call_may_be_answered_strangely(
    tmp_path: Path, fault: dict[str, Any], heard: tuple[int, bytes]
) -> None:
    async with line(tmp_path) as there:
        await there.caller.plan(service="token", **fault)
        told = await asked(there)
        assert told.status == heard[0]
        assert told.body.startswith(heard[1])
        assert (await asked(there)).status == 200


async def test_a_token_whose_answer_was_lost_is_there_all_the_same(
    tmp_path: Path,
) -> None:
    async with line(tmp_path) as there:
        await there.caller.plan(service="token", do="lose_answer")
        headers = {"Content-Type": FORM, "Authorization": BASIC}
        call = ("POST", "/token", headers, AS_FORM[1])
        assert await half_or_nothing(there.caller, *call) == "nothing"
        await there.caller.clock("2026-03-10T12:00:10+07:00")
        assert (await asked(there)).json["expires_in"] == 3590


async def test_a_fault_without_a_service_does_not_touch_the_token_call(
    tmp_path: Path,
) -> None:
    async with line(tmp_path, start=NOON) as there:
        await there.caller.plan(do="html_200", every=True)
        token = await token_of(there.caller)
        assert (await there.call(token=token)).body.startswith(b"<!doctype")
