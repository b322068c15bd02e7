"""What becomes of a message when the answer is lost, late, strange, or nobody is there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.conformance.adapter_making import Need, case
from gateway.conformance.adapter_sending_cases import TAKEN, anew, sent
from gateway.conformance.expect import equal, holds
from gateway.domain.attempt import Outcome
from gateway.domain.errors import DeliveryError
from gateway.ports.agency import OutboundMessage, answer_of

if TYPE_CHECKING:
    from gateway.conformance.adapter_bench import Bench
    from gateway.conformance.adapter_kit import Sample

#: Nothing is known, or the agency has to be called: never sent again unasked.
DOUBT = frozenset({Outcome.UNKNOWN, Outcome.CONTRACT_BROKEN})
#: Real seconds that a hanging agency is waited for.
SHORT_S = 0.3
ASKED_S = 60.0
#: Answers of nobody's document.
STRANGE = ('{"data":', "[]", "null", '"OK"', '{"la":"thành công"}', "\x00")


def _in_doubt(outcome: Outcome) -> None:
    holds(outcome in DOUBT, f"{outcome}, though nobody knows whether it arrived")


async def _planned(bench: Bench, sample: Sample, do: str, **more: float | str) -> None:
    await bench.ready(sample)
    bench.plan(sample, do, **more)


@case(
    Need.CALLED,
    each_kind=True,
    harsh=True,
)
async def a_lost_answer_is_unknown(bench: Bench, sample: Sample) -> None:
    """Cơ quan đã nhận nhưng mất câu trả lời: chưa rõ cơ quan đã nhận hay chưa."""
    await _planned(bench, sample, "lose_answer")
    equal((await sent(bench, bench.message(sample))).outcome, Outcome.UNKNOWN)
    bench.expect_effects(sample, 1)


@case(
    Need.CALLED,
    each_kind=True,
    harsh=True,
)
async def half_an_answer_is_no_success(bench: Bench, sample: Sample) -> None:
    """Câu trả lời đứt giữa chừng không phải là đã nhận."""
    await _planned(bench, sample, "half_answer")
    answer = await sent(bench, bench.message(sample))
    if bench.answers_with_content:
        _in_doubt(answer.outcome)
    bench.expect_effects(sample, 1)


@case(
    Need.CALLED,
    each_kind=True,
    harsh=True,
)
async def a_connection_cut_after_the_request_is_unknown(
    bench: Bench, sample: Sample
) -> None:
    """Kết nối bị cắt sau khi đã gửi: chưa rõ, không coi là chưa gửi."""
    await _planned(bench, sample, "reset_before")
    equal((await sent(bench, bench.message(sample))).outcome, Outcome.UNKNOWN)


@case(
    Need.CALLED,
    each_kind=True,
    harsh=True,
)
async def an_agency_that_is_away_was_not_reached(bench: Bench, sample: Sample) -> None:
    """Không nối được tới cơ quan: chắc chắn chưa gửi, gửi lại được."""
    await bench.ready(sample)
    await bench.down()
    equal((await sent(bench, bench.message(sample))).outcome, Outcome.NOT_DELIVERED)


@case(
    Need.CALLED,
    each_kind=True,
    harsh=True,
)
async def a_hanging_agency_is_left_in_time(bench: Bench, sample: Sample) -> None:
    """Cơ quan không trả lời: hết giờ thì dừng, coi là chưa rõ."""
    await _planned(bench, sample, "delay_s", seconds=SHORT_S * 8)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    answer = await sent_within(bench, sample, SHORT_S)
    holds(loop.time() - begun < SHORT_S * 6, "the adapter does not keep its time")
    equal(answer, Outcome.UNKNOWN)


async def sent_within(bench: Bench, sample: Sample, timeout_s: float) -> Outcome:
    """The outcome of one message within a time."""
    answers = await bench.submit(bench.message(sample), timeout_s=timeout_s)
    return answers[0].outcome


@case(
    Need.CALLED,
    each_kind=True,
    harsh=True,
)
async def who_is_not_let_in_has_delivered_nothing(bench: Bench, sample: Sample) -> None:
    """Cơ quan từ chối cho vào (401): chưa nhận, gửi lại được; có phiên thì xin phiên mới."""
    await bench.ready(sample)
    for nth in (1, 2):
        bench.plan(sample, "unauthorized_401", nth=nth)
    equal((await sent(bench, bench.message(sample))).outcome, Outcome.NOT_DELIVERED)
    bench.mock.plan.clear()
    bench.plan(sample, "unauthorized_401")
    bench.calls.clear()
    answer = await sent(bench, bench.message(sample))
    if bench.accounts:
        holds(answer.outcome in TAKEN, f"after a new token: {answer.code}")
        named = [c for c in bench.calls if bench.mock.kind_of(c) == sample.operation]
        shown = [(c.headers.get("Authorization"), c.body) for c in named]
        holds(len({*shown}) == 2, "the token that was refused is shown again")
    else:
        equal(answer.outcome, Outcome.NOT_DELIVERED)
    answer = await sent(bench, bench.message(sample))
    holds(answer.outcome in TAKEN, f"let in again: {answer.outcome} {answer.code}")


@case(
    *(Need.CALLED, Need.WAIT_IS_TOLD),
    each_kind=True,
    harsh=True,
)
async def the_time_that_an_agency_asks_for_is_kept(
    bench: Bench, sample: Sample
) -> None:
    """Cơ quan hẹn gửi lại sau (429, 503): chưa nhận, chờ đúng lúc hẹn."""
    await bench.ready(sample)
    for do in ("too_many_429", "error_503_retry_after"):
        bench.plan(sample, do, seconds=ASKED_S)
        answer = await sent(bench, bench.message(sample))
        equal((do, answer.outcome), (do, Outcome.NOT_DELIVERED))
        equal((do, answer.retry_after_s), (do, ASKED_S))


@case(
    Need.CALLED,
    each_kind=True,
    harsh=True,
)
async def a_server_error_is_unknown(bench: Bench, sample: Sample) -> None:
    """Máy chủ báo lỗi 500: chưa rõ đã nhận hay chưa."""
    await _planned(bench, sample, "error_500_before")
    equal((await sent(bench, bench.message(sample))).outcome, Outcome.UNKNOWN)


@case(
    Need.CALLED,
    each_kind=True,
    harsh=True,
)
async def a_sign_in_page_with_200_is_no_success(bench: Bench, sample: Sample) -> None:
    """Trang đăng nhập trả về với mã 200 không phải là đã nhận."""
    await _planned(bench, sample, "html_200")
    _in_doubt((await sent(bench, bench.message(sample))).outcome)


@case(
    Need.CALLED,
    each_kind=True,
    harsh=True,
)
async def an_answer_that_no_row_fits_is_no_success(
    bench: Bench, sample: Sample
) -> None:
    """Câu trả lời lạ (nửa JSON, sai kiểu, sai khuôn) không bao giờ là đã nhận."""
    await bench.ready(sample)
    for text in STRANGE:
        bench.plan(sample, "text_200", text=text)
        answer = await sent(bench, bench.message(sample))
        holds(answer.outcome in DOUBT, f"{text!r}: {answer.outcome} {answer.code}")


@case(
    Need.CALLED,
    each_kind=True,
    harsh=True,
)
async def an_empty_answer_is_success_only_where_the_document_says_so(
    bench: Bench, sample: Sample
) -> None:
    """Câu trả lời rỗng với mã 200 chỉ là đã nhận nếu tài liệu nói thế."""
    await _planned(bench, sample, "text_200", text="")
    answer = await sent(bench, bench.message(sample))
    if bench.kit.manifest.empty_is_taken:
        holds(answer.outcome in TAKEN, f"{answer.outcome} {answer.code}")
    else:
        _in_doubt(answer.outcome)


@case(
    *(Need.CALLED, Need.ENQUIRABLE, Need.ENQUIRE),
    each_kind=True,
    harsh=True,
)
async def an_enquiry_settles_a_lost_answer(bench: Bench, sample: Sample) -> None:
    """Hỏi lại sau khi mất câu trả lời thì biết cơ quan đã nhận."""
    await _planned(bench, sample, "lose_answer")
    message = bench.message(sample)
    await sent(bench, message)
    found = await bench.enquire(message)
    holds(found in TAKEN, f"the enquiry: {found}")
    bench.expect_effects(sample, 1)


@case(
    *(Need.CALLED, Need.ENQUIRABLE, Need.ENQUIRE, Need.BY_CONTENT),
    each_kind=True,
)
async def an_enquiry_finds_what_was_sent_under_another_identifier(
    bench: Bench, sample: Sample
) -> None:
    """Hỏi lại bằng lượt lập lại dưới mã khác: vẫn tìm thấy theo số của hồ sơ."""
    await bench.ready(sample)
    message = bench.message(sample)
    await sent(bench, message)
    found = await bench.enquire(anew(message))
    holds(found in TAKEN, f"the enquiry: {found}")
    bench.expect_effects(sample, 1)


@case(
    *(Need.CALLED, Need.ENQUIRABLE, Need.ENQUIRE),
    each_kind=True,
)
async def an_enquiry_about_what_never_came_says_so(
    bench: Bench, sample: Sample
) -> None:
    """Hỏi lại về lượt chưa từng đến thì biết chắc là chưa đến."""
    await bench.ready(sample)
    equal(await bench.enquire(bench.message(sample)), Outcome.NOT_DELIVERED)


@case(
    *(Need.CALLED, Need.ENQUIRABLE, Need.ENQUIRE),
    each_kind=True,
    harsh=True,
)
async def an_enquiry_that_is_answered_strangely_proves_nothing(
    bench: Bench, sample: Sample
) -> None:
    """Hỏi lại mà nhận câu trả lời lạ thì không chứng minh điều gì, cả hai chiều."""
    await bench.ready(sample)
    message = bench.message(sample)
    await bench.enquire(message)
    operation = bench.mock.kind_of(bench.calls[-1])
    for text in (*STRANGE, ""):
        bench.plan(sample, "text_200", operation=operation, text=text)
        outcome = await asked(bench, message)
        holds(outcome in DOUBT, f"{text!r}: {outcome}")
    bench.plan(sample, "error_500_before", operation=operation)
    _in_doubt(await asked(bench, message))


async def asked(bench: Bench, message: OutboundMessage) -> Outcome:
    """What an enquiry finds; a raised error as the outcome it stands for."""
    try:
        return await bench.enquire(message)
    except DeliveryError as error:
        return answer_of(error).outcome


@case(
    *(Need.CALLED, Need.ENQUIRABLE, Need.ENQUIRE),
    each_kind=True,
    harsh=True,
)
async def an_enquiry_that_finds_nobody_proves_nothing(
    bench: Bench, sample: Sample
) -> None:
    """Hỏi lại mà không ai trả lời thì không chứng minh điều gì."""
    await bench.ready(sample)
    message = bench.message(sample)
    await sent(bench, message)
    await bench.down()
    try:
        answer = await bench.adapter.enquire(message, timeout_s=SHORT_S * 10)
    except DeliveryError:
        return
    _in_doubt(answer.outcome)
