"""The mock land system behaves as its interface document says, quirks included."""

from __future__ import annotations

import base64
import copy
import heapq
import json
import subprocess
import tomllib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from gateway.adapters.land_registry.mock import create, number_of

SCHEMAS = Path(__file__).parents[4] / "schemas" / "agencies" / "land_registry"
TAX_XSD = SCHEMAS.parent / "tax" / "tct.xsd"
NUMBER = "H00.01-260310-0001"
START = datetime(2026, 3, 10, 7, 30, tzinfo=timezone(timedelta(hours=7)))
HAND_OVER: dict[str, Any] = json.loads(
    (SCHEMAS / "samples" / "tiepnhan.json").read_text()
)
STORED = (200, b'{"Result": 1, "Message": ""}')
SUPPLEMENT = {"SoBienNhan": NUMBER, "DanhSachGiayToBoSung": []}
WRONG = {"SoBienNhan": NUMBER, "NoiDung": "Sai tên.", "DanhSachGiayToDinhKem": []}
PAID = {
    "SoBienNhan": NUMBER,
    "NgayHoanThanh": "2026-03-19",
    "DanhSachThongBao": [{"SoThongBao": "0001/TB-VD"}],
}
OWED_AGAIN = {
    "SoBienNhan": NUMBER,
    "NgayPhatSinh": "2026-03-23T09:40:00+07:00",
    "DanhSachThongBao": [{"SoThongBao": "0003/TB-VD", "SoTien": "45000"}],
}
WITHDRAWAL = {
    "SoBienNhan": NUMBER,
    "NgayRut": "2026-03-12T09:15:00+07:00",
    "LyDo": "Thôi chuyển nhượng.",
}
HANDED = {"SoBienNhan": NUMBER, "NgayTra": "2026-03-27"}


@dataclass
class Call:
    """One call that the mock made."""

    at: datetime
    method: str
    url: str
    kind: str
    body: Any

    @property
    def operation(self) -> str:
        return self.url.split("/callbacks/land-h12-01/")[1].split("/")[0].split("?")[0]


@dataclass
class Reply:
    status: int
    body: bytes


@dataclass
class Request:
    body: bytes
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


class Office:
    """Clock, books and one-stop side in one process; time goes by steps."""

    def __init__(self, settings: dict[str, Any], **scenario: Any) -> None:
        self.settings: Mapping[str, Any] = settings
        self.arrivals: list[tuple[str, str, dict[str, Any]]] = []
        self.effects: list[tuple[str, str, dict[str, Any]]] = []
        self.calls: list[Call] = []
        self.replies: Callable[[Call], tuple[int, bytes] | None] = lambda _: STORED
        self._scenario = scenario
        self._now = START
        self._timers: list[tuple[datetime, int, Callable[[], Awaitable[None]]]] = []
        self._count = 0
        self._routes = {(m, path): work for m, path, work in create(self)}

    def now(self) -> datetime:
        return self._now

    def shows(self, title: str, kept: Any, words: Any = None) -> None:
        """Nobody looks."""

    def after(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        self._count += 1
        due = self._now + timedelta(seconds=seconds)
        heapq.heappush(self._timers, (due, self._count, work))

    def work(
        self, number: str, hours: float, act: Callable[[], Awaitable[None]]
    ) -> None:
        self.after(hours * 3600, act)

    def scenario(self, number: str) -> Mapping[str, Any]:
        return self._scenario

    def arrived(self, kind: str, number: str, **facts: str | int | bool) -> None:
        self.arrivals.append((kind, number, facts))

    def effect(self, kind: str, number: str, **facts: str | int | bool) -> None:
        self.effects.append((kind, number, facts))

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        kind: str,
        number: str,
    ) -> Reply:
        content = json.loads(body) if body else None
        call = Call(self._now, method, url, kind, content)
        self.calls.append(call)
        reply = self.replies(call)
        if reply is None:
            raise ConnectionError
        return Reply(*reply)

    async def post(self, operation: str, message: Any) -> tuple[int, dict[str, Any]]:
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        handler = self._routes["POST", f"/vbdlis/{operation}"]
        status, media_type, answer = await handler(Request(body))
        content = json.loads(answer) if "json" in media_type else {}
        if content:
            assert_valid("reply", content)
        return status, content

    async def get(self, link: str) -> tuple[int, bytes]:
        handler = self._routes["GET", "/files/{name}"]
        name = link.removeprefix("/files/")
        status, _, body = await handler(Request(b"", {"name": name}))
        return status, body

    async def run(self, hours: float = 24 * 60) -> None:
        """Let everything happen that is due within that time."""
        end = self._now + timedelta(hours=hours)
        while self._timers and self._timers[0][0] <= end:
            self._now, _, work = heapq.heappop(self._timers)
            await work()
        self._now = end

    def sent(self) -> list[tuple[float, str]]:
        """What it sent: hours since the start, and the operation."""
        return [
            ((c.at - START).total_seconds() / 3600, c.operation)
            for c in self.calls
            if c.method == "POST"
        ]

    def kinds(self) -> list[str]:
        return [kind for kind, _, _ in self.effects]


