"""Intake over a real socket: what a vendor's system may get wrong, and what it is told."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import re
from base64 import b64encode
from itertools import count
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio

from gateway.api.signin import token_hash
from gateway.domain.identifiers import OfficeId, PrincipalId
from gateway.domain.principal import Principal, Role, Scope
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.world import Answered, Json

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
PROBLEM = {"type", "title", "title_en", "status", "code", "detail", "remedy", "origin"}
_NUMBERS = count(1)
MIB = 1024 * 1024


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One gateway; time stands still, so that nothing happens but what a test does."""
    folder = tmp_path_factory.mktemp("intake") / "run"
    async with World(folder, configure=quick) as world:
        yield world


@pytest.fixture
def number() -> str:
    """A dossier code of the test's own."""
    return f"H00.01-260310-06{next(_NUMBERS):02d}"


def is_problem(answered: Answered, status: int, code: str) -> None:
    """Hold an answer against RFC 9457 and what every problem here says."""
    assert (answered.status, answered.body.get("code")) == (status, code)
    assert set(answered.body) >= PROBLEM
    assert answered.headers["Content-Type"] == "application/problem+json"
    assert answered.body["status"] == status
    assert answered.body["type"] == f"urn:lienthong:problem:{code}"
    assert len(answered.body["remedy"]) > 15
    for error in answered.body.get("errors", ()):
        assert set(error) == {"pointer", "code", "message", "message_en"}
        assert error["message"] != error["message_en"]


async def post(world: World, document: Json, **headers: str) -> Answered:
    """Submit."""
    return await world.call("POST", "/v1/dossiers", document, headers=headers)


async def raw(world: World, body: Any, **headers: str) -> Answered:
    """Submit exact bytes."""
    headers.setdefault("Content-Type", "application/json")
    return await world.call("POST", "/v1/dossiers", data=body, headers=headers)


# ---- the same again


@pytest.mark.parametrize("how", ["header", "field", "absent"])
async def test_the_same_content_again_gets_the_same_answer(
    world: World, number: str, how: str
) -> None:
    document = a_dossier(number)
    headers = {"Idempotency-Key": f"khoa-{number}"} if how == "header" else {}
    if how == "field":
        document["idempotency_key"] = f"khoa-{number}"
    first = await post(world, document, **headers)
    again = await post(world, dict(reversed(document.items())), **headers)
    assert (first.status, first.body["repeated"]) == (202, False)
    assert (again.status, again.body["repeated"]) == (202, True)
    assert again.body["dossier"] == first.body["dossier"]


async def test_the_key_in_the_header_counts_before_the_one_in_the_body(
    world: World, number: str
) -> None:
    document = a_dossier(number, idempotency_key=f"trong-{number}")
    headers = {"Idempotency-Key": f"ngoai-{number}"}
    assert (await post(world, document, **headers)).status == 202
    again = await post(world, a_dossier(number), **headers)
    assert (again.status, again.body["repeated"]) == (202, True)


@pytest.mark.parametrize("key", ["", "khoa-chung"])
async def test_other_content_under_the_same_code_names_what_to_call(
    world: World, number: str, key: str
) -> None:
    headers = {"Idempotency-Key": f"{key}-{number}"} if key else {}
    await post(world, a_dossier(number), **headers)
    other = a_dossier(number, due_on="2026-04-11")
    refused = await post(world, other, **headers)
    is_problem(refused, 409, "dossier_contradiction")
    assert "PUT /v1/dossiers/" in refused.body["remedy"]
    assert "revision" in refused.body["remedy"]


async def test_another_key_does_not_make_a_second_dossier_of_one_code(
    world: World, number: str
) -> None:
    first = await post(world, a_dossier(number), **{"Idempotency-Key": f"a-{number}"})
    same = await post(world, a_dossier(number), **{"Idempotency-Key": f"b-{number}"})
    assert (same.status, same.body["repeated"]) == (202, True)
    assert same.body["dossier"]["id"] == first.body["dossier"]["id"]
    other = a_dossier(number, due_on="2026-04-11")
    refused = await post(world, other, **{"Idempotency-Key": f"c-{number}"})
    is_problem(refused, 409, "dossier_contradiction")


async def test_identical_posts_at_once_make_one_dossier(
    world: World, number: str
) -> None:
    answers = await asyncio.gather(*(post(world, a_dossier(number)) for _ in range(12)))
    assert {a.status for a in answers} == {202}
    assert len({a.body["dossier"]["id"] for a in answers}) == 1
    assert [a.body["repeated"] for a in answers].count(False) == 1
    found = await world.call("POST", "/v1/find", {"q": number})
    assert len(found.body["dossiers"]) == 1


