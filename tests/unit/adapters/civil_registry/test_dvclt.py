"""The adapter toward DVCLT, on a real socket against the mock: dossiers and rungs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.attempt import Outcome
from gateway.domain.errors import AgencyBrokeContract, AgencyUnavailable, DeliveryError
from gateway.domain.values import replace
from gateway.mockagency.faults import Fault
from gateway.ports.inbox import Part
from tests.unit.adapters.civil_registry.desk import DVCLT, Desk, applications, desk
from tests.unit.adapters.civil_registry.published import CODES

FIRST, SECOND, THIRD = (f"G22.99.01-260310-{place:04d}" for place in (1, 2, 3))
LIST, DETAIL = "dvclt_list", "dvclt_detail"


def marked(dvclt: Desk) -> list[str]:
    return [line["number"] for line in dvclt.effects("dvclt_received")]


def fault(dvclt: Desk, operation: str, do: str, **more: Any) -> None:
    """What goes wrong at DVCLT, whatever dossier it is about."""
    dvclt.bench.mock.plan.add(
        Fault("civil_registry", operation, do, nth=more.pop("nth", 1), **more)
    )


def scenario(text: str) -> str:
    return f"[civil_registry]\n{text}\n"


# ------------------------------------------------------------ new dossiers


async def test_dossiers_are_fetched_one_after_another_and_marked_once_durable(
    tmp_path: Path,
) -> None:
    three = applications((FIRST, 1), (SECOND, 2), (THIRD, 3))
    async with desk(tmp_path, DVCLT, mock=three) as dvclt:
        first = await dvclt.pull()
        assert [one.about[0].value for one in first.reports] == [FIRST]
        assert marked(dvclt) == []
        second = await dvclt.pull(first.cursor)
        assert [one.about[0].value for one in second.reports] == [SECOND]
        assert marked(dvclt) == [FIRST]
        found = await dvclt.pull_all()
        assert {one.about[0].value for one in found} == {SECOND, THIRD}
        assert marked(dvclt) == [FIRST, SECOND, THIRD]


async def test_a_fetch_makes_three_calls_at_most(tmp_path: Path) -> None:
    three = applications((FIRST, 1), (SECOND, 2), (THIRD, 3))
    async with desk(tmp_path, DVCLT, mock=three) as dvclt:
        cursor = ""
        for _ in range(5):
            before = len([c for c in dvclt.bench.calls if "/tokens" not in c.path])
            cursor = (await dvclt.pull(cursor)).cursor
            calls = [c for c in dvclt.bench.calls if "/tokens" not in c.path]
            assert len(calls) - before <= 3


async def test_whoever_dies_fetches_the_same_again(tmp_path: Path) -> None:
    async with desk(tmp_path, DVCLT) as dvclt:
        first, again = await dvclt.pull(), await dvclt.pull()
        assert first.reports[0].fingerprint == again.reports[0].fingerprint
        assert first.cursor == again.cursor
        assert marked(dvclt) == []


async def test_no_dossiers_are_no_error_and_ask_for_nothing_at_once(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, DVCLT, mock={"dvclt": {"units": [1]}}) as dvclt:
        first = await dvclt.pull()
        assert (first.reports, first.unread) == ((), ())
        assert (await dvclt.pull(first.cursor)).cursor == first.cursor


async def test_an_office_may_fetch_one_units_dossiers_alone(tmp_path: Path) -> None:
    told = {"registry": {"unit": 99103}}
    async with desk(tmp_path, DVCLT, office=told) as dvclt:
        await dvclt.pull()
        (call,) = dvclt.calls("hosolienthong")
        assert call.query["maDonVi"] == "99103"


async def test_a_mark_counts_by_its_words_alone(tmp_path: Path) -> None:
    async with desk(tmp_path, DVCLT) as dvclt:
        first = await dvclt.pull()
        fault(dvclt, "dvclt_received", "text_200", text='{"message": "Thành công"}')
        waits = await dvclt.pull(first.cursor)
        # Nothing new, nothing marked: whoever asks waits for the next turn.
        assert waits.cursor == first.cursor
        done = await dvclt.pull(waits.cursor)
        assert done.cursor != first.cursor
        assert marked(dvclt) == [FIRST]


@pytest.mark.parametrize("count", [100, 103])
async def test_behind_a_full_page_lies_another_or_none(
    tmp_path: Path, count: int
) -> None:
    numbers = [f"G22.99.01-260310-{place:04d}" for place in range(1, count + 1)]
    many = applications(*zip(numbers, range(1, count + 1), strict=True))
    async with desk(tmp_path, DVCLT, mock=many) as dvclt:
        # Nothing is marked, so that what is known stays before what is new.
        fault(dvclt, "dvclt_received", "text_200", nth=0, text="{}")
        found = [report.about[0].value for report in await dvclt.pull_all()]
        assert found == numbers
        lists = [c for c in dvclt.calls("hosolienthong") if c.method == "GET"]
        pages = {call.query["trang"] for call in lists}
        assert pages == {"1", "2"}


async def test_a_supplement_is_another_line_of_the_same_dossier(
    tmp_path: Path,
) -> None:
    soon = scenario("supplies_after_h = 1")
    async with desk(tmp_path, DVCLT, scenario=soon) as dvclt:
        (first,) = await dvclt.pull_all()
        for kind in ("told_received", "told_supplement"):
            assert (await dvclt.submit(kind)).code == "taken"
        await dvclt.pass_hours(2)
        (supplement,) = await dvclt.pull_all()
        assert supplement.about == first.about
        assert supplement.fingerprint != first.fingerprint
        assert supplement.renews
        for kind in ("told_accepted", "told_sent_on"):
            assert (await dvclt.submit(kind)).code == "taken"


# ------------------------------------------------------------ what cannot be read


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ("no_json", "detail_inner"),
        ("entity", "detail_xml"),
        ("no_hotich", "detail_xml"),
    ],
)
async def test_a_broken_dossier_is_passed_over_told_and_never_marked(
    tmp_path: Path, broken: str, code: str
) -> None:
    two = applications((SECOND, 1), (FIRST, 2))
    async with desk(
        tmp_path,
        DVCLT,
        mock=two,
        scenario=scenario(f'broken = "{broken}"'),
        number=SECOND,
    ) as dvclt:
        first = await dvclt.pull()
        (part,) = first.unread
        assert part.refused is not None
        assert (part.refused.code, part.label["maHoSo"]) == (code, SECOND)
        assert first.reports == ()
        second = await dvclt.pull(first.cursor)
        assert [one.about[0].value for one in second.reports] == [FIRST]
        last = await dvclt.pull(second.cursor)
        assert marked(dvclt) == [FIRST]
        assert (await dvclt.pull(last.cursor)).unread == ()
        await dvclt.pass_hours(25)
        assert len((await dvclt.pull(last.cursor)).unread) == 1


async def test_a_dossier_that_dvclt_has_mended_is_read_the_next_day(
    tmp_path: Path,
) -> None:
    once = scenario('broken = "no_json"\nbroken_times = 1')
    async with desk(tmp_path, DVCLT, scenario=once, number=FIRST) as dvclt:
        first = await dvclt.pull()
        assert len(first.unread) == 1
        await dvclt.pass_hours(25)
        assert len((await dvclt.pull(first.cursor)).reports) == 1


@pytest.mark.parametrize("do", ["reset_before", "html_200", "error_500_before"])
async def test_a_detail_that_does_not_come_is_asked_for_again_then_told(
    tmp_path: Path, do: str
) -> None:
    two = applications((SECOND, 1), (FIRST, 2))
    async with desk(tmp_path, DVCLT, mock=two) as dvclt:
        fault(dvclt, DETAIL, do)
        first = await dvclt.pull()
        assert (first.reports, first.unread) == ((), ())
        second = await dvclt.pull(first.cursor)
        assert [one.about[0].value for one in second.reports] == [FIRST]
        cursor = second.cursor
        told: list[Part] = []
        for _ in range(2):
            await dvclt.pass_hours(0.2)
            fault(dvclt, DETAIL, do, nth=0)
            pulled = await dvclt.pull(cursor)
            cursor, told = pulled.cursor, [*told, *pulled.unread]
        assert [part.label["maHoSo"] for part in told] == [SECOND]
        dvclt.bench.mock.plan.clear()
        await dvclt.pass_hours(25)
        assert [one.about[0].value for one in (await dvclt.pull(cursor)).reports] == [
            SECOND
        ]


async def test_a_detail_that_is_too_large_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = {"max_body_bytes": 1000, "max_answer_bytes": 1000}
    monkeypatch.setattr("gateway.adapters.civil_registry.dvclt._AGENCY", limits)
    async with desk(tmp_path, DVCLT) as dvclt:
        (part,) = (await dvclt.pull()).unread
        assert part.refused is not None
        assert part.refused.code == "detail_too_large"


@pytest.mark.parametrize(
    ("operation", "do", "error"),
    [
        (LIST, "html_200", AgencyBrokeContract),
        (LIST, "too_many_429", AgencyUnavailable),
        (LIST, "error_503_retry_after", AgencyUnavailable),
        (LIST, "error_500_before", AgencyUnavailable),
        (DETAIL, "too_many_429", AgencyUnavailable),
        (DETAIL, "error_503_retry_after", AgencyUnavailable),
    ],
)
async def test_an_office_that_gives_nothing_now_moves_no_cursor(
    tmp_path: Path, operation: str, do: str, error: type[DeliveryError]
) -> None:
    async with desk(tmp_path, DVCLT) as dvclt:
        fault(dvclt, operation, do, seconds=60)
        with pytest.raises(error):
            await dvclt.pull()
        assert len((await dvclt.pull()).reports) == 1


async def test_more_calls_than_the_rate_wait_as_asked(tmp_path: Path) -> None:
    async with desk(tmp_path, DVCLT) as dvclt:
        fault(dvclt, LIST, "too_many_429", seconds=60)
        with pytest.raises(AgencyUnavailable) as refused:
            await dvclt.pull()
        assert refused.value.retry_after_s == 60


# ------------------------------------------------------------ rungs


async def test_the_ladder_is_told_in_order_and_each_rung_counts_once(
    tmp_path: Path,
) -> None:
    ladder = ("received", "accepted", "sent_on", "registered", "handed_out")
    async with desk(tmp_path, DVCLT) as dvclt:
        await dvclt.pull_all()
        for rung in ladder:
            for attempt in (1, 2):
                answer = await dvclt.submit(f"told_{rung}", attempt=attempt)
                taken = {Outcome.DELIVERED, Outcome.DUPLICATE}
                assert answer.outcome in taken, (rung, answer.code)
        told = [line["facts"]["trang_thai"] for line in dvclt.effects("dvclt_status")]
        assert told == [1, 3, 7, 4, 5]


async def test_a_rung_before_the_mark_is_told_again_later(tmp_path: Path) -> None:
    async with desk(tmp_path, DVCLT) as dvclt:
        answer = await dvclt.submit("told_received")
        assert (answer.outcome, answer.code) == (Outcome.NOT_DELIVERED, "not_sent")
        await dvclt.pull_all()
        assert (await dvclt.submit("told_received")).code == "taken"


async def test_a_rung_after_a_missing_one_waits_for_it(tmp_path: Path) -> None:
    async with desk(tmp_path, DVCLT) as dvclt:
        await dvclt.pull_all()
        await dvclt.submit("told_received")
        answer = await dvclt.submit("told_sent_on")
        assert (answer.outcome, answer.code) == (Outcome.NOT_DELIVERED, "rung_missing")
        await dvclt.submit("told_accepted")
        assert (await dvclt.submit("told_sent_on")).code == "taken"


async def test_a_rung_backwards_is_for_a_person(tmp_path: Path) -> None:
    async with desk(tmp_path, DVCLT) as dvclt:
        await dvclt.pull_all()
        for rung in ("received", "accepted", "sent_on"):
            await dvclt.submit(f"told_{rung}")
        answer = await dvclt.submit("told_accepted")
        assert (answer.outcome, answer.code) == (
            Outcome.NEEDS_CONFIGURATION,
            "wrong_ladder",
        )


async def test_a_rung_after_the_end_is_done_though_nothing_is_stored(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, DVCLT) as dvclt:
        await dvclt.pull_all()
        for rung in ("received", "accepted", "sent_on", "registered"):
            await dvclt.submit(f"told_{rung}")
        answer = await dvclt.submit("told_accepted")
        assert (answer.outcome, answer.code) == (Outcome.DUPLICATE, "has_result")


async def test_a_registration_typed_by_hand_there_is_done(tmp_path: Path) -> None:
    typed = scenario("typed_by_hand_after_h = 1")
    async with desk(tmp_path, DVCLT, scenario=typed) as dvclt:
        await dvclt.pull_all()
        for rung in ("received", "accepted", "sent_on"):
            await dvclt.submit(f"told_{rung}")
        await dvclt.pass_hours(3)
        answer = await dvclt.submit("told_registered")
        assert answer.outcome in {Outcome.DELIVERED, Outcome.DUPLICATE}


async def test_a_report_lost_behind_a_soap_fault_is_told_again(tmp_path: Path) -> None:
    lost = scenario('says = "soap_fault"\nsays_stored = true')
    async with desk(tmp_path, DVCLT, scenario=lost) as dvclt:
        await dvclt.pull_all()
        answer = await dvclt.submit("told_received")
        assert (answer.outcome, answer.code) == (Outcome.UNKNOWN, "soap_fault")
        again = await dvclt.submit("told_received", attempt=2)
        assert again.outcome in {Outcome.DELIVERED, Outcome.DUPLICATE}
        assert len(dvclt.effects("dvclt_status")) == 1


@pytest.mark.parametrize("shape", ["object", "text", "escaped", "words"])
async def test_an_answer_is_understood_in_every_shape(
    tmp_path: Path, shape: str
) -> None:
    async with desk(tmp_path, DVCLT, scenario=scenario(f'shape = "{shape}"')) as dvclt:
        await dvclt.pull_all()
        assert (await dvclt.submit("told_received")).code == "taken"
        assert marked(dvclt) == [FIRST]


@pytest.mark.parametrize("row", CODES["dvclt_answer"], ids=lambda row: row["name"])
async def test_every_answer_is_what_its_name_says(
    tmp_path: Path, row: dict[str, Any]
) -> None:
    says = scenario(f'says = "{row["name"]}"')
    async with desk(tmp_path, DVCLT, scenario=says) as dvclt:
        await dvclt.pull_all()
        assert (await dvclt.submit("told_received")).code == row["name"]


async def test_the_result_goes_on_as_a_text_with_its_pdf(tmp_path: Path) -> None:
    async with desk(tmp_path, DVCLT) as dvclt:
        await dvclt.pull_all()
        for rung in ("received", "accepted", "sent_on", "registered"):
            await dvclt.submit(f"told_{rung}")
        told = json.loads(dvclt.calls("trangthaihoso")[-1].body)
        result = json.loads(told["ketQuaXuLy"])
        assert result["soDinhDanh"] == "099226000001"
        assert result["giayKhaiSinh"]


async def test_a_field_that_dvclt_would_refuse_does_not_leave(tmp_path: Path) -> None:
    long = {"registry": {"officer": "x" * 300}}
    async with desk(tmp_path, DVCLT, office=long) as dvclt:
        answer = await dvclt.submit("told_received")
        assert (answer.outcome, answer.code) == (
            Outcome.NEEDS_CONFIGURATION,
            "message_invalid",
        )
        assert dvclt.bench.calls == []


async def test_nothing_is_enquired_polled_or_fetched_by_link(tmp_path: Path) -> None:
    async with desk(tmp_path, DVCLT) as dvclt:
        adapter, message = dvclt.bench.adapter, dvclt.message("told_received")
        assert (await adapter.enquire(message, timeout_s=1)).code == "not_enquirable"
        (answer,) = await adapter.poll([replace(message)], timeout_s=1)
        assert answer.code == "not_polled"