def assert_valid(name: str, content: Any) -> None:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    assert [e.message for e in validator.iter_errors(content)] == []


def phrase(answer: tuple[int, dict[str, Any]]) -> tuple[int, str]:
    status, content = answer
    assert status == 200
    return content["data"], content["status"]["message"].casefold()


def without(message: dict[str, Any], *path: str) -> dict[str, Any]:
    changed = copy.deepcopy(message)
    inside = changed
    for name in path[:-1]:
        inside = inside[name]
    del inside[path[-1]]
    return changed


def changed(message: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {**copy.deepcopy(message), **fields}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("keys")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Cơ quan ví dụ")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    (folder / "slip.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (folder / "slip.pem").write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
    )
    return {
        "users": ["vidu.tiepnhan"],
        "cases": {
            "CN-01": {"name": "Chuyển nhượng", "with_tax": "gateway"},
            "CN-02": {"name": "Chuyển nhượng, đất đai tự hỏi", "with_tax": "observed"},
            "DC-01": {"name": "Đính chính", "with_tax": "none"},
        },
        "areas": [{"tinh_id": 96, "huyen_id": 0, "xa_id": 31825}],
        "callback_base": "http://127.0.0.1:1/callbacks/land-h12-01",
        "callback_secret": "bi-mat",
        "slip_key": str(folder / "slip.key"),
        "slip_certificate": str(folder / "slip.pem"),
        "pull_lists": False,
    }


@pytest.fixture
def office(settings: dict[str, Any]) -> Office:
    return Office(settings)


def case(code: str) -> dict[str, Any]:
    return changed(HAND_OVER, ThongTinQuyTrinh={"MaQuyTrinh": code})


# ------------------------------------------------------------ schemas and samples


def samples() -> list[Path]:
    return sorted((SCHEMAS / "samples").glob("*.json"))


@pytest.mark.parametrize("sample", samples(), ids=lambda path: path.stem)
def test_every_sample_is_valid_against_its_schema(sample: Path) -> None:
    assert_valid(sample.name.split(".")[0], json.loads(sample.read_text()))


def test_every_schema_has_a_sample() -> None:
    schemas = {path.stem for path in SCHEMAS.glob("*.json")}
    assert schemas
    assert schemas == {path.name.split(".")[0] for path in samples()}


def test_every_field_of_every_schema_is_marked_in_source_toml() -> None:
    marked = tomllib.loads((SCHEMAS / "SOURCE.toml").read_text())
    found: set[str] = set()
    for path in SCHEMAS.glob("*.json"):
        schema = json.loads(path.read_text())
        found |= set(fields(path.stem, schema, schema.get("$defs", {})))
    assert len(found) > 100
    named = {name for name in marked["elements"] if "." in name}
    assert found == named
    assert set(marked["elements"].values()) == {"observed", "assumed", "ours"}


def fields(prefix: str, schema: Any, parts: Mapping[str, Any]) -> Iterator[str]:
    for name, inside in schema.get("properties", {}).items():
        path = f"{prefix}.{name}"
        yield path
        yield from fields(path, resolved(inside, parts), parts)
        if "items" in inside:
            yield from fields(f"{path}[]", resolved(inside["items"], parts), parts)


def resolved(schema: Any, parts: Mapping[str, Any]) -> Any:
    for part in (schema, *schema.get("anyOf", ())):
        if "$ref" in part:
            return parts[part["$ref"].removeprefix("#/$defs/")]
    return schema


# ------------------------------------------------------------ toward the land system


