"""What a tax office does with signatures and seals, and how it signs, by its document."""

from __future__ import annotations

import copy

from lxml import etree

from gateway.adapters.tax.conformance_calls import (
    FILE,
    NOTICES,
    SLIP,
    Told,
    ask,
    by,
    enquiry,
    not_filed,
    numbers,
    on_file,
    refused,
    say,
    sign,
    slip,
)
from gateway.adapters.tax.conformance_xml import (
    DS,
    INCLUSIVE,
    PROFILE,
    RSA_SHA1,
    SHA1,
    Pair,
    Signing,
    at,
    certificate_of,
    pair_of,
    parsed,
    raw_of,
    seal,
    signed,
    stranger,
    why_not_signed,
)
from gateway.conforming import NotTried, Role, Trial, shows

SERVER = Role.SERVER
SCHEMA = "tct.xsd"


@shows(SERVER, "TX-301", "TX-302", "TX-210")
async def every_answer_is_signed(t: Trial) -> None:
    """Mọi trả lời, cả khi từ chối, đúng tct.xsd và có chữ ký của thuế trên ROW."""
    of = await on_file(t)
    answers = {
        "phiếu mới": await say(t, SLIP, sign(t, SLIP, slip(t, numbers(t)))),
        "truy vấn": await ask(t, FILE, of.triple),
        "bị từ chối 02": await say(t, SLIP, raw_of(slip(t, numbers(t)))),
        "bị từ chối 05": await say(
            t, SLIP, sign(t, SLIP, slip(t, numbers(t))), DauChuyen="e30..e30"
        ),
    }
    trusted = certificate_of(t, "tax_cert")
    for what, told in answers.items():
        fine = told.answer.status == 200 and told.root is not None
        if not t.holds("TX-210", fine, f"{what}: {told.shown}") or told.root is None:
            continue
        wrong = t.wrong_xml(SCHEMA, told.document)
        t.holds("TX-301", not wrong, f"{what}: sai khuôn ở {', '.join(wrong)}")
        why = why_not_signed(told.root, trusted, t.now())
        t.holds("TX-302", not why, f"{what}: {why}")


@shows(SERVER, "TX-311", "TX-502", "TX-326")
async def xml_that_could_do_harm_is_refused(t: Trial) -> None:
    """DTD, thực thể, chỉ thị xử lý, XInclude, lồng sâu, không phải UTF-8: 01, các số trống."""
    of = numbers(t)
    good = sign(t, SLIP, slip(t, of))
    begin = good.index(b"<DATA")
    head, rest = good[:begin], good[begin:]
    inside = b"<BODY>"
    xinclude = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="x"/>'
    entity = b'<!DOCTYPE DATA [<!ENTITY e "1">]>'
    outside = b'<!DOCTYPE DATA [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    bad = {
        "không phải XML": b"khong phai XML",
        "bị cắt": good[:-20],
        "có DTD": head + b"<!DOCTYPE DATA>" + rest,
        "có thực thể": head + entity + rest.replace(b"<SEQ_REFID>", b"<SEQ_REFID>&e;"),
        "thực thể lấy tệp": head + outside + rest.replace(b">1<", b">&e;<"),
        "có chỉ thị xử lý": head + b'<?xml-stylesheet href="x"?>' + rest,
        "có XInclude": good.replace(inside, inside + xinclude, 1),
        "lồng quá sâu": good.replace(inside, b"<X>" * 40 + b"</X>" * 40 + inside, 1),
        "UTF-16": good.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    }
    for what, document in bad.items():
        told = await say(t, SLIP, document)
        if refused(t, "TX-311", told, "01", what):
            _is_bare(t, told, what)
    await not_filed(t, "TX-326", of, "XML có hại")


def _is_bare(t: Trial, told: Told, what: str) -> None:
    """What an answer says where the document could not be read (§5, §8)."""
    first = told.text("SYSTEM_INFO/MSG_TYPE") == "10"
    empty = not any(told.triple) and not told.text("SYSTEM_INFO/SEQ_REFID")
    why = f"{what}: MSG_TYPE không phải 10, hoặc các số và SEQ_REFID không để trống"
    t.holds("TX-502", first and empty, why)


@shows(SERVER, "TX-312", "TX-313", "TX-502", "TX-326")
async def one_signature_there_must_be(t: Trial) -> None:
    """Không có chữ ký: 02, trước khi xét schema; hai chữ ký: 03."""
    of = numbers(t)
    told = await say(t, SLIP, raw_of(slip(t, of)))
    if refused(t, "TX-312", told, "02", "phiếu chưa ký"):
        _is_bare(t, told, "phiếu chưa ký")
    root = parsed(sign(t, SLIP, slip(t, of)))
    signature = None if root is None else root.find(f".//{{{DS}}}Signature")
    if root is None or signature is None:
        raise NotTried("bộ thử không ký được")
    signature.addnext(copy.deepcopy(signature))
    told = await say(t, SLIP, raw_of(root))
    if refused(t, "TX-313", told, "03", "phiếu có hai chữ ký"):
        _is_bare(t, told, "phiếu có hai chữ ký")
    await not_filed(t, "TX-326", of, "không có đúng một chữ ký")


