"""How many calls of one sender the mock tax office takes (§9), and what we make of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from gateway.domain.attempt import Outcome
from tests.unit.adapters.tax.counterpart import (
    CODES,
    ENQUIRY,
    NUMBER,
    Counterpart,
    Party,
    slip,
)
from tests.unit.adapters.tax.stage import staged

FIFTH_H = 0.2 / 3600


async def codes(talk: Counterpart, times: int) -> list[str]:
    """What so many enquiries are answered, one after the other."""
    return [(await talk.ask("17"))["ERROR_CODE"] for _ in range(times)]


async def test_a_call_beyond_the_rate_is_told_91_and_leaves_no_file(
    talk: Counterpart,
) -> None:
    assert await codes(talk, 5) == ["0"] * 5
    document = talk.issuer.sign(slip())
    refused = await talk.send(document)
    assert (refused["ERROR_CODE"], refused["MSG_TYPE"]) == ("91", "10")
    numbers = ("SEQ_REFID", "MA_HS", "MA_GCN", "SO_PHIEU")
    assert [refused[name] for name in numbers] == [""] * 4
    assert talk.office.effects == []
    assert talk.office.arrivals[-1] == (
        "slip_new",
        NUMBER,
        {"error": "91", "id": "m-1"},
    )
    talk.office.later(FIFTH_H)
    assert (await talk.send(document))["ERROR_CODE"] == "0"
    assert await codes(talk, 1) == ["91"]
    talk.office.later(1)
    assert await codes(talk, 6) == [*["0"] * 5, "91"]
    assert len(talk.office.effects) == 1


async def test_only_a_call_with_the_senders_seal_takes_room(talk: Counterpart) -> None:
    document = talk.gateway.sign(
        ENQUIRY.format(msg_type="17", ma_hs=NUMBER, ma_gcn="", so_phieu="1", notice="")
    )
    seal = talk.stranger.seal(document)
    for _ in range(9):
        told = await talk.send(document, CODES["17"], seal=seal)
        assert told["ERROR_CODE"] == "05"
    assert await codes(talk, 6) == [*["0"] * 5, "91"]
    # Whose document is wrong has called all the same.
    talk.office.later(1)
    for code in ("02", "02", "02", "02", "02", "91"):
        assert (await talk.send(b"<x/>"))["ERROR_CODE"] == code


async def test_a_fifth_call_at_a_time_is_told_91(talk: Counterpart) -> None:
    talk.office.scenarios[NUMBER] = {"works_s": 0.3}
    told = await asyncio.gather(*(codes(talk, 1) for _ in range(5)))
    assert [code for (code,) in told] == ["0", "0", "0", "0", "91"]
    # What was refused took no room: the fifth of this second is still free.
    assert await codes(talk, 2) == ["0", "91"]


async def test_a_slip_beyond_the_rate_is_known_not_to_have_arrived(
    tmp_path: Path, parties: dict[str, Party]
) -> None:
    async with staged(tmp_path, parties) as stage:
        slips = [stage.message(so_phieu=f"000{n}/PCTT") for n in range(6)]
        *taken, last = await stage.adapter.submit(slips, timeout_s=10)
        assert {answer.outcome for answer in taken} == {Outcome.DELIVERED}
        assert (last.outcome, last.code) == (Outcome.NOT_DELIVERED, "overload")
        stage.later(FIFTH_H)
        (again,) = await stage.adapter.submit(slips[5:], timeout_s=5)
        assert again.outcome is Outcome.DELIVERED
        assert stage.effects == ["slip_new"] * 6
