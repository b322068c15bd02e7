"""Answers that somebody else made: only proved, own, listed and whole ones count."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from email.utils import format_datetime

import pytest
from lxml import etree

from gateway.adapters.tax.answers import WORDS, places
from gateway.adapters.tax.mock_answers import write_fault
from gateway.domain.attempt import Outcome
from gateway.domain.report import AgencyReport, ReportKind
from gateway.ports.agency import Answer, OutboundMessage
from tests.unit.adapters.tax.counterpart import START, Party, slip
from tests.unit.adapters.tax.stage import (
    FILES,
    XML,
    Forger,
    Got,
    T,
    Told,
    answering,
    enveloped,
    forged,
    message,
    notices,
    result,
    totals,
)

DS = "{http://www.w3.org/2000/09/xmldsig#}"
Parties = dict[str, Party]
#: What bends a signed document that was in order.
Twist = Callable[[bytes], bytes]


@dataclass
class Table:
    """A forger, and the one slip that is spoken about."""

    forger: Forger
    parties: Parties

    def answers(
        self,
        changes: Mapping[str, str] | None = None,
        *,
        by: str = "tax",
        twist: Twist = lambda raw: raw,
        **more: str,
    ) -> None:
        """From now on answer with this signed document."""

        def answer(got: Got) -> Told:
            signed = self.parties[by].sign(answering(got, **(changes or {}), **more))
            bent = twist(signed)
            return enveloped(got, bent)

        self.forger.answer = answer

    def says(self, status: int, body: bytes, **headers: str) -> None:
        """From now on answer with this HTTP answer."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        self.forger.answer = lambda _got: (status, {**XML, **told}, body)

    async def sent(self) -> Answer:
        (answer,) = await self.forger.adapter.submit([self._one()], timeout_s=5)
        return answer

    async def asked(self) -> Answer:
        return await self.forger.adapter.enquire(self._one(), timeout_s=5)

    async def polled(self) -> Answer:
        (answer,) = await self.forger.adapter.poll([self._one()], timeout_s=5)
        return answer

    def _one(self) -> OutboundMessage:
        return message(self.parties["issuer"].sign(slip()))


@pytest.fixture
async def table(parties: Parties) -> AsyncIterator[Table]:
    async with forged(parties) as forger:
        yield Table(forger, parties)


def told(answer: Answer) -> tuple[Outcome, str]:
    return answer.outcome, answer.code


def broken(code: str) -> tuple[Outcome, str]:
    return Outcome.CONTRACT_BROKEN, code


def replaced(old: str, new: str) -> Twist:
    """The bytes with one text replaced; it must be there."""

    def twist(raw: bytes) -> bytes:
        assert old.encode() in raw
        return raw.replace(old.encode(), new.encode(), 1)

    return twist


NOT_FOUND = result("02")
ON_FILE = result("00", FILES.format(seq_id="LAND-1"))


async def test_the_forger_is_believed_when_it_answers_as_tax_does(
    table: Table,
) -> None:
    table.answers()
    assert told(await table.sent()) == (Outcome.DELIVERED, "accepted")
    table.answers(result=NOT_FOUND)
    assert told(await table.asked()) == (Outcome.NOT_DELIVERED, "no_such_dossier")
    table.answers(result=ON_FILE)
    assert told(await table.asked()) == (Outcome.DELIVERED, "on_file")


# ---------------------------------------------------------------- who signed


def stripped(raw: bytes) -> bytes:
    return re.sub(rb"<SECURITY>.*</SECURITY>", b"", raw, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("by", "twist", "code"),
    [
        ("stranger", lambda raw: raw, "answer_certificate"),
        ("gateway", lambda raw: raw, "answer_certificate"),
        ("issuer", lambda raw: raw, "answer_certificate"),
        ("tax", stripped, "answer_unsigned"),
        ("tax", replaced("Ví dụ", "Ví dù"), "answer_signature"),
        ("tax", replaced("rsa-sha256", "rsa-sha1"), "answer_signature"),
    ],
    ids=["stranger", "ourselves", "issuer", "stripped", "changed", "algorithm"],
)
async def test_an_answer_that_tax_did_not_sign_is_no_answer(
    table: Table, by: str, twist: Twist, code: str
) -> None:
    table.answers(by=by, twist=twist)
    assert told(await table.sent()) == broken(code)
    table.answers(by=by, twist=twist, result=NOT_FOUND)
    assert told(await table.asked()) == broken(code)
    table.answers(by=by, twist=twist, result=result("00", notices()))
    polled = await table.polled()
    assert (told(polled), polled.reports) == (broken(code), ())


