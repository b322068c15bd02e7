"""A message that is brought to an agency: signed, asked about, and what answers mean."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws
from joserfc.jwk import ECKey

from gateway.adapters.open.adapter import REPLIES, Dialect
from gateway.adapters.open.push import OpenPushAdapter
from gateway.carriers.http import HTTPCarrier
from gateway.clocks.chance import SystemChance
from gateway.domain.attempt import Outcome
from gateway.domain.errors import DeliveryError
from gateway.validation.push_key import PushKey
from tests.unit.adapters.open.messages import AGENCY, message
from tests.unit.adapters.open.published import ANSWERS, CATALOGUE, sample

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
MESSAGE = message("hand_over")
MEANING = {
    "received": Outcome.DELIVERED,
    "duplicate": Outcome.DUPLICATE,
    "later": Outcome.NOT_DELIVERED,
    "not_let_in": Outcome.NOT_DELIVERED,
    "nothing_there": Outcome.NOT_DELIVERED,
    "time_out_of_range": Outcome.NOT_DELIVERED,
    "refused": Outcome.REFUSED,
    "too_large": Outcome.REFUSED,
}
DOUBTFUL = {Outcome.UNKNOWN, Outcome.CONTRACT_BROKEN}


def a_key() -> PushKey:
    return PushKey(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


KEY = a_key()


class There:
    """An agency's system that answers as it is told and keeps what came."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.answer: dict[str, Any] = sample("answers/received")
        self.base = ""
        self.carriers: list[HTTPCarrier] = []

    async def serve(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.heard.append((request.path, json.loads(body), dict(request.headers)))
        told = self.answer["body"]
        text = told if isinstance(told, str) else json.dumps(told)
        return web.Response(
            text=text, status=self.answer["status"], headers=self.answer["headers"]
        )

    def adapter(self, key: PushKey | None = KEY, **office: Any) -> OpenPushAdapter:
        carrier = HTTPCarrier(self.base)
        self.carriers.append(carrier)
        return OpenPushAdapter(
            Dialect(AGENCY, CATALOGUE.errors, (KEY.public,), pushed=True),
            {"open": office},
            carrier,
            key=key,
            now=lambda: NOW,
            chance=SystemChance(),
        )


@pytest_asyncio.fixture
async def there() -> AsyncIterator[There]:
    found, app = There(), web.Application()
    app.router.add_post("/mau/nhan", found.serve)
    app.router.add_post("/mau/nhan/status", found.serve)
    async with TestServer(app) as server:
        found.base = str(server.make_url("/mau/nhan"))
        yield found
        for carrier in found.carriers:
            await carrier.close()


def is_signed(envelope: dict[str, Any]) -> bytes:
    """The payload, once its signature holds over id, time and exact bytes."""
    payload = base64.b64decode(envelope["payload"], validate=True)
    signed = f"{envelope['id']}.{envelope['time']}.".encode() + payload
    key = ECKey.import_key(dict(KEY.public))
    found = jws.deserialize_compact(
        envelope["signature"], key, ["ES256"], payload=signed
    )
    assert found.protected == {"alg": "ES256", "kid": KEY.kid}
    return payload


async def test_a_push_is_the_transfer_signed_and_repeated_in_headers(
    there: There,
) -> None:
    adapter = there.adapter()
    (answer,) = await adapter.submit([MESSAGE], timeout_s=5)
    assert answer.outcome is Outcome.DELIVERED
    ((path, envelope, headers),) = there.heard
    assert path == "/mau/nhan"
    assert CATALOGUE.errors("urn:lienthong:schema:open:push:1", envelope) == ()
    assert envelope["time"] == int(NOW.timestamp())
    assert json.loads(is_signed(envelope)) == adapter.caller.shown(MESSAGE)
    assert headers["lienthong-id"] == MESSAGE.transfer_id
    assert headers["lienthong-signature"] == envelope["signature"]


@pytest.mark.parametrize("name", sorted(ANSWERS))
async def test_an_answer_means_what_the_document_says(there: There, name: str) -> None:
    there.answer = sample(f"answers/{name}")
    (answer,) = await there.adapter().submit([MESSAGE], timeout_s=5)
    wanted = MEANING.get(ANSWERS[name])
    if wanted is None:
        assert answer.outcome in DOUBTFUL
    else:
        assert answer.outcome is wanted
    asks = there.answer["headers"].get("Retry-After")
    assert (answer.retry_after_s is not None) == (asks is not None)


def test_every_row_of_the_replies_has_a_sample_that_it_fits() -> None:
    told = {name: sample(name.removesuffix(".json")) for name in _samples()}
    assert len(told) > 5
    for row in REPLIES.rows:
        assert row.sample in told
        assert row.outcome not in DOUBTFUL
        silent = row.outcome in {Outcome.DELIVERED, Outcome.DUPLICATE}
        assert bool(row.reason and row.next_action) != silent


def _samples() -> set[str]:
    return {row.sample for row in REPLIES.rows}


@pytest.mark.parametrize(
    ("known", "outcome"), [(True, Outcome.DELIVERED), (False, Outcome.NOT_DELIVERED)]
)
async def test_only_a_plain_yes_or_no_settles_what_became_of_a_push(
    there: There, known: bool, outcome: Outcome
) -> None:
    body = {"id": MESSAGE.transfer_id, "known": known}
    there.answer = {"status": 200, "headers": {}, "body": body}
    answer = await there.adapter().enquire(MESSAGE, timeout_s=5)
    assert answer.outcome is outcome
    ((path, envelope, _),) = there.heard
    assert path == "/mau/nhan/status"
    assert envelope["id"] != MESSAGE.transfer_id
    assert json.loads(is_signed(envelope)) == {"enquiry": MESSAGE.transfer_id}


@pytest.mark.parametrize(
    "name",
    [
        *("nothing_there", "later_429", "later_503", "not_let_in_401", "refused_422"),
        *("html_200", "received", "failed_500", "time_out_of_range", "too_large"),
    ],
)
async def test_no_other_answer_to_the_question_proves_anything(
    there: There, name: str
) -> None:
    there.answer = sample(f"answers/{name}")
    answer = await there.adapter().enquire(MESSAGE, timeout_s=5)
    assert answer.outcome is Outcome.UNKNOWN


async def test_an_answer_about_another_transfer_proves_nothing(there: There) -> None:
    body = {"id": "t-other", "known": False}
    there.answer = {"status": 200, "headers": {}, "body": body}
    answer = await there.adapter().enquire(MESSAGE, timeout_s=5)
    assert answer.outcome is Outcome.UNKNOWN


async def test_nobody_there_is_not_delivered_and_no_answer_to_a_question(
    there: There,
) -> None:
    there.base = "http://127.0.0.1:1/mau/nhan"
    adapter = there.adapter()
    (answer,) = await adapter.submit([MESSAGE], timeout_s=5)
    assert answer.outcome is Outcome.NOT_DELIVERED
    with pytest.raises(DeliveryError):
        await adapter.enquire(MESSAGE, timeout_s=5)


async def test_without_a_key_nothing_leaves(there: There) -> None:
    (answer,) = await there.adapter(key=None).submit([MESSAGE], timeout_s=5)
    assert answer.outcome is Outcome.NEEDS_CONFIGURATION
    assert answer.code in OpenPushAdapter.words
    assert there.heard == []


async def test_an_office_that_cannot_be_asked_is_sent_the_message_again(
    there: There,
) -> None:
    asked, not_asked = there.adapter(), there.adapter(status=False)
    assert all(kind.enquirable for kind in asked.traits.values())
    assert not any(kind.enquirable for kind in not_asked.traits.values())
    assert all(kind.deduplicates for kind in not_asked.traits.values())


def test_no_other_key_than_one_on_p256_signs() -> None:
    other = ec.generate_private_key(ec.SECP384R1())
    pem = other.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with pytest.raises(ValueError, match="P-256"):
        PushKey(pem)


class Named(SystemChance):
    """Names a test can know before."""

    def identifier(self, prefix: str) -> str:
        return f"{prefix}-named"


@pytest.mark.parametrize(
    ("body", "good"),
    [
        ({"id": "q-named", "known": False}, True),
        ({"id": "q-other", "known": False}, False),
        ({"known": "false"}, False),
    ],
)
async def test_a_ping_asks_about_nothing_and_only_a_plain_no_is_what_is_meant(
    there: There, body: dict[str, Any], good: bool
) -> None:
    there.answer = {"status": 200, "headers": {}, "body": body}
    adapter = there.adapter()
    adapter._chance = Named()
    assert adapter.ping is not None
    answer = await adapter.ping(timeout_s=5)
    ((path, envelope, _),) = there.heard
    assert path == "/mau/nhan/status"
    assert json.loads(is_signed(envelope)) == {"enquiry": "q-named"}
    assert (answer.outcome is Outcome.DELIVERED) == good
    assert there.adapter(status=False).ping is None