@shows(SERVER, "TX-315", "TX-326")
async def other_algorithms_are_refused(t: Trial) -> None:
    """Thuật toán khác hồ sơ chữ ký (SHA-1, C14N không exclusive): 01, dù chữ ký đúng."""
    of = numbers(t)
    for what, how in {
        "SignatureMethod rsa-sha1": Signing(method=RSA_SHA1),
        "DigestMethod sha1": Signing(digest=SHA1),
        "C14N không exclusive": Signing(canonical=INCLUSIVE),
    }.items():
        told = await say(t, SLIP, sign(t, SLIP, slip(t, of), how))
        refused(t, "TX-315", told, "01", what)
    await not_filed(t, "TX-326", of, "thuật toán cũ")


@shows(SERVER, "TX-316", "TX-317", "TX-326")
async def a_signature_over_something_else_is_refused(t: Trial) -> None:
    """ROW đã ký bị dời chỗ và ROW giả thế vào: 01; Reference trỏ nơi khác: 03."""
    of, forged = numbers(t), numbers(t)
    for what in ("trước BODY", "trong BODY", "trong SECURITY"):
        told = await say(
            t, SLIP, _wrapped(sign(t, SLIP, slip(t, of)), what, forged.seq)
        )
        refused(t, "TX-316", told, "01", f"ROW đã ký dời ra {what}")
    told = await say(t, SLIP, sign(t, SLIP, slip(t, forged), Signing(uri="#R-khac")))
    refused(t, "TX-317", told, "03", "Reference trỏ đến Id không có")
    for one in (of, forged):
        await not_filed(t, "TX-326", one, "chữ ký trên thứ khác")


def _wrapped(good: bytes, where: str, seq: str) -> bytes:
    """A signed ROW that was moved aside, with a forged one in its place."""
    root = parsed(good)
    if root is None:
        raise NotTried("bộ thử không ký được")
    row = root[0][0]
    fake = copy.deepcopy(row)
    fake.set("Id", f"R-{seq}")
    at(fake, "SYSTEM_INFO/SEQ_ID").text = seq
    root[0].replace(row, fake)
    row.tail = None
    holder = etree.Element(etree.QName(str(root.tag).replace("DATA", "ROWS")))
    holder.append(row)
    match where:
        case "trước BODY":
            root.insert(0, holder)
        case "trong BODY":
            root[0].insert(0, row)
        case _:
            root[0][-1].append(holder)
    return raw_of(root)


@shows(SERVER, "TX-318", "TX-326")
async def what_was_changed_after_signing_is_refused(t: Trial) -> None:
    """Nội dung, dù chỉ một ký tự, hay chữ ký bị sửa sau khi ký: 03."""
    of = numbers(t)
    good = sign(t, SLIP, slip(t, of))
    value = good.index(b"<ds:SignatureValue>") + len(b"<ds:SignatureValue>")
    other = b"A" if good[value : value + 1] != b"A" else b"B"
    changed = {
        "một chữ trong tên": good.replace("Văn Thử".encode(), "Văn Sửa".encode()),
        "một số của diện tích": good.replace(b"120.5", b"120.6"),
        "SignatureValue": good[:value] + other + good[value + 1 :],
    }
    for what, document in changed.items():
        told = await say(t, SLIP, document)
        refused(t, "TX-318", told, "03", f"sửa sau khi ký: {what}")
    await not_filed(t, "TX-326", of, "bị sửa sau khi ký")


@shows(SERVER, "TX-319", "TX-320", "TX-322", "TX-326")
async def only_registered_certificates_count(t: Trial) -> None:
    """Khóa lạ: 03, cho thấy chứng thư lạ: 04; KeyInfo không được tin, cũng không bắt buộc."""
    of, issuer = numbers(t), by(t, SLIP)
    looks = (
        ("TX-319", "khóa lạ, không có KeyInfo", b"", "03"),
        ("TX-319", "khóa lạ, KeyInfo có chứng thư đã đăng ký", issuer.der, "03"),
        ("TX-320", "khóa lạ, KeyInfo có chứng thư lạ", stranger().der, "04"),
    )
    for number, what, shown, code in looks:
        document = signed(slip(t, of), stranger().key, Signing(shown=shown))
        refused(t, number, await say(t, SLIP, document), code, what)
    await not_filed(t, "TX-326", of, "ký bằng khóa lạ")
    document = sign(t, SLIP, slip(t, numbers(t)), Signing(shown=issuer.der))
    told = await say(t, SLIP, document)
    t.holds("TX-322", told.error == "0", f"KeyInfo có chứng thư: {told.shown}")
    told = await say(t, SLIP, sign(t, SLIP, slip(t, numbers(t)), PROFILE))
    t.holds("TX-322", told.error == "0", f"không có KeyInfo: {told.shown}")


@shows(SERVER, "TX-321")
async def a_certificate_out_of_date_is_refused(t: Trial) -> None:
    """Chứng thư đã đăng ký nhưng hết hiệu lực: 04."""
    over = pair_of(t, "issuer_over")
    document = signed(slip(t, numbers(t)), over.key, Signing(shown=over.der))
    refused(t, "TX-321", await say(t, SLIP, document), "04", "chứng thư hết hiệu lực")


