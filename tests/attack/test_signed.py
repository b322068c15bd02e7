"""Callbacks whose signature is missing, wrong, old or used before; in headers and bodies."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.attack.frame import Attack, attacks
from tests.journeys.test_callbacks import progress
from tests.world import World, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]
#: Offices that must sign, and that may.
REQUIRED, WANTED = "land-mau-1", "land-mau-2"
SECRET, NEXT, STRANGE = "khoa-ky-mau-dung-de-thu", "khoa-ky-mau-sap-dung", "khoa-la"
PAIR = Ed25519PrivateKey.from_private_bytes(b"mau" + bytes(29))
PUBLIC = base64.b64encode(
    PAIR.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
).decode()
FORMS = ("headers", "body")


def signing(config: Path) -> None:
    """What the entries of the land offices say."""
    quick(config)
    path = config / "agencies" / "land_registry.toml"
    text = path.read_text("utf-8")
    for office, mode in ((REQUIRED, "required"), (WANTED, "wanted")):
        told = (
            f'id = "{office}"\ncallback_signature = "{mode}"\n'
            f'callback_keys = ["whpk_{PUBLIC}"]'
        )
        text = re.sub(rf'(?m)^id = "{office}"$', told, text)
    path.write_text(text, "utf-8")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("signed") / "run"
    world = World(folder, configure=signing)
    await world._start_mocks()
    kept = world.stage.run_dir / "keys" / "secrets.json"
    values = json.loads(kept.read_text("utf-8"))
    for office in (REQUIRED, WANTED):
        values[f"{office}.callback.sign"] = SECRET
        values[f"{office}.callback.sign.next"] = NEXT
    kept.write_text(json.dumps(values), "utf-8")
    await world.start_gateway()
    try:
        yield world
    finally:
        await world.__aexit__()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def unsigned(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Entries that ask for no signature: the variant left open."""
    world = World(tmp_path_factory.mktemp("unsigned") / "run", configure=quick)
    async with world:
        yield world


class Message:
    """One message, signed as asked for."""

    count = 0

    def __init__(
        self,
        world: World,
        *,
        age_s: float = 0,
        key: str = SECRET,
        identifier: str = "",
        **said: Any,
    ) -> None:
        Message.count += 1
        at = world.now().isoformat()[:19]
        number = f"99.MAU.2026.{Message.count:06}"
        self.body = json.dumps(progress(number, 11, at) | said).encode()
        self.identifier = identifier or f"msg_{Message.count}"
        self.timestamp = str(int(world.now().timestamp() - age_s))
        self.signature = self.signed(key)

    def signed(self, key: str = SECRET, body: bytes | None = None) -> str:
        exact = f"{self.identifier}.{self.timestamp}.".encode() + (body or self.body)
        if key == "ed25519":
            return "v1a," + base64.b64encode(PAIR.sign(exact)).decode()
        mac = hmac.new(key.encode(), exact, hashlib.sha256).digest()
        return "v1," + base64.b64encode(mac).decode()

    def sent(self, form: str) -> tuple[dict[str, str], bytes]:
        """Its headers and its body."""
        if form == "headers":
            told = (self.identifier, self.timestamp, self.signature)
            names = ("webhook-id", "webhook-timestamp", "webhook-signature")
            return dict(zip(names, told, strict=True)), self.body
        envelope = {
            "id": self.identifier,
            "timestamp": int(self.timestamp),
            "payload": base64.b64encode(self.body).decode(),
            "signature": self.signature,
        }
        return {}, json.dumps(envelope).encode()


async def push(
    world: World, message: Message, form: str, office: str = REQUIRED
) -> tuple[int, str]:
    secret = world.stage.secrets.value(f"{office}.callback")
    headers, body = message.sent(form)
    if form == "unsigned":
        headers, body = {}, message.body
    url = f"{world.stage.url('agencies')}/callbacks/{office}/ChuyenHoSo/{secret}"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers=headers) as answer,
    ):
        return answer.status, await answer.text()


async def kept(world: World) -> int:
    """How many reports were taken in, matched or not."""
    answered = await world.call("GET", "/v1/unmatched?limit=500", role="operator")
    return len(answered.body["unmatched"])


def altered(world: World, technique: str) -> Message:
    """A message that nobody with the key made, or not now."""
    ages = {"stale": 301, "from-the-future": -301}
    key = STRANGE if technique == "strange-key" else SECRET
    message = Message(world, age_s=ages.get(technique, 0), key=key)
    signature = message.signature
    changes: dict[str, dict[str, Any]] = {
        "other-body": {"body": message.body.replace(b"11", b"12", 1)},
        "other-id": {"identifier": f"{message.identifier}x"},
        "other-time": {"timestamp": str(int(message.timestamp) + 1)},
        "empty-signature": {"signature": "v1,"},
        "public-key-as-secret": {"signature": message.signed(PUBLIC)},
        "mac-named-ed25519": {"signature": f"v1a,{signature[3:]}"},
        "hidden-among-many": {"signature": " ".join(["v1,AAAA"] * 50 + [signature])},
    }
    anew: dict[str, dict[str, Any]] = {
        "dot-in-the-id": {"identifier": f"a.{message.identifier}"},
        "no-time": {"timestamp": "0"},
    }
    vars(message).update(changes.get(technique) or anew.get(technique) or {})
    if technique in anew:
        message.signature = message.signed()
    return message