async def test_different_posts_of_one_code_at_once_make_one_dossier(
    world: World, number: str
) -> None:
    answers = await asyncio.gather(
        *(post(world, a_dossier(number, due_on=f"2026-04-{d}")) for d in range(10, 20))
    )
    assert sorted(a.status for a in answers) == [202] + [409] * 9


async def test_the_same_number_written_otherwise_is_the_same_dossier(
    world: World, number: str
) -> None:
    await post(world, a_dossier(number))
    refused = await post(world, a_dossier(number.lower()))
    is_problem(refused, 409, "dossier_contradiction")


# ---- corrections


async def test_a_correction_is_a_put_with_the_next_revision(
    world: World, number: str
) -> None:
    await post(world, a_dossier(number, area={"commune": "99013"}))
    path = f"/v1/dossiers/{number}"
    wrong = await world.call("PUT", path, a_dossier(number, revision=5))
    is_problem(wrong, 409, "revision_not_next")
    assert "revision = 2" in wrong.body["remedy"]
    right = a_dossier(number, revision=2, due_on="2026-04-12")
    put = await world.call("PUT", path, right)
    assert (put.status, put.body["dossier"]["revision"]) == (202, 2)
    again = await world.call("PUT", path, right)
    assert (again.status, again.body["repeated"]) == (202, True)
    other = await world.call(
        "PUT", f"/v1/dossiers/{number}", a_dossier("H00.01-260310-7")
    )
    is_problem(other, 409, "number_differs")
    shown = await world.shown(number)
    assert (shown["revision"], shown["due_on"]) == (2, "2026-04-12")
    assert (shown["unrouted"], shown["legs"][0]["office"]) == (None, "land-mau-1")


# ---- attachments


def _with_file(number: str, **entry: Any) -> Json:
    files = [{"name": "a.pdf", "media_type": "application/pdf", **entry}]
    paper = {"name": "Đơn", "originals": 1, "copies": 0, "files": files}
    return a_dossier(number, documents=[paper])


PLAIN = b"%PDF-1.4 vi du"
DIGEST = hashlib.sha256(PLAIN).hexdigest()


async def _size(world: World, number: str) -> int:
    document = (await world.shown(number))["document"]
    size: int = document["documents"][0]["files"][0]["size"]
    return size


async def test_a_file_comes_inline(world: World, number: str) -> None:
    inline = _with_file(number, content=b64encode(PLAIN).decode(), sha256=DIGEST)
    assert (await post(world, inline)).status == 202
    assert await _size(world, number) == len(PLAIN)


async def test_a_file_comes_by_an_earlier_upload(world: World, number: str) -> None:
    uploaded = await world.call("POST", "/v1/attachments", data=PLAIN)
    assert (uploaded.status, uploaded.body["sha256"]) == (201, DIGEST)
    assert (await post(world, _with_file(number, sha256=DIGEST))).status == 202
    assert await _size(world, number) == len(PLAIN)


async def test_an_upload_is_its_senders_own(world: World, number: str) -> None:
    plain = f"%PDF-1.4 {number}".encode()
    headers = await _other_one_stop(world)
    await world.call("POST", "/v1/attachments", data=plain, headers=headers, role="")
    named = _with_file(number, sha256=hashlib.sha256(plain).hexdigest())
    refused = await post(world, named)
    is_problem(refused, 422, "attachments_invalid")
    assert [e["code"] for e in refused.body["errors"]] == ["upload_unknown"]


async def test_a_file_comes_as_a_part(world: World, number: str) -> None:
    form = aiohttp.FormData()
    document = json.dumps(_with_file(number, part="tep", sha256=DIGEST))
    form.add_field("dossier", document, content_type="application/json")
    form.add_field("tep", PLAIN, filename="a.pdf")
    assert (await world.call("POST", "/v1/dossiers", data=form)).status == 202
    assert await _size(world, number) == len(PLAIN)


