"""Our adapter before the mock tax office, over real sockets, faults included."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.attempt import Outcome
from gateway.domain.errors import AgencyBrokeContract
from gateway.domain.report import AgencyReport, FileLink, ReportKind
from gateway.ports.agency import OutboundMessage
from tests.unit.adapters.tax.counterpart import NUMBER, Party, slip
from tests.unit.adapters.tax.stage import Stage, forged, message, staged

Parties = dict[str, Party]


async def sent(stage: Stage, one: OutboundMessage) -> tuple[Outcome, str]:
    (answer,) = await stage.adapter.submit([one], timeout_s=5)
    return answer.outcome, answer.code


async def asked(stage: Stage, one: OutboundMessage) -> tuple[Outcome, str]:
    answer = await stage.adapter.enquire(one, timeout_s=5)
    return answer.outcome, answer.code


async def polled(
    stage: Stage, one: OutboundMessage
) -> tuple[str, tuple[AgencyReport, ...]]:
    (answer,) = await stage.adapter.poll([one], timeout_s=5)
    return answer.code, answer.reports


def kinds(reports: tuple[AgencyReport, ...]) -> list[ReportKind]:
    return [report.kind for report in reports]


# ---------------------------------------------------------------- slips


async def test_a_slip_is_delivered_once_and_its_signed_answer_is_kept(
    tmp_path: Path, parties: Parties
) -> None:
    async with staged(tmp_path, parties) as stage:
        (answer,) = await stage.adapter.submit([stage.message()], timeout_s=5)
        assert (answer.outcome, answer.code) == (Outcome.DELIVERED, "accepted")
        assert answer.http_status == 200
        assert answer.response
        assert b"GuiThongDiepResponse" in answer.response
        assert answer.times.total_ms is not None
        assert stage.effects == ["slip_new"]


async def test_the_issuers_bytes_travel_unchanged_under_our_seal(
    parties: Parties,
) -> None:
    signed = parties["issuer"].sign(slip())
    async with forged(parties) as forger:
        await forger.adapter.submit([message(signed)], timeout_s=5)
        (got,) = forger.got
        assert base64.b64decode(got["NoiDung"]) == signed
        assert got["DauChuyen"].startswith(parties["gateway"].seal(signed)[:10])
        assert (got["IdThongDiep"], got["MaThongDiep"]) == ("t_0001", "TCT_GPC")
        assert (got["MaDonViGui"], got["MaDonViNhan"]) == ("H00.96.01", "TCT-H00-01")


async def test_a_batch_is_answered_item_by_item(
    tmp_path: Path, parties: Parties
) -> None:
    async with staged(tmp_path, parties) as stage:
        batch = [stage.message(), message(None), stage.message(area="0")]
        answers = await stage.adapter.submit(batch, timeout_s=5)
        assert [a.code for a in answers] == [
            "accepted",
            "slip_missing",
            "slip_tt_thuadat",
        ]
        assert answers[1].outcome is Outcome.NEEDS_DATA
        assert stage.effects == ["slip_new"]


async def test_a_replacing_slip_must_say_that_it_replaces(
    tmp_path: Path, parties: Parties
) -> None:
    async with staged(tmp_path, parties) as stage:
        as_new = message(parties["issuer"].sign(slip()), kind="slip_replace")
        told = await sent(stage, as_new)
        assert told == (Outcome.NEEDS_DATA, "slip_type_differs")
        assert stage.arrivals == []
        replacing = stage.message(msg_type="11", replaces="LAND-0")
        assert await sent(stage, replacing) == (Outcome.DELIVERED, "accepted")
        first_we_see = message(replacing.signed, kind="slip_new", key="t_0002")
        assert await sent(stage, first_we_see) == (Outcome.DELIVERED, "accepted")


@pytest.mark.parametrize(
    ("changes", "code", "detail"),
    [
        ({"ma_hs": "H00.96.01-260231-0001"}, "slip_ma_hs", "TT_CHUNG/MA_HS"),
        ({"approved": "2026-03-11"}, "slip_ngay_duyet", "TT_CHUNG/NGAY_DUYET"),
        ({"transfer": ""}, "slip_tt_chuyennhuong", "TT_CHUYENNHUONG"),
    ],
)
async def test_a_data_error_is_refused_with_its_place_and_what_to_do(
    tmp_path: Path, parties: Parties, changes: dict[str, str], code: str, detail: str
) -> None:
    async with staged(tmp_path, parties) as stage:
        (answer,) = await stage.adapter.submit([stage.message(**changes)], timeout_s=5)
        assert (answer.outcome, answer.code) == (Outcome.REFUSED, code)
        assert answer.detail == detail
        assert answer.remedy == stage.adapter.words[code][1]
        assert stage.effects == []


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"senders": ["H13"]}, "sender_unknown"),
        ({"ma_cqt": "TCT-H00-99"}, "wrong_office"),
    ],
)
async def test_what_an_operator_must_register_waits_for_the_operator(
    tmp_path: Path, parties: Parties, settings: dict[str, Any], code: str
) -> None:
    async with staged(tmp_path, parties, **settings) as stage:
        told = await sent(stage, stage.message())
        assert told == (Outcome.NEEDS_CONFIGURATION, code)


async def test_an_unregistered_key_of_ours_is_told_by_seal_and_by_enquiry(
    tmp_path: Path, parties: Parties
) -> None:
    stranger = parties["stranger"].certificate_path
    async with staged(tmp_path, parties, gateway_certificate=stranger) as stage:
        one = stage.message()
        told = (Outcome.NEEDS_CONFIGURATION, "seal_refused")
        assert await sent(stage, one) == told
        assert await asked(stage, one) == told


async def test_a_busy_office_took_nothing_and_gets_the_same_slip_later(
    tmp_path: Path, parties: Parties
) -> None:
    scenario = 'slip_error = "90"\nslip_error_times = 1'
    async with staged(tmp_path, parties, scenario=scenario) as stage:
        one = stage.message()
        assert await sent(stage, one) == (Outcome.NOT_DELIVERED, "busy")
        assert await sent(stage, one) == (Outcome.DELIVERED, "accepted")


async def test_a_system_error_is_unknown_until_it_was_asked(
    tmp_path: Path, parties: Parties
) -> None:
    scenario = 'slip_error = "99"\nslip_error_times = 1'
    async with staged(tmp_path, parties, scenario=scenario) as stage:
        one = stage.message()
        assert await sent(stage, one) == (Outcome.UNKNOWN, "system_error")
        assert await asked(stage, one) == (Outcome.NOT_DELIVERED, "no_such_dossier")


# ---------------------------------------------------------------- lost answers


def fault(do: str, operation: str = "slip_new", **more: Any) -> dict[str, Any]:
    return {"operation": operation, "do": do, **more}


@pytest.mark.parametrize("do", ["lose_answer", "half_answer"])
async def test_an_answer_lost_after_the_work_is_found_by_asking(
    tmp_path: Path, parties: Parties, do: str
) -> None:
    async with staged(tmp_path, parties, faults=(fault(do),)) as stage:
        one = stage.message()
        outcome, _ = await sent(stage, one)
        assert outcome is Outcome.UNKNOWN
        assert await asked(stage, one) == (Outcome.DELIVERED, "on_file")
        assert stage.effects == ["slip_new"]


async def test_a_call_lost_before_the_work_is_proved_not_to_have_come(
    tmp_path: Path, parties: Parties
) -> None:
    async with staged(tmp_path, parties, faults=(fault("reset_before"),)) as stage:
        one = stage.message()
        outcome, _ = await sent(stage, one)
        assert outcome is Outcome.UNKNOWN
        assert await asked(stage, one) == (Outcome.NOT_DELIVERED, "no_such_dossier")
        assert await sent(stage, one) == (Outcome.DELIVERED, "accepted")
        assert stage.effects == ["slip_new"]


async def test_an_error_text_after_the_work_is_no_answer_and_is_settled_by_asking(
    tmp_path: Path, parties: Parties
) -> None:
    planned = fault("text_after", text='{"error": "Có lỗi xảy ra"}')
    async with staged(tmp_path, parties, faults=(planned,)) as stage:
        one = stage.message()
        told = await sent(stage, one)
        assert told == (Outcome.CONTRACT_BROKEN, "answer_unreadable")
        assert await asked(stage, one) == (Outcome.DELIVERED, "on_file")


@pytest.mark.parametrize(
    ("planned", "outcome", "code"),
    [
        (fault("html_200"), Outcome.CONTRACT_BROKEN, "answer_unreadable"),
        (
            fault("text_200", text="Đã tiếp nhận phiếu chuyển thông tin"),
            Outcome.CONTRACT_BROKEN,
            "answer_unreadable",
        ),
        (fault("error_500_before"), Outcome.UNKNOWN, "answer_unreadable"),
        (fault("unauthorized_401"), Outcome.NOT_DELIVERED, "access_refused"),
        (fault("too_many_429", seconds=90), Outcome.NOT_DELIVERED, "overload"),
        (fault("error_503_retry_after", seconds=90), Outcome.NOT_DELIVERED, "busy"),
    ],
)
async def test_what_is_no_answer_of_tax_is_never_success(
    tmp_path: Path,
    parties: Parties,
    planned: dict[str, Any],
    outcome: Outcome,
    code: str,
) -> None:
    async with staged(tmp_path, parties, faults=(planned,)) as stage:
        (answer,) = await stage.adapter.submit([stage.message()], timeout_s=5)
        assert (answer.outcome, answer.code) == (outcome, code)
        assert answer.retry_after_s == (90 if "seconds" in planned else None)
        assert stage.effects == []


@pytest.mark.parametrize(
    "do",
    [
        "html_200",
        "error_500_before",
        "unauthorized_401",
        "too_many_429",
        "error_503_retry_after",
        "reset_before",
        "lose_answer",
        "half_answer",
    ],
)
async def test_trouble_with_an_enquiry_proves_nothing_about_the_slip(
    tmp_path: Path, parties: Parties, do: str
) -> None:
    async with staged(tmp_path, parties, faults=(fault(do, "dossier"),)) as stage:
        one = stage.message()
        outcome, _ = await asked(stage, one)
        assert outcome in {Outcome.UNKNOWN, Outcome.CONTRACT_BROKEN}
        assert await asked(stage, one) == (Outcome.NOT_DELIVERED, "no_such_dossier")


async def test_asking_where_nobody_listens_proves_nothing_sending_there_does(
    tmp_path: Path, parties: Parties
) -> None:
    async with staged(tmp_path, parties) as stage:
        one = stage.message()
        adapter = stage.adapter
    outcome = (await adapter.enquire(one, timeout_s=2)).outcome
    assert outcome is Outcome.UNKNOWN
    (answer,) = await adapter.submit([one], timeout_s=2)
    assert (answer.outcome, answer.code) == (
        Outcome.NOT_DELIVERED,
        "agency_unavailable",
    )
    await adapter._carrier._http.close()


async def test_an_office_that_does_not_answer_in_time_leaves_an_unknown(
    tmp_path: Path, parties: Parties
) -> None:
    slow = fault("delay_s", seconds=1)
    async with staged(tmp_path, parties, faults=(slow,)) as stage:
        (answer,) = await stage.adapter.submit([stage.message()], timeout_s=0.3)
        assert (answer.outcome, answer.code) == (Outcome.UNKNOWN, "timeout")


async def test_a_slip_that_came_twice_is_there_and_said_to_be_twice(
    tmp_path: Path, parties: Parties
) -> None:
    async with staged(tmp_path, parties) as stage:
        one = stage.message()
        await sent(stage, one)
        await sent(stage, one)
        assert await asked(stage, one) == (Outcome.DELIVERED, "arrived_twice")


async def test_another_slip_under_the_same_numbers_is_no_proof_of_ours(
    tmp_path: Path, parties: Parties
) -> None:
    async with staged(tmp_path, parties) as stage:
        await sent(stage, stage.message(seq_id="LAND-7"))
        told = await asked(stage, stage.message())
        assert told == (Outcome.CONTRACT_BROKEN, "another_slip_on_file")


async def test_a_first_certificate_is_asked_about_with_an_empty_ma_gcn(
    tmp_path: Path, parties: Parties
) -> None:
    async with staged(tmp_path, parties) as stage:
        one = stage.message(ma_gcn="")
        assert await asked(stage, one) == (Outcome.NOT_DELIVERED, "no_such_dossier")
        await sent(stage, one)
        assert await asked(stage, one) == (Outcome.DELIVERED, "on_file")


async def test_a_comment_inside_a_number_does_not_cut_the_number_asked_about(
    tmp_path: Path, parties: Parties
) -> None:
    signed = parties["issuer"].sign(slip())
    commented = signed.replace(b"0001/PCTT", b"0001<!-- x -->/PCTT")
    assert commented != signed
    async with staged(tmp_path, parties) as stage:
        one = message(commented)
        assert await sent(stage, one) == (Outcome.DELIVERED, "accepted")
        assert await asked(stage, one) == (Outcome.DELIVERED, "on_file")


@pytest.mark.parametrize(
    ("hours", "scenario"),
    [(1, ""), (49, ""), (200, ""), (49, 'answer = "refused"')],
)
async def test_whatever_became_of_a_slip_it_is_there(
    tmp_path: Path, parties: Parties, hours: float, scenario: str
) -> None:
    async with staged(tmp_path, parties, scenario=scenario) as stage:
        one = stage.message()
        await sent(stage, one)
        stage.later(hours)
        assert await asked(stage, one) == (Outcome.DELIVERED, "on_file")


async def test_a_replaced_slip_is_there_and_reports_nothing_any_more(
    tmp_path: Path, parties: Parties
) -> None:
    async with staged(tmp_path, parties) as stage:
        old = stage.message()
        new = stage.message(
            msg_type="11", seq_id="LAND-2", replaces="LAND-1", so_phieu="0002/PCTT"
        )
        await sent(stage, old)
        await sent(stage, new)
        assert await asked(stage, old) == (Outcome.DELIVERED, "on_file")
        stage.later(200)
        assert await polled(stage, old) == ("replaced", ())
        _, reports = await polled(stage, new)
        assert kinds(reports) == [ReportKind.NOTICES, ReportKind.PAID]


# ---------------------------------------------------------------- later answers


async def test_notices_come_then_payment_each_with_a_lasting_fingerprint(
    tmp_path: Path, parties: Parties
) -> None:
    async with staged(tmp_path, parties) as stage:
        one = stage.message()
        await sent(stage, one)
        assert await polled(stage, one) == ("working", ())
        stage.later(48)
        code, first = await polled(stage, one)
        assert (code, kinds(first)) == ("obligations_told", [ReportKind.NOTICES])
        stage.later(1)
        _, again = await polled(stage, one)
        assert [r.fingerprint for r in again] == [r.fingerprint for r in first]
        stage.later(72)
        _, last = await polled(stage, one)
        assert kinds(last) == [ReportKind.NOTICES, ReportKind.PAID]
        assert last[0].fingerprint == first[0].fingerprint
        assert len({r.fingerprint for r in last}) == 2


async def test_a_report_names_its_dossier_and_keeps_amounts_out_of_the_facts(
    tmp_path: Path, parties: Parties
) -> None:
    async with staged(tmp_path, parties) as stage:
        one = stage.message()
        await sent(stage, one)
        stage.later(200)
        _, (issued, paid) = await polled(stage, one)
        assert [(r.agency, r.kind, r.value) for r in issued.about] == [
            ("one_stop", "ma_ho_so", NUMBER)
        ]
        assert issued.facts == {"notices": 2, "adjusts": False}
        amounts = [notice["amount"] for notice in issued.content["notices"]]
        assert amounts == ["20000000", "5000000"]
        # Confirmed on the day of the answer; paid on an earlier one.
        assert paid.facts == {"confirmed_on": "2026-03-18"}
        assert paid.content["last_paid_on"] == "2026-03-15"
        assert "20000000" not in str(issued.facts) + str(paid.facts)


async def test_an_exempt_applicant_is_reported_as_exempted(
    tmp_path: Path, parties: Parties
) -> None:
    async with staged(tmp_path, parties, scenario='answer = "exempt"') as stage:
        one = stage.message()
        await sent(stage, one)
        stage.later(48)
        code, (report,) = await polled(stage, one)
        assert (code, report.kind) == ("nothing_due", ReportKind.EXEMPTED)
        assert report.facts == {"exempted": True, "confirmed_on": "2026-03-12"}


async def test_a_returned_slip_is_reported_with_its_reason_sealed(
    tmp_path: Path, parties: Parties
) -> None:
    scenario = 'answer = "refused"\nreason = "thiếu giá đất"'
    async with staged(tmp_path, parties, scenario=scenario) as stage:
        one = stage.message()
        await sent(stage, one)
        stage.later(48)
        code, (report,) = await polled(stage, one)
        assert (code, report.kind) == ("returned", ReportKind.TAX_RETURNED)
        assert report.content["note"].endswith(": thiếu giá đất")
        assert report.facts == {}


async def test_whoever_asks_too_often_learns_nothing_and_asks_later(
    tmp_path: Path, parties: Parties
) -> None:
    async with staged(tmp_path, parties, min_poll_s=900) as stage:
        one = stage.message()
        await sent(stage, one)
        stage.later(48)
        _, reports = await polled(stage, one)
        assert kinds(reports) == [ReportKind.NOTICES]
        (answer,) = await stage.adapter.poll([one], timeout_s=5)
        assert (answer.outcome, answer.code) == (Outcome.UNKNOWN, "overload")
        assert answer.reports == ()


async def test_notices_are_kept_when_the_second_question_goes_wrong(
    tmp_path: Path, parties: Parties
) -> None:
    lost = fault("lose_answer", "obligations")
    async with staged(tmp_path, parties, faults=(lost,)) as stage:
        one = stage.message()
        await sent(stage, one)
        stage.later(48)
        (answer,) = await stage.adapter.poll([one], timeout_s=5)
        assert answer.outcome is Outcome.UNKNOWN
        assert kinds(answer.reports) == [ReportKind.NOTICES]


async def test_one_slip_without_answer_does_not_hide_the_others(
    tmp_path: Path, parties: Parties
) -> None:
    lost = fault("lose_answer", "notices")
    async with staged(tmp_path, parties, faults=(lost,)) as stage:
        first, second = stage.message(), stage.message(so_phieu="0002/PCTT")
        await sent(stage, first)
        await sent(stage, second)
        stage.later(48)
        answers = await stage.adapter.poll([first, second], timeout_s=5)
        assert [kinds(a.reports) for a in answers] == [[], [ReportKind.NOTICES]]


async def test_a_delivered_slip_that_tax_no_longer_knows_is_no_quiet_matter(
    tmp_path: Path, parties: Parties
) -> None:
    async with staged(tmp_path, parties) as stage:
        (answer,) = await stage.adapter.poll([stage.message()], timeout_s=5)
        assert (answer.outcome, answer.code, answer.reports) == (
            Outcome.CONTRACT_BROKEN,
            "delivered_slip_not_found",
            (),
        )


async def test_each_enquiry_has_an_id_of_its_own(parties: Parties) -> None:
    one = message(parties["issuer"].sign(slip()))
    async with forged(parties) as forger:
        for _ in range(2):
            await forger.adapter.enquire(one, timeout_s=5)
        ids = {(got["IdThongDiep"], got.inside("SEQ_ID")) for got in forger.got}
        assert len(ids) == 2
        assert {got["MaThongDiep"] for got in forger.got} == {"TCT_TVHSSC"}


async def test_without_time_left_nothing_is_sent(
    tmp_path: Path, parties: Parties
) -> None:
    async with staged(tmp_path, parties) as stage:
        one = stage.message()
        (answer,) = await stage.adapter.submit([one], timeout_s=0)
        assert answer.outcome is Outcome.NOT_DELIVERED
        assert (await stage.adapter.enquire(one, timeout_s=0)).outcome is (
            Outcome.UNKNOWN
        )
        assert stage.arrivals == []


async def test_tax_offers_no_files_by_link(tmp_path: Path, parties: Parties) -> None:
    async with staged(tmp_path, parties) as stage:
        link = FileLink("a.pdf", "http://127.0.0.1/a.pdf")
        with pytest.raises(AgencyBrokeContract) as refused:
            await anext(stage.adapter.fetch_file(link, timeout_s=1))
        assert refused.value.code == "file_not_offered"
