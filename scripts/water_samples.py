"""Writes the template and the samples of ``schemas/agencies/water/``, byte for byte anew.

``python scripts/water_samples.py`` writes them; a test compares. Everything in them is
invented; what they show is told in docs/agencies/water.md, sections 5, 10 and 11.
"""

import csv
import hashlib
import io
import json
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "schemas" / "agencies" / "water"
LISTS = tomllib.loads((FOLDER / "danh_muc.toml").read_text("utf-8"))
#: A fixed day: the same script makes the same bytes.
MADE = datetime(2025, 1, 1, tzinfo=UTC)
COMPANY, GATEWAY = "CN-MAU-01", "H00.LT.01"
FIRST, SECOND = "H00.99.01-260310-0001", "H00.99.01-260310-0002"
THIRD = "H00.99.01-260309-0007"

Row = Mapping[str, str]
Cells = Sequence[Sequence[str]]


def columns(table: str) -> list[dict[str, str]]:
    """The columns of a table, in order."""
    return [column for column in LISTS["column"] if column["table"] == table]


def codes(table: str) -> list[str]:
    """Their codes."""
    return [column["code"] for column in columns(table)]


def headings(table: str) -> list[str]:
    """Their headings."""
    return [column["heading"] for column in columns(table)]


def laid_out(rows: Iterable[Row], names: Sequence[str]) -> list[list[str]]:
    """Rows as cells in the order of the columns."""
    return [[row.get(name, "") for name in names] for row in rows]


# ---------------------------------------------------------------- writing


def comma_text(cells: Cells, separator: str = ";", end: str = "\r\n") -> str:
    """A CSV."""
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=separator, lineterminator=end).writerows(cells)
    return written.getvalue()


def bom(text: str) -> bytes:
    """UTF-8 with a BOM."""
    return text.encode("utf-8-sig")