async def test_another_file_under_the_name_of_a_part_is_no_repeat(
    world: World, number: str
) -> None:
    """It was answered as one, and the file that came with it was dropped."""

    async def sent(content: bytes) -> Answered:
        form = aiohttp.FormData()
        document = json.dumps(_with_file(number, part="tep"))
        form.add_field("dossier", document, content_type="application/json")
        form.add_field("tep", content, filename="a.pdf")
        return await world.call("POST", "/v1/dossiers", data=form)

    assert (await sent(PLAIN)).status == 202
    assert (await sent(PLAIN)).body["repeated"] is True
    is_problem(await sent(PLAIN + b"\n"), 409, "dossier_contradiction")
    assert await _size(world, number) == len(PLAIN)


@pytest.mark.parametrize("entry", [{"content": b64encode(PLAIN).decode()}, None])
async def test_a_file_that_no_paper_names_is_refused_not_dropped(
    world: World, number: str, entry: Json | None
) -> None:
    """It was answered 202, and nobody had the file."""
    form = aiohttp.FormData()
    # What brings its own content does not take that of a part it names as well.
    document = a_dossier(number) if entry is None else _with_file(number, **entry)
    if entry is not None:
        document["documents"][0]["files"][0]["part"] = "tep"
    form.add_field("dossier", json.dumps(document), content_type="application/json")
    form.add_field("tep", PLAIN, filename="a.pdf")
    refused = await world.call("POST", "/v1/dossiers", data=form)
    is_problem(refused, 422, "attachments_invalid")
    (wrong,) = refused.body["errors"]
    assert (wrong["pointer"], wrong["code"]) == ("/documents", "part_unnamed")
    assert "«tep»" in wrong["message"]
    gone = await world.call("GET", f"/v1/dossiers/{number}")
    is_problem(gone, 404, "dossier_unknown")


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"content": b64encode(PLAIN).decode(), "sha256": "0" * 64}, "hash_differs"),
        ({"content": "!!!"}, "not_base64"),
        ({"sha256": "f" * 64}, "upload_unknown"),
        ({"part": "khong-co"}, "part_missing"),
    ],
)
async def test_a_wrong_file_is_named_and_nothing_is_kept(
    world: World, number: str, entry: Json, code: str
) -> None:
    refused = await post(world, _with_file(number, **entry))
    assert refused.status == 422
    assert code in {error["code"] for error in refused.body["errors"]} or (
        code == "not_base64"
    )
    assert all(e["pointer"].startswith("/documents/0") for e in refused.body["errors"])
    gone = await world.call("GET", f"/v1/dossiers/{number}")
    is_problem(gone, 404, "dossier_unknown")


# ---- too large, packed, malformed


async def test_a_body_that_announces_too_much_is_refused_before_it_is_sent(
    world: World,
) -> None:
    sent = await _begin(world, b"Content-Length: 5000000\r\n", b"")
    assert b" 413 " in sent.partition(b"\r\n")[0]
    assert b"POST /v1/attachments" in sent


async def test_a_body_that_streams_too_much_is_refused_before_its_end(
    world: World,
) -> None:
    piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    sent = await _begin(world, b"Transfer-Encoding: chunked\r\n", piece * 80)
    assert b" 413 " in sent.partition(b"\r\n")[0]


async def _begin(world: World, header: bytes, body: bytes) -> bytes:
    """Begin a submission that never comes to its end; what is answered meanwhile."""
    port = world.stage.ports["front"]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    token = world.stage.secrets.value("token.one_stop").encode()
    writer.write(
        b"POST /v1/dossiers HTTP/1.1\r\nHost: cong\r\nAuthorization: Bearer "
        + token
        + b"\r\nContent-Type: application/json\r\n"
        + header
        + b"\r\n"
        + body
    )
    try:
        async with asyncio.timeout(30):
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            assert length
            return head + await reader.readexactly(int(length[1]))
    finally:
        writer.close()


async def test_a_form_whose_json_is_too_large_is_refused(world: World) -> None:
    head = b'--xx\r\nContent-Disposition: form-data; name="dossier"\r\n\r\n'
    body = io.BytesIO(head + b" " * (5 * MIB) + b"\r\n--xx--\r\n")
    kind = {"Content-Type": "multipart/form-data; boundary=xx"}
    is_problem(await raw(world, body, **kind), 413, "too_large")


@pytest.mark.parametrize("packing", ["gzip", "deflate", "br", "zstd", "identity, gzip"])
async def test_a_packed_body_is_refused_and_never_unpacked(
    world: World, packing: str
) -> None:
    refused = await raw(world, b"\x1f\x8b00", **{"Content-Encoding": packing})
    is_problem(refused, 415, "content_encoding_unsupported")
    upload = await world.call(
        "POST", "/v1/attachments", data=b"x", headers={"Content-Encoding": packing}
    )
    is_problem(upload, 415, "content_encoding_unsupported")


