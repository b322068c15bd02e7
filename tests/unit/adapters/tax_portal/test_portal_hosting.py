"""What the portal sends down → reports, and what it is answered, row by row."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from gateway.adapters.tax.portal_hosting import hosted_operations
from gateway.domain.identifiers import OfficeId
from gateway.domain.obligation import Ledger
from gateway.domain.report import AgencyReport, ReportKind
from gateway.ports.agency import HostedOperation, HostedReply
from gateway.ports.inbox import Part, PartResult
from gateway.routing import money
from tests.unit.adapters.tax_portal.portal_stand import CHECK, NOW, NUMBER, pushed
from tests.unit.adapters.tax_portal.published import (
    REFUSED,
    SAMPLES,
    is_valid,
    sample,
)

MAX_FILE = 100_000
HOSTED = {
    one.name: one
    for one in hosted_operations(
        CHECK, max_body_bytes=1_000_000, max_file_bytes=MAX_FILE
    )
}
OTHER = "H00.96.01-260707-0002"
ROAD = OfficeId("tax-cong")
XML = '<?xml version="1.0" encoding="UTF-8"?><DATA><BODY>{}</BODY></DATA>'
ROW = (
    "<LIST><MA_SO_THUE/><SO_QUYET_DINH>{number}</SO_QUYET_DINH>"
    "<NGAY_QUYET_DINH>{day}</NGAY_QUYET_DINH><TEN_TIEUMUC>{item}</TEN_TIEUMUC>"
    "<SO_TIEN>{amount}</SO_TIEN></LIST>"
)


def row(**changes: str) -> str:
    usual = {
        "number": "1/TB",
        "day": "10-07-2026",
        "item": "Lệ phí trước bạ",
        "amount": "5000000",
    }
    return ROW.format(**usual | changes)


def block(*rows: str, dossier: str = NUMBER) -> str:
    return f"<ROW_LIST><MA_HSO>{dossier}</MA_HSO>{''.join(rows)}</ROW_LIST>"


def noticed(
    xml: str | bytes, *, updating: str = "False", day: str = "20-07-2026"
) -> dict[str, Any]:
    """A notice call around a file."""
    raw = xml if isinstance(xml, bytes) else XML.format(xml).encode()
    body: dict[str, Any] = copy.deepcopy(sample("ThongBaoThue"))
    body |= {"IsUpdating": updating, "Ngay": day}
    body["Data"]["FileThongBaoThue"] = base64.b64encode(raw).decode()
    return body


def parts(name: str, body: Any, at: datetime = NOW) -> Sequence[Part]:
    operation = HOSTED[name]
    assert operation.parts is not None
    return operation.parts(pushed(name, orjson.dumps(body), at))


def told(name: str, body: Any, at: datetime = NOW) -> list[AgencyReport]:
    return [part.report for part in parts(name, body, at) if part.report]


def replied(
    name: str, body: Any, code_of: Callable[[Part], str] = lambda _part: ""
) -> HostedReply:
    """The reply once every part that could be read came to a code."""
    found = parts(name, body)
    results = [
        PartResult(p, p.refused.code if p.refused else code_of(p)) for p in found
    ]
    reply_parts = HOSTED[name].reply_parts
    assert reply_parts is not None
    return reply_parts(results)


def content(reply: HostedReply) -> Any:
    assert (reply.status, reply.media_type.split(";")[0]) == (201, "application/json")
    found = json.loads(reply.body)
    assert is_valid("callback-reply", found)
    return found


def results(reply: HostedReply) -> list[tuple[str, str]]:
    """(Dong, Ma) of each row."""
    return [(r["Dong"], r["Ma"]) for r in content(reply)["Data"]["KetQua"]]


# ---------------------------------------------------------------- the key


def test_each_kind_has_a_path_of_its_own_and_its_key_in_the_body() -> None:
    assert set(HOSTED) == {"ThongBaoThue", "ChungTuThanhToan", "YeuCauBoSungThongTin"}
    for name, operation in HOSTED.items():
        assert operation.method == "POST"
        assert operation.secret is not None
        shown = operation.secret.of(orjson.dumps(sample(name)))
        assert shown == "khoa-vi-du-cua-cong"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"SecurityKey": 7}', b'{"SecurityKey": null}', b"\xff"],
)
def test_a_body_without_a_key_shows_none(body: bytes) -> None:
    secret = HOSTED["ThongBaoThue"].secret
    assert secret is not None
    assert secret.of(body) == ""


def test_a_wrong_key_is_answered_with_the_text_of_the_document() -> None:
    secret = HOSTED["ThongBaoThue"].secret
    assert secret is not None
    head, _, body = (SAMPLES / "callback-reply.not_authorised.http").read_bytes().partition(b"\n\n")  # fmt: skip
    assert str(secret.refusal.status).encode() in head
    assert secret.refusal.body == body
    assert secret.refusal.media_type.encode() in head


# ---------------------------------------------------------------- notice files


def test_a_file_of_two_dossiers_is_a_report_for_each() -> None:
    found = told("ThongBaoThue", sample("ThongBaoThue"))
    assert [r.kind for r in found] == [ReportKind.NOTICES] * 2
    assert [r.about[0].value for r in found] == [NUMBER, OTHER]
    assert found[0].content["notices"] == [
        {
            "number": "000001-01/TB",
            "kind": "Thuế thu nhập cá nhân",
            "amount": "20000000",
            "issued_on": "2026-07-10",
            "tax_code": "096090000002",
        },
        {
            "number": "000001-02/TB",
            "kind": "Lệ phí trước bạ",
            "amount": "5000000",
            "issued_on": "2026-07-10",
            "tax_code": "096090000002",
        },
    ]
    reply = replied("ThongBaoThue", sample("ThongBaoThue"))
    assert content(reply) == sample("callback-reply.rows")


def test_bad_rows_stand_among_good_ones_which_count_all_the_same() -> None:
    body = sample("ThongBaoThue.bad_rows")
    found = told("ThongBaoThue", body)
    good = [[n["number"] for n in r.content["notices"]] for r in found]
    assert good == [["000001-02/TB"], ["000009-01/TB"]]

    def unknown(part: Part) -> str:
        assert part.report is not None
        return "" if part.report.about[0].value == NUMBER else "no_dossier"

    reply = content(replied("ThongBaoThue", body, unknown))
    assert reply == sample("callback-reply.bad_rows")


ROW_FILES = {n: ma for n, ma in REFUSED.items() if str(ma).startswith("row_")}


@pytest.mark.parametrize("name", ROW_FILES)
def test_a_row_that_must_not_be_taken_is_named_by_its_result(name: str) -> None:
    body = noticed((SAMPLES / "refused" / name).read_bytes())
    codes = [code for _, code in results(replied("ThongBaoThue", body))]
    assert ROW_FILES[name].removeprefix("row_") in codes


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        *(({"amount": a}, "11") for a in ("", "abc", "1.000.000", "-1", "+1", "01")),
        *(({"amount": a}, "11") for a in ("1e3", "١٢", "1" * 16, "5 000", "5,0")),
        *(({"day": d}, "12") for d in ("31-02-2026", "2026-07-10", "1-7-2026", "")),
        *(({"day": d}, "12") for d in ("10/07/2026", "00-01-2026", "10-07-0000")),
        *(({"number": n}, "13") for n in ("", " ", "x" * 51)),
        *(({"item": i}, "16") for i in ("", " ", "x" * 251)),
        ({"amount": "50<!-- -->00"}, "11"),
        ({"amount": "<b>5000</b>"}, "11"),
        ({"amount": "5000</SO_TIEN><SO_TIEN>9000"}, "11"),
        ({"number": "1</SO_QUYET_DINH><SO_QUYET_DINH>2"}, "13"),
    ],
)
def test_what_cannot_be_read_refuses_its_row_and_is_never_guessed(
    changes: dict[str, str], code: str
) -> None:
    body = noticed(block(row(**changes), row(number="2/TB")))
    (report,) = told("ThongBaoThue", body)
    assert [n["number"] for n in report.content["notices"]] == ["2/TB"]
    assert results(replied("ThongBaoThue", body)) == [("1", code), ("2", "00")]


def test_results_come_in_the_order_of_the_file_whatever_became_of_them() -> None:
    body = noticed(
        block(row(amount="x"), row(number="2/TB"))
        + block(row(number="3/TB"), dossier=OTHER)
        + block(row(number="4/TB"))
        + block(row(number="5/TB"), dossier="")
    )
    found = told("ThongBaoThue", body)
    assert [[n["number"] for n in r.content["notices"]] for r in found] == [
        ["2/TB", "4/TB"],
        ["3/TB"],
    ]

    def code(part: Part) -> str:
        return "repeated" if part.label["MA_HSO"] == OTHER else ""

    rows = results(replied("ThongBaoThue", body, code))
    assert rows == [("1", "11"), ("2", "00"), ("3", "01"), ("4", "00"), ("5", "15")]


def test_a_row_of_zero_is_a_notice_of_zero_and_no_missing_amount() -> None:
    (report,) = told("ThongBaoThue", noticed(block(row(amount="0"))))
    assert report.content["notices"][0]["amount"] == "0"
    ledger, effect = money.told(Ledger(), report, ROAD)
    assert [n.amount for n in ledger.notices] == [0]
    # Only the enquiry tells why: nothing is settled by a file.
    assert effect is not None
    assert effect.value == "withdrawn"


def test_two_amounts_of_one_item_are_told_unless_the_file_adjusts() -> None:
    rows = block(row(), row(amount="6000000"), row())
    plain = results(replied("ThongBaoThue", noticed(rows)))
    assert plain == [("1", "00"), ("2", "14"), ("3", "00")]
    adjusted = results(replied("ThongBaoThue", noticed(rows, updating="True")))
    assert adjusted == [("1", "00"), ("2", "00"), ("3", "00")]


def test_a_file_that_comes_again_tells_nothing_new() -> None:
    first = told("ThongBaoThue", sample("ThongBaoThue"))
    again = told("ThongBaoThue", sample("ThongBaoThue"), NOW + timedelta(days=3))
    assert [r.fingerprint for r in first] == [r.fingerprint for r in again]
    assert len({r.fingerprint for r in first}) == 2


@pytest.mark.parametrize(
    "changes",
    [{"amount": "4000000"}, {"number": "2/TB"}, {"item": "x"}, {"day": "11-07-2026"}],
)
def test_another_amount_number_item_or_day_is_another_report(
    changes: dict[str, str],
) -> None:
    (first,) = told("ThongBaoThue", noticed(block(row())))
    (other,) = told("ThongBaoThue", noticed(block(row(**changes))))
    assert first.fingerprint != other.fingerprint


def test_a_file_is_as_new_as_the_hour_at_which_files_are_made() -> None:
    late = datetime(2026, 7, 22, 1, 0, tzinfo=UTC)
    (report,) = told("ThongBaoThue", noticed(block(row())), late)
    assert report.event_at == datetime(2026, 7, 20, 9, 30, tzinfo=UTC)


def test_a_file_is_never_newer_than_its_arrival() -> None:
    (report,) = told("ThongBaoThue", noticed(block(row()), day="25-07-2026"))
    assert report.event_at == NOW


def test_an_older_file_that_comes_late_overwrites_no_newer_amount() -> None:
    old = noticed(block(row()), day="15-07-2026")
    new = noticed(block(row(amount="4000000")), updating="True", day="17-07-2026")
    ledger = Ledger()
    for body in (new, old):
        (report,) = told("ThongBaoThue", body)
        ledger, _ = money.told(ledger, report, ROAD)
    assert [n.amount for n in ledger.notices] == [4_000_000]


UNREADABLE = {
    "no base64": None,
    "doctype": b'<!DOCTYPE DATA [<!ENTITY a "1">]><DATA/>',
    "half": b"<DATA><BODY>",
    "no rows": XML.format("<ROW_LIST><MA_HSO>1</MA_HSO></ROW_LIST>").encode(),
    "other root": b"<X><BODY/></X>",
    "instruction": XML.format(f"<?x y?>{block(row())}").encode(),
    "utf-16": XML.format(block(row())).replace("UTF-8", "UTF-16").encode("utf-16"),
    "latin": XML.format(block(row(item="\xe9"))).encode("latin-1"),
    "too large": XML.format(block(row()) + " " * MAX_FILE).encode(),
    "too deep": XML.format("<a>" * 40 + "</a>" * 40 + block(row())).encode(),
    "too many rows": XML.format(block("<LIST/>" * 2001)).encode(),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_is_refused_whole_and_kept_without_the_key(
    name: str,
) -> None:
    raw = UNREADABLE[name]
    body = noticed(raw or b"")
    if raw is None:
        body["Data"]["FileThongBaoThue"] = "AAA*"
    (part,) = parts("ThongBaoThue", body)
    assert part.refused is not None
    assert part.refused.code == "file_unreadable"
    assert b"khoa-vi-du" not in part.raw
    assert b"FileThongBaoThue" in part.raw
    reply = content(replied("ThongBaoThue", body))
    assert reply == sample("callback-reply.unreadable")


def test_two_thousand_rows_are_taken() -> None:
    rows = "".join(row(number=f"{n}/TB", item="x") for n in range(2000))
    large = hosted_operations(CHECK, max_body_bytes=1, max_file_bytes=10**7)[0]
    assert large.parts is not None
    body = orjson.dumps(noticed(block(rows)))
    (part,) = large.parts(pushed("ThongBaoThue", body))
    assert part.report is not None
    assert len(part.report.content["notices"]) == 2000


@pytest.mark.parametrize(
    "name", [n for n, why in REFUSED.items() if why == "unreadable"]
)
def test_what_the_document_calls_unreadable_is_refused(name: str) -> None:
    body = noticed((SAMPLES / "refused" / name).read_bytes())
    assert told("ThongBaoThue", body) == []
    assert content(replied("ThongBaoThue", body))["error_code"] == "-1"


# ---------------------------------------------------------------- calls that are wrong


@pytest.mark.parametrize("name", [n for n, why in REFUSED.items() if why == "invalid"])
def test_a_wrong_call_is_refused_by_the_name_of_its_field(name: str) -> None:
    operation = name.partition(".")[0]
    body = sample(f"refused/{name}")
    (part,) = parts(operation, body)
    assert part.refused is not None
    assert part.refused.code == "body_invalid"
    assert b"khoa-vi-du" not in part.raw
    said = content(replied(operation, body))
    assert said["error_code"] == "-1"
    assert said["message"].partition(":")[0] in {
        "Thiếu trường bắt buộc",
        "Sai kiểu dữ liệu",
    }


def test_a_missing_field_is_named_as_the_document_shows_it() -> None:
    body = sample("YeuCauBoSungThongTin")
    del body["Data"]["SoVanBan"]
    reply = content(replied("YeuCauBoSungThongTin", body))
    assert reply == sample("callback-reply.invalid")


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("YeuCauBoSungThongTin", "NgayVanBan"),
        ("YeuCauBoSungThongTin", "HanTraLoi"),
    ],
)
def test_a_day_that_does_not_exist_is_refused(name: str, field: str) -> None:
    body = sample(name)
    body["Data"][field] = "31-02-2026"
    reply = content(replied(name, body))
    assert reply["message"] == f"Sai kiểu dữ liệu: Data.{field}"


def test_a_file_of_a_day_that_does_not_exist_is_refused() -> None:
    body = noticed(block(row()), day="31-02-2026")
    reply = content(replied("ThongBaoThue", body))
    assert reply["message"] == "Sai kiểu dữ liệu: Ngay"


@pytest.mark.parametrize("name", HOSTED)
def test_unknown_fields_are_ignored(name: str) -> None:
    body = sample(name)
    body["Moi"] = body["Data"]["Moi"] = "x"
    (first, *_), (other, *_) = told(name, sample(name)), told(name, body)
    assert first.fingerprint == other.fingerprint


# ---------------------------------------------------------------- vouchers


def test_a_voucher_says_who_paid_what_and_when() -> None:
    (report,) = told("ChungTuThanhToan", sample("ChungTuThanhToan"))
    assert report.kind is ReportKind.VOUCHER
    paid_at = datetime(2026, 7, 20, 3, 15, tzinfo=UTC)
    assert report.event_at == paid_at
    assert report.content == {
        "notice": "000001-03/TB",
        "amount": "18000000",
        "paid_at": paid_at.isoformat(),
        "payer": "Nguyễn Văn Ví Dụ",
        "payer_identity": "096090000002",
        "payer_tax_code": "096090000002",
        "payer_province": "Tỉnh Mẫu",
        "payer_commune": "Xã Ví Dụ",
        "payer_address": "Số 1, đường Ví Dụ",
        "link": "https://cong.example.vn/chung-tu/000001-03 TB.pdf",
        "text": "Nộp thuế thu nhập cá nhân (ví dụ)",
    }
    assert report.facts == {}
    ledger, _ = money.told(Ledger(), report, ROAD)
    assert ledger.vouchers[0].amount == 18_000_000


@pytest.mark.parametrize("state", ["0", "2", "-1", "11"])
def test_what_is_not_paid_is_no_voucher_and_is_answered_as_taken(state: str) -> None:
    body = sample("ChungTuThanhToan")
    body["Data"]["ThongTinThanhToan"]["TrangThaiThanhToan"] = state
    assert parts("ChungTuThanhToan", body) == []
    reply = content(replied("ChungTuThanhToan", body))
    assert reply == sample("callback-reply.taken")


def test_a_moment_that_does_not_exist_is_refused() -> None:
    body = sample("ChungTuThanhToan")
    for moment in ("20260231101500", "20260720251500", "00000720101500"):
        body["Data"]["ThongTinThanhToan"]["ThoiGianThanhToan"] = moment
        said = content(replied("ChungTuThanhToan", body))["message"]
        assert said == "Sai kiểu dữ liệu: Data.ThongTinThanhToan.ThoiGianThanhToan"


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("MaThongBaoThue", "9/TB"),
        ("SoTien", "1"),
        ("ThoiGianThanhToan", "20260720101501"),
    ],
)
def test_a_voucher_is_told_apart_by_notice_moment_and_amount(
    field: str, other: str
) -> None:
    body = sample("ChungTuThanhToan")
    (first,) = told("ChungTuThanhToan", body)
    body["Data"]["ThongTinThanhToan"]["NoiDungThanhToan"] = "khác"
    (same,) = told("ChungTuThanhToan", body)
    body["Data"]["ThongTinThanhToan"][field] = other
    (changed,) = told("ChungTuThanhToan", body)
    assert first.fingerprint == same.fingerprint != changed.fingerprint


# ---------------------------------------------------------------- questions


def test_a_question_carries_its_text_its_numbers_and_its_paper() -> None:
    (report,) = told("YeuCauBoSungThongTin", sample("YeuCauBoSungThongTin"))
    assert report.kind is ReportKind.QUESTION
    assert report.facts == {"due_on": "2026-07-14"}
    assert report.content == {
        "note": "Đề nghị gửi bản sao hợp đồng chuyển nhượng (ví dụ).",
        "question": "12/YC-TĐTCQ",
        "slip": "0001/PCTT",
        "about": "BO_SUNG",
        "due_on": "2026-07-14",
        "file": {"name": "12-yc.pdf", "data": "JVBERi0xLjQKJSB2aSBkdQolJUVPRgo="},
    }


def test_a_question_of_the_day_of_a_notice_is_not_older_than_that() -> None:
    body = sample("YeuCauBoSungThongTin")
    noon, evening = (
        datetime(2026, 7, 9, 5, 0, tzinfo=UTC),
        datetime(2026, 7, 9, 9, 30, tzinfo=UTC),
    )
    (at_once,) = told("YeuCauBoSungThongTin", body, noon)
    assert at_once.event_at == noon
    (late,) = told("YeuCauBoSungThongTin", body, noon + timedelta(days=1))
    assert late.event_at is not None
    assert evening < late.event_at < datetime(2026, 7, 9, 17, 0, tzinfo=UTC)
    assert at_once.fingerprint == late.fingerprint


def test_a_question_is_told_apart_by_its_number_within_the_dossier() -> None:
    body = sample("YeuCauBoSungThongTin")
    (first,) = told("YeuCauBoSungThongTin", body)
    body["Data"]["SoVanBan"] = "13/YC-TĐTCQ"
    (second,) = told("YeuCauBoSungThongTin", body)
    assert first.fingerprint != second.fingerprint


def test_a_paper_that_cannot_be_read_refuses_the_question() -> None:
    body = sample("YeuCauBoSungThongTin")
    for paper in ("AAA*", "A" * 4 * MAX_FILE):
        body["Data"]["TepDinhKem"]["Tep"] = paper
        assert told("YeuCauBoSungThongTin", body) == []
        said = content(replied("YeuCauBoSungThongTin", body))["message"]
        assert said == "Tệp không đọc được: Data.TepDinhKem.Tep"


def test_a_call_that_was_not_looked_into_is_refused_in_the_documents_words() -> None:
    for operation in HOSTED.values():
        said = content(operation.reply("Lời cho cán bộ của cổng.", ok=False))
        assert said == {"error_code": "-1", "message": "Tệp không đọc được"}


@pytest.mark.parametrize("name", ["ChungTuThanhToan", "YeuCauBoSungThongTin"])
def test_a_dossier_that_nobody_has_is_told_as_such(name: str) -> None:
    assert content(replied(name, sample(name))) == sample("callback-reply.taken")
    reply = content(replied(name, sample(name), lambda _part: "no_dossier"))
    assert reply == sample("callback-reply.unknown_dossier")


@pytest.mark.parametrize("operation", HOSTED.values(), ids=HOSTED)
def test_nothing_personal_stands_beside_what_is_sealed(
    operation: HostedOperation,
) -> None:
    for report in told(operation.name, sample(operation.name)):
        plain = json.dumps(report.facts, ensure_ascii=False)
        for value in (NUMBER, "Nguyễn", "096090000002", "000001-0", "/PCTT"):
            assert value not in plain + report.fingerprint
        assert "khoa-vi-du" not in json.dumps(report.content)
