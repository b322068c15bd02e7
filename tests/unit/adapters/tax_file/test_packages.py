"""How the mock tax office takes packages, by the files that come back and its books."""

from __future__ import annotations

import io
import struct
import subprocess
import zipfile
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import algorithms

from tests.unit.adapters.tax.counterpart import Party
from tests.unit.adapters.tax_file.medium import (
    NUMBER,
    OFFICE,
    OTHER,
    UNIT,
    File,
    Road,
    listing,
    opened_road,
    sealed,
    signed,
    zipped,
)

Open = Callable[..., AbstractAsyncContextManager[Road]]


# ---------------------------------------------------------------- the folder


async def test_tax_leaves_what_it_read_where_it_lies(road: Road) -> None:
    path = road.send(road.slip())
    before = path.read_bytes()
    assert (await road.read()).receipts == [("LT-1", "00")]
    assert path.read_bytes() == before
    assert [one.name for one in (road.folder / "di").iterdir()] == ["LT-1.p7m"]


async def test_a_file_that_is_still_being_copied_is_left_for_later(road: Road) -> None:
    whole = road.packed([road.slip()])
    for name, raw in {
        "empty.p7m": b"",
        "begun.p7m": whole[:1],
        "three.p7m": whole[:3],
        "half.p7m": whole[: len(whole) // 2],
        "nearly.p7m": whole[:-1],
        ".LT-1.p7m": whole,
        "LT-1.p7m.part": whole,
    }.items():
        road.put(raw, name)
    assert await road.run(24 * 7) == []
    assert road.arrivals("package") == []
    road.put(whole, "nearly.p7m")
    assert (await road.read()).receipts == [("LT-1", "00")]


async def test_a_name_says_nothing(road: Road) -> None:
    road.put(road.packed([road.slip()], "LT-7"), "Thư mục của ai.p7m")
    (package,) = await road.run(2)
    assert package.receipts == [("LT-7", "00")]
    assert road.effects() == [("slip_new", NUMBER)]


async def test_what_was_made_first_is_taken_first_whatever_it_is_called(
    road: Road,
) -> None:
    later = road.packed(
        [road.more("12", "0002/PCTT")], "LT-2", THOI_GIAN_LAP="20260707070002"
    )
    road.put(later, "a.p7m")
    first = road.packed([road.slip()], "LT-1", THOI_GIAN_LAP="20260707070001")
    road.put(first, "b.p7m")
    package = await road.read()
    assert (package.receipts, package.codes) == (
        [("LT-1", "00"), ("LT-2", "00")],
        ["00", "00"],
    )


# ---------------------------------------------------------------- the same again


async def test_the_same_package_again_counts_once(road: Road) -> None:
    road.send(road.slip(), road.slip(ma_hs=OTHER, area="0"))
    first = await road.read()
    again = await road.read()
    (one,), (other,) = first.of("BIEN_NHAN"), again.of("BIEN_NHAN")
    assert (one["Ma"], other["Ma"]) == ("00", "01")
    assert one["KetQua"] == other["KetQua"]
    assert [file["Ma"] for file in one["KetQua"]] == ["00", "35"]
    # States are told when they change, and only then.
    assert (first.states, again.states) == ([(NUMBER, "DANG_XU_LY")], [])
    assert road.effects() == [("slip_new", NUMBER)]
    assert len(road.arrivals("slip_new")) == 2
    assert road.codes() == ["00", "01"]


async def test_a_package_made_anew_is_the_same_by_its_files(road: Road) -> None:
    slip = road.slip()
    raw = road.packed([slip])
    road.put(raw)
    await road.read()
    # The same bytes in another envelope, at another moment, under another name.
    anew = road.packed([replace(slip, name="khac.xml")], THOI_GIAN_LAP="20260707101112")
    assert anew != raw
    road.empty()
    road.put(anew, "ten-khac.p7m")
    package = await road.read()
    assert package.receipts == [("LT-1", "01")]
    assert package.of("BIEN_NHAN")[0]["KetQua"][0]["Tep"] == "phieu.xml"
    assert road.effects() == [("slip_new", NUMBER)]


async def test_a_number_used_for_another_content_is_refused(road: Road) -> None:
    first = road.slip()
    road.send(first)
    await road.read()
    road.send(road.slip(ma_hs=OTHER))
    package = await road.read()
    (told,) = package.of("BIEN_NHAN")
    assert (told["SoGoi"], told["Ma"], "KetQua" in told) == ("LT-1", "25", False)
    assert road.effects() == [("slip_new", NUMBER)]
    road.send(first)
    assert (await road.read()).receipts == [("LT-1", "01")]


async def test_the_same_number_of_another_sender_is_another_package(
    open_road: Open,
) -> None:
    async with open_road(senders=[UNIT, "H00.LT.02"]) as road:
        road.send(road.slip())
        await road.read()
        road.empty()
        road.send(road.slip(ma_hs=OTHER), DON_VI_GUI="H00.LT.02")
        package = await road.read()
        assert package.row["DON_VI_NHAN"] == "H00.LT.02"
        assert (package.receipts, package.codes) == ([("LT-1", "00")], ["00"])
        # A slip is the same whoever brings it.
        road.empty()
        road.send(road.slip(), number="LT-2", DON_VI_GUI="H00.LT.02")
        assert (await road.read()).codes == ["01"]


# ---------------------------------------------------------------- not taken


async def test_a_package_that_cannot_be_opened_may_come_again_under_its_number(
    road: Road,
) -> None:
    slip = road.slip()
    goi = road.goi([slip])
    archive = zipped([("goi.xml", goi), (slip.name, slip.raw)])
    whole = sealed(archive, road.parties["tax"])
    unreadable = {
        "stranger": sealed(archive, road.parties["stranger"]),
        "weak": sealed(archive, road.parties["tax"], cipher=algorithms.AES128),
        "longer": whole + b"\0",
        "text": b"<GOI/>",
        "endless": b"\x30\x80" + whole[4:],
        "other-der": b"\x30\x03\x02\x01\x00",
    }
    for name, raw in unreadable.items():
        road.put(raw, f"{name}.p7m")
    package = await road.read()
    assert sorted(package.receipts) == sorted((name, "20") for name in unreadable)
    assert all("KetQua" not in one for one in package.of("BIEN_NHAN"))
    road.empty()
    for raw in unreadable.values():
        road.put(raw)
        assert (await road.read()).receipts == [("LT-1", "20")]
    road.put(whole)
    assert (await road.read()).receipts == [("LT-1", "00")]
    assert road.effects() == [("slip_new", NUMBER)]


async def test_a_package_that_is_not_as_described_is_refused(road: Road) -> None:
    slip = road.slip()
    goi, tax = road.goi([slip]), road.parties["tax"]
    file = (slip.name, slip.raw)
    locked = bytearray(zipped([("goi.xml", goi), file]))
    begin = locked.rindex(b"PK\x01\x02")
    locked[begin + 8] |= 1
    squeezed = io.BytesIO()
    with zipfile.ZipFile(squeezed, "w", zipfile.ZIP_LZMA) as entries:
        entries.writestr("goi.xml", goi)
        entries.writestr(*file)
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = zipped([("goi.xml", goi), file, file])
    wrong = {
        "no-zip": b"x" * 500,
        "half-zip": zipped([("goi.xml", goi), file])[:300],
        "no-list": zipped([file]),
        "folder": zipped([("goi.xml", goi), (f"tep/{slip.name}", slip.raw)]),
        "name": zipped([("goi.xml", goi), file, ("phiếu.xml", b"")]),
        "locked": bytes(locked),
        "lzma": squeezed.getvalue(),
        "twice": twice,
        "no-xml": zipped([("goi.xml", b"<GOI>"), file]),
        "doctype": zipped(
            [("goi.xml", goi.replace(b"<GOI", b"<!DOCTYPE GOI><GOI", 1)), file]
        ),
        "big-list": zipped([("goi.xml", goi + b" " * 2**20), file]),
        "schema": zipped([("goi.xml", road.goi([slip], "có dấu")), file]),
        "moment": zipped(
            [("goi.xml", road.goi([slip], THOI_GIAN_LAP="20261332000000")), file]
        ),
        "day": zipped([("goi.xml", road.goi([replace(slip, day="07-07-2026")])), file]),
    }
    for name, archive in wrong.items():
        road.put(sealed(archive, tax), f"{name}.p7m")
    package = await road.read()
    assert sorted(package.receipts) == sorted((name, "21") for name in wrong)
    assert road.effects() == []


async def test_a_package_beyond_the_limits_is_refused(road: Road) -> None:
    tax, slip = road.parties["tax"], road.slip()
    bomb = File("lon.json", "TRA_LOI", b" " * (33 * 2**20))
    twins = [replace(bomb, name="lon2.json"), bomb]
    goi = road.goi([slip])
    entries = [("goi.xml", goi), *((one.name, one.raw) for one in twins)]
    road.put(sealed(zipped(entries), tax), "unpacked.p7m")
    many = [("goi.xml", goi), *((f"{n}.xml", b"") for n in range(2001))]
    road.put(sealed(zipped(many), tax), "many.p7m")
    length = 32 * 2**20
    road.put(b"\x30\x84" + struct.pack(">I", length) + bytes(length), "big.p7m")
    package = await road.read()
    told = sorted(package.receipts)
    assert told == [("big", "21"), ("many", "21"), ("unpacked", "21")]


async def test_a_package_signed_by_a_stranger_is_refused_whole(road: Road) -> None:
    slip, tax = road.slip(), road.parties["tax"]
    # Signed by a stranger, whose certificate lies inside; by an issuer; by nobody.
    for name, by in (("la", "stranger"), ("ben-lap", "issuer")):
        road.put(road.packed([slip], by=by), f"{name}.p7m")
    goi = road.goi([slip])
    bare = goi[: goi.index(b"<SECURITY")] + b"</BODY></GOI>"
    edited = goi.replace(b"LT-1", b"LT-2")
    for name, changed in (("khong-ky", bare), ("bi-sua", edited)):
        archive = zipped([("goi.xml", changed), (slip.name, slip.raw)])
        road.put(sealed(archive, tax), f"{name}.p7m")
    package = await road.read()
    assert sorted(package.receipts) == [
        ("ben-lap", "22"),
        ("bi-sua", "22"),
        ("khong-ky", "22"),
        ("la", "22"),
    ]
    assert (package.states, road.effects()) == ([], [])
    road.empty()
    road.send(slip)
    assert (await road.read()).receipts == [("LT-1", "00")]


async def test_a_certificate_that_has_expired_proves_nothing(
    tmp_path: Path, parties: dict[str, Party]
) -> None:
    old = Party.create(tmp_path, "old", until=datetime(2026, 7, 1, tzinfo=UTC))
    async with opened_road(tmp_path, {**parties, "gateway": old}) as road:
        road.send(road.slip())
        assert (await road.read()).receipts == [("LT-1", "22")]


async def test_two_certificates_of_a_sender_are_known_while_one_is_changed(
    tmp_path: Path, parties: dict[str, Party]
) -> None:
    paths = [parties[name].certificate_path for name in ("gateway", "stranger")]
    async with opened_road(tmp_path, parties, sender_certificates=paths) as road:
        for number, by in (("LT-1", "gateway"), ("LT-2", "stranger")):
            road.send(road.slip(), number=number, by=by)
        assert (await road.read()).receipts == [("LT-1", "00"), ("LT-2", "00")]


async def test_one_file_that_is_not_as_listed_refuses_the_whole_package(
    road: Road,
) -> None:
    slip, tax = road.slip(), road.parties["tax"]
    other = replace(road.slip(ma_hs=OTHER), name="khac.xml")
    good = [(slip.name, slip.raw), (other.name, other.raw)]
    wrong = {
        "changed": [good[0], (other.name, other.raw + b" ")],
        "missing": good[:1],
        "unlisted": [*good, ("them.xml", b"<A/>")],
        "renamed": [good[0], ("doi-ten.xml", other.raw)],
    }
    for number, (name, files) in enumerate(wrong.items(), start=1):
        listed = road.goi([slip, other], f"LT-{number}")
        archive = zipped([("goi.xml", listed), *files])
        road.put(sealed(archive, tax), f"{name}.p7m")
    row = {"DON_VI_GUI": UNIT, "DON_VI_NHAN": OFFICE, "THOI_GIAN_LAP": "20260707073000"}
    told = listing([slip, other], SO_GOI="LT-5", **row)
    smaller = told.replace(f">{len(slip.raw)}<", ">1<", 1)
    twice = listing([slip, slip, other], SO_GOI="LT-6", **row)
    for name, document in (("size", smaller), ("twice", twice)):
        listed = signed(document, road.parties["gateway"])
        road.put(sealed(zipped([("goi.xml", listed), *good]), tax), f"{name}.p7m")
    package = await road.read()
    # The list is proved: the number is the one in it.
    assert sorted(package.receipts) == [(f"LT-{n}", "23") for n in range(1, 7)]
    assert road.effects() == []
    road.empty()
    road.put(sealed(zipped([("goi.xml", road.goi([slip, other])), *good]), tax))
    assert (await road.read()).codes == ["00", "00"]


async def test_a_package_for_another_office_is_refused(road: Road) -> None:
    slip = road.slip()
    road.put(road.packed([slip], "LT-1", DON_VI_NHAN="TCT-H00-99"), "a.p7m")
    first = await road.read()
    assert (first.receipts, first.row["DON_VI_NHAN"]) == ([("LT-1", "24")], UNIT)
    road.empty()
    road.put(road.packed([slip], "LT-2", DON_VI_GUI="H99"), "b.p7m")
    other = await road.read()
    assert (other.receipts, other.row["DON_VI_NHAN"]) == ([("LT-2", "24")], "H99")
    assert road.effects() == []
    road.empty()
    road.send(slip)
    assert (await road.read()).receipts == [("LT-1", "00")]


# ---------------------------------------------------------------- files


async def test_a_bad_slip_stands_among_good_ones(road: Road) -> None:
    cut = road.slip(ma_hs="H00.96.01-260707-0003")
    bare = cut.raw[: cut.raw.index(b"<SECURITY")] + b"</BODY></DATA>"
    edited = cut.raw.replace("Ví Dụ".encode(), "Mạo Danh".encode())
    files = [
        road.slip(),
        File("rac.xml", "PHIEU_CHUYEN", b"khong phai XML"),
        replace(cut, raw=bare),
        replace(cut, raw=edited),
        road.slip("stranger", ma_hs="H00.96.01-260707-0003"),
        road.slip(ma_hs="H00.96.01-260707-0003", area="0"),
        road.slip(msg_type="14", ma_hs="H00.96.01-260707-0003"),
        File("rac.json", "TRA_LOI", b"{"),
        File("tinh_trang.json", "TINH_TRANG", b"{}"),
        road.slip(ma_hs=OTHER),
    ]
    road.send(*files)
    package = await road.read()
    assert package.receipts == [("LT-1", "00")]
    assert package.codes == [
        "00",
        "31",
        "32",
        "33",
        "34",
        "35",
        "31",
        "50",
        "50",
        "00",
    ]
    assert road.effects() == [("slip_new", NUMBER), ("slip_new", OTHER)]
    errors = [facts.get("error") for facts in road.arrivals("slip_new")]
    assert errors == [None, "32", "33", "34", "35", None]


async def test_a_slip_beyond_its_limit_is_refused_by_itself(road: Road) -> None:
    big = road.slip()
    road.send(replace(big, raw=big.raw + b" " * 2**21), road.slip(ma_hs=OTHER))
    assert (await road.read()).codes == ["31", "00"]


async def test_the_same_slip_in_another_package_was_taken_before(road: Road) -> None:
    slip = road.slip()
    road.send(slip, slip)
    assert (await road.read()).codes == ["00", "01"]
    road.empty()
    road.send(slip, road.slip(price="1"), number="LT-2")
    package = await road.read()
    assert (package.receipts, package.codes) == ([("LT-2", "00")], ["01", "30"])
    assert road.effects() == [("slip_new", NUMBER)]


async def test_a_repeat_is_recognised_though_the_issuers_certificate_expired(
    tmp_path: Path, parties: dict[str, Party]
) -> None:
    until = datetime(2026, 7, 8, tzinfo=UTC)
    old = Party.create(tmp_path, "old-issuer", until=until)
    async with opened_road(tmp_path, {**parties, "issuer": old}) as road:
        slip = road.slip()
        road.send(slip)
        await road.run(48)
        road.empty()
        road.send(slip, road.slip(ma_hs=OTHER), number="LT-2")
        assert (await road.read()).codes == ["01", "34"]


async def test_a_supplement_needs_its_slip(road: Road) -> None:
    road.send(road.more("12", "0002/PCTT"), road.more("13", "0003/PCTT"))
    assert (await road.read()).codes == ["36", "36"]
    road.empty()
    road.send(
        road.slip(),
        road.more("12", "0002/PCTT"),
        road.more("13", "0003/PCTT"),
        road.more("12", "0004/PCTT"),
        road.more("11", "0005/PCTT"),
        number="LT-2",
    )
    package = await road.read()
    assert package.codes == ["00", "00", "00", "37", "37"]
    kinds = [kind for kind, _ in road.effects()]
    assert kinds == ["slip_new", "slip_supplement", "slip_withdraw"]
    (state,) = package.of("TINH_TRANG")
    assert state["TrangThai"] == "DA_THU_HOI"
    taken = [(row["SoPhieu"], row["LoaiPhieu"]) for row in state["DanhSachPhieu"]]
    assert taken == [("0001/PCTT", "10"), ("0002/PCTT", "12"), ("0003/PCTT", "13")]


async def test_a_replacing_slip_is_taken_though_the_first_never_came(
    road: Road,
) -> None:
    road.send(road.more("11", "0002/PCTT"))
    assert (await road.read()).codes == ["00"]
    assert road.effects() == [("slip_replace", NUMBER)]


async def test_a_number_used_before_is_no_number_of_another_slip(road: Road) -> None:
    road.send(road.slip(), road.more("12", "0001/PCTT", seq_id="LAND-9"))
    assert (await road.read()).codes == ["00", "35"]


# ---------------------------------------------------------------- receipts of the sender


async def test_a_receipt_is_booked_and_not_answered(road: Road) -> None:
    road.send(road.receipt("TCT-1", (NUMBER, "00"), ("", "15"), (OTHER, "10")))
    assert await road.run(2) == []
    (booked,) = road.arrivals("receipt")
    assert (booked["so_goi"], booked["code"], booked["rows"]) == (
        "TCT-1",
        "00",
        "00 15 10",
    )
    # It is taken once, however often it is carried.
    assert (await road.post())["goi_ra"] == []
    assert len(road.arrivals("receipt")) == 1
    assert road.codes() == ["00", "01"]


async def test_a_receipt_beside_a_slip_is_named_with_it(road: Road) -> None:
    road.send(road.slip(), road.receipt("TCT-1", (NUMBER, "00")))
    assert (await road.read()).codes == ["00", "00"]
    assert len(road.arrivals("receipt")) == 1


async def test_no_receipt_can_be_read_and_none_is_sent_for_it(road: Road) -> None:
    road.send(File("bien_nhan.json", "BIEN_NHAN", b'{"DanhSach": []}'))
    assert await road.run(2) == []
    assert road.arrivals("receipt") == [{"error": "50"}]


# ---------------------------------------------------------------- told by a scenario


async def test_a_lost_medium_is_read_later(open_road: Open) -> None:
    async with open_road(scenario="medium_lost_times = 2") as road:
        road.send(road.slip())
        assert await road.run(24) == []
        assert road.arrivals("package") == []
        (package,) = await road.run(2)
        assert package.receipts == [("LT-1", "00")]


async def test_a_damaged_medium_is_answered_so_often(open_road: Open) -> None:
    async with open_road(scenario="damaged_times = 2") as road:
        road.put(road.packed([road.slip()], "LT-1"), "ten-tep.p7m")
        told = [(await road.read()).receipts for _ in range(4)]
        assert told == [
            [("ten-tep", "20")],
            [("ten-tep", "20")],
            [("LT-1", "00")],
            [("LT-1", "01")],
        ]
        assert road.effects() == [("slip_new", NUMBER)]


async def test_a_slip_is_refused_as_often_as_told(open_road: Open) -> None:
    scenario = 'slip_error = "35"\nslip_error_times = 1'
    async with open_road(scenario=scenario) as road:
        road.send(road.slip(), road.slip(ma_hs=OTHER))
        assert (await road.read()).codes == ["35", "00"]
        road.empty()
        road.send(road.slip(), number="LT-2")
        assert (await road.read()).codes == ["00"]


# ---------------------------------------------------------------- outside judges


def run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=20)


