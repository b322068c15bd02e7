"""How DVCLT gives sessions, lists and details, by its interface document."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from lxml import etree

from gateway.adapters.civil_registry.conformance_calls import LIMIT, body, folded
from gateway.adapters.civil_registry.conformance_dvclt_calls import (
    LIST,
    MARKED,
    REPORT,
    ask,
    fresh,
    listed,
    mark,
    of_unit,
    read,
    renew,
    report,
    second,
    session,
    sign_in,
    told,
    with_token,
    words,
)
from gateway.conforming import Answer, NotTried, Role, Trial, shows

SERVER = Role.SERVER
ACCOUNT_WRONG = "Tên đăng nhập hoặc mật khẩu không đúng"
REFRESH_OVER = "Refresh token không hợp lệ hoặc đã hết hạn"
STRANGE = "khong-phai-token"
_DOCTYPE = re.compile(r"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


@shows(SERVER, "HT-210", "HT-211", "HT-216", "HT-201")
async def a_session_is_given_for_the_right_password(t: Trial) -> None:
    """Đăng nhập đúng có cặp token; sai mật khẩu thì không."""
    answer = await sign_in(t)
    t.holds("HT-201", answer.status == 200, f"đăng nhập: HTTP {answer.status}")
    wrong = t.wrong("dvclt-token", answer.content or {})
    if t.holds("HT-210", not wrong, f"đăng nhập: sai khuôn ở {', '.join(wrong)}"):
        ends = str((answer.content or {})["refreshTokenExpiryTime"])
        left = datetime.fromisoformat(f"{ends[:19]}+00:00") - t.now().astimezone(UTC)
        a_week = timedelta(days=6) <= left <= timedelta(days=8)
        t.holds("HT-216", a_week, f"refresh token còn {left.days} ngày")
    answer = await sign_in(t, password="sai-mat-khau")  # noqa: S106  a wrong one
    _refused(t, "HT-211", answer, ACCOUNT_WRONG, "sai mật khẩu")


def _refused(t: Trial, number: str, answer: Answer, phrase: str, what: str) -> None:
    fits = answer.status == 401 and folded(words(answer)) == folded(phrase)
    t.holds(number, fits, f"{what}: HTTP {answer.status}, hoặc câu khác")
    none = "token" not in (answer.content or {})
    t.holds(number, none, f"{what}: vẫn có token")


@shows(SERVER, "HT-212", "HT-213", "HT-214", "HT-215")
async def a_renewal_ends_the_old_pair_alone(t: Trial) -> None:
    """Gia hạn: cặp mới dùng được, cặp cũ hết, phiên khác còn."""
    other, old = await session(t), await session(t)
    answer = await renew(t, old, refreshToken=STRANGE)
    _refused(t, "HT-214", answer, REFRESH_OVER, "refresh token sai")
    answer = await renew(t, old)
    new = answer.content or {}
    given = answer.status == 200 and isinstance(new.get("token"), str)
    if not t.holds("HT-212", given, f"gia hạn: HTTP {answer.status}"):
        return
    for number, pair, status, what in (
        ("HT-212", new, 200, "token mới"),
        ("HT-213", old, 401, "token cũ"),
        ("HT-215", other, 200, "phiên khác"),
    ):
        answer = await with_token(t, pair["token"], LIST)
        why = f"{what}: HTTP {answer.status}, không phải {status}"
        t.holds(number, answer.status == status, why)
    answer = await renew(t, old)
    _refused(t, "HT-214", answer, REFRESH_OVER, "refresh token đã dùng")


@shows(SERVER, "HT-206", "HT-201", "HT-203", "HT-202")
async def nothing_is_done_without_a_session(t: Trial) -> None:
    """Không có token hoặc token lạ: 401; đường dẫn, {id} không có: 404."""
    answer = await ask(t, f"{LIST}/999999999")
    t.holds("HT-203", answer.status == 404, f"id không có: HTTP {answer.status}")
    answer = await ask(t, "/api/khong-co")
    t.holds("HT-202", answer.status == 404, f"đường dẫn lạ: HTTP {answer.status}")
    line = await fresh(t)
    content = {"maHoSo": line["maHoSo"], "daNhan": True}
    calls = (
        ("GET", LIST, b""),
        ("GET", f"{LIST}/{line.get('id')}", b""),
        ("PUT", LIST, body(content)),
        ("POST", REPORT, body(told(t, line, 1))),
    )
    for method, path, raw in calls:
        for token in ("", STRANGE):
            answer = await with_token(t, token, path, raw, method=method)
            why = f"{method} {path} không có phiên: HTTP {answer.status}"
            t.holds("HT-206", answer.status == 401, why)
    there = line.get("id") in {one.get("id") for one in await of_unit(t)}
    t.holds("HT-206", there, "daNhan không có phiên mà dòng rời danh sách")
    for method, path, raw in calls:
        answer = await ask(t, path, raw, method=method)
        t.holds("HT-201", answer.status == 200, f"{method} {path}: {answer.status}")


@shows(SERVER, "HT-204")
async def a_call_that_is_too_large_is_refused(t: Trial) -> None:
    """Lời gọi lớn hơn 64 MiB: 413."""
    line = {"maHoSo": t.number()}
    raw = body(told(t, line, 1, ghiChu="a" * LIMIT))
    answer = await ask(t, REPORT, raw, method="POST", blame="HT-204")
    t.holds("HT-204", answer.status == 413, f"hơn 64 MiB: HTTP {answer.status}")


@shows(SERVER, "HT-601", "HT-602", "HT-604", "HT-606")
async def the_list_has_its_shape(t: Trial) -> None:
    """Danh sách đúng khuôn, cũ trước; lọc theo module và đơn vị."""
    answer = await ask(t, LIST)
    wrong = t.wrong("dvclt-list", answer.content or {})
    if not t.holds("HT-601", not wrong, f"danh sách: sai khuôn ở {', '.join(wrong)}"):
        return
    lines = await of_unit(t)
    if not lines:
        raise NotTried("danh sách của codes.unit rỗng: nộp hồ sơ thử ở DVCLT")
    filed = [line["ngayTiepNhan"] for line in lines]
    t.holds("HT-602", filed == sorted(filed), "dòng cũ không đứng trước dòng mới")
    units = {str(line["maDonVi"]) for line in lines}
    t.holds("HT-604", units == {t.code("unit")}, "lọc maDonVi: có dòng của đơn vị khác")
    for module in ("KS", "KT"):
        found = {line["module"] for line in await listed(t, module=module)}
        t.holds("HT-604", found <= {module}, f"lọc module {module}: có module khác")
    ids = {line["id"] for line in await listed(t, soLuong=100)}
    t.holds("HT-604", ids >= {line["id"] for line in lines}, "bỏ lọc mà thiếu dòng")
    none = await listed(t, maDonVi=t.code("unit_unknown"))
    t.holds("HT-606", not none, "đơn vị không biết mà có hồ sơ")


@shows(SERVER, "HT-603")
async def the_list_comes_in_pages(t: Trial) -> None:
    """Hai trang một dòng nối nhau; sau trang cuối không còn gì."""
    lines = await of_unit(t)
    if len(lines) < 2:
        raise NotTried("danh sách của codes.unit có ít hơn hai dòng")
    unit = t.code("unit")
    for page, line in enumerate(lines[:2], start=1):
        found = await listed(t, maDonVi=unit, trang=page, soLuong=1)
        same = [one.get("id") for one in found] == [line.get("id")]
        t.holds("HT-603", same, f"trang {page} không có đúng một dòng tiếp theo")
    beyond = await listed(t, maDonVi=unit, trang=9999, soLuong=100)
    t.holds("HT-603", not beyond, "sau trang cuối vẫn có dòng")


@shows(SERVER, "HT-605", "HT-610", "HT-611", "HT-612", "HT-613", "HT-614", "HT-615")
async def a_detail_has_three_layers(t: Trial) -> None:
    """Chi tiết: JSON trong JSON trong XML; giống dòng; giấy tờ đọc được."""
    for module in ("KS", "KT"):
        lines = [one for one in await of_unit(t) if one.get("module") == module]
        if not lines:
            raise NotTried(f"danh sách của codes.unit không có hồ sơ {module}")
        await _detail(t, lines[0], module)


async def _detail(t: Trial, line: Mapping[str, Any], module: str) -> None:
    answer = await ask(t, f"{LIST}/{line['id']}")
    wrong = t.wrong("dvclt-detail", answer.content or {})
    if not t.holds("HT-610", not wrong, f"lớp ngoài sai khuôn: {', '.join(wrong)}"):
        return
    inner = second(answer)
    wrong = t.wrong("dvclt-detail-inner", inner)
    if not t.holds("HT-610", not wrong, f"lớp thứ hai sai khuôn: {', '.join(wrong)}"):
        return
    for name in ("maHoSo", "maDonVi", "maTTHC", "module", "ngayTiepNhan"):
        same = inner[name] == line.get(name)
        t.holds("HT-611", same, f"{name} của chi tiết khác với dòng của danh sách")
    for paper in inner["fileDinhKem"]:
        if str(paper["huyGiayTo"]) == "0":
            fine = _is_base64(paper["duLieuTepDinhKem"])
            t.holds("HT-612", fine, "giấy tờ còn hiệu lực rỗng hoặc không phải base64")
    there = line["id"] in {one.get("id") for one in await of_unit(t)}
    t.holds("HT-605", there, "xem chi tiết mà dòng rời danh sách")
    held = _held(inner["data"])
    if t.holds(
        "HT-614", held is not None, f"{module}: XML không đọc được, không hoTich"
    ):
        wrong = _wrong(t, f"LT{module}", held or {}, missing=False)
        t.holds("HT-615", not wrong, f"hoTich sai khuôn ở {', '.join(wrong)}")


@shows(SERVER, "HT-616", "HT-613")
async def a_detail_has_what_is_needed_and_stays(t: Trial) -> None:
    """Phần tử hoTich đủ trường mà BTP đòi; chi tiết còn đọc được sau khi đánh dấu."""
    line = await fresh(t)
    held = _held(second(await ask(t, f"{LIST}/{line['id']}")).get("data"))
    wrong = _wrong(t, f"LT{line['module']}", held or {}, missing=True)
    t.holds("HT-616", held and not wrong, f"hoTich thiếu: {', '.join(wrong)}")
    await mark(t, str(line["maHoSo"]))
    answer = await ask(t, f"{LIST}/{line['id']}")
    t.holds("HT-613", answer.status == 200, f"sau khi đánh dấu: HTTP {answer.status}")


def _is_base64(text: object) -> bool:
    try:
        return bool(base64.b64decode("".join(str(text).split()), validate=True))
    except ValueError:
        return False


def _held(text: object) -> dict[str, Any] | None:
    """The fields inside hoTich; None: it cannot be read, or must not be."""
    if not isinstance(text, str) or _DOCTYPE.search(text):
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(text.encode(), parser)  # noqa: TID251  no DOCTYPE
    except etree.XMLSyntaxError:
        return None
    found = root if root.tag == "hoTich" else root.find(".//hoTich")
    return None if found is None else _flat(found)


def _flat(element: Any) -> dict[str, Any]:
    return {str(one.tag): _flat(one) if len(one) else one.text or "" for one in element}


def _wrong(
    t: Trial, schema: str, held: Mapping[str, Any], *, missing: bool
) -> list[str]:
    """Wrong places, or those that are missing; further elements may come (§6.3)."""
    kept = dict(held)
    for name in held:
        if any("additional" in one for one in t.wrong(schema, {name: held[name]})):
            kept.pop(name)
    found = [(one, "required" in one) for one in t.wrong(schema, kept)]
    return [one for one, is_missing in found if is_missing == missing]


@shows(SERVER, "HT-620", "HT-621", "HT-605")
async def a_mark_takes_a_line_from_the_list(t: Trial) -> None:
    """daNhan: «cập nhật thành công», dòng rời danh sách; gửi lại như lần đầu."""
    line = await fresh(t)
    number = str(line["maHoSo"])
    for cited, what in (("HT-620", "daNhan"), ("HT-621", "daNhan lần nữa")):
        said = await mark(t, number)
        taken = folded(MARKED) in folded(said.words)
        t.holds(cited, taken, f"{what}: câu trả lời không có «{MARKED}»")
        there = line["id"] in {one.get("id") for one in await of_unit(t)}
        t.holds(cited, not there, f"{what}: dòng vẫn ở danh sách")
    said = await report(t, line, 1)
    t.holds("HT-621", said.name == "taken", f"sau daNhan hai lần, báo 1: {said.shown}")


@shows(SERVER, "HT-622", "HT-623")
async def a_wrong_mark_is_no_success(t: Trial) -> None:
    """Báo daNhan của hồ sơ không có, thiếu trường, sai kiểu: không thành công."""
    line = await fresh(t)
    number = line["maHoSo"]
    for cited, content, what in (
        ("HT-622", {"maHoSo": t.number(), "daNhan": True}, "hồ sơ không có"),
        ("HT-623", {"maHoSo": number}, "thiếu daNhan"),
        ("HT-623", {"daNhan": True}, "thiếu maHoSo"),
        ("HT-623", {"maHoSo": number, "daNhan": "true"}, "daNhan là chữ"),
        ("HT-623", {"maHoSo": number, "daNhan": False}, "daNhan là false"),
    ):
        said = read(t, await ask(t, LIST, body(content), method="PUT"))
        taken = folded(MARKED) in folded(said.words)
        t.holds(cited, not taken, f"{what}: vẫn trả lời «{MARKED}»")
    there = line["id"] in {one.get("id") for one in await of_unit(t)}
    t.holds("HT-623", there, "daNhan sai mà dòng rời danh sách")