async def test_a_stranger_who_shows_the_certificate_of_tax_is_not_believed(
    table: Table,
) -> None:
    stranger, tax = table.parties["stranger"], table.parties["tax"]
    table.parties = {
        **table.parties,
        "masked": Party(stranger.key_path, tax.certificate_path, tax.private),
    }
    table.answers(by="masked")
    assert told(await table.sent()) == broken("answer_signature")


SHAPES = ("inside_object", "beside_security", "after_body", "second_row", "same_id")


def wrapped(signed: bytes, shape: str) -> bytes:
    """The signed refusal moved aside, a forged acceptance where readers look."""
    root = etree.fromstring(signed)  # noqa: TID251  our own text
    body = root[0]
    genuine, security = body
    forged_row = etree.fromstring(etree.tostring(genuine))  # noqa: TID251
    forged_row.set("Id", "A1" if shape == "same_id" else "A2")
    forged_row.findall(f".//{T}ERROR_CODE")[0].text = "0"
    body.remove(genuine)
    body.insert(0, forged_row)
    if shape == "inside_object":
        etree.SubElement(security[0], f"{DS}Object").append(genuine)
    elif shape == "beside_security":
        security.append(genuine)
    elif shape == "after_body":
        root.append(genuine)
    else:
        body.insert(1, genuine)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_wrapped_answer_does_not_turn_a_refusal_into_success(
    table: Table, shape: str
) -> None:
    table.answers(error="99", twist=lambda raw: wrapped(raw, shape))
    assert told(await table.sent()) == broken("answer_signature")


async def test_a_comment_inside_an_answer_changes_nothing(table: Table) -> None:
    table.answers(twist=replaced("LAND-1", "LAND<!-- x -->-1"))
    assert told(await table.sent()) == (Outcome.DELIVERED, "accepted")


# ---------------------------------------------------------------- about what


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "t_0002"},
        {"code": "TCT_TVHSSC"},
        {"seq_id": "LAND-2"},
        {"seq_id": ""},
        {"ma_hs": "H00.96.01-260310-0002"},
        {"ma_gcn": "CB 000002"},
        {"ma_gcn": ""},
        {"so_phieu": "0002/PCTT"},
        {"ma_hs": "", "ma_gcn": "", "so_phieu": "", "seq_id": ""},
        {"msg_type": "11"},
        {"error": "90", "so_phieu": "0002/PCTT"},
        {"error": "90", "id": "t_0002"},
    ],
)
async def test_an_answer_about_anything_else_than_was_sent_proves_nothing(
    table: Table, changes: dict[str, str]
) -> None:
    table.answers(changes)
    assert told(await table.sent()) == broken("answer_of_another")


async def test_an_older_answer_of_tax_cannot_be_played_again(table: Table) -> None:
    kept: list[Told] = []
    table.answers(result=NOT_FOUND)
    genuine = table.forger.answer

    def keep(got: Got) -> Told:
        kept.append(genuine(got))
        return kept[-1]

    table.forger.answer = keep
    assert told(await table.asked()) == (Outcome.NOT_DELIVERED, "no_such_dossier")
    table.forger.answer = lambda _got: kept[0]
    assert told(await table.asked()) == broken("answer_of_another")


async def test_a_message_that_tax_could_not_read_is_refused_without_its_numbers(
    table: Table,
) -> None:
    nothing = {"ma_hs": "", "ma_gcn": "", "so_phieu": "", "seq_id": ""}
    table.answers(nothing, error="03")
    assert told(await table.sent()) == (Outcome.REFUSED, "slip_signature")


