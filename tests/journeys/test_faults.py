"""What a fault of an agency changes: the time that it takes, never what takes effect."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(150),
    pytest.mark.asyncio(loop_scope="module"),
]
#: The land system's way to say an error with HTTP 200.
ERROR_TEXT = (
    '{"data":0,"status":{"success":false,"code":500,"type":"error",'
    '"time":"2026-03-10T00:30:00","message":"Lỗi hệ thống, vui lòng thử lại sau"}}'
)
#: An answer that no row of the land system's replies knows.
STRANGE = '{"data":7,"status":{"success":true,"message":"Xin chào"}}'
RETRY_AFTER_S = 7200
#: Fault by name → number of the dossier that meets it.
MET = {
    "tax lose_answer": "H00.01-260310-0101",
    "tax reset_before": "H00.01-260310-0102",
    "tax html_200": "H00.01-260310-0103",
    "tax half_answer": "H00.01-260310-0104",
    "tax error_500_before": "H00.01-260310-0105",
    "tax unauthorized_401": "H00.01-260310-0106",
    "land lose_answer": "H00.01-260310-0107",
    "land reset_before": "H00.01-260310-0108",
    "land html_200": "H00.01-260310-0109",
    "land text_200": "H00.01-260310-0110",
    "land half_answer": "H00.01-260310-0111",
    "land error_503_retry_after": "H00.01-260310-0112",
    "land too_many_429": "H00.01-260310-0113",
    "land strange": "H00.01-260310-0114",
    "webhook lose_answer": "H00.01-260310-0115",
    "webhook error_500_before": "H00.01-260310-0116",
    "tax text_200": "H00.01-260310-0117",
}
_AGENCIES = {
    "tax": ("tax", "slip_new"),
    "land": ("land_registry", "hand_over"),
    "webhook": ("one_stop", "status"),
}
FINISHED = [number for fault, number in MET.items() if fault != "land strange"]


def _fault(name: str, number: str) -> dict[str, Any]:
    where, _, do = name.partition(" ")
    agency, operation = _AGENCIES[where]
    row: dict[str, Any] = {
        "agency": agency,
        "operation": operation,
        "number": number,
        "do": do,
    }
    if do == "text_200":
        row["text"] = ERROR_TEXT
    if do == "strange":
        row |= {"do": "text_200", "text": STRANGE, "every": True}
    if do == "error_503_retry_after":
        row["seconds"] = RETRY_AFTER_S
    return row


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Every fault once, each met by a dossier of its own, run to the end."""
    world = World(tmp_path_factory.mktemp("faults") / "run", configure=quick)
    world.faults = [_fault(name, number) for name, number in MET.items()]
    for number in MET.values():
        world.scenario(number, tax={"notices_after_h": 1, "pay_after_h": 8})
    async with world:
        for number in MET.values():
            assert (await world.submit(a_dossier(number))).status == 202
        await world.settle()
        yield world


@pytest.mark.parametrize("number", FINISHED)
async def test_a_dossier_that_met_a_fault_still_ends(world: World, number: str) -> None:
    shown = await world.shown(number)
    assert shown["end"] == "finished"
    assert {t["state"] for t in shown["transfers"]} <= {"delivered", "answered"}


@pytest.mark.parametrize("number", FINISHED)
@pytest.mark.parametrize(
    ("agency", "kind"),
    [
        ("land_registry", "hand_over"),
        ("land_registry", "paid"),
        ("land_registry", "result_handed"),
        ("tax", "slip_new"),
    ],
)
async def test_every_message_takes_effect_once(
    world: World, number: str, agency: str, kind: str
) -> None:
    assert len(world.effects(number, agency, kind)) == 1


async def test_a_slip_whose_answer_was_lost_is_asked_about_and_not_sent_again(
    world: World,
) -> None:
    number = MET["tax lose_answer"]
    assert len(world.arrivals(number, "tax", "slip_new")) == 1
    assert len(world.arrivals(number, "tax", "dossier")) == 1
    (slip,) = await world.transfers(number, "slip_new")
    assert (slip["attempts"], slip["enquiries"]) == (1, 1)


async def test_a_slip_that_was_cut_off_before_the_work_is_asked_about_then_sent_again(
    world: World,
) -> None:
    number = MET["tax reset_before"]
    slip = await world.history((await world.transfers(number, "slip_new"))[0])
    assert [one["purpose"] for one in slip["history"]] == [
        "submit",
        "enquire",
        "submit",
    ]


@pytest.mark.parametrize(
    "fault", ["tax html_200", "tax half_answer", "tax error_500_before", "tax text_200"]
)
async def test_an_answer_of_tax_that_proves_nothing_is_never_success(
    world: World, fault: str
) -> None:
    slip = await world.history((await world.transfers(MET[fault], "slip_new"))[0])
    first, then = slip["history"][:2]
    assert first["outcome"] in {"unknown", "contract_broken"}
    assert then["purpose"] == "enquire"


async def test_a_slip_that_tax_would_not_let_in_is_sent_again_without_asking(
    world: World,
) -> None:
    number = MET["tax unauthorized_401"]
    slip = await world.history((await world.transfers(number, "slip_new"))[0])
    assert [one["purpose"] for one in slip["history"]] == ["submit", "submit"]
    assert slip["history"][0]["outcome"] == "not_delivered"


async def test_a_hand_over_whose_answer_was_lost_is_sent_again_under_the_same_number(
    world: World,
) -> None:
    number = MET["land lose_answer"]
    answers = [
        line["facts"]["answer"]
        for line in world.arrivals(number, "land_registry", "hand_over")
    ]
    assert answers == ["accepted", "already_there"]
    sent = [
        heard.body
        for heard in world.heard
        if heard.url.endswith("/tiepnhan") and number.encode() in heard.body
    ]
    assert len(sent) == 2
    assert sent[0] == sent[1]


async def test_a_status_whose_answer_was_lost_is_shown_once(world: World) -> None:
    number = MET["webhook lose_answer"]
    lines = world.arrivals(number, "one_stop", "status")
    assert len(lines) == len(world.effects(number, "one_stop", "status")) + 1
    identifiers = [line["facts"]["id"] for line in lines]
    assert identifiers[0] == identifiers[1]


@pytest.mark.parametrize(
    "fault", ["land html_200", "land text_200", "land half_answer"]
)
async def test_an_answer_of_the_land_office_that_proves_nothing_is_never_success(
    world: World, fault: str
) -> None:
    handed = await world.history((await world.transfers(MET[fault], "hand_over"))[0])
    outcomes = [one["outcome"] for one in handed["history"]]
    assert outcomes[0] not in {"delivered", "duplicate"}
    assert outcomes[-1] in {"delivered", "duplicate"}


async def test_retry_after_is_waited_for_and_costs_one_attempt(world: World) -> None:
    number = MET["land error_503_retry_after"]
    handed = await world.history((await world.transfers(number, "hand_over"))[0])
    first, second = (datetime.fromisoformat(o["at"]) for o in handed["history"])
    assert (second - first).total_seconds() >= RETRY_AFTER_S


async def test_an_answer_that_no_rule_knows_is_repeated_thrice_then_parked_with_its_fate(
    world: World,
) -> None:
    (handed,) = await world.transfers(MET["land strange"], "hand_over")
    assert (handed["state"], handed["fate"]) == ("parked", "may_have_left")
    assert handed["attempts"] == 3
    assert (await world.shown(MET["land strange"]))["end"] == ""
