"""One line per event; whatever is no code or identifier of ours stays out."""

from __future__ import annotations

import inspect
import io
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.errors import AgencyUnavailable, StoreUnavailable
from gateway.telemetry.probe import (
    CODES,
    IDENTIFIERS,
    NUMBERS,
    StructlogProbe,
)
from gateway.vault.keyring import Keyring
from tests.layout.source import PACKAGE

AT = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
PERSONAL = [
    "Nguyễn Văn Ví Dụ",
    "Nguyen Van Vi Du",
    "000000000000",
    "0900000000",
    "vi.du@example.invalid",
    "H00.00-260310-0001",
    "Thửa 1, tờ 2",
    "a\nb",
    "x" * 200,
]


@pytest.fixture
def stream() -> io.BytesIO:
    return io.BytesIO()


@pytest.fixture
def probe(stream: io.BytesIO) -> StructlogProbe:
    return StructlogProbe(stream, now=lambda: AT)


def lines(stream: io.BytesIO) -> list[dict[str, Any]]:
    text = stream.getvalue().decode()
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def test_an_attempt_is_one_line_of_json(
    probe: StructlogProbe, stream: io.BytesIO
) -> None:
    probe.attempt(
        transfer_id="t_01jz8m4n5p6q7r8s9tavwxyz00",
        agency="land_registry",
        office="land-vi-du",
        kind="hand_over",
        attempt=2,
        outcome="not_delivered",
        code="agency_unavailable",
        took_ms=12.5,
    )
    assert lines(stream) == [
        {
            "event": "attempt",
            "level": "info",
            "at": "2026-03-10T00:30:00.000+00:00",
            "transfer_id": "t_01jz8m4n5p6q7r8s9tavwxyz00",
            "agency": "land_registry",
            "office": "land-vi-du",
            "kind": "hand_over",
            "attempt": 2,
            "outcome": "not_delivered",
            "code": "agency_unavailable",
            "took_ms": 12.5,
        }
    ]
    assert probe.left_out == {}


def test_each_event_has_its_name(probe: StructlogProbe, stream: io.BytesIO) -> None:
    probe.attempt(purpose="poll", count=3)
    probe.inbound(standing="accepted", kind="dossier", code="")
    probe.action(action="release", actor="operator")
    assert [(line["event"], len(line)) for line in lines(stream)] == [
        ("attempt", 5),
        ("inbound", 6),
        ("action", 5),
    ]


def test_what_is_not_known_is_left_out(
    probe: StructlogProbe, stream: io.BytesIO
) -> None:
    probe.attempt(code=None, office="tax-vi-du")
    assert set(lines(stream)[0]) == {"event", "level", "at", "office"}
    assert probe.left_out == {}


def test_a_field_that_nobody_allowed_is_told_once_and_counted(
    probe: StructlogProbe, stream: io.BytesIO
) -> None:
    for _ in range(3):
        probe.inbound(kind="dossier", applicant="Nguyễn Văn Ví Dụ")
    assert probe.left_out == {"applicant": 3}
    told = lines(stream)
    assert [line["event"] for line in told] == ["field_left_out", *["inbound"] * 3]
    assert told[0] == {
        "event": "field_left_out",
        "level": "warning",
        "at": "2026-03-10T00:30:00.000+00:00",
        "field": "applicant",
    }
    assert "Nguy" not in stream.getvalue().decode("unicode_escape")


@pytest.mark.parametrize("field", sorted(CODES | IDENTIFIERS))
def test_no_allowed_field_takes_anything_personal(
    probe: StructlogProbe, stream: io.BytesIO, field: str
) -> None:
    for value in PERSONAL:
        probe.inbound(**{field: value})
    assert probe.left_out == {field: len(PERSONAL)}
    known = {"event", "level", "at", "field"}
    assert {name for line in lines(stream) for name in line} == known
    # The control: the same field takes what it is for.
    probe.inbound(**{field: "d_01jz8m4n5p6q7r8s9tavwxyz00"})
    assert lines(stream)[-1][field] == "d_01jz8m4n5p6q7r8s9tavwxyz00"


@pytest.mark.parametrize("field", sorted(NUMBERS))
def test_a_number_is_a_number(
    probe: StructlogProbe, stream: io.BytesIO, field: str
) -> None:
    probe.attempt(**{field: "900000000"})
    probe.attempt(**{field: 7})
    told = [line[field] for line in lines(stream) if field in line]
    assert (told, probe.left_out) == ([7], {field: 1})


