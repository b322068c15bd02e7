"""One-stop systems that are wrong in one thing each; and the kit's own events by the document."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from aiohttp import web

from gateway.adapters.one_stop import mock, mock_webhook
from gateway.conformance.partner.mocked import Spoiling
from gateway.conforming import Role
from gateway.validation.json_schema import JSONSchemaCatalogue
from tests.conformance.partner.kit import ROOT, against_mock, broken
from tests.conformance.partner.spoilt import early


async def _wants_headers(request: web.Request) -> web.Response | None:
    named = "webhook-id" in request.headers
    return None if named else web.Response(status=401)


async def _always_fine(request: web.Request) -> web.Response | None:
    await request.read()
    return web.Response(status=204)


async def _page(_request: web.Request) -> web.Response | None:
    return web.Response(text="<html>Đăng nhập</html>", content_type="text/html")


async def test_one_that_says_204_to_everything_fails() -> None:
    outcome = await against_mock("one_stop", Role.SERVER, early(_always_fine))
    assert broken(outcome).keys() == {"MC-702", "MC-703", "MC-709"}


@pytest.mark.parametrize("answer", [_wants_headers, _page])
async def test_one_that_wants_headers_or_shows_a_page_fails(answer: Any) -> None:
    outcome = await against_mock("one_stop", Role.SERVER, early(answer))
    assert {"MC-701", "MC-704", "MC-711"} <= broken(outcome).keys()


async def test_one_that_checks_a_json_written_again_breaks_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    holds = mock_webhook.holds

    def anew(signatures: str, signed: bytes, key: bytes) -> bool:
        head, _, payload = signed.partition(b".{")
        again = json.dumps(json.loads(b"{" + payload), ensure_ascii=False)
        return holds(signatures, head + b"." + again.encode(), key)

    monkeypatch.setattr(mock_webhook, "holds", anew)
    outcome = await against_mock("one_stop", Role.SERVER)
    assert broken(outcome).keys() == {"MC-704"}


async def test_one_that_knows_one_signature_only_breaks_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    holds = mock_webhook.holds

    def first(signatures: str, signed: bytes, key: bytes) -> bool:
        return holds(signatures.split(" ", maxsplit=1)[0], signed, key)

    monkeypatch.setattr(mock_webhook, "holds", first)
    outcome = await against_mock("one_stop", Role.SERVER)
    assert broken(outcome).keys() == {"MC-705"}


async def test_one_that_checks_nothing_breaks_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mock_webhook, "holds", lambda *_given: True)
    monkeypatch.setattr(mock, "holds", lambda *_given: True)
    outcome = await against_mock("one_stop", Role.SERVER)
    assert broken(outcome).keys() == {"MC-702", "MC-703"}


async def test_every_event_that_the_kit_sends_is_one_of_the_document() -> None:
    sent: list[Any] = []

    async def kept(request: web.Request) -> web.Response | None:
        try:
            envelope = json.loads(await request.read())
            sent.append(json.loads(base64.b64decode(envelope["payload"])))
        except (ValueError, KeyError, TypeError):
            return None
        return None

    spoiling: Spoiling = early(kept)
    outcome = await against_mock("one_stop", Role.SERVER, spoiling)
    assert broken(outcome) == {}
    assert len(sent) > 15
    catalogue = JSONSchemaCatalogue.load(ROOT / "schemas")
    name = "urn:lienthong:schema:one_stop:status-event:1"
    assert [one for event in sent for one in catalogue.errors(name, event)] == []
