"""What an electricity company does with papers, enquiries, answers and cancellations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.adapters.electricity.conformance_calls import (
    CANCEL,
    CONTENT,
    PAPER,
    PROGRESS,
    SUPPLEMENT,
    TAKEN,
    answered,
    envelope,
    handed_over,
    is_moment,
    paper,
    rows,
    say,
    without,
)
from gateway.conforming import NotTried, Role, Trial, shows

SERVER = Role.SERVER
MIB = 1024 * 1024


@shows(SERVER, "DL-601", "DL-602", "DL-603", "DL-604", "DL-201", "DL-301")
async def papers_are_kept_and_shown(t: Trial) -> None:
    """Giấy tờ được nhận, nhận ra bản trùng theo nội dung, có trong HSGT mỗi tờ một lần."""
    number = str((await handed_over(t, papers=3)).content["MA_HOSO_DVC"])
    first = paper(t, number)
    said = await say(t, PAPER, first)
    t.holds(
        "DL-201",
        said.answer.content is not None,
        f"{PAPER}: {said.shown}, không phải JSON",
    )
    if not t.holds("DL-601", said.name in TAKEN, f"giấy tờ: {said.shown}"):
        return
    wrong = t.wrong("reply", said.content)
    t.holds("DL-301", not wrong, f"{PAPER}: sai khuôn ở {', '.join(wrong)}")
    said = await say(t, PAPER, {**first, "MA_GIAODICH": t.identifier()})
    answered(t, "DL-603", said, "already_there", "gửi lại giấy tờ")
    said = await say(t, PAPER, paper(t, number, kind="KHAC"))
    t.holds(
        "DL-604", said.name == "accepted", f"cùng nội dung, loại khác: {said.shown}"
    )
    kept = said.name == "accepted"
    found = await say(t, PROGRESS, envelope(t, number))
    if found.name != "found":
        raise NotTried(f"tra cứu tiến độ không trả lời được ({found.shown})")
    shown = [
        (row.get("MA_LOAI_HSO"), row.get("MA_BAM"))
        for row in found.content.get("HSGT") or ()
        if isinstance(row, dict)
    ]
    wanted = [("DDN", first["MA_BAM"]), *([("KHAC", first["MA_BAM"])] if kept else [])]
    why = f"HSGT có {len(shown)} dòng, phải có đúng {len(wanted)} giấy tờ đã nhận"
    t.holds("DL-602", sorted(shown, key=str) == sorted(wanted, key=str), why)


@shows(SERVER, "DL-605", "DL-606", "DL-608", "DL-609", "DL-610", "DL-612")
async def papers_that_cannot_be_read_are_refused(t: Trial) -> None:
    """Base64 hỏng, MA_BAM của nội dung khác, hồ sơ lạ, số lạ, loại lạ."""
    number = str((await handed_over(t, papers=1)).content["MA_HOSO_DVC"])
    fine = paper(t, number)
    wrong: list[tuple[str, dict[str, Any], str, str]] = [
        (
            "DL-605",
            {**fine, "NOI_DUNG_TEP": "AAAAA"},
            "unreadable_file",
            "base64 không giải mã được",
        ),
        (
            "DL-612",
            {**fine, "NOI_DUNG_TEP": "***"},
            "wrong_type",
            "ký tự không thuộc base64",
        ),
        (
            "DL-606",
            {**fine, "MA_BAM": "0" * 64},
            "unreadable_file",
            "MA_BAM của nội dung khác",
        ),
        ("DL-608", paper(t, t.number()), "request_unknown", "hồ sơ chưa có yêu cầu"),
        (
            "DL-609",
            {**fine, "MA_YCAU_KNAI": "0"},
            "request_unknown",
            "MA_YCAU_KNAI khác",
        ),
        ("DL-610", {**fine, "MA_LOAI_HSO": "LA"}, "wrong_type", "MA_LOAI_HSO lạ"),
    ]
    for cited, content, name, what in wrong:
        answered(t, cited, await say(t, PAPER, content), name, what)


@shows(SERVER, "DL-607")
async def a_paper_that_is_too_large_is_refused(t: Trial) -> None:
    """Giấy tờ lớn hơn 10 MiB: tệp không đọc được."""
    number = str((await handed_over(t, papers=1)).content["MA_HOSO_DVC"])
    large = CONTENT + bytes(10 * MIB)
    said = await say(t, PAPER, paper(t, number, large))
    answered(t, "DL-607", said, "unreadable_file", "giấy tờ lớn hơn 10 MiB")


@shows(SERVER, "DL-201", "DL-701", "DL-702", "DL-704")
async def progress_is_told(t: Trial) -> None:
    """Trả lời tra cứu đúng khuôn, đúng hồ sơ, chưa có mã khách hàng trước HT."""
    said = await handed_over(t)
    number, own = str(said.content["MA_HOSO_DVC"]), said.number
    if not own:
        raise NotTried("yêu cầu được nhận nhưng không có MA_YCAU_KNAI")
    found = await say(t, PROGRESS, envelope(t, number))
    json_ = found.answer.content is not None
    t.holds("DL-201", json_, f"{PROGRESS}: {found.shown}, không phải JSON")
    if not t.holds(
        "DL-701", found.name == "found", f"tra cứu hồ sơ đã gửi: {found.shown}"
    ):
        return
    wrong = t.wrong("LayChiTietTienDo.reply", found.content)
    if not t.holds("DL-701", not wrong, f"sai khuôn ở {', '.join(wrong)}"):
        return
    right = found.content.get("MA_HOSO_DVC") == number and found.number == own
    t.holds(
        "DL-702", right, "MA_HOSO_DVC hoặc MA_YCAU_KNAI không phải của hồ sơ đã hỏi"
    )
    ended = any(
        row.get("MA_CVIEC") == "HT" and row.get("NGAY_KTHUC")
        for row in found.content["TIEN_DO"]
    )
    early = bool(found.content.get("MA_KHANG")) and not ended
    t.holds("DL-704", not early, "cấp điện mới có MA_KHANG trước khi HT xong")


@shows(SERVER, "DL-201", "DL-1001", "DL-1002", "DL-1006")
async def what_nobody_asked_for_is_not_taken(t: Trial) -> None:
    """Bổ sung khi không ai yêu cầu, và bổ sung không có gì."""
    number = str((await handed_over(t)).content["MA_HOSO_DVC"])
    fine = {**envelope(t, number, NOI_DUNG="Bổ sung thử"), "DS_MA_BAM": []}
    said = await say(t, SUPPLEMENT, fine)
    json_ = said.answer.content is not None
    t.holds("DL-201", json_, f"{SUPPLEMENT}: {said.shown}, không phải JSON")
    answered(t, "DL-1001", said, "nothing_asked", "không ai yêu cầu bổ sung")
    said = await say(t, SUPPLEMENT, {**fine, "DS_MA_BAM": ["f" * 64]})
    what = "không ai yêu cầu, giấy tờ chưa gửi"
    answered(t, "DL-1006", said, "nothing_asked", what)
    said = await say(t, SUPPLEMENT, without(fine, "NOI_DUNG"))
    answered(t, "DL-1002", said, "missing_field", "không có lời, không có giấy tờ")


@shows(SERVER, "DL-201", "DL-1101", "DL-1102", "DL-1103", "DL-1104")
async def a_request_can_be_withdrawn(t: Trial) -> None:
    """Hủy được nhận khi chưa treo công tơ; hủy lại là bản trùng; thiếu lý do bị từ chối."""
    number = str((await handed_over(t, papers=1)).content["MA_HOSO_DVC"])
    reason = {"NGUYEN_NHAN": "Không còn nhu cầu (thử)"}
    said = await say(t, CANCEL, envelope(t, number))
    json_ = said.answer.content is not None
    t.holds("DL-201", json_, f"{CANCEL}: {said.shown}, không phải JSON")
    answered(t, "DL-1103", said, "missing_field", "hủy không ghi lý do")
    said = await say(t, CANCEL, envelope(t, t.number(), **reason))
    answered(t, "DL-1104", said, "request_unknown", "hủy hồ sơ chưa có yêu cầu")
    said = await say(t, CANCEL, envelope(t, number, **reason))
    if t.holds(
        "DL-1101", said.name in TAKEN, f"hủy khi chưa treo công tơ: {said.shown}"
    ):
        said = await say(t, CANCEL, envelope(t, number, NGUYEN_NHAN="Lý do khác"))
        answered(t, "DL-1102", said, "already_there", "hủy lại với lý do khác")


@shows(SERVER, "DL-802", "DL-801", "DL-1003", "DL-1004", "DL-1005")
async def papers_that_are_asked_for_are_taken(t: Trial) -> None:
    """Công ty yêu cầu bổ sung (chờ người của công ty); câu trả lời được nhận một lần."""
    number = str((await handed_over(t, "papers")).content["MA_HOSO_DVC"])
    await t.ask("papers", number)
    seen: list[Mapping[str, Any]] = []

    async def stopped() -> bool:
        seen[:] = await rows(t, number)
        return any(row.get("MA_TNGAI") for row in seen)

    await t.until(stopped, f"trở ngại thiếu giấy tờ ở hồ sơ {number}")
    standing = [row for row in seen if row.get("MA_TNGAI")]
    open_ = any(not row.get("NGAY_KTHUC") for row in standing)
    t.holds("DL-802", open_, "dòng có trở ngại đang đứng đã có NGAY_KTHUC")
    bad = [row for row in seen if not _is_row(row)]
    t.holds(
        "DL-801",
        not bad,
        f"{len(bad)} dòng thiếu MA_CVIEC, SO_LAN hoặc NGAY_BDAU đọc được",
    )
    lacking = {**envelope(t, number), "DS_MA_BAM": ["f" * 64]}
    said = await say(t, SUPPLEMENT, lacking)
    answered(t, "DL-1003", said, "papers_missing", "giấy tờ chưa gửi")
    fine = {**envelope(t, number, NOI_DUNG="Bổ sung thử"), "DS_MA_BAM": []}
    said = await say(t, SUPPLEMENT, fine)
    if t.holds("DL-1004", said.name in TAKEN, f"đang có yêu cầu bổ sung: {said.shown}"):
        said = await say(t, SUPPLEMENT, fine)
        answered(t, "DL-1005", said, "already_there", "gửi lại cùng MA_GIAODICH")
        said = await say(t, SUPPLEMENT, {**fine, "NOI_DUNG": "Lời khác"})
        answered(t, "DL-1005", said, "contradiction", "cùng MA_GIAODICH, nội dung khác")


def _is_row(row: Mapping[str, Any]) -> bool:
    """§8.1: what each row has."""
    turn = row.get("SO_LAN")
    counted = (isinstance(turn, int) and not isinstance(turn, bool)) or (
        isinstance(turn, str) and turn.isdigit()
    )
    return bool(row.get("MA_CVIEC")) and counted and is_moment(row.get("NGAY_BDAU"))


@shows(SERVER, "DL-1105")
async def after_the_meter_nothing_is_withdrawn(t: Trial) -> None:
    """Đã bắt đầu BTT (chờ người của công ty) thì không nhận hủy."""
    number = str((await handed_over(t, "meter")).content["MA_HOSO_DVC"])
    await t.ask("meter", number)

    async def hung() -> bool:
        return any(row.get("MA_CVIEC") == "BTT" for row in await rows(t, number))

    await t.until(hung, f"bước BTT của hồ sơ {number}")
    said = await say(t, CANCEL, envelope(t, number, NGUYEN_NHAN="Thử hủy muộn"))
    answered(t, "DL-1105", said, "too_late", "hủy khi đã bắt đầu BTT")


@shows(SERVER, "DL-1106")
async def after_the_end_nothing_is_taken(t: Trial) -> None:
    """Đã HT (chờ người của công ty) thì không nhận hủy, không nhận giấy tờ mới."""
    number = str((await handed_over(t, "finish")).content["MA_HOSO_DVC"])
    await t.ask("finish", number)

    async def ended() -> bool:
        return any(
            row.get("MA_CVIEC") == "HT" and row.get("NGAY_KTHUC")
            for row in await rows(t, number)
        )

    await t.until(ended, f"bước HT của hồ sơ {number}")
    said = await say(t, CANCEL, envelope(t, number, NGUYEN_NHAN="Thử hủy muộn"))
    answered(t, "DL-1106", said, "request_ended", "hủy khi đã HT")
    said = await say(t, PAPER, paper(t, number))
    answered(t, "DL-1106", said, "request_ended", "giấy tờ mới khi đã HT")


@shows(SERVER, "DL-205", "DL-1201")
async def calls_are_answered_over_tls(t: Trial) -> None:
    """Lời gọi được trả lời trong thời hạn; chứng thư được xem trước khi gửi gì."""
    await say(t, PROGRESS, envelope(t, t.number()))
