"""What a tax office does with calls and slips, by its interface document."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.adapters.tax.conformance_calls import (
    FILE,
    HEADERS,
    NAMESPACE,
    NOTICES,
    SENDER_UNKNOWN,
    SLIP,
    TOTALS,
    Told,
    ask,
    call,
    envelope,
    not_filed,
    numbers,
    post,
    read,
    refused,
    remember,
    say,
    sign,
    slip,
    until_asked_again,
)
from gateway.adapters.tax.conformance_xml import (
    VIETNAM,
    raw_of,
)
from gateway.conforming import NotTried, Role, Trial, shows

SERVER = Role.SERVER
SCHEMA = "tct.xsd"
SCHEMAS = ("tct.xsd", "xmldsig-profile.xsd")
#: How far the clock of the other side may be away.
CLOCK_S = 900
MIB = 1024 * 1024


@shows(SERVER, "TX-201", "TX-208", "TX-501", "TX-601", "TX-801")
async def a_slip_is_taken(t: Trial) -> None:
    """Phiếu chỉ có phần bắt buộc được nhận; trả lời lặp lại lời gọi và phiếu."""
    of = numbers(t)
    told = await say(t, SLIP, sign(t, SLIP, slip(t, of)))
    t.holds("TX-201", told.reply is not None, f"phiếu: {told.shown}")
    if told.reply is None:
        raise NotTried("không có GuiThongDiepResponse trong Body của SOAP 1.1")
    wrong = t.wrong_xml(SCHEMA, raw_of(told.reply))
    t.holds("TX-208", not wrong, f"GuiThongDiepResponse sai khuôn: {', '.join(wrong)}")
    same = told.reply.findtext("{*}IdThongDiep") == told.identifier
    t.holds("TX-208", same, "IdThongDiep của câu trả lời khác của lời gọi")
    t.holds("TX-601", told.error == "0", f"phiếu mới: {told.shown}")
    _repeats(t, told, (SLIP, "10"), of.triple, of.seq)
    now = is_now(t, told.told("NGAYCHUYEN"))
    t.holds("TX-801", now, "NGAYCHUYEN không phải giờ Việt Nam lúc trả lời")


def _repeats(
    t: Trial, told: Told, kind: tuple[str, str], triple: tuple[str, str, str], seq: str
) -> None:
    """Whether an answer belongs to its call (§5)."""
    looks = {
        "ID_THONGDIEP": told.told("ID_THONGDIEP") == told.identifier,
        "MA_THONGDIEP": told.told("MA_THONGDIEP") == kind[0],
        "MSG_TYPE": told.text("SYSTEM_INFO/MSG_TYPE") == kind[1],
        "SEQ_REFID": told.text("SYSTEM_INFO/SEQ_REFID") == seq,
        "MA_HS, MA_GCN, SO_PHIEU": told.triple == triple,
    }
    for name, fine in looks.items():
        t.holds("TX-501", fine, f"{kind[0]}: {name} không lặp lại của lời gọi")


def is_now(t: Trial, text: str) -> bool:
    """Whether a text is Vietnam time, about now."""
    try:
        found = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=VIETNAM)
    except ValueError:
        return False
    return abs(found - t.now()) <= timedelta(seconds=CLOCK_S)


@shows(SERVER, "TX-501", "TX-701", "TX-702", "TX-804", "TX-505")
async def an_enquiry_creates_nothing(t: Trial) -> None:
    """Hỏi về phiếu chưa gửi: không tìm thấy, và hỏi không làm phát sinh gì."""
    of, seen = numbers(t), list[str]()
    for code, kind in ((NOTICES, "14"), (TOTALS, "16"), (FILE, "17")):
        told = await ask(t, code, of.triple)
        why = f"{code} về phiếu chưa gửi: {told.shown}"
        t.holds("TX-701", told.result == "02", why)
        bare = not any(told.rows(one) for one in ("DS_THONGBAO", "NVTC", "DS_HOSO"))
        if told.result:
            t.holds("TX-804", bare, f"{code} trả 02 nhưng có khối kết quả")
        _repeats(t, told, (code, kind), of.triple, told.seq)
        seen += filter(None, [told.text("SYSTEM_INFO/SEQ_ID")])
    if seen:
        t.holds("TX-505", len(set(seen)) == len(seen), "hai câu trả lời có cùng SEQ_ID")
    told = await say(t, SLIP, sign(t, SLIP, slip(t, of)))
    if told.error != "0":
        raise NotTried(f"phiếu dùng để thử không được nhận ({told.shown})")
    t.holds("TX-804", not told.told("MA_KETQUA"), "trả lời cho phiếu có MA_KETQUA")
    await until_asked_again(t)
    found = (await ask(t, FILE, of.triple)).rows("DS_HOSO/HOSO")
    why = f"hỏi trước rồi gửi một phiếu: có {len(found)} hồ sơ"
    t.holds("TX-702", len(found) == 1, why)


@shows(SERVER, "TX-202")
async def headers_say_nothing(t: Trial) -> None:
    """SOAPAction có, không có hay khác đều không sao."""
    for action in ('"urn:vn:lienthong:tct:1:GuiThongDiep"', '"khac"'):
        body = call(t, SLIP, sign(t, SLIP, slip(t, numbers(t))))
        headers = {**HEADERS, "SOAPAction": action}
        told = read(await post(t, envelope(body), headers), body["IdThongDiep"])
        t.holds("TX-202", told.error == "0", f"SOAPAction {action}: {told.shown}")


@shows(SERVER, "TX-203")
async def the_contract_is_shown(t: Trial) -> None:
    """WSDL và các schema lấy được bằng GET."""
    paths = {"/tct/GuiThongDiep?wsdl": b"definitions"}
    paths |= {f"/tct/{name}": b"schema" for name in SCHEMAS}
    for path, root in paths.items():
        answer = await t.post(path, b"", method="GET", headers={})
        fine = answer.status == 200 and root in answer.body
        t.holds("TX-203", fine, f"GET {path}: HTTP {answer.status}")


@shows(SERVER, "TX-205", "TX-206")
async def an_envelope_that_is_wrong_is_a_fault(t: Trial) -> None:
    """Phong bì không đọc được hoặc sai tct.xsd: HTTP 500 soapenv:Client, không nhận gì."""
    of = numbers(t)
    document = sign(t, SLIP, slip(t, of))
    good = call(t, SLIP, document)
    whole = envelope(good)
    bad = {
        "không phải XML": b"khong phai XML",
        "XML bị cắt": whole[: len(whole) // 2],
        "Body rỗng": whole.replace(
            whole[whole.index(b"<GuiT") : whole.index(b"</e:B")], b""
        ),
        "UTF-16": whole.replace(b"UTF-8", b"UTF-16").decode().encode("utf-16"),
        "không gian tên khác": whole.replace(NAMESPACE.encode(), b"urn:khac"),
        "MaThongDiep lạ": envelope({**good, "MaThongDiep": "TCT_KHAC"}),
        "IdThongDiep có dấu cách": envelope({**good, "IdThongDiep": "a b"}),
        "ThoiGian không có múi giờ": envelope(
            {**good, "ThoiGian": "2026-03-11T08:30:00"}
        ),
        "NoiDung không phải base64": envelope({**good, "NoiDung": "***"}),
        "DauChuyen không phải JWS": envelope({**good, "DauChuyen": "a.b.c"}),
        "thừa phần tử": envelope({**good, "Khac": "1"}),
    }
    for name in good:
        fewer = {key: one for key, one in good.items() if key != name}
        bad[f"thiếu {name}"] = envelope(fewer)
    bad["đảo thứ tự"] = envelope(dict(reversed(good.items())))
    for what, body in bad.items():
        answer = await post(t, body)
        blames = answer.status == 500 and b"Client<" in answer.body
        why = (
            f"{what}: HTTP {answer.status}, không phải 500 với faultcode soapenv:Client"
        )
        t.holds("TX-205", blames, why)
        remember(t, read(answer, ""), document)
    await not_filed(t, "TX-206", of, "phong bì sai")


@shows(SERVER, "TX-207", "TX-209")
async def long_documents_have_their_limit(t: Trial) -> None:
    """Tài liệu gần 2 MiB được nhận; quá 2 MiB, cả lời gọi quá 4 MiB thì không."""
    of = numbers(t)
    long = padded(sign(t, SLIP, slip(t, of)), 2 * MIB - 1024)
    told = await say(t, SLIP, long)
    t.holds("TX-207", told.error == "0", f"tài liệu 2 MiB trừ 1 KiB: {told.shown}")
    for size in (2 * MIB + 1, 3 * MIB + 64):
        of = numbers(t)
        told = await say(t, SLIP, padded(sign(t, SLIP, slip(t, of)), size))
        why = f"tài liệu {size} byte: {told.shown}"
        t.holds("TX-209", told.error != "0", why)
        await not_filed(t, "TX-209", of, why)


def padded(document: bytes, size: int) -> bytes:
    """Blanks where nobody has signed make it as long."""
    return document.replace(b"<BODY>", b"<BODY>" + b" " * (size - len(document)), 1)


@shows(SERVER, "TX-806", "TX-807", "TX-808")
async def only_who_is_registered_is_let_in(t: Trial) -> None:
    """Bên gửi chưa đăng ký: 08; cơ quan thuế khác: 07; xét theo đúng thứ tự."""
    document = sign(t, SLIP, slip(t, numbers(t)))
    unknown = {"MaDonViGui": SENDER_UNKNOWN}
    elsewhere = {"MaDonViNhan": t.code("receiver_elsewhere")}
    unsealed = {"DauChuyen": "e30..e30"}
    told = await say(t, SLIP, document, **unknown)
    refused(t, "TX-806", told, "08", "bên gửi chưa đăng ký")
    told = await say(t, SLIP, document, **elsewhere)
    refused(t, "TX-807", told, "07", "cơ quan thuế khác")
    told = await say(t, SLIP, document, **unknown, **elsewhere, **unsealed)
    refused(t, "TX-808", told, "08", "sai cả bên gửi, nơi nhận, dấu chuyển")
    told = await say(t, SLIP, document, **elsewhere, **unsealed)
    refused(t, "TX-808", told, "07", "sai cả nơi nhận, dấu chuyển")
    told = await say(t, SLIP, raw_of(slip(t, numbers(t))), **unsealed)
    refused(t, "TX-808", told, "05", "sai dấu chuyển, chưa ký")