async def test_another_media_type_is_refused(world: World) -> None:
    refused = await raw(world, b"<a/>", **{"Content-Type": "text/xml"})
    is_problem(refused, 415, "media_type_unsupported")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{]",
        b"[]",
        b"null",
        b"7",
        b'"chu"',
        b'{"number": NaN}',
        b'{"number": Infinity}',
        b'{"number": 1e999}',
        b"\xff\xfe{}",
        b'{"number": "\xc0\xaf"}',
        b'{"number": "\\ud800"}',
        b"\xef\xbb\xbf\xef\xbb\xbf{}",
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    ],
    ids=lambda body: f"{body[:16]!r} of {len(body)}",
)
async def test_what_is_no_json_object_is_refused_by_name(
    world: World, body: bytes
) -> None:
    is_problem(await raw(world, body), 400, "malformed_json")


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=xx",
    ],
)
async def test_a_malformed_form_is_refused_by_name(world: World, kind: str) -> None:
    for body in (b"", b"--xx", b"--xx\r\n\r\n", b"khong phai form"):
        refused = await raw(world, body, **{"Content-Type": kind})
        is_problem(refused, 400, "malformed_multipart")


# ---- wrong fields

WRONG_FIELDS: dict[str, tuple[Any, str]] = {
    "/number": ("H00.01-260231-0001", "number_day_impossible"),
    "/round": ("một", "type"),
    "/revision": (10**30, "maximum"),
    "/due_on": ("2026-02-30", "format"),
    "/received_at": ("hôm nay", "format"),
    "/units": ([], "type"),
    "/area": ({}, "required"),
    "/parcels": ({"number": "1"}, "type"),
    "/la_gi_day": (1, "additionalProperties"),
}


@pytest.mark.parametrize("pointer", WRONG_FIELDS)
async def test_a_wrong_field_is_named_by_its_pointer(
    world: World, number: str, pointer: str
) -> None:
    value, _ = WRONG_FIELDS[pointer]
    refused = await post(world, {**a_dossier(number), pointer.strip("/"): value})
    is_problem(refused, 422, "dossier_invalid")
    pointers = [error["pointer"] for error in refused.body["errors"]]
    assert any(p.startswith(pointer) for p in pointers), pointers


async def test_all_wrong_fields_are_named_at_once(world: World, number: str) -> None:
    wrong = {pointer.strip("/"): value for pointer, (value, _) in WRONG_FIELDS.items()}
    refused = await post(world, {**a_dossier(number), **wrong})
    is_problem(refused, 422, "dossier_invalid")
    pointers = [error["pointer"] for error in refused.body["errors"]]
    for pointer in WRONG_FIELDS:
        assert any(p.startswith(pointer) for p in pointers), (pointer, pointers)


async def test_a_problem_never_repeats_a_value(world: World, number: str) -> None:
    marked = {
        "name": ["Lê Thị Dấu Vết"],
        "phone": 912345678,
        "identity": "079000000123",
    }
    refused = await post(world, {**a_dossier(number), "applicant": marked})
    assert refused.status == 422
    text = refused.content.decode()
    for value in ("Dấu Vết", "912345678", "079000000123"):
        assert value not in text


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"procedure": "9.999999"}, "procedure_unknown"),
        ({"received_at": "2024-01-02T08:00:00+07:00"}, "procedure_not_in_force"),
        ({"number": "H00.01-260310-0600x"}, ""),
        ({"number": "H00.01-991231-0600"}, "number_day_in_future"),
        ({"number": "H00.01-261301-0600"}, "number_day_impossible"),
    ],
)
async def test_what_cannot_be_is_said_in_words(
    world: World, number: str, changed: Json, code: str
) -> None:
    answered = await post(world, a_dossier(**{"number": number, **changed}))
    if not code:
        assert answered.status == 202
        return
    is_problem(answered, 422, "dossier_invalid")
    assert code in {error["code"] for error in answered.body["errors"]}


@pytest.mark.parametrize("again", ['"due_on":', '"due_on" :', '"\\u0064ue_on":'])
async def test_a_field_that_comes_twice_in_an_object_is_refused(
    world: World, number: str, again: str
) -> None:
    text = json.dumps(a_dossier(number))
    double = f'{text[:-1]}, {again} "2026-05-01"}}'
    is_problem(await raw(world, double.encode()), 400, "malformed_json")


