"""What the open interface refuses, and in which words; files; keys; limits."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import tomllib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from gateway.api import open_calls
from gateway.domain.identifiers import AgencyId, OfficeId
from gateway.validation.json_schema import JSONSchemaCatalogue
from gateway.wiring.keys import STORE
from gateway.wiring.ports import SCHEMAS
from tests.nodes import rests
from tests.open_calls import FETCHES, PDF, PUSHED, System, inline, the_world, with_fire
from tests.world import Answered, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.world import Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER, OTHER = "H00.01-260310-0561", "H00.01-260310-0562"
BIG = b"x" * (12 * 1024 * 1024)
SAMPLES = SCHEMAS / "agencies" / "open" / "samples"
REFUSED = tomllib.loads((SAMPLES / "refused" / "expected.toml").read_text("utf-8"))
CATALOGUE = JSONSchemaCatalogue.load(SCHEMAS)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with the_world(tmp_path, NUMBER, OTHER) as found:
        yield found


async def _given(world: World, number: str = NUMBER) -> str:
    """A transfer that the office has fetched."""
    await world.submit(with_fire(number, certificate={"serial": f"MM {number[-6:]}"}))
    given = await System(world).until_fetched(number)
    (found,) = [one["id"] for one in given if one["dossier"] == number]
    return str(found)


def _is_an_error(answered: Answered, status: int, code: str) -> None:
    assert (answered.status, answered.body["code"]) == (status, code)
    assert CATALOGUE.errors("urn:lienthong:schema:open:error:1", answered.body) == ()
    sample = json.loads((SAMPLES / f"error.{code}.json").read_text("utf-8"))
    assert answered.body["message"] == sample["message"]
    if code != "malformed_json":
        assert answered.body["remedy"] == sample["remedy"]


async def test_a_call_that_cannot_be_read_is_refused_by_its_code(world: World) -> None:
    system = System(world)
    told: dict[tuple[int, str], Answered] = {
        (400, "malformed_json"): await system.call("ping", b"<html>"),
        (404, "unknown_path"): await system.call("steal"),
        (405, "method_not_allowed"): await system.call("ping", method="GET"),
        (413, "too_large"): await system.call("ping", b" " * (4 * 1024 * 1024 + 1)),
        (415, "media_type_unsupported"): await system.call(
            "ping", headers={"Content-Type": "text/plain"}
        ),
        (415, "content_encoding_unsupported"): await system.call(
            "ping", headers={"Content-Encoding": "gzip"}
        ),
        (409, "office_is_pushed_to"): await System(world, PUSHED).call("fetch"),
    }
    for (status, code), answered in told.items():
        _is_an_error(answered, status, code)


@pytest.mark.parametrize("name", sorted(REFUSED))
async def test_a_wrong_field_is_named(world: World, name: str) -> None:
    body = json.loads((SAMPLES / "refused" / f"{name}.json").read_text("utf-8"))
    body.pop("key", None)
    answered = await System(world).call(name.partition(".")[0], body)
    _is_an_error(answered, 422, "request_invalid")
    named = {(one["field"], one["code"]) for one in answered.body["fields"]}
    assert (REFUSED[name]["field"], REFUSED[name]["code"]) in named


async def test_a_key_goes_in_header_or_body_and_says_nothing_else_if_wrong(
    world: World,
) -> None:
    system = System(world)
    assert (await system.call("ping", {"key": system.key}, key="")).status == 200
    assert (await system.call("ping", {"key": system.key})).status == 200
    _is_an_error(await system.call("ping", {"key": "x"}), 401, "keys_differ")
    for operation, body in (("ping", {}), ("report", b"<html>"), ("fetch", {"x": 1})):
        answered = await system.call(operation, body, key="")
        _is_an_error(answered, 401, "not_signed_in")
    one_stop = world.stage.secrets.value("token.one_stop")
    for wrong in (one_stop, world.stage.secrets.value("land-mau-1.callback")):
        _is_an_error(await system.call("ping", key=wrong), 401, "not_signed_in")


async def test_who_tries_many_keys_is_silenced_and_right_keys_are_let_in(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with the_world(tmp_path, NUMBER) as world:
        system = System(world)
        for number in range(10):
            assert "api.open.keys" not in capfd.readouterr().err
            assert (await system.call("ping", key=f"x{number}")).status == 401
        assert capfd.readouterr().err.count("api.open.keys") == 1
        answered = await system.call("ping", key="x")
        _is_an_error(answered, 429, "too_many_requests")
        assert answered.body["retry_after_s"] > 30
        assert (await system.call("ping")).status == 200


async def test_an_office_that_calls_too_often_is_told_when_to_come_again(
    world: World,
) -> None:
    system = System(world)
    answers = [await system.call("ping") for _ in range(60)]
    refused = [one for one in answers if one.status != 200]
    assert refused
    _is_an_error(refused[0], 429, "too_many_requests")
    assert refused[0].headers["Retry-After"] == "1"
    assert (await System(world, PUSHED).call("ping")).status == 200


async def test_every_good_answer_is_of_the_documents_shape(world: World) -> None:
    system = System(world)
    identifier = await _given(world)
    report = system.said("accepted", "bc-1", transfer=identifier)
    for operation, body in (
        ("ping", {}),
        ("fetch", {"limit": 1}),
        ("acknowledge", {"ids": [identifier, "t-0"]}),
        ("report", report),
        ("keys", {}),
    ):
        answered = await system.call(operation, body)
        assert answered.status == 200, answered.body
        name = f"urn:lienthong:schema:open:{operation}-reply:1"
        assert CATALOGUE.errors(name, answered.body) == (), operation
    uploaded = await system.upload(PDF)
    name = "urn:lienthong:schema:open:upload-reply:1"
    assert CATALOGUE.errors(name, uploaded.body) == ()


async def test_a_walk_goes_on_behind_its_cursor_while_pages_are_acknowledged(
    world: World,
) -> None:
    numbers = [f"H00.01-260310-058{n}" for n in range(5)]
    for number in numbers:
        serial = {"serial": f"MM {number[-6:]}"}
        await world.submit(with_fire(number, certificate=serial))
    system, seen, after = System(world), [], ""
    await _all_lie_ready(system, len(numbers))
    while True:
        page = (await system.call("fetch", {"after": after, "limit": 2})).body
        seen += [one["dossier"] for one in page["transfers"]]
        await system.acknowledge(*[one["id"] for one in page["transfers"]] or ["t-0"])
        after = page["after"]
        if not page["more"]:
            break
    assert sorted(seen) == numbers
    assert await system.fetched() == []
    assert (await system.call("fetch", {"after": "n5"})).status == 200
    for unknown in ("gone", "n6"):
        answered = await system.call("fetch", {"after": unknown})
        _is_an_error(answered, 422, "request_invalid")
        assert answered.body["fields"][0]["code"] == "cursor_unknown"


async def _all_lie_ready(system: System, count: int) -> None:
    async with asyncio.timeout(30):
        while (await system.call("ping")).body.get("waiting") != count:
            await rests(0.1)


async def test_files_of_a_report_are_whole_or_the_report_is_refused(
    world: World,
) -> None:
    system = System(world)
    identifier = await _given(world)
    wrong: list[Json] = [
        {"name": "a.pdf", "content": "không phải base64"},
        {**inline(), "sha256": "0" * 64},
        {"name": "a.pdf", "upload": f"u-{'1' * 64}"},
        {"name": "a.pdf", "upload": "u-khong-co"},
    ]
    found = []
    for number, file in enumerate(wrong):
        answered = await system.report(
            "finished", f"bc-{number}", transfer=identifier, files=[file]
        )
        _is_an_error(answered, 422, "request_invalid")
        found += [(one["field"], one["code"]) for one in answered.body["fields"]]
    assert found == [
        ("/files/0/content", "not_base64"),
        ("/files/0/sha256", "hash_differs"),
        ("/files/0/upload", "upload_unknown"),
        ("/files/0/upload", "upload_unknown"),
    ]
    assert (await world.shown(NUMBER))["results"] == []


async def test_an_upload_is_used_up_by_its_report_and_is_its_offices_own(
    world: World,
) -> None:
    system = System(world)
    identifier, other = await _given(world), await _given(world, OTHER)
    big = b"%PDF-1.4" + b"x" * (5 * 1024 * 1024)
    uploaded = (await system.upload(big, key=system.key)).body
    assert uploaded["sha256"] == hashlib.sha256(big).hexdigest()
    file = {"name": "to.pdf", "upload": uploaded["upload"]}
    done = await system.report("finished", "bc-1", transfer=identifier, files=[file])
    assert done.body["applied"] is True
    (result,) = (await world.shown(NUMBER))["results"]
    path = f"/v1/dossiers/{NUMBER}/results/{result['id']}"
    assert (await world.call("GET", path)).content == big
    again = await system.report("finished", "bc-2", transfer=other, files=[file])
    _is_an_error(again, 422, "request_invalid")
    theirs = (await System(world, PUSHED).upload(PDF)).body
    file = {"name": "to.pdf", "upload": theirs["upload"]}
    again = await system.report("finished", "bc-2", transfer=other, files=[file])
    _is_an_error(again, 422, "request_invalid")


async def test_a_report_without_a_time_is_of_the_moment_when_it_came_first(
    world: World,
) -> None:
    system = System(world)
    body = {"report_id": "bc-1", "kind": "accepted", "transfer": await _given(world)}
    before = world.now()
    first = await system.call("report", body)
    assert (first.status, first.body["result"]) == (200, "recorded")
    await world.pass_hours(1)
    again = await system.call("report", body)
    assert (again.status, again.body["result"]) == (200, "repeated")
    assert world.gateway is not None
    store = world.gateway.opened.kept
    office = OfficeId(FETCHES)
    kept = await store.report_known(AgencyId("fire"), office, "report:bc-1")
    assert kept is not None
    assert kept.event_at == kept.arrived_at
    assert before <= kept.arrived_at < world.now() - timedelta(minutes=50)


async def test_an_empty_file_is_no_result(world: World) -> None:
    system = System(world)
    _is_an_error(await system.upload(b""), 400, "malformed_multipart")
    file = {"name": "a.pdf", "content": ""}
    answered = await system.report("finished", "bc-1", transfer="t", files=[file])
    _is_an_error(answered, 422, "request_invalid")


@pytest.mark.parametrize("name", ["a\r\nb.pdf", "a\0b.pdf", "../a.pdf", "a\\b"])
async def test_a_file_name_that_is_none_is_refused(world: World, name: str) -> None:
    file = {**inline(), "name": name}
    said = {"transfer": "t", "files": [file]}
    answered = await System(world).report("finished", "bc-1", **said)
    _is_an_error(answered, 422, "request_invalid")
    assert answered.body["fields"][0]["field"] == "/files/0/name"


async def test_a_reason_or_a_number_of_blanks_is_none(world: World) -> None:
    said = {"transfer": "t", "note": " \n", "own_number": "  "}
    answered = await System(world).report("refused", "bc-1", **said)
    _is_an_error(answered, 422, "request_invalid")
    named = {(one["field"], one["code"]) for one in answered.body["fields"]}
    assert named == {("/note", "pattern"), ("/own_number", "pattern")}


async def test_who_cannot_write_json_is_told_where(world: World) -> None:
    system = System(world)
    told = {
        b'{"limit": 1,\n}': "dòng 1",
        b'{"limit": 1, "limit": 2}': "hai lần",
        b'{"x": ' + b"[" * 40 + b"]" * 40 + b"}": "32 mức",
        b"[1]": "đối tượng",
    }
    for body, words in told.items():
        answered = await system.call("fetch", body)
        _is_an_error(answered, 400, "malformed_json")
        assert words in answered.body["remedy"]


@pytest.mark.parametrize("charset", ["latin-1", "utf-16", '"windows-1258"'])
async def test_no_other_charset_than_utf8_is_read(world: World, charset: str) -> None:
    kind = {"Content-Type": f"application/json; charset={charset}"}
    answered = await System(world).call("ping", headers=kind)
    _is_an_error(answered, 415, "media_type_unsupported")


@pytest.mark.parametrize("operation", ["upload", "file"])
async def test_who_is_gone_without_a_word_holds_no_place(
    world: World, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_calls, "STILL_S", 1.0)
    system = System(world)
    identifier = await _big_file(world, system)
    held = []
    for _ in range(4):
        if operation == "upload":
            held.append(await _begun_upload(system))
        else:
            held.append(await _unread_file(system, identifier))
    _is_an_error(await system.call("ping"), 429, "too_many_requests")
    async with asyncio.timeout(30):
        while (await system.call("ping")).status != 200:
            await rests(0.2)
    for writer in held:
        writer.close()


async def test_an_upload_that_is_still_coming_holds_one_of_four_places(
    world: World,
) -> None:
    system = System(world)
    held = [await _begun_upload(system) for _ in range(4)]
    async with asyncio.timeout(30):
        while (refused := await system.call("ping")).status == 200:
            await rests(0.2)
    _is_an_error(refused, 429, "too_many_requests")
    held[0].close()
    async with asyncio.timeout(30):
        while (await system.call("ping")).status != 200:
            await rests(0.2)
    for writer in held:
        writer.close()


async def _begun_upload(system: System) -> asyncio.StreamWriter:
    """A connection on which an upload has begun."""
    head = (
        "POST /open/v1/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n"
        f"Authorization: Bearer {system.key}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx'
    )
    return (await _sent(system, head))[1]


async def _sent(
    system: System, head: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = system.base.removeprefix("http://").removesuffix("/open/v1").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(head.encode())
    await writer.drain()
    return reader, writer


async def _unread_file(system: System, identifier: str) -> asyncio.StreamWriter:
    """A connection on which a file has begun to come, and nobody reads on."""
    body = json.dumps({"id": identifier})
    head = (
        f"POST /open/v1/file HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        f"Authorization: Bearer {system.key}\r\n\r\n{body}"
    )
    reader, writer = await _sent(system, head)
    assert (await reader.readline()).endswith(b" 200 OK\r\n")
    return writer


async def _big_file(world: World, system: System) -> str:
    """A file of a transfer, too big for what a connection holds by itself."""
    sent = await world.call("POST", "/v1/attachments", data=io.BytesIO(BIG))
    assert sent.status == 201, sent.body
    file = {"name": "to.pdf", "sha256": hashlib.sha256(BIG).hexdigest()}
    paper = {"name": "Bản vẽ", "originals": 0, "copies": 1, "files": [file]}
    await world.submit(with_fire(NUMBER, documents=[paper]))
    (transfer,) = await system.until_fetched()
    return str(transfer["files"][0]["id"])


async def test_a_file_that_nobody_reads_on_holds_one_of_four_places(
    world: World,
) -> None:
    system = System(world)
    url, body = f"{system.base}/file", {"id": await _big_file(world, system)}
    headers = {"Authorization": f"Bearer {system.key}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        answers = [await session.post(url, json=body) for _ in range(4)]
        assert [one.status for one in answers] == [200] * 4
        _is_an_error(await system.call("ping"), 429, "too_many_requests")
        for one in answers:
            assert await one.read() == BIG
    async with asyncio.timeout(30):
        while (await system.call("ping")).status != 200:
            await rests(0.2)


async def test_an_upload_without_a_key_leaves_nothing_behind(world: World) -> None:
    system = System(world)
    assert world.gateway is not None
    store = world.gateway.opened.kept
    for fields in ({"key": "sai"}, {"key": ""}):
        answered = await system.upload(PDF, **fields)
        _is_an_error(answered, 401, "not_signed_in")
    assert await store.newest_files(10) == []
    _is_an_error(
        await system.upload(PDF, key=system.key, ghi_chu="x"),
        400,
        "malformed_multipart",
    )


async def test_times_and_numbers_that_cannot_be_are_refused(world: World) -> None:
    system = System(world)
    identifier, other = await _given(world), await _given(world, OTHER)
    ahead = (world.now() + timedelta(minutes=6)).isoformat()
    for body, field, code in (
        ({"event_at": ahead}, "/event_at", "in_the_future"),
        ({"dossier": OTHER}, "/dossier", "not_the_same_dossier"),
    ):
        said = system.said("accepted", "bc-1", transfer=identifier)
        answered = await system.call("report", {**said, **body})
        _is_an_error(answered, 422, "request_invalid")
        (one,) = answered.body["fields"]
        assert (one["field"], one["code"]) == (field, code)
    taken = {"own_number": "PC-9"}
    first = await system.report("accepted", "bc-2", transfer=identifier, **taken)
    assert first.status == 200
    answered = await system.report("accepted", "bc-3", transfer=other, **taken)
    assert answered.body["fields"][0]["code"] == "number_of_another"
    assert (await system.report("progress", "bc-4", dossier="PC-9")).status == 200


async def test_what_an_office_writes_reaches_no_log_and_no_plain_column(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with the_world(tmp_path, NUMBER) as world:
        system = System(world)
        identifier = await _given(world)
        secret = "Bà Nguyễn Thị Bí Mật"
        told = await system.report(
            "supplement_request",
            "bc-1",
            transfer=identifier,
            note=secret,
            own_number="BI-MAT-01",
            files=[inline(title=secret)],
        )
        assert told.body["applied"] is True
        assert world.gateway is not None
        kept = b"".join(p.read_bytes() for p in world.stage.run_dir.glob(f"{STORE}*"))
        assert identifier.encode() in kept
        said = capfd.readouterr()
        assert '"kind":"supplement_request"' in said.err + said.out
        for word in (secret, "BI-MAT-01"):
            assert word not in said.err + said.out
            assert word.encode() not in kept


async def test_what_is_not_json_in_a_platforms_name_does_no_harm(world: World) -> None:
    url = f"{world.stage.url('agencies')}/open/v1/report?key=lo"
    async with aiohttp.ClientSession() as session, session.post(url) as answer:
        told: Any = await answer.json()
    assert (answer.status, told["code"]) == (401, "not_signed_in")
    assert System(world).office == FETCHES