async def test_a_hand_over_is_taken_and_booked_once(office: Office) -> None:
    assert phrase(await office.post("tiepnhan", HAND_OVER))[0] == 1
    assert [(kind, number) for kind, number, _ in office.effects] == [
        ("hand_over", NUMBER)
    ]
    assert office.effects[0][2]["files"] == 1
    assert office.arrivals[0][2]["answer"] == "accepted"


async def test_a_repeated_hand_over_is_answered_da_ton_tai_and_has_no_second_effect(
    office: Office,
) -> None:
    await office.post("tiepnhan", HAND_OVER)
    data, said = phrase(await office.post("tiepnhan", HAND_OVER))
    assert data == 0
    assert "đã tồn tại" in said
    assert office.kinds() == ["hand_over"]
    assert [kind for kind, _, _ in office.arrivals] == ["hand_over", "hand_over"]


async def test_a_receipt_number_of_another_dossier_is_refused(office: Office) -> None:
    await office.post("tiepnhan", HAND_OVER)
    other = changed(HAND_OVER, MaHoSoMotCua="H00.01-260310-0002")
    data, said = phrase(await office.post("tiepnhan", other))
    assert data == 0
    assert "đã dùng cho hồ sơ khác" in said
    assert "đã tồn tại" not in said


async def test_changed_content_is_taken_only_after_a_request_for_correction(
    settings: dict[str, Any],
) -> None:
    ask = {"on": "hand_over", "after_h": 1.0, "send": "YeuCauCapNhatHoSo"}
    office = Office(settings, step=[ask])
    await office.post("tiepnhan", HAND_OVER)
    corrected = case("DC-01")
    assert "đã tồn tại" in phrase(await office.post("tiepnhan", corrected))[1]
    await office.run(2)
    assert phrase(await office.post("tiepnhan", corrected))[0] == 1
    assert "đã tồn tại" in phrase(await office.post("tiepnhan", corrected))[1]
    assert office.kinds() == ["hand_over", "hand_over"]


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        (changed(HAND_OVER, NguoiTiepNhan="ai.do"), "không tìm thấy người tiếp nhận"),
        (case("XX-99"), "không tìm thấy quy trình: xx-99"),
        (changed(HAND_OVER, XaId=1), "không tìm thấy đơn vị hành chính"),
        (
            without(HAND_OVER, "ThongTinNguoiNopDon", "HoTen"),
            "thiếu trường bắt buộc: thongtinnguoinopdon.hoten",
        ),
        (changed(HAND_OVER, NgayHenTra="31-02-2026"), "sai kiểu dữ liệu: ngayhentra"),
        (changed(HAND_OVER, NgayHenTra="2026-02-31"), "sai kiểu dữ liệu: ngayhentra"),
        (
            changed(HAND_OVER, NgayTiepNhan="2026-03-10T08:30:00"),
            "sai kiểu dữ liệu: ngaytiepnhan",
        ),
    ],
)
async def test_refusals_come_with_http_200_and_their_phrase(
    office: Office, message: dict[str, Any], wanted: str
) -> None:
    data, said = phrase(await office.post("tiepnhan", message))
    assert data == 0
    assert wanted in said
    assert office.effects == []
    assert len(office.arrivals) == 1


async def test_an_unknown_receiver_is_refused(office: Office) -> None:
    message = changed(HAND_OVER, NguoiTiepNhan="ai.do")
    assert phrase(await office.post("tiepnhan", message))[0] == 0
    assert office.arrivals[0][2]["answer"] == "unknown_receiver"


@pytest.mark.parametrize("field_name", ["TinhId", "HuyenId", "XaId"])
async def test_an_area_outside_the_map_is_refused(
    office: Office, field_name: str
) -> None:
    wrong = changed(HAND_OVER, **{field_name: 7})
    assert "đơn vị hành chính" in phrase(await office.post("tiepnhan", wrong))[1]
    missing = without(HAND_OVER, field_name)
    assert "thiếu trường bắt buộc" in phrase(await office.post("tiepnhan", missing))[1]


async def test_area_is_text_and_ids_are_integers(office: Office) -> None:
    as_text = changed(HAND_OVER, XaId="31825")
    assert "sai kiểu dữ liệu: xaid" in phrase(await office.post("tiepnhan", as_text))[1]
    as_number = changed(HAND_OVER, ThongTinThuaDat=[{"DienTich": 120.5}])
    data, said = phrase(await office.post("tiepnhan", as_number))
    assert data == 0
    assert "thongtinthuadat[0].dientich" in said