def test_a_value_of_one_field_is_not_let_through_in_another(
    probe: StructlogProbe, stream: io.BytesIO
) -> None:
    probe.attempt(code="accepted")
    probe.attempt(transfer_id="accepted")
    assert probe.left_out == {"transfer_id": 1}
    assert "transfer_id" not in lines(stream)[-1]


def test_every_field_that_the_journey_tells_is_allowed() -> None:
    calls = [
        call
        for path in sorted(PACKAGE.rglob("*.py"))
        for call in re.findall(
            r"probe\.(?:attempt|inbound|action)\(([^()]*(?:\([^()]*\)[^()]*)*)\)",
            path.read_text("utf-8"),
        )
    ]
    fields = {name for call in calls for name in re.findall(r"(\w+)=", call)}
    assert len(calls) >= 8
    assert fields <= CODES | IDENTIFIERS | NUMBERS


def fail(error: BaseException) -> BaseException:
    try:
        raise error
    except type(error) as raised:
        return raised


def test_trouble_tells_class_and_code_and_never_what_an_error_says(
    probe: StructlogProbe, stream: io.BytesIO
) -> None:
    probe.trouble("delivery.worker", fail(AgencyUnavailable("Nguyễn Văn Ví Dụ")))
    probe.trouble("api", fail(KeyError("000000000000")))
    probe.trouble("watch.sealer", OSError(28, "000000000000"))
    told = [
        {k: v for k, v in line.items() if k not in {"at", "event", "level"}}
        for line in lines(stream)
    ]
    assert told == [
        {
            "where": "delivery.worker",
            "error": "AgencyUnavailable",
            "code": "agency_unavailable",
        },
        {"where": "api", "error": "KeyError"},
        {"where": "watch.sealer", "error": "OSError", "errno": 28},
    ]
    assert {(line["event"], line["level"]) for line in lines(stream)} == {
        ("trouble", "error")
    }
    assert b"0000" not in stream.getvalue().replace(b"00:30:00.000+00:00", b"")


def test_a_store_that_is_away_is_told_once_in_a_while_by_each_who_needs_it(
    stream: io.BytesIO,
) -> None:
    now = [100.0]
    probe = StructlogProbe(stream, now=lambda: AT, mono=lambda: now[0])

    def tell(seconds: int) -> None:
        for _ in range(seconds):
            probe.trouble("delivery.worker", StoreUnavailable())
            probe.trouble("delivery.record", StoreUnavailable())
            probe.trouble("api", KeyError())
            now[0] += 1

    tell(30)
    told = [(line["where"], line.get("count")) for line in lines(stream)]
    assert told.count(("api", None)) == 30
    for where in ("delivery.worker", "delivery.record"):
        assert [count for one, count in told if one == where] == [None, 9, 9]


def test_trouble_tells_where_of_ours_an_error_passed(
    probe: StructlogProbe, stream: io.BytesIO
) -> None:
    with pytest.raises(ValueError, match="32 byte") as refused:
        Keyring(Path(), b"short", may_create=False)
    probe.trouble("api", refused.value)
    line = lines(stream)[0]
    source, first = inspect.getsourcelines(Keyring.__init__)
    module, _, number = line["raised_at"].partition(":")
    assert module == "gateway.vault.keyring"
    assert first <= int(number) < first + len(source)


def test_the_cause_of_an_error_is_named(
    probe: StructlogProbe, stream: io.BytesIO
) -> None:
    error = AgencyUnavailable()
    error.__cause__ = ConnectionResetError("0900000000")
    probe.trouble("api", error)
    assert lines(stream)[0]["cause"] == "ConnectionResetError"


def test_a_log_that_cannot_be_written_stops_nobody() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as broken:
        probe = StructlogProbe(broken)
        probe.attempt(code="accepted")
        assert probe.lost == 1
    probe.attempt(code="accepted")
    assert probe.lost == 2


def test_a_line_is_written_when_the_event_is_over() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as read_end, os.fdopen(writing, "wb") as write_end:
        StructlogProbe(write_end).action(action="release", actor="operator")
        assert json.loads(read_end.readline())["action"] == "release"


def test_lines_go_to_a_text_stream_too() -> None:
    raw = io.BytesIO()
    text = io.TextIOWrapper(raw)
    StructlogProbe(text, now=lambda: AT).action(actor="operator")
    assert lines(raw)[0]["actor"] == "operator"


def test_time_of_a_line_is_real_unless_told_otherwise(stream: io.BytesIO) -> None:
    before = datetime.now(UTC)
    StructlogProbe(stream).action(actor="operator")
    written = datetime.fromisoformat(lines(stream)[0]["at"])
    assert abs((written - before).total_seconds()) < 60
    assert written.utcoffset() is not None
