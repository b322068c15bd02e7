"""What either land system tells the one-stop side about a dossier."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote, unquote_plus, urlsplit

from gateway.adapters.land_registry.conformance_calls import (
    OWED,
    PAID,
    SUPPLEMENT,
    WITHDRAW,
    Content,
    Land,
    both,
    folded,
    supplement,
)
from gateway.adapters.land_registry.conformance_desk import (
    ASKED,
    BROUGHT,
    CORRECT,
    END,
    LISTS,
    NOTICES,
    OPENED,
    RETURNED,
    STEP,
    WRONG_CASE,
    files_of,
    flag,
    is_about,
    looked_at,
    number_of,
    rows_of,
    told,
    whole,
)
from gateway.adapters.land_registry.conformance_life import (
    has,
    owed,
    paid,
    withdrawal,
)
from gateway.adapters.land_registry.conformance_slip import (
    is_signed,
    read,
    slips_of,
    text_of,
)
from gateway.conforming import Incoming, NotTried, Role

CLIENT = Role.CLIENT
FINANCIAL = ("nghĩa vụ tài chính", "nvtc", "nộp thuế", "thông báo thuế")
EVERY = ("233", "641", "642", "711")
DONE, WITHDRAWN, REFUSED = 0, 1, 2


@both(CLIENT, "1101")
async def lists_are_fetched_with_the_secret(land: Land) -> None:
    """Danh mục của một cửa (chờ người của cơ quan) được tải bằng GET kèm mã bí mật."""
    await land.given("lists")
    for name in LISTS:

        def is_list(call: Incoming, wanted: str = name) -> bool:
            return call.path.endswith(f"/{wanted}") or f"/{wanted}/" in call.path

        call = await land.t.incoming(is_list, f"tải danh mục {name}")
        right = call.method == "GET" and land.d.operation_of(call) == name
        right = right and land.d.secret_in(call) == land.t.key("callback")
        land.holds("1101", right, f"{name}: không phải GET kèm đúng mã bí mật")


@both(CLIENT, "221", "222", "421", "1002", *EVERY)
async def a_step_is_told(land: Land) -> None:
    """Một bước xử lý (chờ người của cơ quan) được báo: đúng chỗ, đúng khuôn, đúng mã bí mật."""
    number = await land.given("step")
    begun = land.t.now()
    call = await land.t.incoming(lambda call: number in _text(call), f"{STEP} {number}")
    right = call.method == "POST" and land.d.operation_of(call) == STEP
    right = right and call.content is not None
    why = f"không phải POST {STEP} với một đối tượng JSON UTF-8, ở đúng địa chỉ"
    secret = land.t.key("callback")
    if land.holds("221", right and land.d.secret_in(call) == secret, why):
        looked_at(land, call, STEP, begun)
    once = _text(call).count(secret) + "".join(call.headers.values()).count(secret)
    land.holds("222", once <= 1, "mã bí mật còn nằm ở chỗ khác trong lời gọi")
    named = str((call.content or {}).get("SoBienNhan"))
    land.holds("421", named == number, "SoBienNhan không phải số bên gửi đã cấp")


def _text(call: Incoming) -> str:
    """All of a call in which its dossier's number or the secret may stand."""
    around = f"{unquote(call.path)}?{unquote_plus(call.query)}"
    return f"{around} {call.body.decode('utf-8', 'replace')}"


@both(CLIENT, "541", "1003", *EVERY)
async def missing_papers_are_asked_for(land: Land) -> None:
    """Thiếu giấy tờ (chờ người của cơ quan): YeuCauBoSungHoSo có LaTamDung false."""
    number = await land.given("papers")
    call = await told(land, number, ASKED)
    pauses = flag((call.content or {}).get("LaTamDung"))
    land.holds("541", pauses is False, "thiếu giấy tờ mà LaTamDung không phải false")


async def _pause(land: Land, act: str) -> tuple[str, Content]:
    number = await land.given(act)
    call = await told(land, number, ASKED)
    content = call.content or {}
    return number, content


