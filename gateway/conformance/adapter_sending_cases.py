"""What holds for every message that an adapter sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.conformance.adapter_making import Need, case
from gateway.conformance.expect import equal, holds
from gateway.domain.attempt import Outcome
from gateway.domain.errors import DeliveryError
from gateway.domain.identifiers import TransferId
from gateway.domain.values import replace
from gateway.ports.agency import Answer, OutboundMessage, answer_of

if TYPE_CHECKING:
    from gateway.conformance.adapter_bench import Bench
    from gateway.conformance.adapter_kit import Sample

TAKEN = frozenset({Outcome.DELIVERED, Outcome.DUPLICATE})
MISSING = frozenset({Outcome.NEEDS_DATA, Outcome.NEEDS_CONFIGURATION})


async def sent(bench: Bench, *messages: OutboundMessage) -> Answer:
    """The answer of the last message; a raised error as the answer it stands for."""
    try:
        return await bench.send(*messages)
    except DeliveryError as error:
        return answer_of(error)


@case(
    Need.CALLED,
    each_kind=True,
)
async def a_message_is_taken_and_has_one_effect(bench: Bench, sample: Sample) -> None:
    """Lượt gửi đúng tài liệu được cơ quan nhận, có hiệu lực đúng một lần."""
    await bench.ready(sample)
    answer = await sent(bench, bench.message(sample))
    holds(answer.outcome in TAKEN, f"{answer.outcome} {answer.code}: {answer.detail}")
    holds(answer.code, "the answer names no row of replies.toml")
    bench.expect_effects(sample, 1)


@case(
    *(Need.CALLED, Need.DEDUPLICATES),
    each_kind=True,
)
async def a_repeat_has_no_second_effect(bench: Bench, sample: Sample) -> None:
    """Gửi lại với cùng mã số thì cơ quan nhận ra, không có hiệu lực lần hai."""
    await bench.ready(sample)
    message = bench.message(sample)
    await sent(bench, message)
    again = await sent(bench, replace(message, attempt=2))
    holds(again.outcome in TAKEN, f"the repeat: {again.outcome} {again.code}")
    bench.expect_effects(sample, 1)


@case(
    *(Need.CALLED, Need.DEDUPLICATES, Need.BY_CONTENT),
    each_kind=True,
)
async def a_message_made_anew_has_no_second_effect(
    bench: Bench, sample: Sample
) -> None:
    """Cùng việc ấy lập lại dưới mã khác: cơ quan vẫn nhận ra theo số của hồ sơ."""
    await bench.ready(sample)
    message = bench.message(sample)
    await sent(bench, message)
    again = await sent(bench, anew(message))
    holds(again.outcome in TAKEN, f"made anew: {again.outcome} {again.code}")
    bench.expect_effects(sample, 1)


def anew(message: OutboundMessage) -> OutboundMessage:
    """The same under another identifier, as a store makes it that was restored."""
    name = f"{message.transfer_id}-anew"
    return replace(
        message, transfer_id=TransferId(name), idempotency_key=name, attempt=2
    )


@case(
    *(Need.CALLED, Need.COUNTS_AGAIN),
    each_kind=True,
)
async def a_kind_that_counts_again_says_so(bench: Bench, sample: Sample) -> None:
    """Loại lượt gửi mà cơ quan không chống trùng thì không được khai là có."""
    await bench.ready(sample)
    message = bench.message(sample)
    await sent(bench, message)
    await sent(bench, replace(message, attempt=2))
    bench.expect_effects(sample, 2)
    traits = bench.traits[sample.kind]
    holds(traits.reason, "no reason is given for what is not offered")


@case(
    Need.DEMANDS,
    each_kind=True,
)
async def what_is_missing_is_asked_for_and_nothing_leaves(
    bench: Bench, sample: Sample
) -> None:
    """Thiếu dữ liệu thì nói thiếu gì, không gửi gì đi, không tự điền thay."""
    await _refused_here(bench, bench.bare(sample))
    for path in sample.needs:
        await _refused_here(bench, bench.without(sample, path))


async def _refused_here(bench: Bench, message: OutboundMessage) -> None:
    bench.calls.clear()
    answer = await sent(bench, message)
    holds(answer.outcome in MISSING, f"{answer.outcome} {answer.code}")
    told = answer.remedy or bench.adapter.words.get(answer.code, ("", ""))[1]
    holds(told, f"{answer.code} does not say who is to do what")
    equal([call.path for call in bench.calls], [])


@case(
    Need.CALLED,
    each_kind=True,
)
async def a_bad_message_of_a_batch_leaves_the_others_alone(
    bench: Bench, sample: Sample
) -> None:
    """Trong một lần gửi nhiều lượt, lượt lỗi không kéo theo lượt khác."""
    await bench.ready(sample)
    answers = await bench.submit(bench.bare(sample), bench.message(sample))
    holds(answers[0].outcome in MISSING, f"the bad one: {answers[0].outcome}")
    holds(answers[1].outcome in TAKEN, f"the good one: {answers[1].outcome}")
    bench.expect_effects(sample, 1)


@case()
async def the_adapter_offers_what_its_manifest_says(bench: Bench) -> None:
    """Adapter khai đúng những gì agency.toml khai về từng loại lượt gửi."""
    manifest = bench.kit.manifest
    equal(dict(bench.adapter.traits), dict(manifest.traits))
    holds(manifest.marks, "SOURCE.toml marks no element of the interface document")
    hosted = {one.name for one in bench.adapter.hosted}
    equal(hosted, set(manifest.hosted))


@case(
    Need.REPLAYED,
)
async def every_answer_of_the_document_comes_to_what_its_row_says(bench: Bench) -> None:
    """Câu trả lời nào đã ghi trong tài liệu cũng được hiểu đúng như replies.toml ghi."""
    rows = bench.rows()
    holds(rows, "replies.toml has no row with a sample")
    for row in rows:
        sample = bench.sample_of(row)
        if sample is not None:
            bench.answer_with(sample, row)
            answer = await sent(bench, bench.message(sample))
            found = (row.sample, sample.kind, answer.outcome, answer.code)
            equal(found, (row.sample, sample.kind, row.outcome, row.code))


@case()
async def whatever_a_person_has_to_mend_is_said_in_words(bench: Bench) -> None:
    """Mã lỗi nào cần người xử lý cũng có lời giải thích và việc cần làm."""
    for code, (reason, action) in bench.adapter.words.items():
        holds(reason and action, f"{code}: reason or next action is empty")
