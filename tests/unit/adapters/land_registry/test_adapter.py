"""The adapter toward the land system: what is sent, and what each answer comes to."""

from __future__ import annotations

import base64
import socket
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web

from gateway.adapters.land_registry.adapter import LandRegistryAdapter
from gateway.adapters.land_registry.dialects import VBDLIS
from gateway.carriers.http import HTTPCarrier
from gateway.domain.attempt import Outcome
from gateway.domain.errors import StoreUnavailable
from gateway.domain.identifiers import AgencyId, MessageKind
from gateway.domain.report import Reference
from gateway.ports.agency import Answer, File, LegView, OutboundMessage
from tests.unit.adapters.land_registry.land import (
    CONTENTS,
    FILES,
    HANDED,
    NUMBER,
    OFFICE_TABLE,
    OWED_AGAIN,
    PAYMENT,
    SCHEMAS,
    START,
    SUPPLEMENT,
    TIMEOUT_S,
    VIEW,
    WITHDRAWAL,
    WRONG,
    Land,
    assert_valid,
    check,
    file,
    message,
    opened,
    viewed,
)

ALL = {
    "hand_over": message(),
    "supplement": SUPPLEMENT,
    "result_handed": HANDED,
    "result_wrong": WRONG,
    "paid": PAYMENT,
    "owed_again": OWED_AGAIN,
    "withdraw": WITHDRAWAL,
}
ASK_FOR_PAPERS = (
    "[[land_registry.step]]\n"
    'on = "hand_over"\nafter_h = 1.0\nsend = "YeuCauBoSungHoSo"\nLaTamDung = false\n'
)