@both(CLIENT, "542", "544", "1003", *EVERY)
async def a_pause_for_money_is_told(land: Land) -> None:
    """Tạm dừng chờ nghĩa vụ tài chính (chờ người của cơ quan); bổ sung lúc đó không được chờ."""
    number, content = await _pause(land, "pause_tax")
    pauses = flag(content.get("LaTamDung")) is True
    why = "tạm dừng chờ nghĩa vụ tài chính phải có LaTamDung true và LoaiTamDung 1, hoặc lời ở mục 5.2"
    land.holds("542", pauses and _for_money(content), why)
    if not land.t.can_call:
        raise NotTried("preset thiếu addresses.server: bộ thử không gửi được bổ sung")
    said = await land.say(SUPPLEMENT, supplement(number))
    land.answered("544", said, "not_waiting", "bổ sung khi đang tạm dừng")


@both(CLIENT, "543", "1003", *EVERY)
async def another_pause_is_told(land: Land) -> None:
    """Tạm dừng vì lý do khác (chờ người của cơ quan): LaTamDung true, không phải nghĩa vụ tài chính."""
    _, content = await _pause(land, "pause_other")
    pauses = flag(content.get("LaTamDung")) is True
    why = "tạm dừng vì lý do khác phải có LaTamDung true, LoaiTamDung 2 hoặc không có"
    land.holds("543", pauses and not _for_money(content), why)


def _for_money(content: Content) -> bool:
    """§5.2."""
    if content.get("LoaiTamDung") not in {None, ""}:
        return whole(content["LoaiTamDung"]) == 1
    note = folded(content.get("GhiChu", ""))
    return any(folded(one) in note for one in FINANCIAL)


@both(CLIENT, "1004", *EVERY)
async def papers_at_the_office_are_told(land: Land) -> None:
    """Dân nộp bổ sung tại văn phòng (chờ người của cơ quan): NhanBoSungHoSo."""
    await told(land, await land.given("papers_at_office"), BROUGHT)


@both(CLIENT, "1006", *EVERY)
async def a_return_by_tax_is_told(land: Land) -> None:
    """Thuế chuyển trả (chờ người của cơ quan): ThueTraHoSo."""
    await told(land, await land.given("tax_returned"), RETURNED)


@both(CLIENT, "1007", *EVERY)
async def a_wrong_case_is_told(land: Land) -> None:
    """Sai quy trình (chờ người của cơ quan): SaiQuyTrinh."""
    await told(land, await land.given("wrong_case"), WRONG_CASE)


@both(CLIENT, "1008", *EVERY)
async def a_correction_is_asked_for(land: Land) -> None:
    """Cần cập nhật (chờ người của cơ quan): YeuCauCapNhatHoSo."""
    await told(land, await land.given("correct"), CORRECT)


def _leads_inside(link: object) -> bool:
    """§7.2: a path below the file address, and nowhere else."""
    if not isinstance(link, str) or not link:
        return False
    parts = urlsplit(link)
    ways = unquote(link).replace("\\", "/\\/").split("/")
    return not (parts.scheme or parts.netloc) and not {"..", "\\"} & set(ways)


@both(CLIENT, "552", "553", "554", "1002", *EVERY)
async def a_slip_is_told(land: Land) -> None:
    """Lập phiếu chuyển (chờ người của cơ quan): một tệp XML theo mẫu của thuế, đã ký, đúng hồ sơ."""
    case = {"MaQuyTrinh": land.t.code("case_tax")}
    number = await land.given("slip", ThongTinQuyTrinh=case)
    state = whole(land.t.code("state_slip"))
    call = await told(
        land, number, STEP, lambda content: whole(content.get("MaTrangThai")) == state
    )
    slips = slips_of(call.content or {})
    root = read(slips[0]) if len(slips) == 1 else None
    why = f"phải có đúng một tệp .xml đọc được, nhưng có {len(slips)}"
    if not land.holds("552", root is not None, why) or root is None:
        return
    wrong = land.t.wrong_xml("../tax/tct.xsd", slips[0])
    land.holds("552", not wrong, f"phiếu chuyển sai khuôn: {'; '.join(wrong)}")
    right = text_of(root, "MA_HS") == number
    land.holds("553", right, "MA_HS của phiếu chuyển không phải MaHoSoMotCua")
    land.holds("554", is_signed(root), "chữ ký của phiếu chuyển không đúng")