async def test_text_that_looks_like_a_field_is_text(world: World, number: str) -> None:
    address = 'số "7": đường "due_on": "2026"'
    document = a_dossier(number, area={"commune": "99101", "address": address})
    escaped = json.dumps(document).replace('\\"due_on', "\\u0022due_on")
    assert (await raw(world, escaped.encode())).status == 202


async def test_a_dossier_that_no_office_is_competent_for_is_kept_as_unrouted(
    world: World, number: str
) -> None:
    accepted = await post(world, a_dossier(number, area={"commune": "99013"}))
    assert (accepted.status, accepted.body["dossier"]["unrouted"]) == (
        202,
        "area_ambiguous",
    )
    rows = (await world.call("GET", "/v1/still", role="operator")).body["still"]
    (row,) = [r for r in rows if r["number"] == number]
    assert row["words"]
    assert row["next_action"]


async def test_nulls_count_as_absent(world: World, number: str) -> None:
    accepted = await post(world, a_dossier(number, case=None, receiver=None))
    assert accepted.status == 202


async def test_fields_of_the_vendor_come_back_as_they_were(
    world: World, number: str
) -> None:
    bag = {"ma_noi_bo": "VD-1", "trong": None, "sau": {"a": [1, 2.5, True]}}
    await post(world, a_dossier(number, extension=bag))
    assert (await world.shown(number))["document"]["extension"] == bag


# ---- who may see and do what


async def test_without_a_token_nothing_is_told(world: World, number: str) -> None:
    for method, path in (
        ("POST", "/v1/dossiers"),
        ("GET", f"/v1/dossiers/{number}"),
        ("GET", "/v1/events"),
        ("GET", "/v1/still"),
    ):
        refused = await world.call(method, path, role="")
        is_problem(refused, 401, "not_signed_in")
        assert refused.headers["WWW-Authenticate"] == "Bearer"


async def _other_one_stop(world: World) -> dict[str, str]:
    """Headers of a second one-stop system."""
    assert world.gateway is not None
    scope = Scope(sender=OfficeId("mot-cua-khac"))
    other = Principal(
        PrincipalId("mot-cua-khac"),
        "Một cửa khác (giả lập)",
        Role.ONE_STOP,
        scope,
        OfficeId("mot-cua-khac"),
    )
    await world.gateway.tools.store.set_principal(other, token_hash("khoa-khac"))
    return {"Authorization": "Bearer khoa-khac"}


async def test_another_systems_dossier_looks_like_an_unknown_one(
    world: World, number: str
) -> None:
    accepted = await post(world, a_dossier(number))
    identifier = accepted.body["dossier"]["id"]
    (handed,) = await world.transfers(number, "hand_over")
    other: Json = {"headers": await _other_one_stop(world), "role": ""}
    slips = {"data": b"<DATA/>"}
    calls: list[tuple[str, str, Json]] = [
        ("GET", "/v1/dossiers/{}", {}),
        ("GET", "/v1/dossiers/{}/summary", {}),
        ("GET", "/v1/dossiers/{}/route", {}),
        ("GET", "/v1/dossiers/{}/results/x", {}),
        ("PUT", "/v1/dossiers/{}", {"json": a_dossier(number, revision=2)}),
        ("POST", "/v1/dossiers/{}/withdrawal", {"json": {"reason": "Thử"}}),
        ("POST", "/v1/dossiers/{}/handed-out", {"json": {"on": "2026-03-10"}}),
        ("PUT", "/v1/dossiers/{}/slips/1", slips),
    ]
    for method, path, options in calls:
        unknown = await world.call(method, path.format("khong-co"), **options, **other)
        is_problem(unknown, 404, "dossier_unknown")
        for name in (number, identifier):
            hidden = await world.call(method, path.format(name), **options, **other)
            assert (hidden.status, hidden.content) == (404, unknown.content)
    unknown = await world.call("GET", "/v1/transfers/t_khong-co", **other)
    hidden = await world.call("GET", f"/v1/transfers/{handed['id']}", **other)
    assert (hidden.status, hidden.content) == (404, unknown.content)
    for q in (number, identifier):
        found = await world.call("POST", "/v1/find", {"q": q}, **other)
        assert found.body["dossiers"] == []
    for path in ("/v1/dossiers", "/v1/still", "/v1/transfers"):
        listed = await world.call("GET", path, **other)
        assert number not in listed.content.decode()
        assert identifier not in listed.content.decode()


