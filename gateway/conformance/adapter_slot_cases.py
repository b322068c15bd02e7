"""What holds for the slots that an agency offers beside taking messages."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.conformance.adapter_making import Need, case
from gateway.conformance.adapter_sending_cases import TAKEN, sent
from gateway.conformance.expect import equal, holds, raises
from gateway.domain.attempt import Outcome
from gateway.domain.errors import AgencyBrokeContract, DeliveryError, SlotNotOffered
from gateway.domain.identifiers import TransferId
from gateway.domain.legal_day import legal_day
from gateway.domain.report import FileLink, ReportKind
from gateway.domain.values import replace

if TYPE_CHECKING:
    from gateway.conformance.adapter_bench import Bench
    from gateway.conformance.adapter_kit import Sample
    from gateway.ports.agency import Answer, OutboundMessage

TIMEOUT_S = 5.0


@case()
async def a_slot_that_is_not_offered_is_refused(bench: Bench) -> None:
    """Chức năng mà agency.toml nói không có thì adapter từ chối, không trả lời bừa."""
    slots = bench.kit.manifest.slots
    day = legal_day(bench.now())
    if slots["list_known"]:
        await raises(
            SlotNotOffered, bench.adapter.list_known(day, day, timeout_s=TIMEOUT_S)
        )
    if slots["ask_about"]:
        await raises(SlotNotOffered, bench.adapter.ask_about([], timeout_s=TIMEOUT_S))
    if slots["pull_dossiers"]:
        await raises(SlotNotOffered, bench.adapter.pull_dossiers("", timeout_s=1.0))
    if slots["inbox"]:
        equal(bench.adapter.inbox, None)


@case(
    *(Need.CALLED, Need.POLL, Need.ANSWER_AWAITED),
    each_kind=True,
)
async def a_later_answer_is_polled(bench: Bench, sample: Sample) -> None:
    """Tra cứu về sau mang về đúng phản hồi, tra lại không thành phản hồi mới."""
    await bench.ready(sample)
    message = bench.message(sample)
    await sent(bench, message)
    await bench.pass_time(sample.polled_hours)
    first, second = [await bench.poll(message) for _ in range(2)]
    found = {report.kind.value for report in first.reports}
    holds(sample.polled_code, f"{sample.kind}: the kit does not say what is polled")
    equal(first.code, sample.polled_code)
    holds(set(sample.polled) <= found, f"polled {sorted(found)}: {first.code}")
    prints = [[r.fingerprint for r in one.reports] for one in (first, second)]
    equal(prints[0], prints[1])
    numbers = {bench.kit.number, *bench.kit.references.values()}
    for report in first.reports:
        named = {reference.value for reference in report.about}
        holds(named & numbers, f"{report.kind} is about {sorted(named)}")


@case(
    *(Need.CALLED, Need.POLL, Need.ANSWER_AWAITED),
    each_kind=True,
    harsh=True,
)
async def a_poll_that_finds_nobody_brings_nothing(bench: Bench, sample: Sample) -> None:
    """Tra cứu mà không ai trả lời thì không mang về gì."""
    await bench.ready(sample)
    message = bench.message(sample)
    await sent(bench, message)
    await bench.down()
    try:
        answer = await bench.poll(message)
    except DeliveryError:
        return
    holds(answer.outcome not in TAKEN, f"{answer.outcome} {answer.code}")
    equal(answer.reports, ())


@case(
    *(Need.CALLED, Need.LIST_KNOWN),
)
async def the_list_of_an_agency_knows_what_it_was_given(bench: Bench) -> None:
    """Danh sách hồ sơ của cơ quan có hồ sơ đã gửi, đúng trong khoảng ngày hỏi."""
    first = next(iter(bench.kit.samples.values()))
    await bench.ready(first)
    await sent(bench, bench.message(first))
    day = legal_day(bench.now())
    listed = await bench.adapter.list_known(day, day, timeout_s=TIMEOUT_S)
    numbers = {reference.value for row in listed for reference in row.about}
    holds(bench.kit.number in numbers, f"the list has {sorted(numbers)}")
    long_ago = day - timedelta(days=400)
    earlier = await bench.adapter.list_known(long_ago, long_ago, timeout_s=TIMEOUT_S)
    equal(list(earlier), [])


@case(
    *(Need.CALLED, Need.ASK_ABOUT, Need.ANSWER_AWAITED),
    each_kind=True,
)
async def a_dossier_is_asked_about_whoever_handed_it_over(
    bench: Bench, sample: Sample
) -> None:
    """Hồ sơ do bên khác gửi cũng hỏi được, biết đúng như hỏi lượt đã gửi; hồ sơ lạ thì không có gì."""
    await bench.ready(sample)
    message = bench.message(sample)
    await sent(bench, message)
    await bench.pass_time(sample.polled_hours)
    nobodys = TransferId("t-never-sent")
    asked = replace(message, transfer_id=nobodys, idempotency_key=nobodys)
    known = await _about(bench, asked)
    polled = await bench.poll(message)
    holds(known.outcome in TAKEN, f"{known.outcome} {known.code}")
    holds(polled.reports, "a poll brings nothing")
    equal(*[{r.fingerprint for r in one.reports} for one in (known, polled)])
    other = tuple(replace(r, value=f"{r.value[:-1]}x") for r in asked.references)
    strange = await _about(bench, replace(asked, references=other))
    holds(strange.outcome not in TAKEN, f"{strange.outcome} {strange.code}")
    equal(strange.reports, ())


@case(
    *(Need.CALLED, Need.ASK_ABOUT, Need.ANSWER_AWAITED),
    each_kind=True,
    harsh=True,
)
async def a_question_that_finds_nobody_proves_nothing(
    bench: Bench, sample: Sample
) -> None:
    """Hỏi về hồ sơ mà không ai trả lời thì không được coi là cơ quan không có hồ sơ."""
    await bench.ready(sample)
    message = bench.message(sample)
    await sent(bench, message)
    await bench.down()
    try:
        answer = await _about(bench, message)
    except DeliveryError:
        return
    proves = {*TAKEN, Outcome.NOT_DELIVERED}
    holds(answer.outcome not in proves, f"{answer.outcome} {answer.code}")
    equal(answer.reports, ())


async def _about(bench: Bench, message: OutboundMessage) -> Answer:
    (answer,) = await bench.adapter.ask_about([message], timeout_s=TIMEOUT_S)
    return answer


@case(
    *(Need.CALLED, Need.PULL_DOSSIERS),
)
async def dossiers_of_the_agencys_own_are_pulled(bench: Bench) -> None:
    """Hồ sơ cơ quan tự mở được lấy về đúng một lần theo con trỏ; con trỏ chưa đưa ra thì như cũ."""
    pulled = await bench.adapter.pull_dossiers("", timeout_s=TIMEOUT_S)
    holds(pulled.reports, "the mock has no dossier of its own")
    equal({report.kind for report in pulled.reports}, {ReportKind.OPENED})
    holds(all(report.opens for report in pulled.reports), "no document is opened")
    again = await bench.adapter.pull_dossiers("", timeout_s=TIMEOUT_S)
    prints = [[r.fingerprint for r in one.reports] for one in (pulled, again)]
    equal(prints[0], prints[1])
    # Only now may the agency take them for received (decision 0036).
    after = await bench.adapter.pull_dossiers(pulled.cursor, timeout_s=TIMEOUT_S)
    equal([report.fingerprint for report in after.reports], [])


@case(
    *(Need.FETCH_FILE, Need.STORY),
)
async def a_result_file_is_fetched_from_the_registered_address(bench: Bench) -> None:
    """Tệp kết quả được tải đúng từ địa chỉ đã đăng ký, không đi đâu khác."""
    first = next(iter(bench.kit.samples.values()))
    await bench.ready(first)
    await bench.submit(bench.message(first))
    await bench.carried()
    links = [link for report in bench.host.reports for link in report.files]
    holds(links, "no report of the story brings a file")
    for link in links:
        holds(await _fetched(bench, link), f"{link.name} is empty")
        gone = FileLink(link.name, f"{link.link}.khong-co")
        await raises(DeliveryError, _fetched(bench, gone))
    bench.calls.clear()
    for elsewhere in ("http://127.0.0.1:1/tep.pdf", "//127.0.0.1:1/t", "../../tep.pdf"):
        wrong = FileLink("tep.pdf", elsewhere)
        error = await raises(AgencyBrokeContract, _fetched(bench, wrong))
        holds(error.code in bench.adapter.words, f"{error.code} has no words")
    equal([call.path for call in bench.calls], [])


async def _fetched(bench: Bench, link: FileLink) -> bytes:
    chunks = bench.adapter.fetch_file(link, timeout_s=TIMEOUT_S)
    return b"".join([chunk async for chunk in chunks])


@case(
    *(Need.WAITS, Need.INBOX, Need.ENQUIRABLE, Need.ENQUIRE),
    each_kind=True,
)
async def what_is_carried_by_people_is_delivered_by_its_receipt(
    bench: Bench, sample: Sample
) -> None:
    """Lượt chờ người mang đi chưa phải là đã nhận; có biên nhận mới là đã nhận."""
    await bench.ready(sample)
    message = bench.message(sample)
    equal(await bench.enquire(message), Outcome.NOT_DELIVERED)
    equal((await sent(bench, message)).outcome, Outcome.ON_ITS_WAY)
    equal(await bench.enquire(message), Outcome.ON_ITS_WAY)
    inbox = bench.adapter.inbox
    holds(inbox is not None, "there is no desk")
    if inbox is None:
        return
    lying = [one.transfer for one in await inbox.outgoing(bench.now())]
    holds(message.transfer_id in lying, f"there lie {lying}")
    await bench.carried()
    holds(await bench.enquire(message) in TAKEN, "its receipt settles nothing")


@case(
    *(Need.WAITS,),
    each_kind=True,
)
async def what_waits_to_be_fetched_is_on_its_way(bench: Bench, sample: Sample) -> None:
    """Lượt chờ cơ quan đến lấy được để sẵn, chưa coi là đã nhận."""
    await bench.ready(sample)
    equal((await sent(bench, bench.message(sample))).outcome, Outcome.ON_ITS_WAY)
