"""How tax takes packages, by the interface document."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from gateway.adapters.tax.conformance_calls import SLIP as SIGNED
from gateway.adapters.tax.conformance_calls import numbers, sign, slip
from gateway.adapters.tax.conformance_file_packages import (
    LIST,
    NOTICES,
    RECEIPT,
    UNKNOWN,
    File,
    Package,
    archive,
    entries,
    lay,
    listing,
    package,
    put,
    sealed,
)
from gateway.adapters.tax.conformance_file_receipts import (
    OUT,
    all_of,
    code,
    code_of,
    codes,
    fetch,
    files,
    json_file,
    last,
    new_slip,
    read,
    receipts,
    sent,
    slip_file,
)
from gateway.adapters.tax.conformance_xml import VIETNAM, certificate_of, stranger
from gateway.conforming import NotTried, Role, Trial, shows

SERVER = Role.SERVER
READ = "TF-501"
#: Unpacks to more than 64 MiB out of some tens of kilobytes.
_BOMB = b"\0" * (33 * 1024 * 1024)


def _fresh(t: Trial, **row: str) -> Package:
    """A package with a new slip of its own."""
    return package(t, slip_file(new_slip(t, numbers(t))), **row)


@shows(SERVER, READ, "TF-502", "TF-400", "TF-504")
async def a_package_is_taken_and_answered(t: Trial) -> None:
    """Gói có phiếu mới: biên nhận 00 cho gói và từng tệp; gói ở di vẫn nằm đó."""
    one = await put(t, _fresh(t))
    await read(t, one.number, keep=True)
    t.holds(
        "TF-400",
        code(t, one.number) == "00",
        f"gói đúng: biên nhận {code(t, one.number)}",
    )
    named = {str(each.get("Tep")): str(each.get("Ma")) for each in files(t, one.number)}
    t.holds("TF-400", named == {"phieu.xml": "00"}, f"KetQua: {named}")
    lying = {file.name for file in await t.shared.lying(OUT)}
    t.holds("TF-504", one.file in lying, "gói đã đọc không còn ở di/")


@shows(SERVER, READ, "TF-401", "TF-425", "TF-440", "TF-441")
async def a_number_counts_once(t: Trial) -> None:
    """Cùng gói đến lần nữa: 01; lập lại ở lúc khác: 01; cùng số khác nội dung: 25."""
    of = numbers(t)
    document = new_slip(t, of)
    one = await put(t, package(t, slip_file(document)))
    await read(t, one.number)
    first = files(t, one.number)
    again = replace(one, name=f"{one.number}-lai")
    await put(t, again)
    await read(t, one.number, among="01")
    fine = "01" in codes(t, one.number) and files(t, one.number) == first
    why = f"cùng các tệp, phong bì khác: {code(t, one.number)}, KetQua {len(files(t, one.number))} tệp"
    t.holds("TF-401", fine, why)
    other = replace(_fresh(t), number=one.number, name=f"{one.number}-khac")
    await put(t, other)
    elsewhere = await put(t, package(t, slip_file(document, "phieu-lai.xml")))
    changed = sign(t, SIGNED, slip(t, of, asks="01"))
    contrary = await put(t, package(t, slip_file(changed)))
    await read(t, one.number, among="25")
    both = sorted(codes(t, one.number))
    t.holds("TF-425", "25" in both, f"cùng số, nội dung khác: biên nhận {both}")
    await read(t, elsewhere.number, contrary.number)
    told = code_of(t, elsewhere.number, "phieu-lai.xml")
    t.holds("TF-440", told == "01", f"phiếu đã nhận, ở gói khác: {told}")
    told = code_of(t, contrary.number, "phieu.xml")
    t.holds("TF-441", told == "30", f"cùng số phiếu, nội dung khác: {told}")


@shows(SERVER, READ, "TF-205")
async def what_is_not_finished_is_left(t: Trial) -> None:
    """Tên bắt đầu bằng dấu chấm; tệp ngắn hơn các byte đầu nói: để lại, rồi được nhận."""
    hidden, short = _fresh(t), _fresh(t)
    tax = certificate_of(t, "tax_cert")
    raw = sealed(archive(entries(t, short)), tax)
    await t.shared.put(OUT, f".{hidden.file}", sealed(archive(entries(t, hidden)), tax))
    part = await t.shared.put(OUT, short.file, raw[: len(raw) // 2])
    after = await put(t, _fresh(t))
    await read(t, after.number)
    early = [one.number for one in (hidden, short) if receipts(t, one.number)]
    t.holds("TF-205", not early, f"gói chưa xong đã có biên nhận: {len(early)}")
    await t.shared.remove(part)
    await lay(t, short, raw)
    await read(t, short.number, blame="TF-205")
    told = code(t, short.number)
    t.holds("TF-205", told == "00", f"gói chép xong: biên nhận {told}")


_REFUSED = ("TF-420", "TF-421", "TF-422", "TF-423", "TF-424")
Putting = Callable[[Trial, Package], "list[tuple[str, bytes]]"]


def _without_list(t: Trial, one: Package) -> list[tuple[str, bytes]]:
    return entries(t, one)[1:]


def _doctype(t: Trial, one: Package) -> list[tuple[str, bytes]]:
    raw = listing(t, one).replace(b"<GOI", b'<!DOCTYPE GOI [<!ENTITY a "a">]>\n<GOI', 1)
    return [(LIST, raw), *entries(t, one)[1:]]


def _no_number(t: Trial, one: Package) -> list[tuple[str, bytes]]:
    return [(LIST, listing(t, replace(one, row={"SO_GOI": ""}))), *entries(t, one)[1:]]


def _in_a_folder(t: Trial, one: Package) -> list[tuple[str, bytes]]:
    return [*entries(t, one), ("thu-muc/tep.txt", b"x")]


def _bomb(t: Trial, one: Package) -> list[tuple[str, bytes]]:
    return [*entries(t, one), ("no-1.bin", _BOMB), ("no-2.bin", _BOMB)]


def _changed_after(t: Trial, one: Package) -> list[tuple[str, bytes]]:
    raw = listing(t, one)
    own = t.code("receiver").encode()
    return [(LIST, raw.replace(own, own + b"1", 1)), *entries(t, one)[1:]]


def _by_stranger(t: Trial, one: Package) -> list[tuple[str, bytes]]:
    return entries(t, replace(one, signer=stranger()))


def _missing(t: Trial, one: Package) -> list[tuple[str, bytes]]:
    return entries(t, one)[:1]


def _unlisted(t: Trial, one: Package) -> list[tuple[str, bytes]]:
    return [*entries(t, one), ("la.json", b"{}")]


def _other_hash(t: Trial, one: Package) -> list[tuple[str, bytes]]:
    (name, raw), file = entries(t, one)[0], one.files[0]
    return [(name, raw), (file.name, file.raw + b"\n")]


#: Requirement, code, what is wrong, and the archive of the package.
_ARCHIVES: tuple[tuple[str, str, str, Putting], ...] = (
    ("TF-421", "21", "không có goi.xml", _without_list),
    ("TF-421", "21", "goi.xml có DOCTYPE", _doctype),
    ("TF-421", "21", "goi.xml trống SO_GOI", _no_number),
    ("TF-421", "21", "tệp nằm trong thư mục", _in_a_folder),
    ("TF-421", "21", "giải nén ra hơn 64 MiB", _bomb),
    ("TF-422", "22", "goi.xml bị sửa sau khi ký", _changed_after),
    ("TF-422", "22", "chữ ký của người lạ, chứng thư ở trong tệp", _by_stranger),
    ("TF-423", "23", "thiếu một tệp", _missing),
    ("TF-423", "23", "có tệp không ghi trong danh sách", _unlisted),
    ("TF-423", "23", "tệp khác MA_BAM", _other_hash),
)


@shows(SERVER, READ, *_REFUSED, "TF-430", "TF-431")
async def a_package_that_is_wrong_is_refused_whole(t: Trial) -> None:
    """Mỗi gói hỏng một chỗ: đúng mã, đúng tên, không nhận gì; cùng số đến lại thì được nhận."""
    wrong: list[tuple[str, str, str, Package]] = []
    for number, expected, what, inside in _ARCHIVES:
        one = _fresh(t)
        await put(t, one, inside(t, one))
        wrong.append((number, expected, what, one))
    for what, row in (
        ("gửi cho cơ quan khác", {"DON_VI_NHAN": "TCT-KHAC-99"}),
        ("đơn vị gửi chưa đăng ký", {"DON_VI_GUI": UNKNOWN}),
    ):
        wrong.append(("TF-424", "24", what, await put(t, _fresh(t, **row))))
    wrong += await _envelopes(t)
    await read(t, *(one.number for *_, one in wrong))
    for number, expected, what, one in wrong:
        told = last(t, one.number)
        fine = told.get("Ma") == expected and "KetQua" not in told
        t.holds(number, fine, f"{what}: biên nhận {told.get('Ma')}, phải là {expected}")
    for number, _, what, one in wrong[5:]:
        if number == "TF-424":
            continue
        await put(t, replace(one, name=f"{one.number}-dung"))
        await read(t, one.number, among="00")
        again = sorted(codes(t, one.number))
        why = f"{what}, làm lại đúng, cùng số: biên nhận {again}"
        t.holds("TF-431", "00" in again, why)
    odd = _fresh(t)
    await put(
        t, replace(odd, name="ten-khac-cua-bo-thu", row={"DON_VI_NHAN": "TCT-KHAC"})
    )
    blind = replace(_fresh(t), name=f"ten-{odd.number}")
    await put(t, blind, _by_stranger(t, blind))
    await read(t, odd.number, blind.name, blame="TF-430")


async def _envelopes(t: Trial) -> list[tuple[str, str, str, Package]]:
    """What cannot be opened."""
    found = []
    tax, sender = certificate_of(t, "tax_cert"), certificate_of(t, "sender_cert")
    for what, changed in (
        ("mã hóa cho người khác", lambda raw: sealed(raw, sender)),
        ("AES-128", lambda raw: sealed(raw, tax, weak=True)),
        ("thừa byte ở cuối", lambda raw: sealed(raw, tax) + b"\0"),
        ("không phải DER", lambda raw: raw),
    ):
        one = _fresh(t)
        await lay(t, one, changed(archive(entries(t, one))))
        found.append(("TF-420", "20", what, one))
    return found


@shows(SERVER, READ, "TF-432")
async def packages_go_by_when_they_were_made(t: Trial) -> None:
    """Phiếu bổ sung ở gói lập sau mà tên đứng trước: nhận sau phiếu của nó."""
    of = numbers(t)
    later = f"{t.now().astimezone(VIETNAM) + timedelta(minutes=1):%Y%m%d%H%M%S}"
    more = replace(numbers(t), dossier=of.dossier, certificate=of.certificate)
    supplement = sign(t, SIGNED, slip(t, more, "12", of.seq))
    second = package(t, slip_file(supplement), THOI_GIAN_LAP=later)
    first = package(t, slip_file(new_slip(t, of)))
    tax = certificate_of(t, "tax_cert")
    ready = [
        (
            replace(one, name=f"{mark}-{first.number}"),
            sealed(archive(entries(t, one)), tax),
        )
        for mark, one in (("b", first), ("a", second))
    ]
    for one, raw in ready:
        await lay(t, one, raw)
    await read(t, first.number, second.number)
    told = code_of(t, second.number, "phieu.xml")
    t.holds("TF-432", told == "00", f"phiếu bổ sung: {told}")


@shows(SERVER, READ, "TF-433", "TF-503")
async def receipts_alone_are_not_answered(t: Trial) -> None:
    """Gói chỉ có BIEN_NHAN: không có biên nhận; không có gì mới thì không có gói."""
    await sent(t, numbers(t))
    told = {
        "SoGoi": "TCT-0",
        "ThoiGian": f"{t.now().astimezone(VIETNAM):%Y%m%d%H%M%S}",
        "Ma": "20",
        "MoTa": "Không giải mã được gói",
    }
    one = await put(
        t, package(t, json_file("bien_nhan.json", RECEIPT, {"DanhSach": [told]}))
    )

    async def answered() -> bool:
        await fetch(t)
        return bool(receipts(t, one.number))

    async def never() -> bool:
        await answered()
        return False

    await _over(t, never)
    t.holds("TF-433", not await answered(), "biên nhận được trả lời bằng biên nhận")
    empty = [one.name for one in all_of(t) if not one.wrong and not one.listed]
    t.holds("TF-503", not empty, f"gói không có tệp nào: {', '.join(empty)}")


async def _over(t: Trial, look: Callable[[], Awaitable[bool]]) -> None:
    try:
        await t.until(look, "hết thời gian chờ", limit="quiet_s")
    except NotTried:
        return


@shows(SERVER, READ, "TF-450", "TF-443")
async def files_that_are_wrong_stand_among_good_ones(t: Trial) -> None:
    """Tệp không đọc được, loại chỉ thuế gửi: 50; tệp đúng bên cạnh vẫn được nhận."""
    bad = [
        json_file("tra_loi.json", "TRA_LOI", {"khong": "dung"}),
        File("tra_loi-2.json", "TRA_LOI", b"{hong"),
        json_file("tinh_trang.json", "TINH_TRANG", {"DanhSach": []}),
        File(
            "thong_bao.xml",
            NOTICES,
            b"<a/>",
            {"NGAY": "01-01-2026", "DIEU_CHINH": "False"},
        ),
    ]
    one = package(t, *bad, slip_file(new_slip(t, numbers(t))))
    await put(t, one)
    await read(t, one.number)
    for file in bad:
        told = code_of(t, one.number, file.name)
        t.holds("TF-450", told == "50", f"{file.name} ({file.kind}): {told}")
    told = code_of(t, one.number, "phieu.xml")
    t.holds("TF-443", told == "00", f"phiếu đúng bên cạnh tệp hỏng: {told}")