def workbook(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    """An .xlsx without the moment when it was made."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        book.set_properties({"created": MADE})
        fill(book)
    return target.getvalue()


def sheet(
    book: xlsxwriter.Workbook, name: str, cells: Cells, top: int = 0
) -> Worksheet:
    """A sheet whose cells are text."""
    page = book.add_worksheet(name)
    as_text = book.add_format({"num_format": "@"})
    bold = book.add_format({"bold": True, "bg_color": "#E7EDF2", "border": 1})
    for place in range(len(cells[0])):
        page.set_column(place, place, 22, as_text)
    for number, row in enumerate(cells):
        for place, value in enumerate(row):
            look = bold if number == 0 else as_text
            page.write_string(top + number, place, value, look)
    return page


def one_sheet(name: str, cells: Cells, top: int = 0) -> bytes:
    """An .xlsx of one sheet."""
    return workbook(lambda book: void(sheet(book, name, cells, top)))


def void(_: object) -> None:
    """Nothing is wanted of it."""


def template() -> bytes:
    """What a clerk fills: text cells, and states to choose from."""
    states = [[row["text"], row["code"]] for row in LISTS["state"]]

    def fill(book: xlsxwriter.Workbook) -> None:
        page = sheet(book, "TRA_LOI", [headings("TRA_LOI")])
        page.freeze_panes(1, 1)
        sheet(book, "DANH_MUC", [["Trạng thái", "Mã"], *states])
        place = codes("TRA_LOI").index("TRANG_THAI")
        choice = {
            "validate": "list",
            "source": f"=DANH_MUC!$A$2:$A${len(states) + 1}",
            "error_title": "Trạng thái",
            "error_message": "Chọn trong danh sách.",
        }
        page.data_validation(1, place, 5000, place, choice)

    return workbook(fill)


def paper(text: str) -> bytes:
    """A PDF of one page that says that it is invented."""
    drawing = f"BT /F1 16 Tf 72 720 Td (MAU - {text}) Tj ET"
    whole, places = "%PDF-1.4\n", []
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            " /Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        f"<< /Length {len(drawing)} >>\nstream\n{drawing}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    for place, content in enumerate(objects, start=1):
        places.append(len(whole))
        whole += f"{place} 0 obj\n{content}\nendobj\n"
    start = len(whole)
    whole += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    whole += "".join(f"{offset:010d} 00000 n \n" for offset in places)
    whole += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n"
    return f"{whole}startxref\n{start}\n%%EOF\n".encode()


def manifest(
    number: str, files: Mapping[str, bytes], rows: int, **more: object
) -> bytes:
    """The manifest of a lot; roles follow from the names."""
    to_company = number.startswith("YC")
    rest = "GIAY_TO" if to_company else "KET_QUA"
    told = {
        "phien_ban": 1,
        "loai": "YEU_CAU" if to_company else "TRA_LOI",
        "so_lo": number,
        "so_thu_tu": int(number.partition("-")[2]),
        "ben_gui": GATEWAY if to_company else COMPANY,
        "ben_nhan": COMPANY if to_company else GATEWAY,
        "lap_luc": "2026-03-10T08:00:00+07:00",
        "so_dong": rows,
        "tep": [
            {
                "ten": name,
                "vai_tro": "BANG" if name.endswith((".csv", ".xlsx")) else rest,
                "kich_thuoc": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            for name, content in files.items()
        ],
        **more,
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"


# ---------------------------------------------------------------- whole lots

REQUESTS: Sequence[Row] = (
    {
        "STT": "1",
        "MA_YEU_CAU": "YC.H00-0001",
        "LOAI": "MOI",
        "MA_HO_SO": FIRST,
        "LAN": "1",
        "MA_THU_TUC": "1.999020",
        "DICH_VU": "LAP_MOI",
        "NGAY_TIEP_NHAN": "10/03/2026",
        "HAN_TRA": "24/03/2026",
        "HO_TEN": "Nguyễn Văn Mẫu",
        "SO_GIAY_TO": "000000000001",
        "DIEN_THOAI": "0900000001",
        "DIA_CHI": "Số 1, đường Ví Dụ, xã Mẫu Một",
        "MA_XA": "99101",
        "NOI_LAP": "Số 1, đường Ví Dụ, xã Mẫu Một",
        "GIAY_TO": "YC-000018.001-01.pdf; YC-000018.001-02.pdf",
        "TEN_GIAY_TO": "Đơn đề nghị; Giấy tờ về chỗ ở hợp pháp",
    },
    {
        "STT": "2",
        "MA_YEU_CAU": "YC.H00-0002",
        "LOAI": "BO_SUNG",
        "MA_HO_SO": THIRD,
        "LAN": "1",
        "MA_THU_TUC": "1.999021",
        "DICH_VU": "DOI_TEN",
        "HAN_TRA": "18/03/2026",
        "HO_TEN": "Trần Thị Ví Dụ",
        "SO_HO_SO": "HS-26/0415",
        "SO_DANH_BO": "00000123456",
        "NOI_DUNG": "Người dân nộp thêm hợp đồng mua bán nhà.",
        "GIAY_TO": "YC-000018.002-01.pdf",
        "TEN_GIAY_TO": "Hợp đồng mua bán nhà",
    },
    {
        "STT": "3",
        "MA_YEU_CAU": "YC.H00-0003",
        "LOAI": "RUT",
        "MA_HO_SO": SECOND,
        "LAN": "1",
        "MA_THU_TUC": "1.999020",
        "DICH_VU": "LAP_MOI",
        "HO_TEN": "Công ty TNHH Mẫu",
        "NOI_DUNG": "=> Người dân không làm nữa.",
    },
)


def guarded(value: str) -> str:
    """A text that a spreadsheet program would compute, kept from it."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@")) else value