async def test_people_submit_nothing_and_readers_act_on_nothing(
    world: World, number: str
) -> None:
    for role in ("reader", "operator", "administrator"):
        refused = await world.call("POST", "/v1/dossiers", a_dossier(number), role=role)
        is_problem(refused, 403, "not_allowed")
        upload = await world.call("POST", "/v1/attachments", data=b"x", role=role)
        is_problem(upload, 403, "not_allowed")
    await post(world, a_dossier(number))
    withdrawal = {"reason": "Thử"}
    path = f"/v1/dossiers/{number}/withdrawal"
    is_problem(
        await world.call("POST", path, withdrawal, role="reader"), 403, "not_allowed"
    )
    for role in ("reader", "operator", "one_stop"):
        refused = await world.call("POST", "/v1/configuration", {}, role=role)
        is_problem(refused, 403, "not_allowed")


async def test_an_unknown_path_and_a_wrong_method_are_problems(world: World) -> None:
    is_problem(await world.call("GET", "/v1/khong-co"), 404, "unknown_path")
    is_problem(await world.call("DELETE", "/v1/dossiers"), 404, "unknown_path")


# ---- found again


async def test_a_dossier_is_found_by_number_folded_name_phone_and_paper(
    world: World, number: str
) -> None:
    applicant = {
        "name": f"Đặng Thị Ốc Tìm{number[-2:]}",
        "phone": f"+84 90 000 06 {number[-2:]}",
        "identity": {"kind": "cccd", "number": f"0000000006{number[-2:]}"},
    }
    serial = f"MM 0006{number[-2:]}"
    document = a_dossier(number, applicant=applicant, certificate={"serial": serial})
    accepted = await post(world, document)
    assert accepted.status == 202, accepted.body
    for q in (
        number,
        number.lower(),
        f"dang thi oc tim{number[-2:]}",
        f"ĐẶNG TÌM{number[-2:]}",
        f"09000006{number[-2:]}",
        f"090 000 06 {number[-2:]}",
        f"0000000006{number[-2:]}",
        serial,
    ):
        found = await world.call("POST", "/v1/find", {"q": q})
        assert [d["number"] for d in found.body["dossiers"]] == [number], q
    nobody = await world.call("POST", "/v1/find", {"q": "không ai tên thế này"})
    assert nobody.body["dossiers"] == []


# ---- the feed


async def test_the_feed_never_skips_and_never_repeats(
    world: World, number: str
) -> None:
    numbers = [number, *(f"{number[:-2]}9{n}" for n in range(6))]
    for one in numbers:
        await post(world, a_dossier(one, procedure="1.999003", case="DC-01"))
    reading, pages, after = [], 0, 0
    await world.pass_hours(1)
    await world.seal()
    while True:
        page = (await world.call("GET", f"/v1/events?after={after}&limit=2")).body
        reading += page["events"]
        pages += 1
        if not page["events"]:
            break
        after = page["after"]
        await world.pass_hours(8)
        await world.seal()
    assert pages > 3
    cursors = [event["cursor"] for event in reading]
    assert cursors == sorted(set(cursors))
    whole = (await world.call("GET", "/v1/events?limit=100")).body["events"]
    assert reading[:100] == whole
    assert {event["sequence"] for event in reading} >= {1}
    later = (await world.call("GET", f"/v1/events?after={after}")).body
    assert (later["events"], later["after"]) == ([], after)


async def test_the_feed_shows_a_system_its_own_dossiers_only(
    world: World, number: str
) -> None:
    await post(world, a_dossier(number, procedure="1.999003", case="DC-01"))
    await world.pass_hours(3)
    await world.seal()
    own = (await world.call("GET", "/v1/events")).body["events"]
    headers = await _other_one_stop(world)
    others = await world.call("GET", "/v1/events", headers=headers, role="")
    assert own
    assert others.body["events"] == []


@pytest.mark.parametrize("query", ["after=x", "limit=x", "after=1e9", "after="])
async def test_a_cursor_that_is_none_is_a_problem(world: World, query: str) -> None:
    refused = await world.call("GET", f"/v1/events?{query}")
    is_problem(refused, 400, "request_invalid")


@pytest.mark.parametrize("query", ["after=-5", "limit=0", "limit=-1", "limit=99999"])
async def test_a_cursor_out_of_range_is_taken_to_its_nearest(
    world: World, query: str
) -> None:
    page = await world.call("GET", f"/v1/events?{query}")
    assert page.status == 200
    assert len(page.body["events"]) <= 100