@both(CLIENT, "556", "1002", *EVERY)
async def a_corrected_slip_is_told_anew(land: Land) -> None:
    """Phiếu chuyển lập lại (chờ người của cơ quan) được báo bằng một ChuyenHoSo nữa, cùng trạng thái."""
    case = {"MaQuyTrinh": land.t.code("case_tax")}
    number = await land.given("slip_again", ThongTinQuyTrinh=case)
    state = whole(land.t.code("state_slip"))

    def slip(content: Content) -> bool:
        return whole(content.get("MaTrangThai")) == state

    first = await told(land, number, STEP, slip)
    again = is_about(land, number, STEP)
    later = await land.t.incoming(
        lambda call: (
            again(call) and slip(call.content or {}) and call.body != first.body
        ),
        f"phiếu chuyển lập lại của hồ sơ {number}",
    )
    looked_at(land, later, STEP, first.at)
    old, new = (
        {str(one.get("data")) for one in files_of(call.content or {})}
        for call in (first, later)
    )
    why = "ChuyenHoSo thứ hai không kèm phiếu chuyển khác phiếu đầu"
    land.holds("556", new and new != old, why)


@both(CLIENT, "1010", "723", "722", "1005", *EVERY)
async def notices_of_tax_are_told(land: Land) -> None:
    """Có thông báo thuế (chờ người của cơ quan): GuiKetQuaThue, đường dẫn ở trong địa chỉ tệp."""
    call = await told(land, await land.given("notices"), NOTICES)
    rows = rows_of(call.content or {}, "DanhSachThongBaoThue")
    land.holds("1010", rows, "không có thông báo nào trong DanhSachThongBaoThue")
    links = [row[land.d.link] for row in rows if row.get(land.d.link)]
    inside = all(_leads_inside(one) for one in links)
    if land.holds("723", inside, f"{land.d.link} dẫn ra ngoài địa chỉ tệp"):
        await _lent(land, "722", links)


@both(CLIENT, "723", "547", "721", "1009", *EVERY)
async def the_end_is_told_with_its_results(land: Land) -> None:
    """Đã giải quyết xong (chờ người của cơ quan): KetThucHoSo 0, kết quả theo đường dẫn."""
    call = await told(land, await land.given("finish"), END)
    content = call.content or {}
    rows = rows_of(content, "DanhSachGiayToKetQua")
    done = whole(content.get("TrangThaiKetThuc")) == DONE
    land.holds("547", done and rows, "không phải TrangThaiKetThuc 0 có giấy tờ kết quả")
    links = [row.get("LinkFile") for row in rows]
    inside = all(_leads_inside(one) for one in links)
    if land.holds("723", inside, "LinkFile dẫn ra ngoài địa chỉ tệp"):
        await _lent(land, "721", links)


async def _lent(land: Land, cited: str, links: Sequence[object]) -> None:
    """Whether each file can be fetched, if not at once (§7.2), by who shows nothing."""
    if not land.t.can_call:
        raise NotTried("preset thiếu addresses.server: bộ thử không tải được tệp")
    files, blame = land.t.code("files"), f"{land.d.prefix}-{cited}"
    for link in links:
        path = f"{files}/{str(link).lstrip('/')}"
        seen: list[int] = []

        async def there(path: str = path, seen: list[int] = seen) -> bool:
            got = await land.t.post(path, b"", method="GET", headers={}, blame=blame)
            seen[:] = [got.status, len(got.body)]
            return got.status != 404

        missing = (
            f"tệp ở đường dẫn đã báo không có sau {land.t.seconds('file_s'):.0f} giây"
        )
        try:
            await land.t.until(there, "tệp theo đường dẫn", limit="file_s")
        except NotTried:
            if not seen:
                raise
            land.holds(cited, fact=False, why=missing)
            return
        got = seen[0] == 200 and seen[1] > 0
        land.holds(cited, got, f"tải tệp: HTTP {seen[0]}, {seen[1]} byte")