def requests() -> dict[str, bytes]:
    """A lot of three requests."""
    number = "YC-000018"
    cells = laid_out(REQUESTS, codes("YEU_CAU"))
    safe = [[guarded(value) for value in row] for row in cells]
    files = {
        f"{number}.csv": bom(comma_text([codes("YEU_CAU"), *safe])),
        f"{number}.xlsx": one_sheet("YEU_CAU", [headings("YEU_CAU"), *cells]),
        f"{number}.001-01.pdf": paper("DON DE NGHI"),
        f"{number}.001-02.pdf": paper("GIAY TO VE CHO O"),
        f"{number}.002-01.pdf": paper("HOP DONG MUA BAN"),
    }
    known = [row["MA_YEU_CAU"] for row in REQUESTS]
    files[f"{number}.json"] = manifest(number, files, len(cells), ma_yeu_cau=known)
    return files


def answer(number: str, state: str, day: str, **more: str) -> Row:
    """One row of an answer."""
    return {"MA_HO_SO": number, "TRANG_THAI": state, "NGAY": day, **more}


ANSWERS: Sequence[Row] = (
    answer(
        FIRST,
        "DA_TIEP_NHAN",
        "10/03/2026",
        MA_YEU_CAU="YC.H00-0001",
        GIO="14:05",
        SO_HO_SO="HS-26/0431",
        NGAY_HEN="20/03/2026",
    ),
    answer(FIRST, "KHAO_SAT", "12/03/2026", GIO="09:30"),
    answer(
        FIRST,
        "CHO_KHACH_HANG",
        "13/03/2026",
        SO_TIEN="1250000",
        NOI_DUNG="Đề nghị đến phòng khách hàng ký hợp đồng và nộp tiền.",
    ),
    answer(THIRD, "HOAN_THANH", "13/03/2026", TEP="TL-000005.002-01.pdf"),
)


def answers() -> dict[str, bytes]:
    """A program's lot."""
    number = "TL-000005"
    cells = laid_out(ANSWERS, codes("TRA_LOI"))
    files = {
        f"{number}.csv": comma_text([codes("TRA_LOI"), *cells], ",", "\n").encode(),
        f"{number}.002-01.pdf": paper("HOP DONG CAP NUOC"),
    }
    files[f"{number}.json"] = manifest(number, files, len(cells))
    return files


def by_hand() -> dict[str, bytes]:
    """A clerk's table and the scan that it names."""
    scan = "Hợp đồng 0431.pdf"
    rows = (
        answer(FIRST, "Khách hàng đã ký hợp đồng, nộp tiền", "16/03/2026"),
        answer(FIRST, "Đã gắn đồng hồ", "19/03/2026", SO_DANH_BO="00000987654"),
        answer(FIRST, "Hoàn thành", "19/03/2026", TEP=scan),
    )
    cells = [headings("TRA_LOI"), *laid_out(rows, codes("TRA_LOI"))]
    table = one_sheet("TRA_LOI", cells)
    return {"trả lời 19-3.xlsx": table, scan: paper("HOP DONG CAP NUOC")}


def fault(file: str, line: int, column: str, code: str, row: Row) -> list[str]:
    """A line of a report of errors."""
    (known,) = (r for r in LISTS["row_error"] if r["code"] == code)
    told = [file, str(line), column, code, known["text"], known["remedy"]]
    return [*told, *(row.get(name, "") for name in codes("TRA_LOI"))]


def with_report() -> dict[str, bytes]:
    """A lot with bad rows among good ones, and the report about it."""
    number = "TL-000006"
    good = answer(FIRST, "THI_CONG", "17/03/2026")
    lost = answer("H00.99.01-260310-9999", "KHAO_SAT", "17/03/2026")
    wrong = answer(FIRST, "GAN_DONG_HO", "31/02/2026", SO_DANH_BO="00000987654")
    cells = laid_out((good, lost, wrong), codes("TRA_LOI"))
    table = f"{number}.csv"
    files = {table: bom(comma_text([codes("TRA_LOI"), *cells]))}
    files[f"{number}.json"] = manifest(number, files, len(cells))
    report = [
        [*codes("LOI"), *codes("TRA_LOI")],
        fault(table, 3, "MA_HO_SO", "D03", lost),
        fault(table, 4, "NGAY", "D04", wrong),
    ]
    files[f"{number}.loi.csv"] = bom(comma_text(report))
    return files


