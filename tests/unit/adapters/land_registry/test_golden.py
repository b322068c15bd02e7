"""The exact body of every kind of message, for the office's engineers to read.

With ``LAND_GOLDEN=write`` the files are written anew and the test fails once, so
that a changed body is looked at before it is taken for right.
"""

from __future__ import annotations

import os
from pathlib import Path

import orjson
import pytest
from aiohttp import web

from gateway.adapters.land_registry.adapter import LandRegistryAdapter
from gateway.adapters.land_registry.dialects import VBDLIS
from gateway.carriers.http import HTTPCarrier
from gateway.ports.agency import LegView, OutboundMessage
from tests.unit.adapters.land_registry.land import (
    HANDED,
    OFFICE_TABLE,
    OWED_AGAIN,
    PAYMENT,
    ROOT,
    START,
    WITHDRAWAL,
    WRONG,
    check,
    file,
    message,
)

GOLDEN = ROOT / "tests" / "golden" / "land_registry"
MESSAGES: dict[str, OutboundMessage] = {
    "hand_over": message(),
    "supplement": message(
        "supplement",
        content={
            "new_due_on": "2026-04-03",
            "note": "Đã nộp bổ sung bản vẽ.",
            "documents": [
                {
                    "name": "Bản vẽ thửa đất",
                    "originals": 1,
                    "copies": 0,
                    "files": [{"name": "ban-ve.pdf"}],
                }
            ],
        },
        view=LegView({}, (file("ban-ve.pdf", b"%PDF-1.4 ban ve"),)),
    ),
    "result_handed": HANDED,
    "result_wrong": WRONG,
    "paid": PAYMENT,
    "owed_again": OWED_AGAIN,
    "withdraw": WITHDRAWAL,
}


def test_every_kind_has_a_golden_body_and_no_other_file_is_there() -> None:
    assert MESSAGES.keys() == VBDLIS.traits.keys()
    assert {path.stem for path in GOLDEN.glob("*")} == MESSAGES.keys()


@pytest.mark.parametrize("kind", sorted(MESSAGES))
async def test_the_body_is_the_golden_one(kind: str) -> None:
    sent = await body_on_the_wire(MESSAGES[kind])
    readable = orjson.dumps(orjson.loads(sent), option=orjson.OPT_INDENT_2) + b"\n"
    # What is compared is the readable form: order of fields and every value.
    assert sent == orjson.dumps(orjson.loads(sent))
    compare(GOLDEN / f"{kind}.json", readable)


def compare(path: Path, readable: bytes) -> None:
    if os.environ.get("LAND_GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(readable)
        pytest.fail(f"{path.name} was written anew: look at the difference")
    assert readable == path.read_bytes()


async def body_on_the_wire(sent: OutboundMessage) -> bytes:
    """The bytes that a land system gets."""
    bodies: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        return web.json_response({"data": 1, "status": {"message": ""}})

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    carrier = HTTPCarrier(f"http://{host}:{port}")
    adapter = LandRegistryAdapter(OFFICE_TABLE, carrier, check(), now=lambda: START)
    (answer,) = await adapter.submit([sent], timeout_s=2)
    await carrier.close()
    await runner.cleanup()
    assert answer.code == "accepted"
    return bodies[0]