async def test_a_dossier_without_telephone_and_identity_number_is_taken(
    office: Office,
) -> None:
    message = changed(HAND_OVER, ThongTinNguoiNopDon={"HoTen": "Nguyễn Văn Ví Dụ"})
    assert phrase(await office.post("tiepnhan", message))[0] == 1


async def test_a_file_that_is_no_base64_is_refused(office: Office) -> None:
    message = copy.deepcopy(HAND_OVER)
    message["DanhSachGiayToDinhKem"][0]["TapTin"]["data"] = "%%%"
    data, said = phrase(await office.post("tiepnhan", message))
    assert data == 0
    assert "tệp không đọc được" in said


async def test_what_is_no_json_is_answered_400(office: Office) -> None:
    for body in (b"{", b"[]", b"\xff"):
        status, content = await office.post("tiepnhan", body)
        assert (status, content["data"]) == (400, 0)
    assert office.effects == []


async def test_more_than_64_mib_is_answered_413(office: Office) -> None:
    status, _ = await office.post("tiepnhan", b" " * (64 * 1024 * 1024 + 1))
    assert status == 413


async def test_messages_about_an_unknown_dossier_are_refused(office: Office) -> None:
    for operation, message in (
        ("capnhattrangthaibosunghoso", SUPPLEMENT),
        ("capnhattrangthaitraketquahoso", HANDED),
        ("phanhoihososaiketqua", WRONG),
        ("thongbaohoanthanhnvtc", PAID),
        ("thongbaonvtcphatsinh", OWED_AGAIN),
        ("thongbaoruthoso", WITHDRAWAL),
    ):
        data, said = phrase(await office.post(operation, message))
        assert data == 0
        assert "không tìm thấy hồ sơ" in said
    assert office.effects == []


async def test_a_repeated_supplement_is_answered_khong_cho_bo_sung(
    settings: dict[str, Any],
) -> None:
    ask = {"on": "hand_over", "after_h": 1.0, "send": "YeuCauBoSungHoSo"}
    office = Office(settings, step=[ask])
    await office.post("tiepnhan", HAND_OVER)
    supplement = "capnhattrangthaibosunghoso"
    early = await office.post(supplement, SUPPLEMENT)
    assert "hồ sơ không chờ bổ sung" in phrase(early)[1]
    await office.run(2)
    assert phrase(await office.post(supplement, SUPPLEMENT))[0] == 1
    again = phrase(await office.post(supplement, SUPPLEMENT))
    assert again[0] == 0
    assert "hồ sơ không chờ bổ sung" in again[1]
    assert office.kinds() == ["hand_over", "supplement"]


async def test_a_wrong_result_told_twice_counts_twice(office: Office) -> None:
    await office.post("tiepnhan", case("DC-01"))
    early = phrase(await office.post("phanhoihososaiketqua", WRONG))
    assert "chưa có kết quả" in early[1]
    await office.run()
    for _ in range(2):
        assert phrase(await office.post("phanhoihososaiketqua", WRONG))[0] == 1
    assert office.kinds() == ["hand_over", "result_wrong", "result_wrong"]


async def test_a_result_handed_is_noted_once(office: Office) -> None:
    await office.post("tiepnhan", case("DC-01"))
    await office.run()
    assert phrase(await office.post("capnhattrangthaitraketquahoso", HANDED))[0] == 1
    again = phrase(await office.post("capnhattrangthaitraketquahoso", HANDED))
    assert again == (0, "hồ sơ đã trả kết quả")
    assert office.kinds() == ["hand_over", "result_handed"]