async def _ended_otherwise(land: Land, number: str, cited: str, ending: int) -> None:
    call = await told(land, number, END)
    content = call.content or {}
    right = whole(content.get("TrangThaiKetThuc")) == ending
    empty = not rows_of(content, "DanhSachGiayToKetQua")
    why = f"không phải TrangThaiKetThuc {ending} không có giấy tờ kết quả"
    land.holds(cited, right and empty, why)


@both(CLIENT, "1011", "1009", *EVERY)
async def a_refusal_is_told(land: Land) -> None:
    """Từ chối giải quyết (chờ người của cơ quan): KetThucHoSo 2, không có kết quả."""
    await _ended_otherwise(land, await land.given("refuse"), "1011", REFUSED)


def _calls(land: Land, kind: str) -> None:
    if not land.t.can_call:
        raise NotTried("preset thiếu addresses.server: bộ thử không gửi được")
    has(land, kind)


@both(CLIENT, "549", "1009", *EVERY)
async def a_withdrawn_dossier_ends(land: Land) -> None:
    """Dân rút hồ sơ (chờ người của cơ quan): KetThucHoSo 1, không có kết quả."""
    _calls(land, WITHDRAW)
    number = await land.given("withdrawn")
    await land.must(WITHDRAW, withdrawal(land, number))
    await _ended_otherwise(land, number, "549", WITHDRAWN)


@both(CLIENT, "422", "423", "424", "1001", "1002", *EVERY)
async def a_number_of_its_own_is_told(land: Land) -> None:
    """Hệ thống cấp số riêng (chờ người của cơ quan): báo kèm mã hồ sơ, rồi dùng số đó."""
    number = await land.given("own_number")
    call = await told(land, number, OPENED)
    content = call.content or {}
    own = str(content.get("SoBienNhan") or "")
    right = str(content.get("MaHoSoMotCua")) == number and own not in {"", number}
    why = f"{OPENED} không có MaHoSoMotCua của hồ sơ và SoBienNhan riêng"
    if not land.holds("422", right, why):
        return
    names = {own, number}
    begun = land.t.now()
    later = await land.t.incoming(
        lambda call: land.d.operation_of(call) == STEP and number_of(call) in names,
        f"{STEP} tiếp theo của hồ sơ {number}",
    )
    looked_at(land, later, STEP, begun)
    land.holds("423", number_of(later) == own, "thông điệp sau không dùng số riêng")
    if not land.t.can_call:
        raise NotTried("preset thiếu addresses.server: bộ thử không gọi được")
    for name in (number, own):
        said = await land.say(SUPPLEMENT, supplement(name))
        what = "gọi theo số của bên gửi" if name == number else "gọi theo số riêng"
        land.answered("424", said, "not_waiting", what)


@both(CLIENT, "550", "977")
async def printing_waits_for_the_money(land: Land) -> None:
    """In giấy (chờ người của cơ quan) chỉ sau khi báo đã hoàn thành, và dừng khi có phát sinh."""
    _calls(land, PAID)
    case = {"MaQuyTrinh": land.t.code("case_tax")}
    number = await land.given("print_when_paid", ThongTinQuyTrinh=case)
    state = whole(land.t.code("state_print"))

    def prints(call: Incoming) -> bool:
        is_step = is_about(land, number, STEP)(call)
        return is_step and whole((call.content or {}).get("MaTrangThai")) == state

    async def waits(cited: str, why: str) -> None:
        if not await land.t.quiet(prints, what, limit="quiet_s"):
            await land.t.incoming(prints, what)
            land.holds(cited, fact=False, why=why)

    what, again = f"bước in giấy của hồ sơ {number}", False
    await waits("550", "in giấy khi chưa báo đã hoàn thành")
    await land.must(PAID, paid(land, number, "0001/TB-THU"))
    if land.t.code("has_owed_again") == "có":
        again = True
        await land.must(OWED, owed(land, number, "0002/TB-THU"))
        await waits("977", "in giấy khi nghĩa vụ phát sinh chưa hoàn thành")
        await land.must(PAID, paid(land, number, "0002/TB-THU"))
    await land.t.incoming(prints, what)
    land.holds("550", fact=True, why="")
    if again:
        land.holds("977", fact=True, why="")