async def test_no_such_dossier_without_the_numbers_asked_about_proves_nothing(
    table: Table,
) -> None:
    table.answers(so_phieu="0002/PCTT", result=NOT_FOUND)
    assert told(await table.asked()) == broken("answer_of_another")


# ---------------------------------------------------------------- what it says


@pytest.mark.parametrize("code", ["09", "19", "28", "31", "98", "00"])
async def test_a_code_that_is_not_listed_is_not_success(
    table: Table, code: str
) -> None:
    table.answers(error=code)
    assert told(await table.sent()) == broken("answer_unknown_code")


@pytest.mark.parametrize("code", ["07", "99"])
async def test_a_result_that_is_not_listed_is_not_success(
    table: Table, code: str
) -> None:
    table.answers(result=result(code, FILES.format(seq_id="LAND-1")))
    assert told(await table.asked()) == broken("answer_unknown_code")
    table.answers(result=result(code))
    assert told(await table.polled()) == broken("answer_unknown_code")


@pytest.mark.parametrize(
    "found",
    [
        notices(amount="abc"),
        notices(amount="1.000.000"),
        notices(amount="-5"),
        notices(amount=""),
        notices(issued_on="31-02-2026"),
        notices(issued_on="2026-02-31"),
        notices(issued_on="12/03/2026"),
        notices(state="9"),
    ],
)
async def test_amounts_and_days_that_are_none_are_never_read_as_something(
    table: Table, found: str
) -> None:
    table.answers(result=result("00", found))
    polled = await table.polled()
    assert (told(polled), polled.reports) == (broken("answer_form"), ())


@pytest.mark.parametrize(
    "found",
    [totals("abc", "0", "0"), totals("25,000", "0", "25"), totals("", "0", "0")],
)
async def test_totals_that_are_no_numbers_confirm_no_payment(
    table: Table, found: str
) -> None:
    _poll_with(table, found)
    polled = await table.polled()
    assert told(polled) == broken("answer_form")
    assert [r.kind for r in polled.reports] == [ReportKind.NOTICES]


async def test_an_answer_given_at_a_day_that_never_was_is_refused(
    table: Table,
) -> None:
    table.answers(at="2026-02-31 07:30:00")
    assert told(await table.sent()) == broken("answer_form")


def _poll_with(table: Table, found: str, code: str = "00") -> None:
    """Notices first, then these totals."""

    def answer(got: Got) -> Told:
        first = got["MaThongDiep"] == "TCT_TVTBT"
        said = result("00", notices()) if first else result(code, found)
        return enveloped(got, table.parties["tax"].sign(answering(got, result=said)))

    table.forger.answer = answer


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (totals("25", "5", "0"), "00"),
        (totals("25", "25", "25"), "00"),
        (totals("25", "0", "25"), "03"),
        (totals("25", "25", "0"), "03"),
        (totals("25", "25", "0"), "01"),
        ("", "00"),
        ("", "03"),
    ],
)
async def test_totals_that_do_not_go_with_the_result_confirm_nothing(
    table: Table, found: str, code: str
) -> None:
    _poll_with(table, found, code)
    polled = await table.polled()
    assert told(polled) == broken("answer_contradicts")
    assert [r.kind for r in polled.reports] == [ReportKind.NOTICES]


@pytest.mark.parametrize(
    ("found", "paid"),
    [
        (totals("25", "25", "0"), True),
        (totals("25", "30", "0"), True),
        (totals("25", "24", "1"), False),
        (totals("25", "0", "25"), False),
        (totals("0", "0", "0"), False),
    ],
)
async def test_paid_is_what_leaves_nothing_of_something_that_was_due(
    table: Table, found: str, paid: bool
) -> None:
    _poll_with(table, found)
    kinds = [report.kind for report in (await table.polled()).reports]
    assert kinds == [ReportKind.NOTICES, *([ReportKind.PAID] if paid else [])]


async def test_a_confirmation_after_more_was_owed_is_another_one(table: Table) -> None:
    told = []
    for paid in ("25", "30", "30"):
        _poll_with(table, totals(paid, paid, "0"))
        told.append((await table.polled()).reports[-1])
    assert {report.kind for report in told} == {ReportKind.PAID}
    first, second, again = [report.fingerprint for report in told]
    assert first != second == again


