"""Writes the Word templates of ``gateway/paper/templates/``, so that they can be reviewed.

``python scripts/paper_templates.py`` writes them; ``tests/docs`` compares. A province
edits copies of the Word files, not this script.
"""

import io
import sys
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = ROOT / "gateway" / "paper" / "templates"
FONT = "Times New Roman"
CENTRE = WD_ALIGN_PARAGRAPH.CENTER
RIGHT = WD_ALIGN_PARAGRAPH.RIGHT
BOTH = WD_ALIGN_PARAGRAPH.JUSTIFY
#: As long as a line at 13 points: this sign is as wide as it is high.
LINE = "…" * 34
DATE = "……………, ngày …… tháng …… năm ………"
DATES = (
    "Tiếp nhận: {{ dossier.received_at }}. Hẹn trả: {{ dossier.due_on }}"
    "{% if dossier.due_before %} (ban đầu: {{ dossier.due_before }}){% endif %}"
)
#: A fixed day: the same script makes the same bytes.
MADE = datetime(2025, 1, 1, tzinfo=UTC)


def sheet(*, wide: bool = False) -> Document:
    """An empty A4 page with the margins of administrative documents."""
    document = docx.Document()
    style = document.styles["Normal"]
    style.font.name = FONT
    style.font.size = Pt(13)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    style.paragraph_format.space_after = Pt(4)
    style.paragraph_format.space_before = Pt(0)
    style.paragraph_format.line_spacing = 1.0
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    if wide:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = Mm(297), Mm(210)
        section.left_margin = Mm(20)
    section.top_margin = section.bottom_margin = Mm(20)
    section.header_distance = section.footer_distance = Mm(10)
    section.different_first_page_header_footer = True
    number = section.header.paragraphs[0]
    number.alignment = CENTRE
    _field(number, "PAGE")
    for footer in (section.footer, section.first_page_footer):
        write(
            footer.paragraphs[0],
            "In từ cổng liên thông lúc {{ printed_at }}. Chỗ có dấu chấm: cổng không có"
            " thông tin, ghi tay.",
            size=9,
            italic=True,
        )
    return document


def _field(paragraph: Paragraph, name: str) -> None:
    """A field that Word computes, such as the page number."""
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", name), ("end", "")):
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        run._r.append(mark)  # noqa: SLF001  the library offers no fields


def write(
    where: Paragraph | _Cell,
    text: str,
    *,
    bold: bool = False,
    italic: bool = False,
    underline: bool = False,
    size: float | None = None,
    align: Any = None,
) -> Paragraph:
    """Text in one run, as templates need it: a field must not be cut in two."""
    paragraph: Paragraph
    if isinstance(where, _Cell):
        first = where.paragraphs[0]
        paragraph = where.add_paragraph() if first.text else first
    else:
        paragraph = where
    run = paragraph.add_run(text)
    run.bold, run.italic, run.underline = bold, italic, underline
    if size:
        run.font.size = Pt(size)
    if align is not None:
        paragraph.alignment = align
    return paragraph


def say(document: Document, text: str, **how: Any) -> Paragraph:
    """A paragraph of its own."""
    return write(document.add_paragraph(), text, **{"align": BOTH, **how})


def grid(where: Document, widths: Iterable[float], rows: int = 1) -> Table:
    """A table without lines whose columns keep their widths, in millimetres."""
    sizes = [Mm(width) for width in widths]
    table: Table = where.add_table(rows=rows, cols=len(sizes))
    table.autofit = False
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    # Word goes by the cells, LibreOffice by the columns.
    for column, size in zip(table.columns, sizes, strict=True):
        column.width = size
    for row in table.rows:
        for cell, size in zip(row.cells, sizes, strict=True):
            cell.width = size
    return table


def lined(where: Document, widths: Iterable[float], heads: Iterable[str]) -> Table:
    """A table with lines; its head stands on every page."""
    sizes = list(widths)
    table = grid(where, sizes)
    table.style = "Table Grid"
    for cell, head in zip(table.rows[0].cells, heads, strict=True):
        write(cell, head, bold=True, size=11, align=CENTRE)
    mark = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(mark)  # noqa: SLF001
    return table


def row(table: Table, *, whole: bool = True) -> tuple[_Cell, ...]:
    """A further row with the widths of the first; ``whole`` rows stay on one page."""
    added = table.add_row()  # type: ignore[no-untyped-call]
    for cell, like in zip(added.cells, table.rows[0].cells, strict=True):
        cell.width = like.width
    if whole:
        mark = OxmlElement("w:cantSplit")
        added._tr.get_or_add_trPr().append(mark)  # noqa: SLF001
    return tuple(added.cells)


def control(table: Table, tag: str) -> None:
    """A row that only steers the template and is gone afterwards."""
    write(row(table)[0], tag)


