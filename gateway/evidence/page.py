"""The printable page of a package: what happened, what was checked, how to check."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

from gateway.domain.delivering_words import party, said, what
from gateway.domain.evidence import fingerprint
from gateway.domain.legal_day import VIETNAM
from gateway.evidence.packing import DELETED, LEFT_OUT_WORDS, Gathered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_STYLE = (
    "@page{size:A4;margin:18mm 15mm}body{font:11pt/1.4 'Times New Roman','Liberation"
    " Serif',serif;color:#000;max-width:180mm;margin:0 auto;padding:4mm}h1{font-size:15pt;"
    "text-align:center;margin:0 0 2mm}h2{font-size:12pt;margin:6mm 0 2mm}table{border-"
    "collapse:collapse;width:100%;font-size:9.5pt}th,td{border:.3mm solid #444;padding:1mm"
    " 1.5mm;text-align:left;vertical-align:top}th{background:#eee}tr{break-inside:avoid}"
    "thead{display:table-header-group}.n{text-align:right}code{font:8.5pt 'Liberation Mono"
    "',monospace;overflow-wrap:anywhere}dl{display:grid;grid-template-columns:45mm 1fr;"
    "margin:0}dd{margin:0}.soft{color:#333;font-size:9.5pt}"
)
_HOW = (
    (
        "Lấy công cụ kiểm tra từ nơi khác với gói này: trung tâm vận hành đưa (lệnh lienthong"
        " verify --script) hoặc tệp kiem-tra.py của một gói đã tin cậy. Chỉ cần Python 3.9 trở"
        " lên, không cần mạng, không cần phần mềm của cổng."
    ),
    (
        "Lấy vân tay khóa từ bản giấy mà trung tâm vận hành đã ghi và ký, hoặc từ địa chỉ công"
        " bố /v1/evidence-keys của cổng; không lấy ở trang này."
    ),
    (
        "Chạy: python3 kiem-tra.py GÓI.zip --fingerprint «VÂN TAY». Câu cuối cho biết gói còn"
        " nguyên hay chỗ đầu tiên không khớp."
    ),
)
_CHECKED = (
    (
        "Mọi dòng nhật ký của hồ sơ, từ dòng 1 đến dòng cuối là dòng ghi việc lập gói này: mỗi"
        " dòng mang giá trị băm của dòng trước, nên không thể sửa, đổi chỗ, bớt hay thêm dòng ở"
        " giữa mà không lộ."
    ),
    (
        "Mỗi dòng nằm dưới một niêm phong của nhật ký toàn cổng; mỗi niêm phong nằm dưới một gốc"
        " có chữ ký số của cổng. Bớt dòng ở cuối thì mất dòng ghi việc lập gói, dòng ấy đã nằm"
        " dưới một gốc đã ký."
    ),
    "Nội dung văn bản, tệp (nếu có trong gói) khớp giá trị băm ghi trong nhật ký lúc nhận.",
)


def printable(found: Gathered) -> str:
    """One HTML page that needs nothing else, for A4."""
    title = f"Bằng chứng giao nhận hồ sơ {found.number or found.dossier}"
    body = "".join(
        [
            f"<h1>{escape(title)}</h1>",
            _head(found),
            "<h2>1. Việc giao nhận</h2>",
            _events(found),
            "<h2>2. Hồ sơ ở đâu, từ lúc nào đến lúc nào</h2>",
            _custody(found),
            "<h2>3. Gói chứng minh điều gì</h2>",
            _list(_CHECKED),
            "<h2>4. Cách kiểm tra lại</h2>",
            _list(_HOW, "ol"),
            "<h2>5. Gói không có gì</h2>",
            _missing(found),
            "<h2>6. Gốc đã ký và khóa</h2>",
            _roots(found),
        ]
    )
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8"><meta name="viewport"'
        ' content="width=device-width"><meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body>{body}</body></html>\n"
    )


def _head(found: Gathered) -> str:
    rows = (
        ("Mã định danh ở cổng", found.dossier),
        ("Lập lúc", _moment(found.made_at)),
        ("Người lập", found.made_by),
        ("Số hiệu gói", found.package),
        ("Số dòng nhật ký", str(len(found.lines))),
        ("Nội dung hồ sơ", "kèm nguyên văn" if found.payloads else "không kèm"),
    )
    cells = "".join(f"<dt>{escape(n)}</dt><dd>{escape(v)}</dd>" for n, v in rows)
    return f"<dl>{cells}</dl>"


def _events(found: Gathered) -> str:
    rows = (
        (
            _moment(one.at),
            f"{said(one)}: {what(one)}",
            party(one.giver, found.names),
            party(one.receiver, found.names),
            str(one.line),
            one.digest[:16],
        )
        for one in found.events
    )
    heads = ("Lúc", "Việc", "Bên giao", "Bên nhận", "Dòng", "Giá trị băm (đầu)")
    return _table(heads, rows)


def _custody(found: Gathered) -> str:
    rows = (
        (
            str(one["name"]),
            _moment(datetime.fromisoformat(one["since"])),
            _moment(datetime.fromisoformat(one["until"])),
            _hours(int(one["minutes"])),
        )
        for one in found.custody
    )
    note = (
        '<p class="soft">Tính từ nhật ký theo lịch làm việc; khoảng cuối tính đến lúc lập'
        " gói nếu hồ sơ chưa kết thúc.</p>"
    )
    return _table(("Nơi", "Từ lúc", "Đến lúc", "Giờ làm việc"), rows) + note


def _missing(found: Gathered) -> str:
    gone = sum(part.state == DELETED for part in found.parts)
    said_ = [] if found.payloads else [f"{one}." for one in LEFT_OUT_WORDS]
    if gone:
        said_.append(
            f"{gone} nội dung đã xóa theo thời hạn lưu: còn giá trị băm trong nhật ký,"
            " không còn gì để đối chiếu."
        )
    if not found.payloads:
        said_.append("Tên, số giấy tờ, địa chỉ, điện thoại của người nộp hồ sơ.")
    return _list(said_ or ("Không bỏ gì: gói kèm mọi nội dung cổng đang giữ.",))


def _roots(found: Gathered) -> str:
    rows = (
        (
            str(one.root.number),
            _moment(one.root.at),
            ", ".join(each.key for each in one.signatures),
            _moment(one.stamp.at) if one.stamp else "chưa có dấu thời gian",
        )
        for one in found.covered.roots
    )
    used = {each.key for one in found.covered.roots for each in one.signatures}
    keys = "".join(
        f"<dt>{escape(one.id)}</dt><dd><code>{fingerprint(one.public)}</code></dd>"
        for one in found.keys
        if one.id in used
    )
    heads = ("Gốc số", "Ký lúc", "Khóa", "Dấu thời gian")
    return f"{_table(heads, rows)}<h2>Vân tay khóa</h2><dl>{keys}</dl>"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    return "".join(_pieces(heads, rows))


def _pieces(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield "<table><thead><tr>"
    yield from (f"<th>{escape(one)}</th>" for one in heads)
    yield "</tr></thead><tbody>"
    for row in rows:
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
    yield "</tbody></table>"


def _list(items: Iterable[str], kind: str = "ul") -> str:
    return f"<{kind}>{''.join(f'<li>{escape(one)}</li>' for one in items)}</{kind}>"


def _moment(at: datetime) -> str:
    return at.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M:%S")


def _hours(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours} giờ {rest:02d} phút"