async def test_payment_and_withdrawal_are_noted_once_and_not_after_the_end(
    office: Office,
) -> None:
    await office.post("tiepnhan", HAND_OVER)
    for operation, message, kind in (
        ("thongbaohoanthanhnvtc", PAID, "paid"),
        ("thongbaonvtcphatsinh", OWED_AGAIN, "owed_again"),
        ("thongbaoruthoso", WITHDRAWAL, "withdraw"),
    ):
        assert phrase(await office.post(operation, message))[0] == 1
        data, said = phrase(await office.post(operation, message))
        assert data == 0
        assert "đã ghi nhận" in said
        assert office.kinds().count(kind) == 1
    other = changed(HAND_OVER, SoBienNhan="B-2", MaHoSoMotCua="H00.01-260310-0002")
    await office.post(
        "tiepnhan", {**other, "ThongTinQuyTrinh": {"MaQuyTrinh": "DC-01"}}
    )
    await office.run()
    for operation, message in (
        ("thongbaoruthoso", WITHDRAWAL),
        ("thongbaonvtcphatsinh", OWED_AGAIN),
    ):
        late = await office.post(operation, changed(message, SoBienNhan="B-2"))
        assert phrase(late) == (0, "hồ sơ đã kết thúc")


async def test_more_to_pay_stops_the_printing_until_it_is_paid_once_more(
    office: Office,
) -> None:
    await office.post("tiepnhan", HAND_OVER)
    await office.run(100)
    assert phrase(await office.post("thongbaohoanthanhnvtc", PAID))[0] == 1
    await office.run(50)
    # It was printing since hour 124, and would have ended at hour 196.
    assert office.sent()[2:] == [(124, "ChuyenHoSo")]
    told = phrase(await office.post("thongbaonvtcphatsinh", OWED_AGAIN))
    assert told == (1, "đã ghi nhận nghĩa vụ tài chính phát sinh")
    await office.run(350)
    assert office.sent()[3:] == []
    assert phrase(await office.post("thongbaohoanthanhnvtc", PAID))[0] == 1
    again = phrase(await office.post("thongbaohoanthanhnvtc", PAID))
    assert again == (0, "hồ sơ đã ghi nhận hoàn thành nghĩa vụ tài chính")
    await office.run()
    assert office.sent()[3:] == [(596, "KetThucHoSo")]
    assert office.kinds() == ["hand_over", "paid", "owed_again", "paid"]


async def test_the_same_notice_owed_again_counts_once_per_payment(
    office: Office,
) -> None:
    await office.post("tiepnhan", HAND_OVER)
    further = changed(OWED_AGAIN, DanhSachThongBao=[])
    for _ in range(2):
        assert phrase(await office.post("thongbaohoanthanhnvtc", PAID))[0] == 1
        for message in (OWED_AGAIN, further):
            assert phrase(await office.post("thongbaonvtcphatsinh", message))[0] == 1
            again = phrase(await office.post("thongbaonvtcphatsinh", message))
            assert again == (0, "hồ sơ đã ghi nhận nghĩa vụ tài chính phát sinh")
    assert office.kinds() == ["hand_over", *["paid", "owed_again", "owed_again"] * 2]


def test_the_dossier_number_is_read_from_a_request_without_a_handler() -> None:
    assert number_of(Request(json.dumps(HAND_OVER).encode())) == NUMBER
    assert number_of(Request(b'{"SoBienNhan":"26-0001\\/BN"}')) == "26-0001/BN"
    assert number_of(Request(b"<html>")) == ""


# ------------------------------------------------------------ from the land system


async def test_default_script_where_somebody_else_carries_the_slip(
    office: Office,
) -> None:
    await office.post("tiepnhan", HAND_OVER)
    await office.run(100)
    assert office.sent() == [(2, "ChuyenHoSo"), (24, "ChuyenHoSo")]
    assert [c.body["MaTrangThai"] for c in office.calls] == [11, 13]
    await office.post("thongbaohoanthanhnvtc", PAID)
    await office.run()
    assert office.sent()[2:] == [(124, "ChuyenHoSo"), (196, "KetThucHoSo")]
    assert office.calls[-1].body["TrangThaiKetThuc"] == 0
    assert len(office.calls[-1].body["DanhSachGiayToKetQua"]) == 1


async def test_default_script_where_the_land_system_talks_to_tax(
    office: Office,
) -> None:
    await office.post("tiepnhan", case("CN-02"))
    await office.run()
    assert office.sent() == [
        (2, "ChuyenHoSo"),
        (24, "ChuyenHoSo"),
        (96, "GuiKetQuaThue"),
        (168, "ChuyenHoSo"),
        (264, "KetThucHoSo"),
    ]
    notices = office.calls[2].body["DanhSachThongBaoThue"]
    assert [row["LoaiThue"] for row in notices] == [
        "Thuế thu nhập cá nhân",
        "Lệ phí trước bạ",
    ]
    assert [c.kind for c in office.calls][2:] == ["tax_notices", "progress", "finished"]


