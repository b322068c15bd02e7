"""The token that a one-stop is given where the other land system would give one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from tests.dropin_line import InLine
from tests.landlink import ACCOUNT, Stand, opened

pytestmark = pytest.mark.journey
SAMPLES = Path(__file__).parents[2] / "schemas/agencies/land_registry_ilis/samples"
GRANT = {"grant_type": "password", **ACCOUNT}
Here = tuple[Stand, InLine]


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Here]:
    line = InLine(tmp_path / "line", dialect="ilis")
    async with opened(tmp_path, line=line.line, dialect="ilis", numbers=()) as stand:
        yield stand, line


async def asked(line: InLine, **form: str) -> tuple[int, Any]:
    return await call(line, "token", data=form)


async def call(line: InLine, operation: str, **options: Any) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{line.base}/ilis/{operation}", **options) as answer,
    ):
        return answer.status, orjson.loads(await answer.read())


async def handed_over(line: InLine, authorization: str = "") -> tuple[int, Any]:
    headers = {"Authorization": authorization} if authorization else {}
    body = (SAMPLES / "TiepNhanHoSo.json").read_bytes()
    return await call(line, "TiepNhanHoSo", data=body, headers=headers)


async def test_an_account_gets_a_token_that_lets_its_messages_in(here: Here) -> None:
    status, told = await asked(here[1], **GRANT)
    assert status == 200
    assert told["token_type"].lower() == "bearer"
    assert told["expires_in"] == 3600
    for word in ("Bearer", "bearer"):
        status, answer = await handed_over(here[1], f"{word} {told['access_token']}")
        assert (status, "data" in answer) == (200, True)


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"password": "sai"}, 400, "invalid_grant"),
        ({"username": "ai khác"}, 400, "invalid_grant"),
        ({"client_secret": "sai"}, 401, "invalid_client"),
        ({"client_id": "khác"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, 400, "unsupported_grant_type"),
        ({"password": ""}, 400, "invalid_request"),
    ],
)
async def test_another_account_gets_none(
    changed: dict[str, str], status: int, error: str, here: Here
) -> None:
    answer = await asked(here[1], **{**GRANT, **changed})
    assert answer == (status, {"error": error})


async def test_what_is_no_form_gets_no_token(here: Here) -> None:
    status, told = await call(here[1], "token", json=GRANT)
    assert (status, told["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer ", "Bearer sai", "Bearer 9999999999.sai", "Basic eDp5", "Bearer ².x"],
)
async def test_without_a_living_token_nothing_is_taken(
    authorization: str, here: Here
) -> None:
    status, told = await handed_over(here[1], authorization.encode().decode("latin-1"))
    assert status == 401
    assert told == orjson.loads((SAMPLES / "denied.json").read_bytes())
    _, kept = await here[1].call("GET", "/v1/dossiers")
    assert kept["dossiers"] == []


async def test_a_token_ends_after_the_time_that_was_told(here: Here) -> None:
    stand, line = here
    _, told = await asked(line, **GRANT)
    bearer = f"Bearer {told['access_token']}"
    await stand.run(hours=0.9)
    assert (await handed_over(line, bearer))[0] == 200
    await stand.run(hours=0.2)
    assert (await handed_over(line, bearer))[0] == 401