class Recorder:
    """A land system that takes everything and keeps the exact bytes."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.answer = (200, b'{"data":1,"status":{"message":""}}')
        self.headers: dict[str, str] = {}

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.requests.append((request.path, dict(request.headers), body))
        status, said = self.answer
        return web.Response(status=status, body=said, headers=self.headers)

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.requests[-1][2])
        return found


class Talk:
    """The adapter against a recorder."""

    def __init__(self, recorder: Recorder, base: str) -> None:
        self.recorder = recorder
        self.carrier = HTTPCarrier(base)
        self.adapter = self.of(OFFICE_TABLE)

    def of(self, office: dict[str, Any]) -> LandRegistryAdapter:
        return LandRegistryAdapter(office, self.carrier, check(), now=lambda: START)

    async def submit(self, sent: OutboundMessage, timeout_s: float = 2.0) -> Answer:
        (answer,) = await self.adapter.submit([sent], timeout_s=timeout_s)
        return answer


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    recorder = Recorder()
    app = web.Application(client_max_size=96 * 1024 * 1024)
    app.router.add_post("/{path:.*}", recorder.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    found = Talk(recorder, f"http://{host}:{port}")
    try:
        yield found
    finally:
        await found.carrier.close()
        await runner.cleanup()


# ------------------------------------------------------------ the usual course


async def test_a_dossier_is_handed_over_and_the_mock_finds_nothing_wrong(
    land: Land,
) -> None:
    answer = await land.submit()
    assert (answer.outcome, answer.code) == (Outcome.DELIVERED, "accepted")
    assert answer.http_status == 200
    assert answer.response
    assert answer.times.total_ms is not None
    effect = land.mock.effects.lines()[0]
    assert (effect["kind"], effect["number"]) == ("hand_over", NUMBER)
    assert (effect["facts"]["files"], effect["facts"]["repeated_files"]) == (3, 0)


async def test_every_kind_of_message_is_taken_at_its_place_in_the_course(
    tmp_path: Path, played: dict[str, Any]
) -> None:
    end = '[[land_registry.step]]\non = "paid"\nafter_h = 1.0\nsend = "KetThucHoSo"\n'
    async with opened(tmp_path, played, steps=ASK_FOR_PAPERS + end) as land:
        outcomes = [await land.submit()]
        await land.run(2)
        outcomes.append(await land.submit(SUPPLEMENT))
        outcomes.append(await land.submit(PAYMENT))
        await land.run(2)
        outcomes.append(await land.submit(HANDED))
        outcomes.append(await land.submit(WRONG))
        assert [(a.outcome, a.code) for a in outcomes] == [
            (Outcome.DELIVERED, "accepted")
        ] * 5
        assert land.effects() == [
            "hand_over",
            "supplement",
            "paid",
            "result_handed",
            "result_wrong",
        ]


async def test_a_withdrawal_is_taken_while_the_dossier_runs(land: Land) -> None:
    await land.submit()
    assert (await land.submit(WITHDRAWAL)).outcome is Outcome.DELIVERED
    assert land.effects() == ["hand_over", "withdraw"]


async def test_a_batch_has_one_answer_per_item_in_order(land: Land) -> None:
    broken = viewed(due_on=None)
    answers = await land.adapter.submit([message(), broken, message()], timeout_s=2)
    assert [a.code for a in answers] == ["accepted", "due_on_missing", "already_there"]


# ------------------------------------------------------------ lost and repeated


@pytest.mark.parametrize("fault", ["lose_answer", "half_answer"])
async def test_a_lost_answer_is_unknown_and_the_repeat_counts_once(
    tmp_path: Path, played: dict[str, Any], fault: str
) -> None:
    faults = [{"operation": "hand_over", "do": fault}]
    async with opened(tmp_path, played, faults=faults) as land:
        first = await land.submit()
        assert (first.outcome, first.code) == (Outcome.UNKNOWN, "delivery_unknown")
        again = await land.submit()
        assert (again.outcome, again.code) == (Outcome.DUPLICATE, "already_there")
        assert land.effects() == ["hand_over"]
        assert land.arrivals() == ["hand_over", "hand_over"]


async def test_a_correction_that_the_office_ignored_is_not_taken_for_a_repeat(
    land: Land,
) -> None:
    await land.submit()
    corrected = replace(message(), revision=2, attempt=1)
    ignored = await land.submit(corrected)
    assert (ignored.outcome, ignored.code) == (
        Outcome.NEEDS_CONFIGURATION,
        "correction_not_taken",
    )
    again = await land.submit(replace(corrected, attempt=2))
    assert (again.outcome, again.code) == (Outcome.DUPLICATE, "already_there")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (SUPPLEMENT, "not_waiting"),
        (HANDED, "result_already_handed"),
        (PAYMENT, "paid_already_noted"),
        (OWED_AGAIN, "owed_again_already_noted"),
        (WITHDRAWAL, "withdrawal_already_noted"),
    ],
    ids=lambda given: given if isinstance(given, str) else given.kind,
)
async def test_each_kind_that_claims_deduplication_has_one_effect_when_sent_twice(
    tmp_path: Path, played: dict[str, Any], sent: OutboundMessage, code: str
) -> None:
    steps = ASK_FOR_PAPERS
    if sent.kind == "result_handed":
        steps = steps.replace("YeuCauBoSungHoSo", "KetThucHoSo")
    assert VBDLIS.traits[sent.kind].deduplicates
    async with opened(tmp_path, played, steps=steps) as land:
        await land.submit()
        await land.run(2)
        assert (await land.submit(sent)).outcome is Outcome.DELIVERED
        again = await land.submit(sent)
        assert (again.outcome, again.code) == (Outcome.DUPLICATE, code)
        assert land.effects() == ["hand_over", sent.kind]


async def test_more_to_pay_makes_a_second_payment_count(land: Land) -> None:
    await land.submit()
    course = (PAYMENT, OWED_AGAIN, PAYMENT, OWED_AGAIN, PAYMENT)
    for sent in course:
        assert (await land.submit(sent)).outcome is Outcome.DELIVERED
    assert (await land.submit(PAYMENT)).code == "paid_already_noted"
    assert land.effects() == ["hand_over", *(sent.kind for sent in course)]


async def test_more_to_pay_is_told_at_once_with_what_is_known_of_it(
    talk: Talk,
) -> None:
    unknown = {"number": "0004/TB-VD", "kind": "", "amount": "", "due_on": ""}
    rows = [*OWED_AGAIN.content["notices"], unknown, {"number": "", "amount": "5"}]
    await talk.submit(replace(OWED_AGAIN, content={"notices": rows}))
    body = talk.recorder.body
    assert_valid("thongbaonvtcphatsinh", body)
    assert body["NgayPhatSinh"] == "2026-03-10T07:30:00+07:00"
    assert body["DanhSachThongBao"] == [
        {
            "SoThongBao": "0003/TB-VD",
            "LoaiThue": "Tiền chậm nộp",
            "SoTien": "45000",
            "HanNop": "2026-04-22",
        },
        {"SoThongBao": "0004/TB-VD"},
    ]
    await talk.submit(replace(OWED_AGAIN, content={}))
    assert talk.recorder.body["DanhSachThongBao"] == []


async def test_a_wrong_result_is_not_claimed_to_be_deduplicated_and_counts_twice(
    tmp_path: Path, played: dict[str, Any]
) -> None:
    steps = ASK_FOR_PAPERS.replace("YeuCauBoSungHoSo", "KetThucHoSo")
    faults = [{"operation": "result_wrong", "do": "lose_answer"}]
    async with opened(tmp_path, played, steps=steps, faults=faults) as land:
        await land.submit()
        await land.run(2)
        assert (await land.submit(WRONG)).outcome is Outcome.UNKNOWN
        assert not VBDLIS.traits[MessageKind("result_wrong")].deduplicates
        await land.submit(WRONG)
        assert land.effects() == ["hand_over", "result_wrong", "result_wrong"]


async def test_the_numbers_of_a_hand_over_stay_when_the_land_system_gives_its_own(
    talk: Talk,
) -> None:
    own = Reference(AgencyId("land_registry"), "so_bien_nhan", "26-0001/BN")
    numbered = (*message().references, own)
    await talk.submit(message(references=numbered))
    body = talk.recorder.body
    assert (body["SoBienNhan"], body["MaHoSoMotCua"]) == (NUMBER, NUMBER)
    await talk.submit(message("supplement", references=numbered, content={}))
    assert talk.recorder.body["SoBienNhan"] == "26-0001/BN"


# ------------------------------------------------------------ faults

FAULTS = [
    ({"do": "html_200"}, Outcome.CONTRACT_BROKEN, "agency_broke_contract"),
    ({"do": "text_200", "text": "Xin chào"}, Outcome.CONTRACT_BROKEN, None),
    ({"do": "text_200", "text": '{"data": 0}'}, Outcome.CONTRACT_BROKEN, None),
    (
        {"do": "text_200", "text": '{"data": 1, "status": null}'},
        Outcome.CONTRACT_BROKEN,
        None,
    ),
    (
        {
            "do": "text_200",
            "text": '{"data": true, "status": {"message": "Tiếp nhận thành công"}}',
        },
        Outcome.CONTRACT_BROKEN,
        None,
    ),
    (
        {
            "do": "text_200",
            "text": '{"data": "1", "status": {"message": "Tiếp nhận thành công"}}',
        },
        Outcome.CONTRACT_BROKEN,
        None,
    ),
    (
        {
            "do": "text_200",
            "text": '{"data": 0, "status": {"success": true, "code": 0,'
            ' "type": "success", "message": "Lỗi hệ thống, vui lòng thử lại sau"}}',
        },
        Outcome.UNKNOWN,
        "system_error",
    ),
    (
        {
            "do": "text_200",
            "text": '{"data": 0, "status": {"success": true, "code": 0,'
            ' "message": "Thành công"}}',
        },
        Outcome.CONTRACT_BROKEN,
        None,
    ),
    ({"do": "error_503_retry_after"}, Outcome.NOT_DELIVERED, "busy"),
    ({"do": "too_many_429"}, Outcome.NOT_DELIVERED, "too_many_requests"),
    ({"do": "unauthorized_401"}, Outcome.NOT_DELIVERED, "not_admitted"),
    ({"do": "error_500_before"}, Outcome.UNKNOWN, "server_error"),
    ({"do": "reset_before"}, Outcome.UNKNOWN, "delivery_unknown"),
    ({"do": "delay_s", "seconds": 0.6}, Outcome.UNKNOWN, "delivery_unknown"),
]


@pytest.mark.parametrize(("fault", "outcome", "code"), FAULTS, ids=str)
async def test_a_fault_is_never_success_and_the_next_attempt_is_in_effect_once(
    tmp_path: Path,
    played: dict[str, Any],
    fault: dict[str, Any],
    outcome: Outcome,
    code: str | None,
) -> None:
    faults = [{"operation": "hand_over", **fault}]
    async with opened(tmp_path, played, faults=faults) as land:
        answer = await land.submit(timeout_s=0.3)
        assert (answer.outcome, answer.code) == (
            outcome,
            code or "agency_broke_contract",
        )
        await land.run(1)
        again = await land.submit()
        assert again.outcome in {Outcome.DELIVERED, Outcome.DUPLICATE}
        assert land.effects() == ["hand_over"]


async def test_an_office_that_is_busy_says_how_long_to_wait(
    tmp_path: Path, played: dict[str, Any]
) -> None:
    busy = {"operation": "hand_over", "do": "error_503_retry_after", "seconds": 120}
    async with opened(tmp_path, played, faults=[busy]) as land:
        assert (await land.submit()).retry_after_s == 120


async def test_a_503_that_names_no_time_says_nothing_about_the_message(
    talk: Talk,
) -> None:
    talk.recorder.answer = (503, b"")
    answer = await talk.submit(message())
    assert (answer.outcome, answer.code) == (Outcome.UNKNOWN, "server_error")
    assert answer.retry_after_s is None


async def test_an_office_that_does_not_listen_got_nothing() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    carrier = HTTPCarrier(f"http://127.0.0.1:{port}")
    adapter = LandRegistryAdapter(OFFICE_TABLE, carrier, check(), now=lambda: START)
    (answer,) = await adapter.submit([message()], timeout_s=TIMEOUT_S)
    await carrier.close()
    assert (answer.outcome, answer.code) == (
        Outcome.NOT_DELIVERED,
        "agency_unavailable",
    )


async def test_the_answer_is_kept_as_evidence_whatever_it_says(talk: Talk) -> None:
    talk.recorder.answer = (200, b"<html>h\xe1\xbb\x8fng</html>")
    answer = await talk.submit(message())
    assert answer.response == b"<html>h\xe1\xbb\x8fng</html>"
    assert answer.remedy


# ------------------------------------------------------------ what must exist there


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"cases": {}}, "unknown_case"),
        ({"areas": []}, "unknown_area"),
    ],
)
async def test_what_the_land_system_does_not_know_waits_for_the_administrator(
    tmp_path: Path, played: dict[str, Any], change: dict[str, Any], code: str
) -> None:
    async with opened(tmp_path, {**played, **change}) as land:
        answer = await land.submit()
        assert (answer.outcome, answer.code) == (Outcome.NEEDS_CONFIGURATION, code)
        assert land.adapter.words[code][1] == answer.remedy
        assert land.effects() == []


async def test_a_receiver_whom_the_land_system_does_not_know_is_asked_of_the_counter(
    tmp_path: Path, played: dict[str, Any]
) -> None:
    async with opened(tmp_path, {**played, "users": []}) as land:
        answer = await land.submit()
        assert (answer.outcome, answer.code) == (
            Outcome.NEEDS_DATA,
            "unknown_receiver",
        )
        assert land.effects() == []


async def test_a_message_about_a_dossier_that_is_not_there_waits_for_a_person(
    land: Land,
) -> None:
    for sent in (SUPPLEMENT, HANDED, WRONG, PAYMENT, WITHDRAWAL):
        answer = await land.submit(sent)
        assert (answer.outcome, answer.code) == (Outcome.NEEDS_DATA, "unknown_dossier")
    assert land.effects() == []


async def test_a_number_that_another_dossier_has_is_a_refusal(talk: Talk) -> None:
    sample = SCHEMAS / "samples" / "reply.number_of_another.json"
    talk.recorder.answer = (200, sample.read_bytes())
    answer = await talk.submit(message())
    assert (answer.outcome, answer.code) == (Outcome.REFUSED, "number_of_another")


# ------------------------------------------------------------ what is sent


@pytest.mark.parametrize("kind", sorted(ALL))
async def test_every_message_is_one_valid_request_to_its_operation(
    talk: Talk, kind: str
) -> None:
    assert (await talk.submit(ALL[kind])).outcome is Outcome.DELIVERED
    ((path, headers, body),) = talk.recorder.requests
    operation = path.removeprefix("/vbdlis/")
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert_valid(operation, orjson.loads(body))


async def test_several_files_of_one_paper_are_all_there_and_all_different(
    talk: Talk,
) -> None:
    await talk.submit(message())
    papers = talk.recorder.body["DanhSachGiayToDinhKem"]
    contents = [
        base64.b64decode(p["TapTin"]["data"], validate=True)
        for p in papers
        if "TapTin" in p
    ]
    assert contents == list(CONTENTS.values())
    first, second = (p for p in papers if p["TenGiayTo"] == "Hợp đồng chuyển nhượng")
    assert (first["SoBanChinh"], first["SoBanSao"]) == (1, 2)
    assert (second["SoBanChinh"], second["SoBanSao"]) == (0, 0)


async def test_a_large_scan_is_streamed_and_arrives_byte_for_byte(talk: Talk) -> None:
    content = bytes(range(256)) * 4 * 1024 * 3
    await talk.submit(viewed(file("quet.pdf", content), *FILES[1:]))
    path, headers, body = talk.recorder.requests[0]
    assert int(headers["Content-Length"]) == len(body) > len(content)
    papers = orjson.loads(body)["DanhSachGiayToDinhKem"]
    assert base64.b64decode(papers[0]["TapTin"]["data"]) == content
    assert path == "/vbdlis/tiepnhan"


async def test_more_than_the_land_system_takes_is_not_sent(talk: Talk) -> None:
    heavy = file("nang.pdf", b"", size=65 * 1024 * 1024)
    answer = await talk.submit(viewed(heavy, *FILES[1:]))
    assert (answer.outcome, answer.code) == (Outcome.NEEDS_DATA, "too_large")
    assert talk.recorder.requests == []


@pytest.mark.parametrize(
    "scan",
    [
        file("hong.pdf", b"", broken=True),
        file("ngan.pdf", b"ngan", size=50),
    ],
    ids=lambda scan: str(scan.name),
)
async def test_a_file_that_cannot_be_read_here_is_no_fault_of_the_office(
    talk: Talk, scan: File
) -> None:
    answer = await talk.submit(viewed(scan, *FILES[1:]))
    assert (answer.outcome, answer.code) == (
        Outcome.NEEDS_CONFIGURATION,
        "attachment_unreadable",
    )
    assert talk.recorder.requests == []


async def test_a_large_file_that_breaks_off_midway_is_never_success(
    talk: Talk,
) -> None:
    scan = file("hong-lon.pdf", b"", size=1024 * 1024, broken=True)
    answer = await talk.submit(viewed(scan, *FILES[1:]))
    assert answer.outcome is Outcome.UNKNOWN
    assert talk.recorder.requests == []


async def test_a_store_that_is_away_for_a_moment_is_tried_again(talk: Talk) -> None:
    async def away() -> AsyncIterator[bytes]:
        raise StoreUnavailable
        yield b""

    scan = File("quet.pdf", "quet", "application/pdf", 10, away)
    answer = await talk.submit(viewed(scan, *FILES[1:]))
    assert answer.outcome is Outcome.NOT_DELIVERED
    assert talk.recorder.requests == []


async def test_texts_leave_composed(talk: Talk) -> None:
    name = unicodedata.normalize("NFD", "Nguyễn Thị Ví Dụ")
    await talk.submit(viewed(applicant={"name": name}))
    sent = talk.recorder.body["ThongTinNguoiNopDon"]["HoTen"]
    assert sent == unicodedata.normalize("NFC", name) != name


async def test_what_is_not_known_is_left_out_and_nothing_stands_in_for_it(
    talk: Talk,
) -> None:
    sparse = viewed(
        applicant={"name": "Nguyễn Văn Ví Dụ", "phone": "", "identity": {}},
        received_at=None,
        parcels=[{}],
        documents=[],
        area={"commune": "90001"},
    )
    await talk.submit(sparse)
    body = talk.recorder.body
    assert body["ThongTinNguoiNopDon"] == {"HoTen": "Nguyễn Văn Ví Dụ"}
    assert body["ThongTinThuaDat"] == [{}]
    assert body["DanhSachGiayToDinhKem"] == []
    assert not {"NgayTiepNhan", "DiaChiTaiSan"} & body.keys()


@pytest.mark.parametrize(
    ("received_at", "sent"),
    [
        ("2026-03-10T08:30:00+07:00", "2026-03-10T08:30:00+07:00"),
        ("2026-03-10T01:30:00Z", "2026-03-10T08:30:00+07:00"),
        ("2026-03-10T08:30:00.123456", "2026-03-10T08:30:00+07:00"),
        ("2026-03-10", None),
    ],
)
async def test_times_leave_with_the_offset_and_no_hour_is_invented(
    talk: Talk, received_at: str, sent: str | None
) -> None:
    await talk.submit(viewed(received_at=received_at))
    assert talk.recorder.body.get("NgayTiepNhan") == sent


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (message(facts={}), "area_ambiguous"),
        (message(facts={"commune": "90002"}), "area_not_mapped"),
        (viewed(due_on=None), "due_on_missing"),
        (viewed(case=None), "case_missing"),
        (viewed(case="CN-99"), "case_not_mapped"),
        (viewed(applicant={}), "applicant_name_missing"),
        (viewed(applicant={"name": "V" * 256}), "message_invalid"),
        (message(references=()), "receipt_number_missing"),
        (message("withdraw", created_at=None), "moment_missing"),
        (message("owed_again", created_at=None), "moment_missing"),
        (message("withdraw", content={"reason": ""}), "message_invalid"),
        (message("result_wrong", content={"content": ""}), "message_invalid"),
    ],
)
async def test_what_is_missing_is_named_and_nothing_leaves(
    talk: Talk, sent: OutboundMessage, code: str
) -> None:
    answer = await talk.submit(sent)
    assert answer.code == code
    assert answer.outcome in {Outcome.NEEDS_DATA, Outcome.NEEDS_CONFIGURATION}
    assert answer.remedy
    assert talk.recorder.requests == []
    reason, next_action = talk.adapter.words[code]
    assert reason
    assert next_action


async def test_without_a_receiver_the_counter_is_asked_for_one(talk: Talk) -> None:
    talk.adapter = talk.of({**OFFICE_TABLE, "land": {}})
    assert (await talk.submit(message())).code == "receiver_missing"
    chosen = viewed(receiver="vidu.khac")
    await talk.submit(chosen)
    assert talk.recorder.body["NguoiTiepNhan"] == "vidu.khac"


async def test_the_area_map_is_asked_for_the_day_of_the_dossier(talk: Talk) -> None:
    for day, number in (("2025-07-01", 0), ("2025-06-30", 7)):
        facts = {**message().facts, "commune_on": day}
        await talk.submit(message(facts=facts))
        assert talk.recorder.body["HuyenId"] == number


async def test_one_whose_day_nobody_kept_has_the_numbers_of_today(talk: Talk) -> None:
    await talk.submit(message())
    assert talk.recorder.body["HuyenId"] == 0
    before = datetime(2025, 6, 30, 16, 59, tzinfo=UTC)
    talk.adapter = LandRegistryAdapter(
        OFFICE_TABLE, talk.carrier, check(), now=lambda: before
    )
    await talk.submit(message())
    assert talk.recorder.body["HuyenId"] == 7


async def test_no_value_of_a_message_stands_in_what_is_told_about_its_faults(
    talk: Talk,
) -> None:
    secret = "Nguyễn Văn Kín " * 40
    answer = await talk.submit(viewed(applicant={"name": secret}))
    told = f"{answer.code} {answer.detail} {answer.remedy}"
    assert "/ThongTinNguoiNopDon/HoTen" in told
    assert "Kín" not in told


async def test_the_notices_that_were_settled_are_named_to_the_office(
    talk: Talk,
) -> None:
    await talk.submit(PAYMENT)
    assert talk.recorder.body["DanhSachThongBao"] == [
        {"SoThongBao": "0001/TB-VD", "LoaiThue": "Thuế thu nhập cá nhân"},
        {"SoThongBao": "0002/TB-VD", "LoaiThue": "Lệ phí trước bạ"},
    ]
    assert talk.recorder.body["NgayHoanThanh"] == "2026-03-19"


async def test_an_exempt_applicant_is_told_in_words_and_without_notices(
    talk: Talk,
) -> None:
    late = datetime(2026, 3, 18, 18, 0, tzinfo=UTC)
    await talk.submit(message("paid", facts={"exempted": True}, created_at=late))
    body = talk.recorder.body
    assert body["DanhSachThongBao"] == []
    assert "miễn" in body["GhiChu"]
    assert body["NgayHoanThanh"] == "2026-03-19"


async def test_the_view_is_not_changed_by_sending(talk: Talk) -> None:
    before = orjson.dumps(VIEW)
    await talk.submit(message(view=LegView(VIEW, FILES)))
    assert orjson.dumps(VIEW) == before