async def test_default_script_without_tax(office: Office) -> None:
    await office.post("tiepnhan", case("DC-01"))
    await office.run()
    assert office.sent() == [(2, "ChuyenHoSo"), (48, "KetThucHoSo")]


async def test_a_withdrawal_ends_the_work_and_is_answered_after_4_hours(
    office: Office,
) -> None:
    await office.post("tiepnhan", HAND_OVER)
    await office.run(3)
    await office.post("thongbaoruthoso", WITHDRAWAL)
    await office.run()
    assert office.sent() == [(2, "ChuyenHoSo"), (7, "KetThucHoSo")]
    assert office.calls[-1].body["TrangThaiKetThuc"] == 1
    assert office.calls[-1].body["DanhSachGiayToKetQua"] == []


EVERYTHING: list[dict[str, Any]] = [
    {"on": "hand_over", "send": "TiepNhanHoSoChoMotCua"},
    {"on": "started:1", "send": "ChuyenHoSo", "MaTrangThai": 13, "slip": True},
    {"on": "started:2", "send": "YeuCauBoSungHoSo", "GhiChu": "Thiếu bản vẽ."},
    {"on": "started:3", "send": "NhanBoSungHoSo"},
    {"on": "started:4", "send": "GuiKetQuaThue", "notices": ["Lệ phí trước bạ"]},
    {"on": "started:5", "send": "ThueTraHoSo"},
    {"on": "started:6", "send": "SaiQuyTrinh"},
    {"on": "started:7", "send": "YeuCauCapNhatHoSo"},
    {"on": "started:8", "send": "KetThucHoSo", "results": ["A", "B"]},
]


async def test_every_message_it_sends_is_valid_against_its_schema(
    settings: dict[str, Any],
) -> None:
    office = Office(settings, step=EVERYTHING)
    await office.post("tiepnhan", HAND_OVER)
    await office.run()
    assert [c.operation for c in office.calls] == [s["send"] for s in EVERYTHING]
    for call in office.calls:
        assert_valid(call.operation, call.body)
        assert call.url.endswith("/bi-mat")


async def test_the_land_system_may_give_a_number_of_its_own(
    settings: dict[str, Any],
) -> None:
    office = Office(settings, step=EVERYTHING)
    await office.post("tiepnhan", HAND_OVER)
    await office.run()
    assert office.calls[0].body["MaHoSoMotCua"] == NUMBER
    own = office.calls[0].body["SoBienNhan"]
    assert own != NUMBER
    assert {c.body["SoBienNhan"] for c in office.calls} == {own}
    for receipt in (own, NUMBER):
        handed = changed(WRONG, SoBienNhan=receipt)
        assert phrase(await office.post("phanhoihososaiketqua", handed))[0] == 1
    assert {number for _, number, _ in office.effects} == {NUMBER}


async def test_times_are_utc_without_a_mark(office: Office) -> None:
    status, content = await office.post("tiepnhan", HAND_OVER)
    assert status == 200
    assert content["status"]["time"] == "2026-03-10T00:30:00"
    await office.run(3)
    # 09:30 in Vietnam
    assert office.calls[0].body["NgayChuyen"] == "2026-03-10T02:30:00"


async def test_an_unconfirmed_callback_is_repeated_every_15_minutes_and_later_ones_pass_it(
    settings: dict[str, Any],
) -> None:
    steps = [
        {"on": "hand_over", "send": "ChuyenHoSo", "MaTrangThai": 11},
        {"on": "hand_over", "after_h": 0.1, "send": "ChuyenHoSo", "MaTrangThai": 12},
    ]
    refusals: list[tuple[int, bytes] | None] = [
        None,
        (200, b'{"Result": 0, "Message": ""}'),
        (500, b"<html>"),
        (200, b"<html>"),
    ]
    office = Office(settings, step=steps)

    def reply(call: Call) -> tuple[int, bytes] | None:
        first = call.body["MaTrangThai"] == 11
        return refusals.pop(0) if first and refusals else STORED

    office.replies = reply
    await office.post("tiepnhan", HAND_OVER)
    await office.run()
    assert [
        (hours, c.body["MaTrangThai"])
        for (hours, _), c in zip(office.sent(), office.calls, strict=True)
    ] == [(0, 11), (0.1, 12), (0.25, 11), (0.5, 11), (0.75, 11), (1, 11)]
    assert len({json.dumps(c.body) for c in office.calls}) == 2
    booked = [facts for kind, _, facts in office.arrivals if kind == "callback_answer"]
    assert [facts["stored"] for facts in booked].count(False) == 4


