"""What holds for every operation that is hosted for an agency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from gateway.conformance.adapter_host import LISTS
from gateway.conformance.adapter_making import Need, case
from gateway.conformance.expect import equal, holds
from gateway.domain.errors import ReportRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.conformance.adapter_bench import Bench
    from gateway.conformance.adapter_kit import Pushed
    from gateway.domain.report import AgencyReport
    from gateway.ports.agency import HostedOperation

NO_MESSAGES = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b'"text"',
    b"<!doctype html><title>502</title>",
    b"\xff\xfe\x00",
)
STRANGE = "giá trị lạ 7301"


def _pushed(bench: Bench) -> Iterator[tuple[Pushed, HostedOperation, bytes]]:
    for row in bench.kit.pushed:
        operation = bench.host.operations["POST", row.operation]
        yield row, operation, bench.sample_file(row.sample)


def _read(bench: Bench, operation: HostedOperation, body: bytes) -> list[AgencyReport]:
    return bench.host.read(operation, body)


@case(
    Need.PUSHES,
)
async def every_hosted_operation_is_tried(bench: Bench) -> None:
    """Mỗi thao tác cơ quan gọi về có ít nhất một thông điệp mẫu."""
    reading = {one.name for one in bench.adapter.hosted if one.catalogue is None}
    equal({row.operation for row in bench.kit.pushed}, reading)


@case(
    Need.PUSHES,
)
async def a_sample_comes_to_its_reports(bench: Bench) -> None:
    """Thông điệp mẫu của tài liệu được đọc thành đúng phản hồi."""
    for row, operation, body in _pushed(bench):
        reports = _read(bench, operation, body)
        equal((row.sample, [r.kind.value for r in reports]), (row.sample, [*row.kinds]))
        for report in reports:
            _names_one_of(bench.kit.sample_numbers, report, row.sample)
            aware = report.event_at is None or report.event_at.tzinfo is not None
            holds(aware, f"{row.sample}: a time without zone")


@case(
    Need.PUSHES,
)
async def the_same_message_is_known_again(bench: Bench) -> None:
    """Đọc lại cùng thông điệp thì nhận ra là một; nội dung khác thì là khác."""
    for row, operation, body in _pushed(bench):
        first, second = (_read(bench, operation, body) for _ in range(2))
        prints = [r.fingerprint for r in first]
        equal((row.sample, prints), (row.sample, [r.fingerprint for r in second]))
        equal((row.sample, len(set(prints))), (row.sample, len(prints)))


@case(
    Need.PUSHES,
)
async def an_unknown_field_is_kept(bench: Bench) -> None:
    """Trường lạ trong thông điệp được giữ lại cùng phản hồi."""
    for row, operation, body in _pushed(bench):
        if not row.keeps:
            continue
        changed = orjson.dumps({**orjson.loads(body), "TruongLa": STRANGE})
        kept = [
            orjson.dumps([r.facts, r.content], default=str).decode()
            for r in _read(bench, operation, changed)
        ]
        holds(any(STRANGE in text for text in kept), f"{row.sample}: TruongLa is lost")


@case(
    Need.PUSHES,
    harsh=True,
)
async def what_is_no_message_is_refused_in_words(bench: Bench) -> None:
    """Thứ không phải thông điệp bị trả lại bằng lời, theo khuôn của cơ quan."""
    for row, operation, body in _pushed(bench):
        for wrong in (*NO_MESSAGES, body[: len(body) // 2]):
            try:
                _read(bench, operation, wrong)
            except ReportRefused as refused:
                holds(refused.remedy, f"{row.operation}: {refused.code} without words")
            else:
                raise AssertionError(f"{row.operation}: {wrong[:20]!r} was read")
        told, taken = (operation.reply("Thử", ok=ok) for ok in (False, True))
        holds(told.body != taken.body, f"{row.operation}: a refusal looks like success")


@case(
    Need.PUSHES,
    harsh=True,
)
async def numbers_as_texts_are_read_or_refused(bench: Bench) -> None:
    """Số viết thành chữ hay chữ viết thành số: đọc được hoặc trả lại, không hỏng."""
    for row, operation, body in _pushed(bench):
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            continue
        for turned in (_texts(value), _numbers(value)):
            try:
                reports = _read(bench, operation, orjson.dumps(turned))
            except ReportRefused:
                continue
            kinds = [r.kind.value for r in reports]
            equal((row.sample, kinds), (row.sample, [*row.kinds]))


def _texts(value: Any) -> Any:
    """Every number as a text, but not truth values."""
    if isinstance(value, dict):
        return {key: _texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts(item) for item in value]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


def _numbers(value: Any) -> Any:
    """Every text of digits as a number."""
    if isinstance(value, dict):
        return {key: _numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return int(value) if isinstance(value, str) and value.isdecimal() else value


@case(
    Need.PUSHES,
    harsh=True,
)
async def a_body_without_its_secret_shows_none(bench: Bench) -> None:
    """Mã bí mật đặt trong nội dung: không có thì coi là sai, không hỏng."""
    for _, operation, _body in _pushed(bench):
        if operation.secret is not None:
            shown = [operation.secret.of(wrong) for wrong in NO_MESSAGES]
            equal((operation.name, shown), (operation.name, [""] * len(shown)))


@case(
    Need.LISTS,
)
async def the_lists_that_an_agency_fetches_are_given(bench: Bench) -> None:
    """Danh mục mà cơ quan tải về có đủ dòng, theo khuôn của cơ quan."""
    named = {text for rows in LISTS.values() for row in rows for text in row.values()}
    for one in bench.adapter.hosted:
        if one.catalogue is not None:
            reply = one.catalogue(LISTS)
            equal((one.name, reply.status), (one.name, 200))
            shown = reply.body.decode()
            holds(any(str(t) in shown for t in named), f"{one.name} shows no row")


@case(
    Need.STORY,
)
async def what_the_agency_does_by_itself_comes_back(bench: Bench) -> None:
    """Việc cơ quan tự làm (giả lập) trở về thành phản hồi."""
    first = next(iter(bench.kit.samples.values()))
    await bench.ready(first)
    await bench.submit(bench.message(first))
    await bench.carried()
    found = {report.kind.value for report in bench.host.reports}
    holds(bench.kit.story <= found, f"missing: {sorted(bench.kit.story - found)}")
    equal([refused.code for refused in bench.host.refused], [])
    numbers = [bench.kit.number, *bench.kit.references.values()]
    begun = bench.kit.start.replace(hour=0, minute=0)
    for report, came_at in zip(bench.host.reports, bench.host.came_at, strict=True):
        _names_one_of(numbers, report, report.kind.value)
        at = report.event_at or came_at
        holds(begun <= at <= came_at, f"{report.kind} of {at} came at {came_at}")


def _names_one_of(numbers: Iterable[str], report: AgencyReport, what: str) -> None:
    named, known = {one.value for one in report.about}, set(numbers)
    holds(named & known, f"{what}: is about {sorted(named)}, not {sorted(known)}")
