"""The adapter toward BTP, on a real socket against the mock."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.attempt import Outcome
from gateway.domain.identifiers import AgencyId
from gateway.domain.report import Reference
from gateway.domain.values import replace
from gateway.ports.agency import OutboundMessage
from tests.unit.adapters.civil_registry.desk import BTP, SINGLE, USUAL, desk
from tests.unit.adapters.civil_registry.published import CODES

ONE_STOP = AgencyId("one_stop")


def number(message: OutboundMessage, place: int) -> OutboundMessage:
    """The same of another dossier."""
    told = (
        Reference(ONE_STOP, "ma_ho_so", f"H00.103-260310-{place:04d}"),
        Reference(ONE_STOP, "ma_ho_so_lt", f"G22.99.01-260310-{place:04d}"),
    )
    key = f"t-{place}"
    return replace(message, references=told, idempotency_key=key)


# ------------------------------------------------------------ pushing


async def test_a_linked_dossier_is_taken_and_a_repeat_counts_once(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, BTP, scenario=USUAL) as btp:
        assert (await btp.submit()).code == "accepted"
        again = await btp.submit(attempt=2)
        assert (again.outcome, again.code) == (Outcome.DUPLICATE, "already_there")
        assert len(btp.effects("btp_push")) == 1


async def test_a_single_registration_goes_by_its_own_call(tmp_path: Path) -> None:
    async with desk(tmp_path, SINGLE, scenario=USUAL) as btp:
        assert (await btp.submit()).code == "accepted"
        (call,) = btp.bench.calls
        assert call.path.endswith("/dangKyHoTich")
        await btp.pass_hours(5)
        assert await btp.states() == [("finished", "4")]


async def test_the_account_stands_in_its_header_and_nowhere_else(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, BTP, scenario=USUAL) as btp:
        await btp.submit()
        (call,) = btp.bench.calls
        kind, _, shown = call.headers["Authorization"].partition(" ")
        account, _, password = base64.b64decode(shown).decode().partition(":")
        assert (kind, account) == ("Basic", "mot-cua-thu")
        assert password.encode() not in call.body


async def test_a_wrong_account_has_delivered_nothing(tmp_path: Path) -> None:
    wrong = {"registry": {"account": "ai-do"}}
    async with desk(tmp_path, BTP, scenario=USUAL, office=wrong) as btp:
        answer = await btp.submit()
        assert (answer.outcome, answer.code) == (Outcome.NOT_DELIVERED, "not_admitted")
        assert btp.effects("btp_push") == []


async def test_what_is_sent_again_after_a_lost_answer_counts_once(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, BTP, scenario=USUAL) as btp:
        sample = next(iter(btp.bench.kit.samples.values()))
        btp.bench.plan(sample, "lose_answer")
        try:
            outcome = (await btp.submit()).outcome
        except Exception as error:
            raise AssertionError from error
        assert outcome is Outcome.UNKNOWN
        assert (await btp.submit(attempt=2)).outcome is Outcome.DUPLICATE
        assert len(btp.effects("btp_push")) == 1


async def test_a_push_while_btp_waits_is_the_supplement(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, BTP) as btp:
        await btp.submit()
        await btp.pass_hours(2)
        assert await btp.states() == [("supplement_request", "2")]
        assert (await btp.submit("supplement")).code == "accepted"
        # The first push again is none: it came before, and nothing is awaited now.
        assert (await btp.submit(attempt=2)).code == "already_there"
        assert len(btp.effects("btp_supplement")) == 1
        await btp.pass_hours(3)
        assert await btp.states() == [("finished", "4")]


async def test_what_btp_refused_is_not_taken_again(tmp_path: Path) -> None:
    refusing = '[[civil_registry.step]]\non = "push"\nafter_h = 1.0\nstate = 6\ntext = "Không đủ điều kiện"\n'
    async with desk(tmp_path, BTP, scenario=refusing) as btp:
        await btp.submit()
        await btp.pass_hours(2)
        ((answer),) = await btp.poll()
        (report,) = answer.reports
        assert (str(report.kind), report.content["note"]) == (
            "refused",
            "Không đủ điều kiện",
        )
        later = await btp.submit(attempt=2)
        assert later.code in {"ended_refused", "already_there"}


@pytest.mark.parametrize(
    ("told", "labels"),
    [
        (
            "Dữ liệu không hợp lệ: nksHoTennycNgayCapGiayToTuyThan",
            ["họ tên trẻ", "ngày cấp giấy tờ người yêu cầu"],
        ),
        ("Dữ liệu không hợp lệ: maDonViTruongLa", ["mã đơn vị", "TruongLa"]),
        ("Dữ liệu không hợp lệ", []),
    ],
)
async def test_fields_that_btp_names_are_told_as_people_call_them(
    tmp_path: Path, told: str, labels: list[str]
) -> None:
    async with desk(tmp_path, BTP, scenario=USUAL) as btp:
        sample = next(iter(btp.bench.kit.samples.values()))
        text = f'{{"status": "0", "statusDescription": "{told}", "errorCode": "ERR"}}'
        btp.bench.plan(sample, "text_200", text=text)
        answer = await btp.submit()
        assert (answer.outcome, answer.code) == (Outcome.REFUSED, "fields_wrong")
        assert [one for one in labels if one not in answer.detail] == []


async def test_a_unit_that_is_not_set_up_there_is_for_the_administrator(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, BTP, scenario=USUAL, mock={"btp": {"units": [1]}}) as btp:
        answer = await btp.submit()
        assert answer.code == "unit_unknown"
        assert answer.outcome is Outcome.NEEDS_CONFIGURATION


@pytest.mark.parametrize(
    "row", [r for r in CODES["btp_answer"] if "nhanHoSoDKHT" in r["operations"]],
    ids=lambda row: row["name"],
)  # fmt: skip
async def test_every_answer_of_btp_has_its_row(
    tmp_path: Path, row: dict[str, Any]
) -> None:
    meant = {"yes": {"delivered", "duplicate"}, "unknown": {"unknown"}}
    async with desk(tmp_path, BTP, scenario=USUAL) as btp:
        sample = next(iter(btp.bench.kit.samples.values()))
        text = f'{{"status": "{row["sent_as"]}", "statusDescription": "{row["text"]}"}}'
        btp.bench.plan(sample, "text_200", text=text)
        answer = await btp.submit()
        assert answer.code == row["name"]
        proved = {"refused", "needs_configuration", "not_delivered"}
        assert answer.outcome in meant.get(row["taken"], proved)


# ------------------------------------------------------------ asking


async def test_a_dossier_passes_its_states_to_its_result(tmp_path: Path) -> None:
    async with desk(tmp_path, BTP, scenario=USUAL) as btp:
        await btp.submit()
        found = []
        for hours in (0.1, 1, 4):
            await btp.pass_hours(hours)
            found += await btp.states()
        assert found == [("progress", "1"), ("progress", "3"), ("finished", "4")]
        ((answer),) = await btp.poll()
        (report,) = answer.reports
        assert report.brought[0].content.startswith(b"%PDF")
        assert answer.response is None


async def test_numbers_as_texts_are_read_alike(tmp_path: Path) -> None:
    texts = '[civil_registry]\nwritten = "text"\n'
    async with desk(tmp_path, BTP, scenario=texts) as btp:
        assert (await btp.submit()).code == "accepted"
        await btp.pass_hours(5)
        assert await btp.states() == [("finished", "4")]


async def test_polls_ask_three_at_a_time_of_one_kind(tmp_path: Path) -> None:
    async with desk(tmp_path, BTP, scenario=USUAL) as btp:
        sent = [number(btp.message(), place) for place in range(1, 8)]
        for message in sent:
            assert (await btp.bench.send(message)).code == "accepted"
        await btp.pass_hours(5)
        found = await btp.poll(*sent)
        assert [len(one.reports) for one in found] == [1] * 7
        assert [len(one["maDinhDanhHoSo"]) for one in btp.asked()] == [3, 3, 1]
        told = [one.reports[0].about[0].value for one in found]
        assert told == [one.number("ma_ho_so_lt") for one in sent]


async def test_polls_never_overlap(tmp_path: Path) -> None:
    slow = "[civil_registry]\npoll_works_s = 0.2\n"
    async with desk(tmp_path, BTP, scenario=slow) as btp:
        await btp.submit()
        both = await asyncio.gather(*(btp.poll() for _ in range(3)))
        assert {answer.code for answers in both for answer in answers} == {"found"}


async def test_a_poll_without_time_left_brings_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path, BTP, scenario=USUAL) as btp:
        await btp.submit()
        adapter: Any = btp.bench.adapter
        async with adapter._polling:
            (late,) = await adapter.poll([btp.message()], timeout_s=0.05)
        assert (late.outcome, late.reports) == (Outcome.UNKNOWN, ())
        assert btp.asked() == []


async def test_a_dossier_of_before_the_merger_is_found_under_the_old_code(
    tmp_path: Path,
) -> None:
    old = '[civil_registry]\nfiled_under = "98"\n'
    async with desk(tmp_path, BTP, scenario=old) as btp:
        await btp.submit()
        ((answer),) = await btp.poll()
        assert [one["maTinh"] for one in btp.asked()] == ["99", "98"]
        (report,) = answer.reports
        (kept,) = report.introduces
        assert kept.value == "98/G22.99.01-260310-0001"
        message = btp.message()
        known = replace(message, references=(*message.references, kept))
        ((again),) = await btp.poll(known)
        assert again.reports
        assert [one["maTinh"] for one in btp.asked()[2:]] == ["98"]


async def test_a_dossier_that_is_found_nowhere_is_told_and_concludes_nothing(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, BTP, scenario=USUAL) as btp:
        await btp.submit()
        here, stranger = await btp.poll(btp.message(), number(btp.message(), 77))
        assert here.reports
        assert (stranger.code, stranger.reports) == ("not_found_there", ())
        assert stranger.outcome is Outcome.NEEDS_CONFIGURATION


async def test_an_unknown_province_is_for_the_administrator(tmp_path: Path) -> None:
    async with desk(
        tmp_path, BTP, scenario=USUAL, mock={"btp": {"provinces": ["98"]}}
    ) as btp:
        await btp.submit()
        ((answer),) = await btp.poll()
        assert (answer.code, answer.reports) == ("province_unknown", ())


async def test_a_dossier_that_nothing_is_known_of_stops_no_other(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, BTP, scenario=USUAL) as btp:
        await btp.submit()
        bare = btp.bench.bare(next(iter(btp.bench.kit.samples.values())))
        lacking, here = await btp.poll(bare, btp.message())
        assert (lacking.outcome, lacking.reports) == (Outcome.NEEDS_DATA, ())
        assert here.reports


async def test_a_registration_typed_by_hand_is_told_as_waiting(tmp_path: Path) -> None:
    typed = "[civil_registry]\ntyped_by_hand_after_h = 1\n"
    async with desk(tmp_path, BTP, scenario=typed) as btp:
        await btp.submit()
        await btp.pass_hours(48)
        assert await btp.states() == [("progress", "1")]


@pytest.mark.parametrize(
    ("days", "code"), [(None, "not_taken_up"), (1, "not_taken_up"), (30, "found")]
)
async def test_a_push_that_nobody_takes_is_for_a_person_after_so_many_days(
    tmp_path: Path, days: int | None, code: str
) -> None:
    typed = "[civil_registry]\ntyped_by_hand_after_h = 1\n"
    told = {} if days is None else {"registry": {"taken_within_days": days}}
    async with desk(tmp_path, BTP, scenario=typed, office=told) as btp:
        await btp.submit()
        since = btp.bench.now()
        await btp.pass_hours(2)
        message = replace(btp.message(), created_at=since)
        assert [one.code for one in await btp.poll(message)] == ["found"]
        await btp.pass_hours(24 * 6)
        (answer,) = await btp.poll(message)
        assert answer.code == code
        assert [str(one.facts["step"]) for one in answer.reports] == ["1"]


STATES = """
[[civil_registry.step]]
on = "push"
after_h = 1.0
state = {}
text = "(ví dụ)"
"""


async def test_a_state_that_no_table_has_is_kept_and_shown_to_a_person(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, BTP, scenario=STATES.format(9)) as btp:
        await btp.submit()
        await btp.pass_hours(2)
        ((answer),) = await btp.poll()
        assert (answer.outcome, answer.code) == (
            Outcome.CONTRACT_BROKEN,
            "state_unknown",
        )
        assert [report.facts["step"] for report in answer.reports] == ["9"]


async def test_a_result_of_forty_megabytes_comes_through(tmp_path: Path) -> None:
    large = f"{STATES.format(4)}pdf_mb = 40\n"
    async with desk(tmp_path, BTP, scenario=large) as btp:
        await btp.submit()
        await btp.pass_hours(2)
        ((answer),) = await btp.poll()
        (report,) = answer.reports
        (pdf,) = report.brought
        assert len(pdf.content) > 29_000_000
        assert report.content["documents"][0]["files"][0]["sha256"] == pdf.sha256


async def test_results_too_large_together_are_asked_for_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = f"{STATES.format(4)}pdf_mb = 2\n"
    async with desk(tmp_path, BTP, scenario=large) as btp:
        limits = {"max_body_bytes": 1_000_000, "max_answer_bytes": 1_000_000}
        monkeypatch.setattr("gateway.adapters.civil_registry.adapter._AGENCY", limits)
        sent = [btp.message(), number(btp.message(), 2)]
        for message in sent:
            await btp.bench.send(message)
        await btp.pass_hours(5)
        huge, usual = await btp.poll(*sent)
        assert (huge.code, huge.reports) == ("answer_too_large", ())
        assert usual.reports


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ('{"status": 1, "value": [{"maHoSoLT": "G22.99.01-260310-0001"}]}', "entry_unreadable"),
        (
            '{"status": 1, "value": [{"maHoSoLT": "G22.99.01-260310-0001", "trangThai": 4}]}',
            "result_unreadable",
        ),
        ('{"status": 1, "value": ["x", null, 7]}', "not_found_there"),
        ('{"status": 1, "value": null}', "not_found_there"),
        ('{"status": 0, "statusDescription": "Hệ thống đang bận"}', "busy"),
        ('{"status": 0, "statusDescription": "Điều lạ"}', "agency_broke_contract"),
        ("<html>", "agency_broke_contract"),
    ],
)  # fmt: skip
async def test_an_answer_that_tells_nothing_brings_nothing(
    tmp_path: Path, answer: str, code: str
) -> None:
    async with desk(tmp_path, BTP, scenario=USUAL) as btp:
        await btp.submit()
        sample = next(iter(btp.bench.kit.samples.values()))
        btp.bench.plan(sample, "text_200", operation="btp_poll", nth=0, text=answer)
        ((told),) = await btp.poll()
        assert (told.code, told.reports) == (code, ())
        assert told.outcome not in {Outcome.DELIVERED, Outcome.DUPLICATE}


async def test_what_is_found_there_has_arrived_in_whatever_state(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, BTP) as btp:
        await btp.submit()
        await btp.pass_hours(2)
        assert await btp.states() == [("supplement_request", "2")]
        await btp.pass_hours(1)
        found = await btp.bench.adapter.enquire(btp.message(), timeout_s=1)
        assert (found.outcome, found.code) == (Outcome.DELIVERED, "found")


async def test_what_is_not_found_there_may_have_arrived_all_the_same(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, BTP, scenario=USUAL) as btp:
        found = await btp.bench.adapter.enquire(btp.message(), timeout_s=1)
        assert (found.outcome, found.in_part) == (Outcome.NOT_DELIVERED, True)


@pytest.mark.parametrize(
    "answer",
    ['{"status": 0, "statusDescription": "Hệ thống đang bận"}', "<html>", ""],
)
async def test_who_is_asked_and_does_not_say_is_asked_again(
    tmp_path: Path, answer: str
) -> None:
    async with desk(tmp_path, BTP, scenario=USUAL) as btp:
        await btp.submit()
        sample = next(iter(btp.bench.kit.samples.values()))
        btp.bench.plan(sample, "text_200", operation="btp_poll", nth=0, text=answer)
        found = await btp.bench.adapter.enquire(btp.message(), timeout_s=1)
        assert (found.outcome, found.in_part) == (Outcome.UNKNOWN, False)