@pytest.mark.parametrize("state", ["2", "3"])
async def test_an_adjusted_notice_is_another_report_than_the_valid_one(
    table: Table, state: str
) -> None:
    reports: list[AgencyReport] = []
    for said in ("1", state):
        table.answers(result=result("00", notices(state=said)))
        reports += (await table.polled()).reports
    before, after = reports
    assert before.fingerprint != after.fingerprint
    assert (before.facts["adjusts"], after.facts["adjusts"]) == (False, True)


@pytest.mark.parametrize(
    "said",
    [result("02", FILES.format(seq_id="LAND-1")), result("00"), result("05")],
)
async def test_files_that_do_not_go_with_the_result_settle_nothing(
    table: Table, said: str
) -> None:
    table.answers(result=said)
    assert told(await table.asked()) == broken("answer_contradicts")


async def test_an_acceptance_with_a_result_is_no_answer_to_a_slip(
    table: Table,
) -> None:
    table.answers(result=result("00"))
    assert told(await table.sent()) == broken("answer_contradicts")


async def test_a_refused_enquiry_cannot_carry_a_result(table: Table) -> None:
    table.answers(error="90", result=NOT_FOUND)
    assert told(await table.asked()) == broken("answer_contradicts")


async def test_an_enquiry_sent_in_place_of_an_answer_is_no_answer(
    table: Table,
) -> None:
    def answer(got: Got) -> Told:
        return enveloped(got, got.document)

    table.forger.answer = answer
    assert told(await table.asked()) == broken("answer_certificate")


async def test_an_answer_about_a_busy_enquiry_is_never_proof(table: Table) -> None:
    for code in ("90", "91", "99"):
        table.answers(error=code)
        assert (await table.asked()).outcome is Outcome.UNKNOWN


# ---------------------------------------------------------------- harmful XML


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<DATA ", "<!DOCTYPE DATA><DATA "),
        ("<DATA ", '<!DOCTYPE DATA SYSTEM "http://127.0.0.1:1/x.dtd"><DATA '),
        ("<DATA ", '<!DOCTYPE DATA [<!ENTITY a "aaaa">]><DATA '),
        ("<ERROR_DESC>", "<ERROR_DESC>&khong-co;"),
        (
            "<TRA_LOI>",
            '<TRA_LOI><i:include xmlns:i="http://www.w3.org/2001/XInclude" href="x"/>',
        ),
        ("<DATA ", '<?xml-stylesheet href="x.xsl"?><DATA '),
        ("<ERROR_CODE>0", "<ERROR_CODE><?x?>0"),
        ("urn:vn:lienthong:tct:1", "urn:vn:lienthong:tct:2"),
        ("UTF-8", "ISO-8859-1"),
        ("<TRA_LOI>", "<TRA_LOI>" + "<a>" * 40 + "</a>" * 40),
        ("</DATA>", ""),
    ],
    ids=[
        "doctype",
        "dtd",
        "entity",
        "reference",
        "xinclude",
        "stylesheet",
        "instruction",
        "namespace",
        "latin",
        "deep",
        "half",
    ],
)
async def test_xml_that_could_do_harm_is_no_answer(
    table: Table, old: str, new: str
) -> None:
    table.answers(twist=replaced(old, new))
    assert told(await table.sent()) == broken("answer_malformed")


@pytest.mark.parametrize("declares", [True, False])
async def test_an_answer_in_another_encoding_is_no_answer(
    table: Table, declares: bool
) -> None:
    def utf16(raw: bytes) -> bytes:
        text = raw.decode().replace("UTF-8", "UTF-16")
        return (text if declares else text.partition("?>")[2]).encode("utf-16")

    table.answers(twist=utf16)
    assert told(await table.sent()) == broken("answer_malformed")


async def test_an_answer_over_the_limit_is_not_read(table: Table) -> None:
    def grown(raw: bytes) -> bytes:
        return raw + b" " * (2 * 1024 * 1024)

    table.answers(twist=grown)
    assert (await table.sent()).outcome is Outcome.CONTRACT_BROKEN