ALTERED = (
    *("stale", "from-the-future", "strange-key", "other-body", "other-id"),
    *("other-time", "empty-signature", "public-key-as-secret", "mac-named-ed25519"),
    *("dot-in-the-id", "no-time", "hidden-among-many"),
)


@pytest.mark.parametrize(
    ("attack", "technique", "form", "office"),
    attacks(
        *(
            (Attack(12, one, f"/callbacks {form} {office}"), one, form, office)
            for one in ALTERED
            for form in FORMS
            for office in (REQUIRED, WANTED)
        )
    ),
)
async def test_a_signature_that_does_not_hold_is_refused_and_nothing_kept(
    world: World, attack: Attack, technique: str, form: str, office: str
) -> None:
    before = await kept(world)
    _, said = await push(world, altered(world, technique), form, office)
    assert "Chữ ký" in said or "Giờ ký" in said
    assert await kept(world) == before


@pytest.mark.control
@pytest.mark.parametrize(
    ("attack", "technique"),
    attacks(
        *(
            (Attack(12, one, "/callbacks headers"), one)
            for one in ("strange-key", "stale", "other-body")
        )
    ),
)
async def test_an_office_that_is_not_asked_to_sign_is_believed_by_its_secret_alone(
    unsigned: World, attack: Attack, technique: str
) -> None:
    before = await kept(unsigned)
    await push(unsigned, altered(unsigned, technique), "headers")
    assert await kept(unsigned) == before + 1


@pytest.mark.parametrize(
    "attack", attacks((Attack(12, "unsigned", f"/callbacks {REQUIRED}"),))
)
async def test_who_has_to_sign_is_not_heard_without(
    world: World, attack: Attack
) -> None:
    before = await kept(world)
    _, said = await push(world, Message(world), "unsigned")
    assert "phải được ký" in said
    assert await kept(world) == before


@pytest.mark.honest
@pytest.mark.parametrize(
    ("attack", "form", "key"),
    attacks(
        *(
            (Attack(12, "strange-key", f"/callbacks {form} {key}"), form, key)
            for form in FORMS
            for key in (SECRET, NEXT, "ed25519")
        )
    ),
)
async def test_each_present_key_signs_in_headers_and_in_the_body(
    world: World, attack: Attack, form: str, key: str
) -> None:
    before = await kept(world)
    message = Message(world, key=key)
    message.signature = f"v1,AAAA {message.signature}"
    await push(world, message, form)
    assert await kept(world) == before + 1


@pytest.mark.honest
@pytest.mark.parametrize(
    "attack", attacks((Attack(12, "unsigned", f"/callbacks {WANTED}"),))
)
async def test_who_may_sign_is_heard_without(world: World, attack: Attack) -> None:
    before = await kept(world)
    await push(world, Message(world), "unsigned", WANTED)
    assert await kept(world) == before + 1


@pytest.mark.parametrize(
    ("attack", "form"),
    attacks(
        *((Attack(13, "id-with-another-body", f"/callbacks {f}"), f) for f in FORMS)
    ),
)
async def test_an_id_is_used_for_one_body_alone(
    world: World, attack: Attack, form: str
) -> None:
    first = Message(world)
    await push(world, first, form)
    before = await kept(world)
    second = Message(world, identifier=first.identifier, NoiDungXuLy="Khác")
    _, said = await push(world, second, form)
    assert "đã dùng cho nội dung khác" in said
    assert await kept(world) == before


@pytest.mark.parametrize(
    ("attack", "form"),
    attacks(
        *((Attack(13, "caught-and-sent-again", f"/callbacks {f}"), f) for f in FORMS)
    ),
)
async def test_a_message_that_was_caught_and_sent_again_changes_nothing(
    world: World, attack: Attack, form: str
) -> None:
    message = Message(world)
    first = await push(world, message, form)
    before = await kept(world)
    again = await asyncio.gather(*(push(world, message, form) for _ in range(6)))
    assert {*again} == {first}
    assert await kept(world) == before


@pytest.mark.parametrize(
    "attack", attacks((Attack(13, "after-a-restart", "/callbacks headers"),))
)
async def test_an_id_is_remembered_over_a_restart(world: World, attack: Attack) -> None:
    first = Message(world)
    await push(world, first, "headers")
    await world.stop_gateway()
    await world.start_gateway()
    before = await kept(world)
    second = Message(world, identifier=first.identifier)
    _, said = await push(world, second, "headers")
    assert "đã dùng cho nội dung khác" in said
    assert await kept(world) == before
