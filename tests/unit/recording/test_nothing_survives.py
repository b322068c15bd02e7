"""What an export writes holds no value that was recorded, in whatever form."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from datetime import date

import pytest

from gateway.recording.anonymise import anonymised
from gateway.recording.exchange import Exchange
from gateway.recording.kinds import Value
from gateway.recording.rules import Rules, read
from tests.unit.recording.planted import ROOT, SCHEMAS, Planter, exchanges, survivors

AGENCIES = [
    *("land_registry", "tax", "civil_registry", "electricity"),
    *("water", "open", "one_stop", "manual", "_template"),
]
KEY = bytes(range(32))


def rules_of(agency: str) -> Rules:
    return read(ROOT / "gateway/adapters" / agency, sorted(SCHEMAS.glob(f"{agency}*")))


def planter_of(rules: Rules) -> Planter:
    def spare(path: tuple[str, ...], value: object) -> bool:
        """Amounts of money are kept by design."""
        return not isinstance(value, str) and rules.of(path) is Value.AMOUNT

    return Planter(spare)


def written(told: tuple[Exchange, ...]) -> list[bytes]:
    """All that is said of them: lines without their bodies, and these as they are."""
    bare = [replace(one, body=b"", answer=b"").as_json() for one in told]
    lines = [json.dumps(one, ensure_ascii=False).encode() for one in bare]
    return [*lines, *(one.body for one in told), *(one.answer for one in told)]


@pytest.mark.parametrize("agency", AGENCIES)
def test_no_value_of_any_field_survives(agency: str) -> None:
    rules = rules_of(agency)
    planter = planter_of(rules)
    recorded = exchanges(agency, planter)
    # Whoever looks for the marks finds them where they were planted.
    assert len(planter.marks) > 20
    assert len(set(survivors(planter, written(tuple(recorded))))) > 0.9 * len(
        planter.marks
    )
    told = anonymised(recorded, rules, KEY)
    assert len(told.exchanges) == len(recorded)
    said = written(told.exchanges)
    assert survivors(planter, said) == []
    hashes = [hashlib.sha256(one).hexdigest().encode() for one in planter.files]
    assert [one for one in hashes if one in b"".join(said)] == []


@pytest.mark.parametrize(
    "value",
    [
        '{"ten": "Trịnh Dấu Vết"}',
        "<a><!-- Trịnh Dấu Vết --><b>x</b><?ten Trịnh Dấu Vết?></a>",
        "<a><![CDATA[<b>Trịnh Dấu Vết</b>]]></a>",
        '{"a": "{\\"b\\": \\"<c>Trịnh Dấu Vết</c>\\"}"}',
        '{"a": "' + base64.b64encode("<c>Trịnh Dấu Vết</c>".encode()).decode() + '"}',
        '{"a": "'
        + base64.b64encode("Trịnh Dấu Vết, 2026, xã".encode()).decode()
        + '"}',
        '{"a": "eyJhbGciOiJIUzI1NiJ9.eyJ0ZW4iOiJUcmluaERhdVZldDEyMyJ9.Zm9v-_9"}',
        '{"Trịnh Dấu Vết": 1, "TrinhDauVet": {"trinh.dau.vet": []}}',
        '{"a": "Tr\\u1ecbnh D\\u1ea5u V\\u1ebft"',
        "Trịnh Dấu Vết",
        "<html><body>Trịnh Dấu Vết</body></html>",
        "HO_TEN;SO\r\nTrịnh Dấu Vết;1\r\n",
        "ten=Tr%E1%BB%8Bnh+D%E1%BA%A5u+V%E1%BA%BFt",
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "text/csv", ""])
def test_no_name_survives_wherever_it_is_put(value: str, kind: str) -> None:
    planter = Planter(marks=["Trịnh Dấu Vết", "TrinhDauVet", "trinh.dau.vet"])
    body, headers = value.encode(), {"Content-Type": kind}
    one = Exchange(1, "", "in", "POST", "/x", 200, body, body, {}, headers, headers)
    (told,) = anonymised([one], rules_of("electricity"), KEY).exchanges
    assert survivors(planter, [told.body, told.answer]) == []
    left = {word for word in re.findall(r"[\w+/=-]{4,}", value) if len(word) > 12}
    assert [word for word in left if word in told.body.decode()] == []


@pytest.mark.parametrize("content_type", ["application/nguyen-van-a", "x/y; a=b"])
def test_a_header_that_could_name_somebody_is_left_out(content_type: str) -> None:
    headers = {"Content-Type": content_type, "Retry-After": "Thứ ba", "Cookie": "a=b"}
    one = Exchange(1, "", "in", "POST", "/x", 200, b"", b"", {}, headers, headers)
    (told,) = anonymised([one], rules_of("electricity"), KEY).exchanges
    assert (told.headers, told.answer_headers) == ({}, {})


def test_days_are_not_moved_over_a_day_on_which_rules_change() -> None:
    body = b'{"NGAY_BDAU": "2026-03-11 09:00:00"}'
    one = Exchange(1, "2026-03-11T09:00:00", "out", "POST", "/x", 200, body, b"")
    for first in range(60):
        key = bytes([0, 0, 0, 0, 0, 0, 0, first]) + bytes(24)
        done = anonymised(
            [one],
            rules_of("electricity"),
            key,
            boundaries={date(2026, 3, 1), date(2026, 4, 9)},
        )
        (told,) = done.exchanges
        assert done.crossed == ()
        assert "2026-03-01" <= told.at[:10] < "2026-04-09"
        assert told.at[:10] != one.at[:10]
        assert told.at[:10] in told.body.decode()
        assert date.fromisoformat(told.at[:10]).weekday() == 2


def test_days_that_must_be_moved_over_one_are_told() -> None:
    one = Exchange(1, "2026-03-11T09:00:00", "out", "POST", "/x", 200, b"", b"")
    edges = {date(2026, 3, 11), date(2026, 3, 12)}
    done = anonymised([one], rules_of("electricity"), KEY, boundaries=edges)
    assert len(done.crossed) == 1


def test_the_same_number_stays_the_same_in_every_message_and_file_name() -> None:
    rules = rules_of("tax")
    slip = b"<DATA><MA_HS>H00.96.01-260310-0001</MA_HS><SO_PHIEU>0730/PCTT</SO_PHIEU></DATA>"
    notice = json.dumps(
        {"SoPhieu": "0730/PCTT", "FilePhieuChuyen": base64.b64encode(slip).decode()}
    ).encode()
    asked = Exchange(1, "", "in", "POST", "/x", 200, notice, slip)
    (told,) = anonymised([asked], rules, KEY).exchanges
    outer = json.loads(told.body)
    inner = base64.b64decode(outer["FilePhieuChuyen"]).decode()
    assert f"<SO_PHIEU>{outer['SoPhieu']}</SO_PHIEU>" in inner
    assert f"<SO_PHIEU>{outer['SoPhieu']}</SO_PHIEU>" in told.answer.decode()
    assert outer["SoPhieu"] not in {"0730/PCTT", ""}


def test_a_file_and_its_hash_become_another_file_and_its_hash() -> None:
    paper = b"%PDF-1.4 " + b"x" * 20_000
    body = {"MA_BAM": hashlib.sha256(paper).hexdigest()}
    first = Exchange(1, "", "in", "POST", "/x", 200, json.dumps(body).encode(), b"")
    body |= {"NOI_DUNG_TEP": base64.b64encode(paper).decode()}
    second = Exchange(2, "", "in", "POST", "/x", 200, json.dumps(body).encode(), b"")
    done = anonymised([first, second], rules_of("electricity"), KEY)
    before, after = (json.loads(one.body) for one in done.exchanges)
    made = base64.b64decode(after["NOI_DUNG_TEP"])
    assert made.startswith(b"%PDF-")
    assert 10_000 <= len(made) < 100_000
    assert before["MA_BAM"] == after["MA_BAM"] == hashlib.sha256(made).hexdigest()


def test_signatures_are_taken_out_and_counted() -> None:
    path = SCHEMAS / "tax" / "samples" / "slip_new.xml"
    one = Exchange(1, "", "in", "POST", "/x", 200, path.read_bytes(), b"")
    done = anonymised([one], rules_of("tax"), KEY)
    assert done.signatures_removed == 1
    assert b"X509" not in done.exchanges[0].body


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "value",
    [
        "1" * 300_000 + "\u2603",
        "a@" + "b." * 150_000 + " ",
        "a" * 30 + " " * 300_000 + "!",
        "Dấu Vết " * 40_000,
        "0912073015 " * 30_000,
        "(" * 300_000,
    ],
)
def test_a_long_value_takes_no_longer_than_its_length(value: str) -> None:
    body = json.dumps({"GHI_CHU": value, "la": value}).encode()
    one = Exchange(1, "", "in", "POST", "/x", 200, body, value.encode())
    (told,) = anonymised([one], rules_of("tax"), KEY).exchanges
    assert value.strip()[:40] not in told.body.decode() + told.answer.decode()