# ---------------------------------------------------------------- odd tables

USUAL: Sequence[Row] = (
    answer(
        FIRST, "KHAO_SAT", "12/03/2026", GIO="09:30", NOI_DUNG="Đã khảo sát tại chỗ"
    ),
    answer(SECOND, "TU_CHOI", "12/03/2026", NOI_DUNG="Nơi này chưa có mạng cấp nước"),
)
#: What is read of them.
READ: Sequence[Row] = tuple({**row, "NGAY": "2026-03-12"} for row in USUAL)
TONES = "\u0300\u0301\u0303\u0309\u0323"


def windows_1258(text: str) -> bytes:
    """Text whose tones stand apart, as that code page wants it."""
    apart = ""
    for sign in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", sign)
        tones = "".join(part for part in parts if part in TONES)
        rest = "".join(part for part in parts if part not in TONES)
        apart += unicodedata.normalize("NFC", rest) + tones
    return apart.encode("cp1258")


def tcvn3() -> bytes:
    """Headings in TCVN3; the letters that they need and no more."""
    letters = {"ã": 0xB7, "ồ": 0xE5, "ơ": 0xAC, "ạ": 0xB9, "á": 0xB8, "à": 0xB5}
    text = f"Mã hồ sơ;Trạng thái;Ngày\r\n{FIRST};KHAO_SAT;12/03/2026\r\n"
    return bytes(letters.get(sign, ord(sign)) for sign in text)


def moved_columns() -> bytes:
    """Another order, a column of the company's own, headings without accents."""
    heads = [
        "Ngay",
        "GIO",
        "Ghi chu rieng",
        "trang thai ",
        "MÃ HỒ SƠ",
        "Noi dung, ly do",
    ]
    names = ["NGAY", "GIO", "", "TRANG_THAI", "MA_HO_SO", "NOI_DUNG"]
    rows = [[row.get(name, "sổ 3") for name in names] for row in USUAL]
    rows[1][1] = ""
    return bom(comma_text([["Công ty cấp nước Mẫu"], [], heads, *rows]))


def typed_cells(book: xlsxwriter.Workbook) -> None:
    """Days, hours and numbers as Excel keeps them."""
    page = sheet(book, "TRA_LOI", [headings("TRA_LOI")])
    values = [FIRST, "", "Đã gắn đồng hồ"]
    for place, value in enumerate(values):
        page.write_string(1, place, value)
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    hour = book.add_format({"num_format": "hh:mm"})
    page.write_datetime(1, 3, datetime(2026, 3, 19), day)  # noqa: DTZ001  a day of no zone
    page.write_number(1, 4, 14.5 / 24, hour)
    page.write_number(1, 6, 12345678901)
    page.write_number(1, 8, 1250000)


def formula(book: xlsxwriter.Workbook) -> None:
    """A cell whose formula has lost what it pointed to."""
    page = sheet(book, "TRA_LOI", [headings("TRA_LOI")])
    page.write_string(1, 0, FIRST)
    page.write_string(1, 2, "Đã khảo sát")
    page.write_formula(1, 3, "=#REF!", None, "#REF!")


def usual_cells(names: Sequence[str]) -> list[list[str]]:
    """The usual rows below some headings."""
    return [list(names), *laid_out(USUAL, codes("TRA_LOI"))]


