"""Whatever an agency sends: it is read as it is written, or refused by name; nothing is lost."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.water.tables import FileRefused
from gateway.domain.attempt import Outcome
from gateway.domain.errors import DeliveryError, ReportRefused
from gateway.domain.report import Reference
from gateway.ports.agency import Answer, HostedOperation, answer_of
from gateway.ports.inbox import PackageNotTaken
from tests.properties.hostile import (
    changed,
    leaves,
    put,
    spoilt,
    texts,
    values,
)
from tests.properties.interfaces import KITS, PUSHED, SENT, examples
from tests.unit.adapters.water.published import said_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.report import AgencyReport
    from gateway.ports.inbox import Package
    from tests.properties.interfaces import Interfaces

pytestmark = pytest.mark.timeout(300)
UNKNOWN = "TruongLa7301"
POLLED = [
    (name, kind)
    for name, kind in SENT
    if any(s.kind == kind and s.polled_hours for s in KITS[name].samples.values())
]
CARRIED = [name for name, kit in KITS.items() if not kit.manifest.slots["inbox"]]
CALLED = [name for name, kit in KITS.items() if kit.agency == "open"]
past = st.dates(date(2025, 6, 30), date(2026, 3, 9))
NOT_TAKEN = frozenset(Outcome) - {Outcome.DELIVERED, Outcome.DUPLICATE}


def read(
    interfaces: Interfaces, name: str, operation: str, body: Any
) -> Sequence[AgencyReport]:
    """The reports of a pushed message; nothing where it is refused by name.

    The same bytes are the same reports.
    """
    bench = interfaces.bench(name)
    hosted: HostedOperation = bench.host.operations["POST", operation]
    sent = body if isinstance(body, bytes) else orjson.dumps(body)
    refused: ReportRefused | None = None
    reports: Sequence[AgencyReport] = ()
    try:
        reports = bench.host.read(hosted, sent)
    except ReportRefused as why:
        refused = why
    if refused is not None:
        assert refused.code
        assert refused.remedy
        assert hosted.reply(refused.remedy, ok=False).body
        return ()
    again = [one.fingerprint for one in bench.host.read(hosted, sent)]
    assert again == [one.fingerprint for one in reports]
    for one in reports:
        assert one.event_at is None or one.event_at.tzinfo is not None
        orjson.dumps([one.facts, one.content])
    return reports


@pytest.mark.parametrize(("name", "operation", "sample"), PUSHED)
@examples(12)
@given(data=st.data())
def test_whatever_is_pushed_is_read_or_refused_by_name(
    interfaces: Interfaces, name: str, operation: str, sample: str, data: st.DataObject
) -> None:
    body = interfaces.bench(name).sample_file(sample)
    whole = orjson.loads(body)
    read(interfaces, name, operation, data.draw(changed(whole)))
    read(interfaces, name, operation, data.draw(spoilt(body)))


@pytest.mark.parametrize(("name", "operation", "sample"), PUSHED)
@examples(8)
@given(value=values, name_of=st.one_of(st.just(UNKNOWN), texts))
def test_unknown_fields_are_kept_as_they_came(
    interfaces: Interfaces,
    name: str,
    operation: str,
    sample: str,
    value: Any,
    name_of: str,
) -> None:
    row = next(one for one in KITS[name].pushed if one.sample == sample)
    whole = orjson.loads(interfaces.bench(name).sample_file(sample))
    if not row.keeps or name_of in whole:
        return
    reports = read(interfaces, name, operation, {**whole, name_of: value})
    assert reports
    kept = [
        inner
        for one in reports
        for holder in (one.content, one.content.get("extension", {}))
        for key, inner in holder.items()
        if key == name_of
    ]
    assert value in kept


@pytest.mark.parametrize(("name", "operation", "sample"), PUSHED)
@examples(10)
@given(data=st.data())
def test_what_is_pushed_is_what_the_report_says(
    interfaces: Interfaces, name: str, operation: str, sample: str, data: st.DataObject
) -> None:
    whole = orjson.loads(interfaces.bench(name).sample_file(sample))
    mark = "Lính canh 7301"
    places = [path for path, value in leaves(whole) if isinstance(value, str)]
    path = data.draw(st.sampled_from(places))
    text = data.draw(texts)
    before = [
        [one.facts, one.content]
        for one in read(interfaces, name, operation, put(whole, path, mark))
    ]
    carried = [p for p, value in leaves(before) if value == mark]
    reports = read(interfaces, name, operation, put(whole, path, text))
    after = [[one.facts, one.content] for one in reports]
    if not carried or not after:
        return
    found = {value for _, value in leaves(after) if isinstance(value, str)}
    assert {normalize("NFC", one) for one in found} >= {normalize("NFC", text)} or (
        not text.strip()
    )


@pytest.mark.parametrize(("name", "kind"), POLLED)
@examples(15)
@given(data=st.data())
def test_whatever_is_answered_to_a_poll_is_read_or_named(
    interfaces: Interfaces, name: str, kind: str, data: st.DataObject
) -> None:
    desk = interfaces.desk(name, kind)
    desk.line.changed = data.draw(_answers(desk.line.last))
    try:
        (answer,) = interfaces.run(desk.adapter.poll([desk.message()], timeout_s=5))
    except DeliveryError as error:
        answer = answer_of(error)
    finally:
        desk.line.changed = None
    assert answer.code
    for one in answer.reports:
        orjson.dumps([one.facts, one.content])


def _answers(body: bytes) -> st.SearchStrategy[bytes]:
    try:
        whole = orjson.loads(body)
    except orjson.JSONDecodeError:
        return spoilt(body)
    return st.one_of(spoilt(body), changed(whole).map(orjson.dumps))


@pytest.mark.parametrize(
    ("name", "kind"), [pair for pair in SENT if pair[0] not in CARRIED]
)
@examples(8)
@given(body=st.one_of(st.binary(max_size=40), values.map(orjson.dumps)))
def test_no_answer_that_nobody_knows_is_success(
    interfaces: Interfaces, name: str, kind: str, body: bytes
) -> None:
    desk = interfaces.desk(name, kind)
    if desk.adapter.caller is not None and not desk.adapter.caller.pushed:
        return
    if not body and KITS[name].manifest.empty_is_taken:
        return
    desk.line.changed = body
    try:
        answer = interfaces.run(desk.submit(desk.message()))
    finally:
        desk.line.changed = None
    assert isinstance(answer, Answer)
    assert answer.outcome in NOT_TAKEN, (answer.code, body)
    assert answer.code


@pytest.mark.parametrize("name", CALLED)
@examples(40)
@given(data=st.data())
def test_whatever_a_caller_reports_within_the_schema_comes_back(
    interfaces: Interfaces, name: str, data: st.DataObject
) -> None:
    bench = interfaces.bench(name)
    samples = [
        path
        for path in sorted(bench.sample_folder.glob("report.*.json"))
        if not path.name.startswith("report.reply.")
    ]
    whole = orjson.loads(data.draw(st.sampled_from(samples)).read_bytes())
    said = data.draw(changed(whole))
    if interfaces.catalogue.errors("urn:lienthong:schema:open:report:1", said):
        return
    caller = bench.adapter.caller
    assert caller is not None
    about = (Reference("one_stop", "ma_ho_so", bench.kit.number),)  # type: ignore[arg-type]
    report = caller.report(said, about, ())
    orjson.dumps([report.facts, report.content])
    if said.get("note"):
        assert report.content["note"] == normalize("NFC", said["note"])


@pytest.mark.parametrize("name", CARRIED)
@examples(25)
@given(data=st.data())
def test_whatever_lies_in_a_folder_is_opened_or_refused_by_name(
    interfaces: Interfaces, name: str, data: st.DataObject
) -> None:
    there = interfaces.carried(name)
    file, body = data.draw(st.sampled_from(there.files))

    lies = data.draw(spoilt(body))

    async def opened() -> Package | PackageNotTaken:
        try:
            return await there.inbox.open(file, lies, there.now())
        except PackageNotTaken as refused:
            return refused

    found = interfaces.run(opened())
    if isinstance(found, PackageNotTaken):
        assert found.code
        assert found.remedy
    else:
        for part in found.parts:
            assert (part.report is None) != (part.refused is None)


@examples(150)
@given(note=texts, day=past, separator=st.sampled_from(";,\t"))
def test_a_cell_of_a_clerk_is_read_as_it_is_written(
    note: str, day: date, separator: str
) -> None:
    """Written by Python's own writer; one line, and an apostrophe before a sign is none."""
    room = io.StringIO()
    writer = csv.writer(room, delimiter=separator, lineterminator="\r\n")
    writer.writerow(["MA_HO_SO", "TRANG_THAI", "NGAY", "NOI_DUNG"])
    writer.writerow(["H00.01-260310-0001", "KHAO_SAT", f"{day:%d/%m/%Y}", note])
    line = " ".join(normalize("NFC", note).split())
    if line[:1] == "'" and line[1:2] in {*"=+-@"}:
        line = line[1:]
    content = room.getvalue().encode("utf-8-sig")
    if "\0" in note:
        # No program writes one into a table: the file is of another kind.
        with pytest.raises(FileRefused):
            said_by(content)
        return
    said = said_by(content)
    if said.mistakes:
        # Too long for the column: told back by the code of the fault and its column.
        assert [one.column for one in said.mistakes] == ["NOI_DUNG"]
        assert len(line) > 1000
        return
    (row,) = said.rows
    assert row.values.get("NOI_DUNG", "") == line