async def test_a_callback_is_given_up_after_20_repeats(
    settings: dict[str, Any],
) -> None:
    office = Office(settings, step=[{"on": "hand_over", "send": "ChuyenHoSo"}])
    office.replies = lambda _: None
    await office.post("tiepnhan", HAND_OVER)
    await office.run()
    assert len(office.calls) == 21
    assert [k for k, _, _ in office.arrivals].count("callback_given_up") == 1


async def test_the_same_message_may_be_sent_several_times(
    settings: dict[str, Any],
) -> None:
    step = {"on": "hand_over", "send": "ChuyenHoSo", "times": 3}
    office = Office(settings, step=[step])
    await office.post("tiepnhan", HAND_OVER)
    await office.run()
    assert len(office.calls) == 3
    assert office.calls[0].body == office.calls[1].body == office.calls[2].body


async def test_the_last_file_may_come_several_times(settings: dict[str, Any]) -> None:
    step = {
        "on": "hand_over",
        "send": "ChuyenHoSo",
        "MaTrangThai": 13,
        "slip": True,
        "same_file": 2,
    }
    office = Office(settings, step=[step])
    message = copy.deepcopy(HAND_OVER)
    message["DanhSachGiayToDinhKem"] *= 2
    await office.post("tiepnhan", message)
    assert office.effects[0][2]["repeated_files"] == 1
    await office.run()
    first, second = office.calls[0].body["DanhSachTapTin"]
    assert first == second


async def test_officer_codes_may_be_unknown_or_null(settings: dict[str, Any]) -> None:
    step = {"on": "hand_over", "send": "ChuyenHoSo", "MaCanBoNhan": ""}
    office = Office(settings, step=[step])
    await office.post("tiepnhan", HAND_OVER)
    await office.run()
    body = office.calls[0].body
    assert body["MaCanBoChuyen"] == "CB0001"
    assert body["MaCanBoNhan"] == ""
    assert_valid("ChuyenHoSo", {**body, "MaCanBoChuyen": None})


async def test_a_pause_is_not_a_wait_for_papers(settings: dict[str, Any]) -> None:
    step = {
        "on": "hand_over",
        "send": "YeuCauBoSungHoSo",
        "LaTamDung": True,
        "LoaiTamDung": 1,
    }
    office = Office(settings, step=[step])
    await office.post("tiepnhan", HAND_OVER)
    await office.run(1)
    assert office.calls[0].body["LaTamDung"] is True
    assert_valid("YeuCauBoSungHoSo", office.calls[0].body)
    answer = await office.post("capnhattrangthaibosunghoso", SUPPLEMENT)
    assert "không chờ bổ sung" in phrase(answer)[1]


async def test_result_files_are_fetched_by_link(office: Office) -> None:
    await office.post("tiepnhan", case("DC-01"))
    await office.run()
    paper = office.calls[-1].body["DanhSachGiayToKetQua"][0]
    assert paper["LinkFile"].startswith("/files/")
    status, content = await office.get(paper["LinkFile"])
    assert status == 200
    assert content.startswith(b"%PDF-")
    assert (await office.get("/files/khong-co.pdf"))[0] == 404


async def test_the_lists_are_pulled_with_the_security_code(
    settings: dict[str, Any],
) -> None:
    office = Office({**settings, "pull_lists": True})
    office.replies = lambda call: (
        STORED
        if call.method == "POST"
        else (200, b'{"Result":1,"Message":"","Data":[{"MaTrangThai":4}]}')
    )
    await office.post("tiepnhan", case("DC-01"))
    other = changed(case("DC-01"), SoBienNhan="B-2", MaHoSoMotCua="B-2")
    await office.post("tiepnhan", other)
    await office.run()
    pulled = [c for c in office.calls if c.method == "GET"]
    assert [c.operation for c in pulled] == [
        "GetDanhMucNguoiDung",
        "GetDanhMucThuTuc",
        "GetDanhMucTrangThai",
    ]
    assert all(c.url.endswith("?SecurityCode=bi-mat") for c in pulled)
    booked = [facts for kind, _, facts in office.arrivals if kind == "catalogue"]
    assert [facts["rows"] for facts in booked] == [1, 1, 1]