# ---------------------------------------------------------------- no answer at all


ENVELOPE = (
    b"<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'>%s</e:Envelope>"
)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"OK",
        b'{"ERROR_CODE": "0"}',
        "<html><body>Đăng nhập</body></html>".encode(),
        ENVELOPE % b"",
        ENVELOPE % b"<e:Body/>",
        ENVELOPE % b"<e:Body><x/></e:Body>",
        b"<!DOCTYPE x [<!ENTITY y 'z'>]>" + ENVELOPE % b"<e:Body>&y;</e:Body>",
    ],
)
async def test_a_200_without_a_reply_is_never_success(
    table: Table, body: bytes
) -> None:
    table.says(200, body)
    assert told(await table.sent()) == broken("answer_unreadable")
    assert told(await table.asked()) == broken("answer_unreadable")
    polled = await table.polled()
    assert (polled.outcome, polled.reports) == (Outcome.CONTRACT_BROKEN, ())


@pytest.mark.parametrize("status", [201, 302, 404, 500, 502, 503])
async def test_other_statuses_leave_the_fate_unknown(table: Table, status: int) -> None:
    table.says(status, b"")
    assert told(await table.sent()) == (Outcome.UNKNOWN, "answer_unreadable")
    assert told(await table.asked()) == (Outcome.UNKNOWN, "answer_unreadable")


async def test_a_signed_acceptance_under_another_status_is_not_believed(
    table: Table,
) -> None:
    table.answers()
    genuine = table.forger.answer

    def answer(got: Got) -> Told:
        _, headers, body = genuine(got)
        return 500, headers, body

    table.forger.answer = answer
    assert (await table.sent()).outcome is Outcome.UNKNOWN


async def test_a_fault_of_the_caller_waits_for_a_person_and_any_other_is_unknown(
    table: Table,
) -> None:
    fault = write_fault("GuiThongDiep không đúng tct.xsd")
    table.says(500, fault)
    assert told(await table.sent()) == (Outcome.NEEDS_CONFIGURATION, "envelope_refused")
    assert told(await table.asked()) == broken("envelope_refused")
    table.says(200, fault)
    assert told(await table.sent()) == broken("answer_fault")
    table.says(500, fault.replace(b"Client", b"Server"))
    assert told(await table.sent()) == (Outcome.UNKNOWN, "answer_fault")
    assert told(await table.asked()) == (Outcome.UNKNOWN, "answer_fault")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120.0),
        (format_datetime(START.replace(minute=32), usegmt=True), 120.0),
        (format_datetime(START.replace(minute=0), usegmt=True), 0.0),
        ("soon", None),
    ],
)
async def test_retry_after_is_read_in_both_its_forms(
    table: Table, said: str, seconds: float | None
) -> None:
    table.says(503, b"", Retry_After=said)
    answer = await table.sent()
    assert told(answer) == (Outcome.NOT_DELIVERED, "busy")
    assert answer.retry_after_s == seconds


# ---------------------------------------------------------------- for people


@pytest.mark.parametrize(
    ("note", "shown"),
    [
        ("dòng 7: TT_NSD[2]/HO_TEN", "dòng 7: TT_NSD[2]/HO_TEN"),
        ("TT_CHUNG/MA_HS", "TT_CHUNG/MA_HS"),
        ("HO_TEN: Nguyễn Văn Ví Dụ", ""),
        ("0900000000", ""),
        ("", ""),
    ],
)
def test_a_note_that_does_more_than_name_places_is_not_shown(
    note: str, shown: str
) -> None:
    assert places(note) == shown


async def test_every_code_that_an_answer_can_get_has_its_words(table: Table) -> None:
    words = table.forger.adapter.words
    assert WORDS.keys() <= words.keys()
    assert all(reason and action for reason, action in words.values())


async def test_an_answer_with_an_empty_document_proves_nothing(table: Table) -> None:
    table.answers(twist=lambda _: b"")
    for answer in (await table.sent(), await table.asked(), await table.polled()):
        assert told(answer) == broken("answer_unreadable")