@pytest.mark.system
async def test_openssl_opens_a_package_of_tax_as_printed(
    road: Road, tmp_path: Path
) -> None:
    road.send(road.slip())
    package = await road.read()
    own = road.parties["gateway"]
    archive = tmp_path / "X.zip"
    command = [
        *("openssl", "cms", "-decrypt", "-binary", "-inform", "DER"),
        *("-in", str(road.folder / "ve" / package.name)),
        *("-recip", own.certificate_path, "-inkey", own.key_path),
        *("-out", str(archive)),
    ]
    run(command)
    with zipfile.ZipFile(archive) as entries:
        assert entries.read("goi.xml") == package.goi


@pytest.mark.system
async def test_tax_opens_what_openssl_encrypts(road: Road, tmp_path: Path) -> None:
    slip = road.slip()
    archive, made = tmp_path / "X.zip", tmp_path / "X.p7m"
    archive.write_bytes(zipped([("goi.xml", road.goi([slip])), (slip.name, slip.raw)]))
    command = [
        *("openssl", "cms", "-encrypt", "-binary", "-aes-256-cbc"),
        *("-in", str(archive), "-outform", "DER", "-out", str(made)),
        *(road.parties[name].certificate_path for name in ("stranger", "tax")),
    ]
    run(command)
    road.put(made.read_bytes())
    assert (await road.read()).receipts == [("LT-1", "00")]