def readable() -> dict[str, bytes]:
    """Odd tables that must be read."""
    by_code = usual_cells(codes("TRA_LOI"))
    by_words = usual_cells(headings("TRA_LOI"))
    money = answer(
        FIRST, "CHO_KHACH_HANG", "3-4-2026 8:05", SO_TIEN="1.250.000 đ", GIO=""
    )
    other = answer(FIRST, "DA_NOP_TIEN", "2026-04-06", GIO="14h30", SO_TIEN="1,250,000")
    dates = [codes("TRA_LOI"), *laid_out((money, other), codes("TRA_LOI"))]
    apart = [unicodedata.normalize("NFD", value) for value in by_code[1]]
    doubled = [*by_code, by_code[1], apart]

    def second_sheet(book: xlsxwriter.Workbook) -> None:
        sheet(book, "Sheet1", [["Danh sách khách hàng"], ["(để trống)"]])
        sheet(book, "Tra loi", by_words)

    return {
        "bom-cham-phay.csv": bom(comma_text(by_words)),
        "tab-crlf.csv": comma_text(by_words, "\t").encode(),
        "phay-cr.csv": comma_text(by_code, ",", "\r").encode(),
        "windows-1258.csv": windows_1258(comma_text(by_words)),
        "utf-16.csv": comma_text(by_words, "\t").encode("utf-16"),
        "sep.csv": bom("sep=,\r\n" + comma_text(by_words, ",")),
        "cot-doi-cho.csv": moved_columns(),
        "trang-ten-khac.xlsx": one_sheet("Thang 3", by_words, top=2),
        "trang-thu-hai.xlsx": workbook(second_sheet),
        "o-ngay-o-so.xlsx": workbook(typed_cells),
        "ngay-tien.csv": comma_text(dates).encode(),
        "dong-lap.csv": comma_text(doubled).encode(),
    }


def unreadable() -> dict[str, bytes]:
    """What must not be taken, whole or row by row."""
    by_words = usual_cells(headings("TRA_LOI"))

    def two_sheets(book: xlsxwriter.Workbook) -> None:
        sheet(book, "Thang 3", by_words)
        sheet(book, "Thang 4", by_words)

    names = codes("TRA_LOI")
    bad = (
        USUAL[0],
        answer(FIRST, "", "12/03/2026"),
        answer(FIRST, "SAP_XONG", "12/03/2026"),
        answer(FIRST, "TU_CHOI", "12/03/2026"),
        answer(FIRST, "GAN_DONG_HO", "12/03/2026"),
        answer(FIRST, "KHAO_SAT", "03/31/2026"),
        answer(FIRST, "KHAO_SAT", "12/03/26"),
        answer(FIRST, "BAO_GIA", "12/03/2026", SO_TIEN="khoảng 2 triệu"),
        answer(FIRST, "BAO_GIA", "12/03/2026", GIO="25:00"),
        USUAL[1],
    )
    exponent = answer(FIRST, "GAN_DONG_HO", "12/03/2026", SO_DANH_BO="1,2E+10")
    table = comma_text([names, *laid_out((exponent,), names)]).encode()
    whole = {"TL-000009.csv": table}
    foreign = manifest("TL-000009", whole, 1, ben_nhan="H00.LT.99")
    short = json.loads(manifest("TL-000009", whole, 1))
    del short["so_dong"]
    return {
        "hai-trang.xlsx": workbook(two_sheets),
        "khong-trang.xlsx": one_sheet("Sheet1", [["Danh sách"], ["(để trống)"]]),
        "thieu-cot.csv": bom(comma_text([["MA_HO_SO", "NGAY"], [FIRST, "12/03/2026"]])),
        "tcvn3.csv": tcvn3(),
        "trang-web.xls": b"<html><table><tr><td>MA_HO_SO</td></tr></table></html>\n",
        "bang-ke-hong.json.txt": b'{"phien_ban": 1, "loai": \n',
        "bang-ke-noi-khac.json": foreign,
        "bang-ke-thieu.json": json.dumps(short, indent=1).encode() + b"\n",
        "dong-sai.csv": bom(comma_text([names, *laid_out(bad, names)])),
        "so-mu.csv": table,
        "cong-thuc.xlsx": workbook(formula),
    }