def heading(
    document: Document,
    office: str,
    *,
    dated: bool = True,
    wide: float = 165,
    mark: str = "…………",
) -> None:
    """The name of the office beside the national heading, as circulars lay it out."""
    left_width = wide * 0.42
    table = grid(document, (left_width, wide - left_width))
    left, right = table.rows[0].cells
    label = "{% if form.label %}{{ form.label }}{% endif %}"
    write(left, label, size=10, italic=True)
    write(right, "", size=10)
    left, right = row(table)
    write(left, "………………………………", size=12, align=CENTRE)
    write(left, office, bold=True, size=12, align=CENTRE)
    write(left, "–––––––––", size=8, align=CENTRE)
    write(right, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", bold=True, size=12, align=CENTRE)
    write(
        right,
        "Độc lập - Tự do - Hạnh phúc",
        bold=True,
        underline=True,
        size=13,
        align=CENTRE,
    )
    if dated:
        left, right = row(table)
        write(left, f"Số: ………/{mark}", size=13, align=CENTRE)
        write(right, DATE, italic=True, size=13, align=CENTRE)


def title(document: Document, text: str = "{{ form.title|upper }}") -> None:
    """The title between two breaths."""
    paragraph = say(document, text, bold=True, size=14, align=CENTRE)
    paragraph.paragraph_format.space_before = Pt(14)
    paragraph.paragraph_format.space_after = Pt(10)


def signatures(
    document: Document, *blocks: tuple[str, str], wide: float = 165
) -> Table:
    """Blocks to sign in, side by side; the space above a name is left to the pen."""
    document.add_paragraph().paragraph_format.space_after = Pt(2)
    table = grid(document, [wide / len(blocks)] * len(blocks))
    for cell, (who, how) in zip(table.rows[0].cells, blocks, strict=True):
        write(cell, who, bold=True, size=13, align=CENTRE)
        write(cell, how, italic=True, size=12, align=CENTRE)
        for _ in range(4):
            cell.add_paragraph()
    mark = OxmlElement("w:cantSplit")
    table.rows[0]._tr.get_or_add_trPr().append(mark)  # noqa: SLF001
    return table


def subject(document: Document) -> None:
    """Whose dossier it is, with its code as a picture."""
    table = grid(document, (138, 27))
    left, right = table.rows[0].cells
    for line in (
        "Hồ sơ của: {{ dossier.applicant.name }}",
        "Địa chỉ: {{ dossier.applicant.address }}",
        "Số điện thoại: {{ dossier.applicant.phone }}",
        "Email: {{ dossier.applicant.email }}",
        "Nội dung yêu cầu giải quyết: {{ dossier.procedure }}",
        "Mã hồ sơ: {{ dossier.number }}",
        DATES,
    ):
        write(left, line)
    write(right, "{{ dossier.qr }}", align=RIGHT)


def reason(document: Document, name: str) -> None:
    """The agency's own words, or lines for the pen."""
    say(document, "{%p if " + name + " %}")
    say(document, "{{ " + name + " }}")
    say(document, "{%p else %}")
    for _ in range(3):
        say(document, LINE)
    say(document, "{%p endif %}")


def handover_list() -> Document:
    """Danh sách bàn giao hồ sơ."""
    document = sheet(wide=True)
    heading(document, "{{ giver|upper }}", dated=False, wide=262)
    title(document)
    say(
        document,
        "Bên giao: {{ giver }}. Bên nhận: {{ receiver }}."
        "{% if day %} Hồ sơ ngày {{ day }}.{% endif %}"
        "{% if contact %} Đầu mối bên nhận: {{ contact }}.{% endif %}",
        align=CENTRE,
    )
    widths = (10, 42, 42, 40, 25, 22, 81)
    heads = (
        *("STT", "Mã hồ sơ", "Người nộp hồ sơ", "Thủ tục", "Tiếp nhận", "Hẹn trả"),
        "Giấy tờ (bản chính / bản sao)",
    )
    table = lined(document, widths, heads)
    control(table, "{%tr for d in dossiers %}")
    cells = row(table, whole=False)
    write(cells[0], "{{ loop.index }}", size=11, align=CENTRE)
    write(cells[1], "{{ d.number }}", bold=True, size=11)
    write(cells[1], "{{ d.qr }}", size=11)
    write(cells[2], "{{ d.applicant.name }}", size=11)
    write(cells[3], "{{ d.procedure }}", size=11)
    write(cells[4], "{{ d.received_at }}", size=11)
    write(cells[5], "{{ d.due_on }}", size=11)
    write(cells[6], "{%p for s in d.sheets %}", size=11)
    write(
        cells[6],
        '{{ s.name }}: {{ s.originals if s.originals != "" else "……" }}'
        ' / {{ s.copies if s.copies != "" else "……" }}',
        size=11,
    )
    write(cells[6], "{%p endfor %}", size=11)
    write(
        cells[6],
        "{% if d.sheets %}Cộng: {{ d.originals }} / {{ d.copies }}{% else %}Một cửa không"
        " gửi danh mục giấy tờ.{% endif %}",
        bold=True,
        size=11,
    )
    control(table, "{%tr endfor %}")
    paragraph = say(
        document,
        "Tổng cộng: {{ count }} hồ sơ, {{ originals }} bản chính, {{ copies }} bản sao"
        "{% if uncounted or unlisted %} (chưa kể"
        "{% if uncounted %} {{ uncounted }} giấy tờ một cửa không ghi số bản chính"
        "{% endif %}{% if uncounted and unlisted %} và{% endif %}"
        "{% if unlisted %} {{ unlisted }} hồ sơ một cửa không gửi danh mục giấy tờ"
        "{% endif %}: đếm khi giao nhận){% endif %}.",
        bold=True,
    )
    paragraph.paragraph_format.space_before = Pt(6)
    say(
        document,
        "Giao nhận lúc …… giờ …… phút, ngày …… tháng …… năm ………; số thực nhận:"
        " ………… hồ sơ, ………… bản chính.",
    )
    signed = "(Ký, ghi rõ họ tên)"
    signatures(document, ("BÊN GIAO", signed), ("BÊN NHẬN", signed), wide=262)
    return document


def control_slip() -> Document:
    """Phiếu kiểm soát quá trình giải quyết hồ sơ."""
    document = sheet()
    heading(document, "{{ dossier.received_by|upper }}", dated=False)
    title(document)
    table = grid(document, (138, 27))
    left, right = table.rows[0].cells
    for line in (
        "Mã hồ sơ: {{ dossier.number }}",
        "Người nộp: {{ dossier.applicant.name }}",
        "Thủ tục: {{ dossier.procedure }}",
        "Cơ quan (bộ phận) giải quyết hồ sơ: {{ lead }}",
        'Cơ quan phối hợp giải quyết: {{ others|join("; ") if others else "không có" }}',
        DATES,
    ):
        write(left, line)
    write(right, "{{ dossier.qr }}", align=RIGHT)
    heads = (
        *("Tên cơ quan", "Thời gian giao, nhận hồ sơ"),
        *("Kết quả giải quyết (trước hạn, đúng hạn, quá hạn)", "Ghi chú"),
    )
    table = lined(document, (44, 66, 25, 30), heads)
    control(table, "{%tr for t in turns %}")
    cells = row(table)
    for line in (
        "{%p if t.giver == t.receiver %}",
        "Trong nội bộ: {{ t.giver }}",
        "{%p else %}",
        "1. Giao: {{ t.giver }}",
        "2. Nhận: {{ t.receiver }}",
        "{%p endif %}",
    ):
        write(cells[0], line, size=11)
    write(cells[1], "{{ t.at }}", size=11, align=CENTRE)
    write(cells[1], "Người giao: {{ t.giver_person }}", size=11)
    write(cells[1], "Người nhận: {{ t.receiver_person }}", size=11)
    write(cells[2], "{%p if t.outcome %}", size=11)
    write(cells[2], "{{ t.outcome }}", size=11, align=CENTRE)
    write(cells[2], "{%p endif %}", size=11)
    write(cells[3], "{%p if t.note %}", size=11)
    write(cells[3], "{{ t.note }}", size=11)
    write(cells[3], "{%p endif %}", size=11)
    write(cells[3], "{%p if t.until %}", size=11)
    write(cells[3], "Giữ đến {{ t.until }}", size=11)
    write(cells[3], "{%p endif %}", size=11)
    write(cells[3], "", size=11)
    control(table, "{%tr endfor %}")
    control(table, "{%tr if open %}")
    for _ in range(2):
        cells = row(table)
        write(cells[0], "1. Giao: ………………", size=11)
        write(cells[0], "2. Nhận: ………………", size=11)
        when = "…… giờ …… phút, ngày …/…/……"
        write(cells[1], when, size=11, align=CENTRE)
        write(cells[1], "Người giao: …………………………", size=11)
        write(cells[1], "Người nhận: …………………………", size=11)
    control(table, "{%tr endif %}")
    say(document, "{%p if ending %}")
    say(document, "Kết thúc: {{ ending }}.", bold=True)
    say(document, "{%p endif %}")
    say(document, "{%p if marks %}")
    say(document, "Các mốc khác được báo về cổng liên thông:", bold=True)
    say(document, "{%p for m in marks %}")
    say(document, "- {{ m.at }}, {{ m.office }}: {{ m.what }}", size=12)
    say(document, "{%p endfor %}")
    say(document, "{%p endif %}")
    return document


def supplement_request() -> Document:
    """Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ."""
    document = sheet()
    heading(document, "{{ agency|upper }}")
    title(document)
    subject(document)
    say(document, "Yêu cầu hoàn thiện hồ sơ gồm những nội dung sau:", bold=True)
    say(document, "{%p for r in requests %}")
    say(document, "{{ loop.index }}. {{ r.agency }}, {{ r.asked_at }}:")
    reason(document, "r.reason")
    say(document, "{%p endfor %}")
    say(document, "Thời hạn bổ sung: ……………………………………")
    say(
        document,
        "Trong quá trình hoàn thiện hồ sơ nếu có vướng mắc, Ông (Bà) liên hệ với"
        " {{ contact }} để được hướng dẫn./.",
    )
    signed = "(Ký, ghi rõ họ tên)"
    signatures(document, ("NGƯỜI NỘP HỒ SƠ", signed), ("NGƯỜI HƯỚNG DẪN", signed))
    return document


def intake_refusal() -> Document:
    """Phiếu từ chối tiếp nhận giải quyết hồ sơ."""
    document = sheet()
    heading(document, "{{ agency|upper }}")
    title(document)
    subject(document)
    say(
        document,
        "Qua xem xét, {{ agency }} thông báo không tiếp nhận, giải quyết hồ sơ này"
        " (từ chối lúc {{ refused_at }}) với lý do cụ thể như sau:",
    )
    reason(document, "reason")
    say(document, "Xin thông báo để Ông (Bà) được biết và thực hiện./.")
    signed = "(Ký, ghi rõ họ tên)"
    signatures(document, ("NGƯỜI NỘP HỒ SƠ", signed), ("NGƯỜI TIẾP NHẬN HỒ SƠ", signed))
    return document


def refusal() -> Document:
    """Thông báo từ chối giải quyết hồ sơ."""
    document = sheet()
    heading(document, "{{ agency|upper }}")
    title(document)
    say(document, "Kính gửi: {{ dossier.applicant.name }}", align=CENTRE)
    subject(document)
    say(
        document,
        "Qua xem xét, {{ agency }} thông báo không giải quyết hồ sơ này (từ chối lúc"
        " {{ refused_at }}) với lý do cụ thể như sau:",
    )
    reason(document, "reason")
    say(document, "Hồ sơ được trả lại Ông (Bà) kèm theo thông báo này./.")
    _signed_by_head(document)
    return document


def apology() -> Document:
    """Văn bản xin lỗi và đề nghị gia hạn; phiếu xin lỗi và hẹn lại before 2025."""
    document = sheet()
    heading(document, "{{ agency|upper }}")
    title(document)
    say(document, "Kính gửi: {{ dossier.applicant.name }}", align=CENTRE)
    subject(document)
    say(
        document,
        "Theo giấy tiếp nhận, hồ sơ của Ông (Bà) được hẹn trả kết quả ngày"
        " {{ dossier.due_on }}. Tuy nhiên, {{ agency }} chưa giải quyết xong hồ sơ đúng"
        " thời hạn với lý do:",
    )
    reason(document, "reason")
    say(
        document,
        "Sự chậm trễ này đã gây phiền hà cho Ông (Bà). {{ agency }} xin lỗi Ông (Bà), đề"
        " nghị được gia hạn thời gian giải quyết và hẹn trả kết quả vào ngày"
        " {{ new_due_on }}.",
    )
    say(document, "Mong nhận được sự thông cảm của Ông (Bà)./.")
    _signed_by_head(document)
    return document


def _signed_by_head(document: Document, copy: str = "- Bộ phận Một cửa;") -> None:
    document.add_paragraph().paragraph_format.space_after = Pt(2)
    left, right = grid(document, (72, 93)).rows[0].cells
    write(left, "Nơi nhận:", bold=True, italic=True, size=12)
    for line in filter(None, ("- Như trên;", copy, "- Lưu: ……………")):
        write(left, line, size=11)
    write(right, "THỦ TRƯỞNG CƠ QUAN, ĐƠN VỊ", bold=True, align=CENTRE)
    write(right, "(Ký, ghi rõ họ tên, đóng dấu)", italic=True, size=12, align=CENTRE)
    for _ in range(4):
        right.add_paragraph()


def prefilled_slip() -> Document:
    """Phiếu chuyển thông tin, filled in as far as the dossier goes."""
    document = sheet()
    heading(document, "{{ issuer|upper }}", mark="PCTT")
    title(document)
    say(document, "Kính gửi: {{ receiver }}", align=CENTRE)
    _part(document, "I. THÔNG TIN VỀ HỒ SƠ THỦ TỤC HÀNH CHÍNH")
    left, right = grid(document, (138, 27)).rows[0].cells
    for line in (
        "1. Mã số hồ sơ: {{ dossier.number }}",
        "2. Ngày nhận đủ hồ sơ hợp lệ: {{ complete_on }}",
        "3. Thủ tục: {{ dossier.procedure }}",
        "4. Căn cứ pháp lý: {{ basis }}; ………………………",
        "5. Nơi tiếp nhận: {{ dossier.received_by }}",
        "6. Người nộp hồ sơ: {{ dossier.applicant.name }}",
        "Điện thoại: {{ dossier.applicant.phone }}",
    ):
        write(left, line)
    write(right, "{{ dossier.qr }}", align=RIGHT)
    _part(
        document,
        "II. NGƯỜI SỬ DỤNG ĐẤT, CHỦ SỞ HỮU TÀI SẢN GẮN LIỀN VỚI ĐẤT",
        "{%p for h in holders %}",
        "{{ loop.index }}. Tên: {{ h.name }}",
        "Địa chỉ: {{ h.address }}",
        "Mã số thuế, số định danh cá nhân hoặc giấy tờ khác: {{ h.identity }}"
        "{% if h.identity_kind %} ({{ h.identity_kind }}){% endif %};"
        " ngày, năm sinh (cá nhân): {{ h.birth }}",
        "{%p endfor %}",
    )
    _land_and_deed(document)
    _part(
        document,
        "V. TÀI SẢN GẮN LIỀN VỚI ĐẤT",
        "Loại nhà, công trình: ……………………; cấp (hạng): …………; năm hoàn thành: ………",
        "Diện tích xây dựng: …………………… m²; diện tích sàn: …………………… m²",
    )
    _part(
        document,
        "VI. MIỄN, GIẢM NGHĨA VỤ TÀI CHÍNH",
        "{%p for e in exemptions %}",
        "Đối tượng, loại miễn, giảm: {{ e.kind }}",
        "Lý do, căn cứ theo hồ sơ: {{ e.reason }}",
        *_unsaid("đề nghị miễn, giảm"),
    )
    signatures(
        document,
        ("NGƯỜI LẬP PHIẾU", "(Ký, ghi rõ họ tên)"),
        ("{{ issuer|upper }}", "(Ký, ghi rõ họ tên, chức vụ, đóng dấu)"),
    )
    return document


def _land_and_deed(document: Document) -> None:
    _part(
        document,
        "III. THÔNG TIN VỀ ĐẤT",
        "{%p for p in parcels %}",
        "{{ loop.index }}. Thửa đất số: {{ p.number }}; tờ bản đồ số: {{ p.sheet }};"
        " diện tích: {{ p.area_m2 }} m² (sử dụng riêng: ……… m²; sử dụng chung: ……… m²)",
        "Địa chỉ: {{ p.address }}; xã (phường): {{ p.commune }}",
        "Nguồn gốc sử dụng đất: …………………………………………………",
        "Mục đích sử dụng đất: …………………………; thời hạn sử dụng: …………………",
        "{%p endfor %}",
        "{%p for c in certificates %}",
        "Giấy chứng nhận đã cấp: số phát hành {{ c.serial }}; số vào sổ {{ c.number }};"
        " ngày cấp {{ c.issued_on }}; nơi cấp {{ c.issued_by }}",
        *_unsaid("Giấy chứng nhận đã cấp"),
    )
    _part(
        document,
        "IV. CHUYỂN QUYỀN SỬ DỤNG ĐẤT",
        "{%p for t in transfers %}",
        "Hình thức: {{ t.kind }}; giá ghi trong hợp đồng: {{ t.price }}",
        "Hợp đồng, văn bản số {{ t.contract_number }} ngày {{ t.contract_on }}; nơi công"
        " chứng, chứng thực: {{ t.notary }}",
        *_unsaid("việc chuyển quyền"),
    )


def non_receipt() -> Document:
    """Biên bản không nhận được phản hồi: each record with its line of the journal."""
    document = sheet()
    heading(document, "………………………………")
    title(document)
    say(document, "Mã hồ sơ: {{ number }}. Thủ tục: {{ procedure }}.")
    say(document, "Nơi tiếp nhận: {{ received_by }}.")
    say(
        document,
        "Cổng liên thông tự ghi các biên bản sau vào nhật ký của hồ sơ khi hết hạn chót;"
        " không ai sửa hay thêm được về sau mà không làm sai mã băm.",
    )
    say(document, "{%p for r in records %}")
    head = "{{ loop.index }}. {{ r.office }}: không nhận được «{{ r.expected }}»"
    _part(document, head)
    say(
        document,
        "Thời hạn: {{ r.term }}, hết lúc {{ r.due_at }}{% if r.hard %}; hạn chót thêm"
        " {{ r.hard }}, hết lúc {{ r.hard_at }}{% endif %}. Cổng lập biên bản lúc"
        " {{ r.noted_at }}.",
    )
    say(document, "{%p if r.source %}")
    say(
        document,
        "Căn cứ: {{ r.source }}{% if not r.verified %} (chưa đối chiếu với văn bản)"
        "{% endif %}.",
    )
    say(document, "{%p endif %}")
    _sent_and_asked(document)
    say(document, "{%p if r.answered %}")
    say(document, "Sau biên bản, đơn vị có phản hồi: {{ r.answered }}.")
    say(document, "{%p else %}")
    say(document, "Đến lúc in, đơn vị chưa có phản hồi nào sau biên bản.")
    say(document, "{%p endif %}")
    say(
        document,
        "Nhật ký: chuỗi {{ r.chain }}, dòng {{ r.position }}, {% if r.number %}số niêm"
        " phong {{ r.number }}{% else %}chưa niêm phong{% endif %}.",
        size=10,
    )
    for text in (
        "Mã băm dòng trước: {{ r.previous }}",
        "Mã băm dòng này: {{ r.digest }}",
        "Nguyên văn: {{ r.line }}",
    ):
        say(document, text, size=9, align=None)
    say(document, "{%p endfor %}")
    say(
        document,
        "Kiểm tra: mã băm dòng này là SHA-256 của các byte của mã băm dòng trước, nối với"
        " nguyên văn dòng (UTF-8).",
        size=10,
        italic=True,
    )
    signed = "(Ký, ghi rõ họ tên)"
    signatures(document, ("NGƯỜI IN BIÊN BẢN", signed), ("LÃNH ĐẠO ĐƠN VỊ", signed))
    return document


def _sent_and_asked(document: Document) -> None:
    say(document, "{%p if r.sent %}")
    table = lined(
        document,
        (38, 42, 35, 50),
        ("Đã gửi", "Lúc rời cổng", "Khi lập biên bản", "Mã lượt gửi; mã băm nội dung"),
    )
    control(table, "{%tr for s in r.sent %}")
    cells = row(table)
    texts = ("{{ s.what }}", "{{ s.at }}", "{{ s.known }}", "{{ s.message }}")
    for cell, text in zip(cells, texts, strict=True):
        write(cell, text, size=10)
    write(cells[3], "{%p if s.digest %}", size=10)
    write(cells[3], "{{ s.digest }}", size=8)
    write(cells[3], "{%p endif %}", size=10)
    write(cells[3], "", size=8)
    control(table, "{%tr endfor %}")
    say(document, "{%p else %}")
    say(document, "Cổng không ghi lượt gửi nào của phần việc này vào biên bản.")
    say(document, "{%p endif %}")
    say(document, "{%p for q in r.asked %}")
    say(
        document,
        "Đã hỏi lại về «{{ q.what }}»{% if q.at %} từ {{ q.at }}{% endif %}"
        "{% if q.times > 1 %}, {{ q.times }} lần{% endif %}: {{ q.answer }}.",
    )
    say(document, "{%p else %}")
    say(
        document,
        "Không có lượt gửi nào hỏi lại được qua hệ thống: hỏi bằng điện thoại.",
    )
    say(document, "{%p endfor %}")


def chase_letter() -> Document:
    """Công văn đôn đốc: no title, what it is about stands below its number."""
    document = sheet()
    heading(document, "{{ sender|upper }}")
    about = grid(document, (69, 96)).rows[0].cells[0]
    write(about, "V/v đôn đốc giải quyết hồ sơ liên thông", size=12, align=CENTRE)
    paragraph = say(document, "Kính gửi: {{ receiver }}", align=CENTRE, size=14)
    paragraph.paragraph_format.space_before = Pt(10)
    paragraph.paragraph_format.space_after = Pt(8)
    say(
        document,
        "Theo dữ liệu của cổng liên thông, {{ count }} hồ sơ sau đang ở Quý đơn vị và chưa"
        " có kết quả{% if late %}, trong đó {{ late }} hồ sơ đã quá ngày hẹn trả{% endif %}:",
    )
    heads = (
        *("STT", "Mã hồ sơ", "Thủ tục", "Ở đơn vị từ", "Hẹn trả kết quả"),
        "Đang chờ; đơn vị đã hẹn",
    )
    table = lined(document, (10, 38, 38, 22, 22, 35), heads)
    control(table, "{%tr for d in dossiers %}")
    cells = row(table)
    write(cells[0], "{{ loop.index }}", size=11, align=CENTRE)
    write(cells[1], "{{ d.number }}", bold=True, size=11)
    write(cells[2], "{{ d.procedure }}", size=11)
    write(cells[3], "{{ d.since }}", size=11, align=CENTRE)
    write(
        cells[4],
        "{{ d.due_on }}{% if d.late %} (quá hạn){% endif %}",
        size=11,
        align=CENTRE,
    )
    write(
        cells[5],
        "Chờ {{ d.waits_for }}{% if d.promised_on %}; đã hẹn ngày {{ d.promised_on }}"
        "{% endif %}{% if d.chased %}; đã đôn đốc {{ d.chased }} lần{% endif %}",
        size=11,
    )
    control(table, "{%tr endfor %}")
    paragraph = say(
        document,
        "Đề nghị Quý đơn vị giải quyết, hoặc có văn bản nêu lý do chậm và ngày dự kiến có"
        " kết quả của từng hồ sơ, gửi về {{ sender }} trước ngày ……/……/………",
    )
    paragraph.paragraph_format.space_before = Pt(6)
    say(document, "{%p if contact %}")
    say(document, "Đầu mối của Quý đơn vị theo danh sách của tỉnh: {{ contact }}.")
    say(document, "{%p endif %}")
    say(document, "Trân trọng./.")
    _signed_by_head(document, "")
    return document


def due_soon() -> Document:
    """Danh sách hồ sơ sắp đến hạn và đã quá hạn: of one unit, by where each lies."""
    document = sheet()
    heading(document, "{{ unit|upper }}", dated=False)
    title(document)
    say(
        document,
        "{{ count }} hồ sơ hẹn trả đến hết ngày {{ until }} ({{ days }} ngày làm việc"
        " tới){% if overdue %}, trong đó {{ overdue }} hồ sơ đã quá hẹn trả{% endif %}.",
    )
    say(document, "{%p if left_out %}")
    say(
        document,
        "Danh sách quá dài: còn {{ left_out }} hồ sơ không in ở đây, xem trên cổng.",
    )
    say(document, "{%p endif %}")
    say(document, "{%p for here in offices %}")
    paragraph = say(document, "Đang ở: {{ here.office }}", bold=True)
    paragraph.paragraph_format.space_before = Pt(8)
    paragraph.paragraph_format.keep_with_next = True
    heads = ("STT", "Mã hồ sơ", "Thủ tục", "Hẹn trả", "Đang ở", "Từ ngày")
    table = lined(document, (10, 40, 40, 24, 29, 22), heads)
    control(table, "{%tr for d in here.dossiers %}")
    cells = row(table)
    write(cells[0], "{{ loop.index }}", size=11, align=CENTRE)
    write(cells[1], "{{ d.number }}", bold=True, size=11)
    write(cells[2], "{{ d.procedure }}", size=11)
    write(
        cells[3],
        "{{ d.due_on }}{% if d.late %} (quá hạn){% endif %}",
        size=11,
        align=CENTRE,
    )
    write(cells[4], "{{ d.place }}", size=11)
    write(cells[5], "{{ d.since }}", size=11, align=CENTRE)
    control(table, "{%tr endfor %}")
    say(document, "{%p endfor %}")
    return document


def _part(document: Document, head: str, *lines: str) -> None:
    """A part with its heading, which stays with what follows."""
    paragraph = say(document, head, bold=True)
    paragraph.paragraph_format.space_before = Pt(6)
    paragraph.paragraph_format.keep_with_next = True
    for line in lines:
        say(document, line)


def _unsaid(what: str) -> tuple[str, ...]:
    """The end of a list of what a dossier need not have."""
    line = f"Hồ sơ không ghi {what}; có thì ghi tay: {LINE[:18]}"
    return ("{%p else %}", line, "{%p endfor %}")


def reconciliation_minutes() -> Document:
    """Biên bản đối soát hồ sơ."""
    document = sheet(wide=True)
    heading(document, "………………………………", wide=262)
    title(document)
    say(
        document,
        "Đối soát với danh sách của {{ office }}, các đề xuất xác nhận từ ngày"
        " {{ first }} đến ngày {{ last }}: {{ count }} hồ sơ, trong đó {{ counted }} hồ"
        " sơ được tính theo ngày cơ quan ghi. Ngày đã ghi trên hệ thống và số liệu đã"
        " báo cáo không bị sửa; cột «Tính lại» là số liệu thứ hai.",
    )
    heads = (
        *("STT", "Mã hồ sơ", "Căn cứ", "Cơ quan ghi", "Hẹn trả", "Trên hệ thống"),
        *("Tính lại", "Ai xác nhận, lúc nào, lý do"),
    )
    table = lined(document, (10, 40, 66, 30, 22, 22, 22, 50), heads)
    control(table, "{%tr for r in rows %}")
    cells = row(table)
    for cell, text in zip(
        cells,
        (
            *("{{ loop.index }}", "{{ r.number }}", "{{ r.evidence }}"),
            *("{{ r.office_at }}", "{{ r.due_on }}", "{{ r.as_shown }}"),
            *("{{ r.as_counted }}", "{{ r.by }}, {{ r.decided_at }}"),
        ),
        strict=True,
    ):
        write(cell, text, size=10)
    write(cells[2], "Đề xuất: {{ r.kind }}; {{ r.state }}", size=10)
    write(cells[7], "{%p if r.rule %}", size=10)
    write(cells[7], "Theo quy tắc {{ r.rule }}", size=10)
    write(cells[7], "{%p endif %}", size=10)
    write(cells[7], "{%p if r.reason %}", size=10)
    write(cells[7], "{{ r.reason }}", size=10)
    write(cells[7], "{%p endif %}", size=10)
    write(cells[7], "", size=10)
    control(table, "{%tr endfor %}")
    signed = "(Ký, ghi rõ họ tên)"
    signatures(
        document,
        ("NGƯỜI LẬP", signed),
        ("ĐẠI DIỆN CƠ QUAN", signed),
        ("LÃNH ĐẠO TRUNG TÂM", signed),
        wide=262,
    )
    return document


def lateness_minutes() -> Document:
    """Biên bản xem xét ý kiến về hồ sơ quá hạn."""
    document = sheet(wide=True)
    heading(document, "………………………………", wide=262)
    title(document)
    say(
        document,
        "Các ý kiến được quyết định từ ngày {{ first }} đến ngày {{ last }}: {{ count }}"
        " hồ sơ, trong đó {{ upheld }} hồ sơ chậm được tính cho bên khác. Hồ sơ vẫn là"
        " quá hạn; số đo đếm được giữ nguyên, cột «Sau quyết định» là số liệu thứ hai.",
    )
    heads = (
        *("STT", "Mã hồ sơ", "Hẹn trả, kết thúc", "Ý kiến của đơn vị"),
        *("Giờ vượt", "Theo đo đếm", "Sau quyết định", "Ai quyết định, lúc nào, lý do"),
    )
    table = lined(document, (10, 40, 26, 60, 16, 36, 30, 44), heads)
    control(table, "{%tr for r in rows %}")
    cells = row(table)
    for cell, text in zip(
        cells,
        (
            *("{{ loop.index }}", "{{ r.number }}", "{{ r.due_on }}"),
            *("{{ r.office }}: {{ r.said }}", "{{ r.hours }}", "{{ r.measured }}"),
            *("{{ r.decided }}", "{{ r.by }}, {{ r.decided_at }}"),
        ),
        strict=True,
    ):
        write(cell, text, size=10)
    write(cells[2], "{{ r.ended_on }}", size=10)
    write(cells[3], "{%p if r.paper %}", size=10)
    write(cells[3], "Văn bản số {{ r.paper }}", size=10)
    write(cells[3], "{%p endif %}", size=10)
    write(cells[3], "", size=10)
    write(cells[7], "{%p if r.reason %}", size=10)
    write(cells[7], "{{ r.reason }}", size=10)
    write(cells[7], "{%p endif %}", size=10)
    write(cells[7], "", size=10)
    control(table, "{%tr endfor %}")
    signed = "(Ký, ghi rõ họ tên)"
    signatures(
        document,
        ("NGƯỜI LẬP", signed),
        ("LÃNH ĐẠO TRUNG TÂM", signed),
        wide=262,
    )
    return document


def conformance_minutes() -> Document:
    """Biên bản thử nghiệm kết nối."""
    document = sheet()
    heading(document, "………………………………")
    title(document)
    for line in (
        "1. Mục đích: {{ purpose }}",
        "2. Hệ thống được thử: {{ system }} của {{ agency }}; vai: {{ role }}.",
        (
            "3. Tài liệu giao diện: {{ document }}; bộ yêu cầu phiên bản {{ version }}, mã"
            " băm (SHA-256) của schema, danh mục và yêu cầu: {{ digest }}."
        ),
        "4. Bắt đầu thử: {{ tried_at }}; người thử: {{ by }}; nơi thử: {% if place %}"
        "{{ place }}{% else %}" + LINE[:24] + "{% endif %}.",
    ):
        say(document, line)
    _addresses(document)
    _messages_of(document)
    _results_of(document)
    signed = "(Ký, ghi rõ họ tên)"
    signatures(
        document,
        ("ĐẠI DIỆN CƠ QUAN", signed),
        ("ĐƠN VỊ VẬN HÀNH CỔNG", signed),
        ("NGƯỜI THỬ", signed),
    )
    return document


def _addresses(document: Document) -> None:
    """Where both sides are reached, and who answers for it."""
    say(document, "5. Địa chỉ, chứng thư, đầu mối", bold=True)
    for name, words in (
        ("address", "Hệ thống được thử: {{ address }}"),
        ("callback", "Bộ thử chờ lời gọi ở: {{ callback }}"),
        (
            "subject",
            (
                "Chứng thư TLS: cấp cho {{ subject }}; nơi cấp {{ issuer }}; hết hạn"
                " {{ ends }}"
            ),
        ),
    ):
        say(document, f"{{%p if {name} %}}")
        say(document, words)
        say(document, "{%p endif %}")
    say(document, "{%p for c in contacts %}")
    say(document, "Đầu mối của cơ quan: {{ c }}")
    say(document, "{%p endfor %}")
    say(document, "{%p if not contacts %}")
    say(document, f"Đầu mối của cơ quan: {LINE[:24]}")
    say(document, "{%p endif %}")


def _messages_of(document: Document) -> None:
    """Fields of each message, a table for each."""
    say(document, "6. Các trường của từng thông điệp", bold=True)
    say(document, "{%p for m in messages %}")
    say(document, "{{ m.name }}: {{ m.title }}", italic=True)
    table = lined(document, (46, 42, 17, 60), ("Trường", "Kiểu", "Bắt buộc", "Ý nghĩa"))
    control(table, "{%tr for f in m.rows %}")
    cells = row(table)
    required = "{% if f.required %}có{% else %}không{% endif %}"
    for cell, text in zip(
        cells,
        ("{{ f.name }}", "{{ f.kind }}", required, "{{ f.meaning }}"),
        strict=True,
    ):
        write(cell, text, size=9)
    control(table, "{%tr endfor %}")
    say(document, "{%p endfor %}")


def _results_of(document: Document) -> None:
    """Each requirement with its verdict, and who attested what."""
    say(document, "7. Kết luận từng yêu cầu", bold=True)
    say(
        document,
        "{{ held }} đạt, {{ broken }} không đạt, {{ confirmed }} do người xác nhận,"
        " {{ untried }} chưa thử. Kết luận chung: {{ overall }}.",
    )
    heads = ("Số", "Mục", "Mức", "Yêu cầu", "Kết luận")
    table = lined(document, (21, 13, 15, 70, 46), heads)
    control(table, "{%tr for r in results %}")
    cells = row(table)
    for cell, text in zip(
        cells,
        (
            *("{{ r.number }}", "{{ r.section }}", "{{ r.level }}"),
            *("{{ r.requirement }}", "{{ r.verdict }}"),
        ),
        strict=True,
    ):
        write(cell, text, size=10)
    write(cells[4], "{%p if r.why %}", size=10)
    write(cells[4], "{{ r.why }}", size=9)
    write(cells[4], "{%p endif %}", size=10)
    write(cells[4], "", size=9)
    control(table, "{%tr endfor %}")
    say(document, "8. Yêu cầu do người xác nhận", bold=True)
    say(document, "{%p for a in attested %}")
    say(
        document,
        "{{ a.number }}: {{ a.requirement }} Người xác nhận: {{ a.by }}, {{ a.on }}."
        "{% if a.note %} {{ a.note }}{% endif %}",
    )
    say(document, "{%p endfor %}")
    say(document, "{%p if not attested %}")
    say(document, "Không có.")
    say(document, "{%p endif %}")
    say(document, "{%p if first %}")
    say(
        document,
        "Hồ sơ thử để lại ở hệ thống được thử: từ {{ first }} đến {{ last }}. Thông tin"
        " trong hồ sơ thử là giả định, không phải của người có thật.",
    )
    say(document, "{%p endif %}")


MADE_BY: dict[str, Callable[[], Document]] = {
    "handover-list": handover_list,
    "control-slip": control_slip,
    "supplement-request": supplement_request,
    "intake-refusal": intake_refusal,
    "refusal": refusal,
    "apology": apology,
    "prefilled-slip": prefilled_slip,
    "non-receipt": non_receipt,
    "chase-letter": chase_letter,
    "due-soon": due_soon,
    "reconciliation-minutes": reconciliation_minutes,
    "lateness-minutes": lateness_minutes,
    "conformance-minutes": conformance_minutes,
}


def packed(document: Document) -> bytes:
    """The document as the same bytes each time."""
    properties = document.core_properties
    properties.author = properties.last_modified_by = ""
    properties.title = properties.comments = ""
    properties.created = properties.modified = MADE.replace(tzinfo=None)
    first = io.BytesIO()
    document.save(first)
    made = io.BytesIO()
    with (
        zipfile.ZipFile(first) as source,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in sorted(source.namelist(), key=_package_order):
            entry = zipfile.ZipInfo(name, MADE.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return made.getvalue()


def _package_order(name: str) -> tuple[bool, str]:
    """Readers look for the list of content types first."""
    return (name != "[Content_Types].xml", name)


def main() -> None:
    """Write every template."""
    TEMPLATES.mkdir(exist_ok=True)
    for name, made in MADE_BY.items():
        (TEMPLATES / f"{name}.docx").write_bytes(packed(made()))
        sys.stdout.write(f"gateway/paper/templates/{name}.docx\n")


if __name__ == "__main__":
    main()