async def test_a_branch_is_called_back_at_its_own_address(
    settings: dict[str, Any],
) -> None:
    branch = {
        "users": ["vidu.chinhanh2"],
        "callback_base": "http://127.0.0.1:1/callbacks/land-h12-02",
        "callback_secret": "bi-mat-2",
    }
    office = Office({**settings, "branches": [branch]})
    message = changed(case("DC-01"), NguoiTiepNhan="vidu.chinhanh2")
    assert phrase(await office.post("tiepnhan", message))[0] == 1
    await office.run()
    urls = {c.url for c in office.calls}
    assert urls == {
        "http://127.0.0.1:1/callbacks/land-h12-02/ChuyenHoSo/bi-mat-2",
        "http://127.0.0.1:1/callbacks/land-h12-02/KetThucHoSo/bi-mat-2",
    }


# ------------------------------------------------------------ the slip


async def slips(office: Office, message: dict[str, Any]) -> list[bytes]:
    await office.post("tiepnhan", message)
    await office.run()
    files = [f for c in office.calls for f in c.body.get("DanhSachTapTin", ())]
    assert files
    assert all(f["name"].endswith(".xml") for f in files)
    return [base64.b64decode(f["data"]) for f in files]


def judged(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"{done.returncode} {done.stdout} {done.stderr}"


def verified(path: Path, certificate: str) -> str:
    return judged(
        "xmlsec1",
        "--verify",
        "--enabled-key-data",
        "x509",
        "--trusted-pem",
        certificate,
        "--id-attr:Id",
        "urn:vn:lienthong:tct:1:ROW",
        str(path),
    )


@pytest.mark.parametrize("scenario", [{}, {"slip": {"exempt": "Nhà ở duy nhất"}}])
@pytest.mark.system
async def test_the_slip_holds_before_xmlsec1_and_xmllint(
    settings: dict[str, Any], scenario: dict[str, Any], tmp_path: Path
) -> None:
    [document] = await slips(Office(settings, **scenario), HAND_OVER)
    path = tmp_path / "slip.xml"
    path.write_bytes(document)
    assert verified(path, settings["slip_certificate"]).startswith("0 ")
    schema = judged(
        "xmllint", "--nonet", "--noout", "--schema", str(TAX_XSD), str(path)
    )
    assert schema.startswith("0 "), schema


@pytest.mark.system
async def test_a_slip_changed_by_one_letter_does_not_verify(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    [document] = await slips(Office(settings), HAND_OVER)
    path = tmp_path / "slip.xml"
    path.write_bytes(document.replace(b"0001/PCTT", b"0002/PCTT"))
    assert not verified(path, settings["slip_certificate"]).startswith("0 ")


async def test_the_slip_carries_the_numbers_of_the_dossier(
    settings: dict[str, Any],
) -> None:
    office = Office(settings, slip={"ma_gcn": "VD 00000001"})
    [document] = await slips(office, HAND_OVER)
    text = document.decode()
    assert f"<MA_HS>{NUMBER}</MA_HS>" in text
    assert "<MA_GCN>VD 00000001</MA_GCN>" in text
    assert "<SO_PHIEU>0001/PCTT</SO_PHIEU>" in text
    assert "<DIEN_TICH>120.5</DIEN_TICH>" in text
    assert "<MSG_TYPE>10</MSG_TYPE>" in text


async def test_a_second_slip_replaces_the_first(settings: dict[str, Any]) -> None:
    steps = [
        {"on": "hand_over", "send": "ChuyenHoSo", "MaTrangThai": 13, "slip": True},
        {"on": "started:1", "send": "ChuyenHoSo", "MaTrangThai": 13, "slip": True},
    ]
    first, second = await slips(Office(settings, step=steps), HAND_OVER)
    assert b"<MSG_TYPE>11</MSG_TYPE>" in second
    seq_id = first.split(b"<SEQ_ID>")[1].split(b"<")[0]
    assert b"<SEQ_REFID>" + seq_id + b"</SEQ_REFID>" in second