@shows(SERVER, "TX-324")
async def several_certificates_count_at_a_time(t: Trial) -> None:
    """Khóa thứ hai của nơi lập phiếu dùng được cùng lúc với khóa thứ nhất."""
    following = pair_of(t, "issuer_next").key
    for what, key in (("thứ hai", following), ("thứ nhất", by(t, SLIP).key)):
        told = await say(t, SLIP, signed(slip(t, numbers(t)), key))
        t.holds("TX-324", told.error == "0", f"phiếu ký bằng khóa {what}: {told.shown}")


@shows(SERVER, "TX-323", "TX-326")
async def nobody_signs_for_another(t: Trial) -> None:
    """Bên gửi không ký thay phiếu; nơi lập phiếu không ký thay truy vấn."""
    of, codes = numbers(t), {"03", "04"}
    sender, issuer = pair_of(t, "sender"), pair_of(t, "issuer")
    for shown in (b"", sender.der):
        document = signed(slip(t, of), sender.key, Signing(shown=shown))
        told = await say(t, SLIP, document)
        why = f"phiếu do bên gửi ký phải bị từ chối 03 hoặc 04, nhưng {told.shown}"
        t.holds("TX-323", told.error in codes, why)
    await not_filed(t, "TX-326", of, "phiếu do bên gửi ký")
    document = signed(enquiry(t, NOTICES, of.triple), issuer.key)
    told = await say(t, NOTICES, document)
    why = f"truy vấn do nơi lập phiếu ký phải bị từ chối 03 hoặc 04, nhưng {told.shown}"
    t.holds("TX-323", told.error in codes, why)


@shows(SERVER, "TX-325")
async def a_comment_changes_nothing(t: Trial) -> None:
    """Chú thích chèn vào giữa một số đã ký: chữ ký vẫn đúng, số không bị cắt."""
    of = await on_file(t)
    root = enquiry(t, FILE, of.triple)
    document = sign(t, FILE, root)
    number = of.slip.encode()
    cut = number[:-3] + b"<!-- -->" + number[-3:]
    told = await say(t, FILE, document.replace(number, cut))
    whole = told.result == "00" and told.triple == of.triple
    t.holds("TX-325", whole, f"SO_PHIEU có chú thích ở giữa: {told.shown}")


@shows(SERVER, "TX-401", "TX-402", "TX-403", "TX-404", "TX-405")
async def the_seal_is_looked_at(t: Trial) -> None:
    """Dấu chuyển trên byte khác, thuật toán khác, kid lạ, thành phần lạ: 05; typ thì được."""
    of, sender = numbers(t), pair_of(t, "sender")
    document = sign(t, SLIP, slip(t, of))
    for number, what, sealed in _seals(document, sender):
        told = await say(t, SLIP, document, DauChuyen=sealed)
        if refused(t, number, told, "05", what):
            bare = not any(told.triple)
            t.holds("TX-405", bare, f"{what}: trả lời 05 nhưng các số không để trống")
    await not_filed(t, "TX-405", of, "dấu chuyển sai")
    told = await say(t, SLIP, document, DauChuyen=seal(document, sender, typ="JOSE"))
    t.holds("TX-404", told.error == "0", f"dấu chuyển có typ: {told.shown}")


def _seals(document: bytes, sender: Pair) -> list[tuple[str, str, str]]:
    """Requirement, what is wrong, the seal."""
    other = Pair(stranger().key, sender.certificate)
    return [
        ("TX-401", "dấu trên byte khác", seal(document + b" ", sender)),
        ("TX-401", "dấu của khóa khác, kid đã đăng ký", seal(document, other)),
        ("TX-402", "alg none", seal(document, sender, alg="none")),
        ("TX-402", "alg HS256", seal(document, sender, alg="HS256")),
        ("TX-402", "alg RS512", seal(document, sender, alg="RS512")),
        ("TX-402", "có thành phần crit", seal(document, sender, crit=["b64"])),
        ("TX-403", "kid lạ", seal(document, stranger())),
    ]


@shows(SERVER, "TX-809")
async def the_first_fault_is_told(t: Trial) -> None:
    """Chữ ký xét trước loại thông điệp, loại thông điệp xét trước nội dung."""
    root = slip(t, numbers(t), "12")
    at(root, "TT_THUADAT/DIEN_TICH").text = "0"
    told = await say(t, SLIP, signed(root, stranger().key))
    refused(t, "TX-809", told, "03", "khóa lạ, sai loại, sai nội dung")
    root = slip(t, numbers(t), "12")
    at(root, "TT_THUADAT/DIEN_TICH").text = "0"
    told = await say(t, SLIP, sign(t, SLIP, root))
    refused(t, "TX-809", told, "06", "sai loại, sai nội dung")
    root = slip(t, numbers(t))
    at(root, "TT_CHUNG/LOAI_DENGHI").text = "07"
    told = await say(t, SLIP, raw_of(root))
    refused(t, "TX-809", told, "02", "chưa ký, sai tct.xsd")