# ---------------------------------------------------------------- what is expected


def inline(row: Row) -> str:
    """A row as a table of TOML in one line."""
    pairs = (
        f"{name} = {json.dumps(value, ensure_ascii=False)}"
        for name, value in row.items()
        if value
    )
    return f"{{{', '.join(pairs)}}}"


def read_of_odd_tables() -> bytes:
    """Rows as §5.1 reads them, of each file."""
    typed = answer(
        FIRST,
        "GAN_DONG_HO",
        "2026-03-19",
        GIO="14:30",
        SO_DANH_BO="12345678901",
        SO_TIEN="1250000",
    )
    money = answer(
        FIRST, "CHO_KHACH_HANG", "2026-04-03", GIO="08:05", SO_TIEN="1250000"
    )
    other = answer(FIRST, "DA_NOP_TIEN", "2026-04-06", GIO="14:30", SO_TIEN="1250000")
    special = {"o-ngay-o-so.xlsx": [typed], "ngay-tien.csv": [money, other]}
    lines = [
        "# What is in each file after reading (docs/agencies/water.md, section 5.1).",
        "",
    ]
    for name in readable():
        lines += ["[[file]]", f'name = "{name}"', "rows = ["]
        lines += [f"    {inline(row)}," for row in special.get(name, READ)]
        lines += ["]", ""]
    return "\n".join(lines).encode()


WHOLE = {
    "hai-trang.xlsx": "T06",
    "khong-trang.xlsx": "T06",
    "thieu-cot.csv": "T07",
    "tcvn3.csv": "T08",
    "trang-web.xls": "T05",
    "bang-ke-hong.json.txt": "T10",
    "bang-ke-noi-khac.json": "T11",
    "bang-ke-thieu.json": "T10",
}
BY_ROW = {
    "dong-sai.csv": (
        (3, "TRANG_THAI", "D01"),
        (4, "TRANG_THAI", "D02"),
        (5, "NOI_DUNG", "D01"),
        (6, "SO_DANH_BO", "D01"),
        (7, "NGAY", "D04"),
        (8, "NGAY", "D04"),
        (9, "SO_TIEN", "D06"),
        (10, "GIO", "D04"),
    ),
    "so-mu.csv": ((2, "SO_DANH_BO", "D08"),),
    "cong-thuc.xlsx": ((2, "NGAY", "D13"),),
}
GOOD = {"dong-sai.csv": [2, 11], "so-mu.csv": [], "cong-thuc.xlsx": []}


def codes_of_bad_files() -> bytes:
    """The code of each file, or of each bad row; lines as Excel shows them."""
    lines = ["# What is wrong with each file; good: lines that count all the same.", ""]
    for name, code in WHOLE.items():
        lines += ["[[file]]", f'name = "{name}"', f'code = "{code}"', ""]
    for name, faults in BY_ROW.items():
        lines += ["[[table]]", f'name = "{name}"', f"good = {GOOD[name]}", "bad = ["]
        lines += [
            f'    {{line = {line}, column = "{column}", code = "{code}"}},'
            for line, column, code in faults
        ]
        lines += ["]", ""]
    return "\n".join(lines).encode()


def everything() -> dict[str, bytes]:
    """Every file that is made, by its path below ``schemas/agencies/water``."""
    parts = {
        "yeu-cau": requests(),
        "tra-loi": answers(),
        "tay": by_hand(),
        "loi": with_report(),
        "doc-duoc": {**readable(), "expected.toml": read_of_odd_tables()},
        "doc-loi": {**unreadable(), "expected.toml": codes_of_bad_files()},
    }
    made = {
        f"samples/{part}/{name}": content
        for part, files in parts.items()
        for name, content in files.items()
    }
    made["mau-tra-loi.xlsx"] = template()
    made["mau-tra-loi.csv"] = bom(comma_text([codes("TRA_LOI")]))
    return made


def main() -> None:
    """Write what is made."""
    for name, content in everything().items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
