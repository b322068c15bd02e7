"""One Vietnamese sentence per finding: what to do, and who."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.reconciling.kinds import ENDED, Kind, Standing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from gateway.reconciling.kinds import Row

TITLES = {
    Kind.FINISHED_THERE: "Đã xong ở cơ quan, còn mở ở một cửa",
    Kind.WAITING_THERE: "Cơ quan đang chờ người dân, một cửa còn chạy",
    Kind.DIFFERS: "Hai bên ghi khác nhau",
    Kind.UNKNOWN_HERE: "Cơ quan có, một cửa không có",
    Kind.UNKNOWN_THERE: "Một cửa có, cơ quan không có",
    Kind.UNCLEAR: "Chưa rõ trạng thái",
    Kind.REPEATED: "Một mã ghi nhiều lần, nội dung khác nhau",
    Kind.AGREES: "Khớp",
}
#: What a sheet may be called has 31 characters.
SHORT = {
    Kind.FINISHED_THERE: "Quên bấm kết thúc",
    Kind.WAITING_THERE: "Quên bấm chờ",
    Kind.DIFFERS: "Ghi khác nhau",
    Kind.UNKNOWN_HERE: "Một cửa không có",
    Kind.UNKNOWN_THERE: "Cơ quan không có",
    Kind.UNCLEAR: "Chưa rõ trạng thái",
    Kind.REPEATED: "Trùng mã",
    Kind.AGREES: "Khớp",
}
MEANINGS = {
    Kind.FINISHED_THERE: "Quên bấm «Kết thúc»: việc đã xong nhưng hệ thống vẫn tính ngày.",
    Kind.WAITING_THERE: "Quên bấm «Chờ bổ sung»: ngày chờ người dân đang bị tính vào hạn.",
    Kind.DIFFERS: "Ngày, trạng thái, nơi đang ở hoặc chủ hồ sơ không thể cùng đúng.",
    Kind.UNKNOWN_HERE: "Mã chỉ có trong danh sách của cơ quan.",
    Kind.UNKNOWN_THERE: "Mã chỉ có trong danh sách của một cửa.",
    Kind.UNCLEAR: "Từ chỉ trạng thái chưa được giải nghĩa: không đoán, chờ anh/chị chỉ rõ.",
    Kind.REPEATED: "Không hàng nào được tự chọn là đúng.",
    Kind.AGREES: "Hai bên ghi như nhau, không cần làm gì.",
}
LATE_ON_PAPER = "quá hạn trên hệ thống, đã giải quyết xong"
OFFICIAL = "Hệ thống thông tin giải quyết TTHC (một cửa)"
_ENDS = {
    Standing.FINISHED: "đã giải quyết xong",
    Standing.REFUSED: "đã từ chối",
    Standing.WITHDRAWN: "ghi người nộp đã rút hồ sơ",
    Standing.WAITING: "đang chờ người dân",
    Standing.OPEN: "đang giải quyết",
}


_BEGINNING = re.compile(r"(?:^|(?<=[.] ))\w")


@dataclass(frozen=True, slots=True)
class Names:
    """What the two sides are called."""

    ours: str
    theirs: str


def capitalised(text: str) -> str:
    """Sentences that begin with a capital letter, whatever the sides are called."""
    return _BEGINNING.sub(lambda first: first[0].upper(), text)


def _on(day: date | None) -> str:
    return f" ngày {day:%d/%m/%Y}" if day else " (danh sách không ghi ngày)"


def finished_there(here: Row, there: Row, names: Names) -> str:
    """Forgotten *kết thúc*."""
    return (
        f"{names.theirs} đã giải quyết xong{_on(there.ended)}; {names.ours} còn ghi"
        f" «{here.word}». Bộ phận một cửa kiểm tra đã nhận kết quả rồi bấm «Kết thúc»."
    )


def waiting_there(here: Row, there: Row, names: Names) -> str:
    """Forgotten *chờ bổ sung*."""
    return (
        f"{names.theirs} đang chờ người dân («{there.word}»); {names.ours} còn ghi"
        f" «{here.word}» và vẫn tính ngày. Bộ phận một cửa báo người nộp và bấm"
        " «Chờ bổ sung», ghi đúng ngày bắt đầu chờ."
    )


def unknown_here(there: Row, names: Names) -> str:
    """Only the agency knows it."""
    if there.standing in ENDED:
        return (
            f"{names.theirs} {_ENDS[_sure(there)]}{_on(there.ended)}. Bộ phận một cửa"
            " kiểm tra danh sách đã xuất đủ khoảng ngày chưa; nếu đủ, hồ sơ được nộp"
            f" thẳng ở {names.theirs}, không phải làm gì."
        )
    return (
        f"{names.theirs} {_ENDS[_sure(there)]}. Bộ phận một cửa kiểm tra hồ sơ đã nhập"
        " vào hệ thống chưa (nhận giấy, ghi mã khác) hoặc danh sách xuất thiếu ngày."
    )


def unknown_there(here: Row, names: Names) -> str:
    """Only the one-stop knows it."""
    if here.standing in ENDED:
        return (
            f"{names.ours} {_ENDS[_sure(here)]}{_on(here.ended)}. Không phải làm gì nếu"
            f" {names.theirs} chỉ xuất hồ sơ đang giải quyết; nếu không, gọi"
            f" {names.theirs} hỏi mã."
        )
    return (
        f"{names.ours} {_ENDS[_sure(here)]} nhưng {names.theirs} không có mã này. Bộ"
        f" phận một cửa gọi {names.theirs} hỏi đã nhận hồ sơ chưa; chưa nhận thì chuyển"
        " lại ngay."
    )


def standings(here: Row, there: Row, names: Names) -> str:
    """Two states that cannot both be; empty: they can."""
    if here.standing is there.standing:
        return ""
    said = (
        f"{names.ours} {_ENDS[_sure(here)]} («{here.word}»), {names.theirs}"
        f" {_ENDS[_sure(there)]} («{there.word}»)."
    )
    if here.standing is Standing.WAITING and there.standing is Standing.OPEN:
        return f"{said} Nếu người dân đã bổ sung, bộ phận một cửa bấm «Tiếp tục»."
    if here.standing not in ENDED:
        return f"{said} Bộ phận một cửa xem văn bản của {names.theirs} rồi cập nhật."
    if there.standing not in ENDED:
        return f"{said} {names.theirs} kiểm tra, quên bấm thì kết thúc bên mình."
    return f"{said} Hai bên gọi nhau thống nhất, bên ghi sai sửa lại."


def late_on_paper(here: Row, there: Row, days: int, names: Names) -> str:
    """The work was done in time; only the screen says otherwise."""
    due = here.due or there.due
    return (
        f"{LATE_ON_PAPER[0].upper()}{LATE_ON_PAPER[1:]}: {names.theirs} xong"
        f"{_on(there.ended)}, hẹn trả{_on(due)}, hệ thống tính quá hạn {days} ngày."
    )


def unclear(ours: Sequence[Row], theirs: Sequence[Row], names: Names) -> str:
    """A status word that nobody has explained."""
    words = [
        f"{name} ghi «{row.word or 'để trống'}»"
        for name, rows in ((names.ours, ours), (names.theirs, theirs))
        for row in rows
        if row.standing is None
    ]
    absent = "" if ours and theirs else f" ({_absent(ours, names)} không có mã này)"
    return (
        f"{'; '.join(words)}: chưa rõ nghĩa{absent}. Người lập danh sách cho biết từ này"
        " là đang giải quyết, chờ người dân, đã xong, từ chối hay rút; ghi vào bảng ánh"
        " xạ rồi đối soát lại."
    )


def _absent(ours: Sequence[Row], names: Names) -> str:
    return names.theirs if ours else names.ours


def repeated(ours: Sequence[Row], theirs: Sequence[Row], names: Names) -> str:
    """A list says two things of one code."""
    told = [
        f"{name} ghi {len(rows)} lần, nội dung khác nhau ({', '.join(r.at for r in rows)})"
        for name, rows in ((names.ours, ours), (names.theirs, theirs))
        if len(rows) > 1
    ]
    return (
        f"{'; '.join(told)}. Bên lập danh sách xác nhận hàng nào đúng, bỏ hàng sai rồi"
        " đối soát lại."
    )


def _sure(row: Row) -> Standing:
    """The standing of a row that has one."""
    return row.standing or Standing.OPEN
