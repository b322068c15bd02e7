"""What holds for the content of messages and answers, whatever the dialect."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import orjson

from gateway.conformance.adapter_making import Need, case
from gateway.conformance.adapter_sending_cases import TAKEN, sent
from gateway.conformance.expect import holds

if TYPE_CHECKING:
    from gateway.conformance.adapter_bench import Bench
    from gateway.conformance.adapter_kit import Sample

#: What a value of an answer may turn out to be.
OTHER_SHAPES: tuple[Any, ...] = (
    None,
    7301,
    "chữ lạ",
    "",
    [],
    [7301],
    {},
    {"la": None},
    True,
)
#: Shorter texts stand everywhere by chance.
TELLING = 5


@case(
    *(Need.CALLED, Need.BEARS, Need.SEEN),
    each_kind=True,
)
async def what_a_message_bears_arrives_byte_for_byte(
    bench: Bench, sample: Sample
) -> None:
    """Tệp và giấy tờ đã ký đến cơ quan nguyên vẹn từng byte."""
    await bench.ready(sample)
    answer = await sent(bench, bench.message(sample))
    holds(answer.outcome in TAKEN, f"{answer.outcome} {answer.code}")
    bodies = [call.body for call in bench.calls]
    files = () if sample.by_link else sample.files
    borne = {name: bench.kit.files[name].encode() for name in files}
    for name in sample.content_samples.values():
        borne[name] = bench.sample_file(name)
    if sample.signed:
        borne[sample.signed] = bench.sample_file(sample.signed)
    for name, content in borne.items():
        packed = base64.b64encode(content)
        there = any(content in body or packed in body for body in bodies)
        holds(there, f"{name} is not in what the agency received")


@case(
    *(Need.CALLED, Need.SEEN),
    each_kind=True,
)
async def nothing_personal_stands_in_an_address(bench: Bench, sample: Sample) -> None:
    """Dữ liệu cá nhân không nằm ở địa chỉ, tiêu đề hay lời báo lỗi."""
    await bench.ready(sample)
    message = bench.message(sample)
    lacking = [bench.without(sample, path) for path in sample.needs]
    answers = [
        await sent(bench, one) for one in (message, bench.bare(sample), *lacking)
    ]
    personal = set(_texts([bench.kit.view, sample.content]))
    for call in bench.calls:
        for place in (call.path, *call.query.values(), *call.headers.values()):
            shown = unquote_plus(place)
            holds(not _of(personal, shown), f"{call.path}: a value of the dossier")
    for answer in answers:
        told = f"{answer.detail} {answer.remedy}"
        holds(not _of(personal, told), f"{answer.code}: tells a value of the dossier")


@case(
    Need.REPLAYED,
    harsh=True,
)
async def an_answer_of_another_shape_breaks_nothing(bench: Bench) -> None:
    """Câu trả lời sai kiểu ở một trường: adapter không hỏng, lời từ chối không thành đã nhận."""
    for row in bench.rows():
        found = _object(bench.sample_file(row.sample))
        sample = bench.sample_of(row)
        if sample is None:
            continue
        message = bench.message(sample)
        for changed in _changed(found):
            bench.answer_with(sample, row, orjson.dumps(changed))
            try:
                answer = await sent(bench, message)
            except Exception as error:
                told = f"{row.sample} as {changed!r} broke the adapter: {error!r}"
                raise AssertionError(told) from error
            bad = answer.outcome in TAKEN and row.outcome not in TAKEN
            holds(not bad, f"{row.sample} as {changed!r} is taken for success")


def _object(content: bytes) -> dict[str, Any]:
    """An answer as an object; nothing where it is none."""
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _changed(value: Any) -> Iterator[Any]:
    """It with one value of another shape, at any depth."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        inner = _changed(item) if isinstance(item, dict | list) else ()
        for other in (*OTHER_SHAPES, *inner):
            if isinstance(value, dict):
                yield {**value, key: other}
            else:
                yield [*value[:key], other, *value[key + 1 :]]


@case()
async def every_field_of_the_document_has_a_source(bench: Bench) -> None:
    """Trường nào của schema cũng ghi lấy ở đâu ra; tài liệu và trang [grade] nêu ra đều có."""
    document = bench.lab.schemas.parents[1] / bench.kit.manifest.document
    for page in (document, document.with_suffix(".vi.md")):
        holds(page.is_file(), f"{page.name} is not there")
    for told in bench.kit.manifest.grade.values():
        named = isinstance(told, str)
        there = named and (bench.lab.schemas.parents[1] / told).exists()
        holds(there or not named, f"{told} of [grade] is not there")
    marked = bench.kit.manifest.elements
    folder = bench.lab.schemas / Path(bench.kit.manifest.document).stem
    for path in sorted(folder.glob("*.json")):
        for name in orjson.loads(path.read_bytes()).get("properties", {}):
            element = f"{path.stem}.{name}"
            holds(
                element in marked, f"SOURCE.toml does not say where {element} is from"
            )


def _texts(value: Any) -> Iterator[str]:
    """Every text in it that is long enough to tell something."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str) and len(value) >= TELLING:
        yield value


def _of(personal: set[str], shown: str) -> bool:
    return any(text in shown for text in personal)
