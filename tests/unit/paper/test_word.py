"""Papers as Word documents: opened again, every fact is where it belongs."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from gateway.domain.errors import ActionNotPossible, Origin
from gateway.domain.paper import (
    Apology,
    Applicant,
    ChaseLetter,
    ControlSlip,
    DueSoonList,
    HandoverList,
    NonReceipt,
    PrefilledSlip,
    Refusal,
    Sheet,
    Subject,
)
from gateway.domain.paper_forms import Form
from gateway.domain.paper_land import Plot
from gateway.paper.sample import sample
from gateway.paper.sandbox import DOTS
from gateway.paper.word import SHIPPED, WordPapers, faults
from tests.unit.paper.qr_reading import of_png
from tests.unit.paper.qr_reading import text_of as text_of_code
from tests.unit.paper.words import pictures_of, template_saying, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.domain.paper import Paper

MINUTES = frozenset(
    {Form.RECONCILIATION_MINUTES, Form.LATENESS_MINUTES, Form.CONFORMANCE_MINUTES}
)
TITLES = {
    Form.HANDOVER_LIST: "DANH SÁCH BÀN GIAO HỒ SƠ",
    Form.RECONCILIATION_MINUTES: "BIÊN BẢN ĐỐI SOÁT HỒ SƠ",
    Form.LATENESS_MINUTES: "BIÊN BẢN XEM XÉT Ý KIẾN VỀ HỒ SƠ QUÁ HẠN",
    Form.CONTROL_SLIP: "PHIẾU KIỂM SOÁT QUÁ TRÌNH GIẢI QUYẾT HỒ SƠ",
    Form.SUPPLEMENT_REQUEST: "PHIẾU YÊU CẦU BỔ SUNG, HOÀN THIỆN HỒ SƠ",
    Form.INTAKE_REFUSAL: "PHIẾU TỪ CHỐI TIẾP NHẬN GIẢI QUYẾT HỒ SƠ",
    Form.REFUSAL: "THÔNG BÁO TỪ CHỐI GIẢI QUYẾT HỒ SƠ",
    Form.APOLOGY: "VĂN BẢN XIN LỖI VÀ ĐỀ NGHỊ GIA HẠN THỜI GIAN GIẢI QUYẾT",
    Form.PREFILLED_SLIP: "PHIẾU CHUYỂN THÔNG TIN ĐỂ XÁC ĐỊNH NGHĨA VỤ TÀI CHÍNH VỀ ĐẤT"
    " ĐAI (BẢN ĐIỀN SẴN)",
}
#: Papers about an applicant's dossier; a letter to an office names no applicant.
OF_OFFICES = {Form.CHASE_LETTER, Form.DUE_SOON, Form.NON_RECEIPT} | MINUTES
OF_APPLICANTS = [form for form in Form if form not in OF_OFFICES]
MOTTO = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
ODD = 'Đỗ <w:t> & "Bùi" Thị ẵẫỹ {{ 7 * 7 }} {% raw %} </w:p>'


def made(form: Form, paper: Paper | None = None) -> bytes:
    return WordPapers().docx(form, paper or sample(form))


def subject(form: Form = Form.APOLOGY) -> Subject:
    return cast("Apology", sample(form)).dossier


@pytest.mark.parametrize("form", OF_APPLICANTS)
def test_every_form_has_its_title_the_national_heading_and_the_dossier(
    form: Form,
) -> None:
    text = text_of(made(form))
    named = () if form in MINUTES else ("Nguyễn Văn Ví Dụ",)
    for part in (TITLES[form], *MOTTO, "H00.01-260310-0000", *named):
        assert part in text
    assert "{" not in text
    assert "In từ cổng liên thông lúc 07 giờ 30 phút, ngày 10/03/2026" in text


@pytest.mark.parametrize("form", OF_APPLICANTS)
def test_the_picture_in_the_document_reads_as_the_number(form: Form) -> None:
    (picture,) = pictures_of(made(form))
    assert text_of_code(of_png(picture, 6)) == "H00.01-260310-0000"


@pytest.mark.parametrize(
    "form", [f for f in OF_APPLICANTS if f is not Form.HANDOVER_LIST]
)
def test_names_stand_as_they_were_written_whatever_they_hold(form: Form) -> None:
    paper = cast("Apology", sample(form))
    applicant = Applicant(ODD, "Số 1 <A> & B", "", "")
    paper = replace(paper, dossier=replace(paper.dossier, applicant=applicant))
    assert ODD in text_of(made(form, paper))


def test_a_record_of_what_did_not_come_has_its_line_to_be_verified_by() -> None:
    record = cast("NonReceipt", sample(Form.NON_RECEIPT))
    (one,) = record.records
    bare = replace(one, sent=(), asked=(), answered="", number=None, line=ODD)
    text = text_of(made(Form.NON_RECEIPT, replace(record, records=(one, bare))))
    for part in (
        *("BIÊN BẢN KHÔNG NHẬN ĐƯỢC PHẢN HỒI", *MOTTO),
        "không nhận được «xác nhận đã nhận hồ sơ»",
        "Căn cứ: thỏa thuận kết nối (ví dụ) (chưa đối chiếu với văn bản)",
        *("t_vi_du", "2 lần: cơ quan đã nhận", "dòng 3, số niêm phong 7."),
        "Mã băm dòng trước: 00ff\nMã băm dòng này: ff00\nNguyên văn: {}",
        *(f"Nguyên văn: {ODD}", "dòng 3, chưa niêm phong."),
        "Không có lượt gửi nào hỏi lại được qua hệ thống",
        "Đến lúc in, đơn vị chưa có phản hồi nào sau biên bản.",
    ):
        assert part in text
    assert "Nguyễn Văn Ví Dụ" not in text


def test_a_letter_says_what_it_is_about_below_its_number_and_lists_each_dossier() -> (
    None
):
    letter = cast("ChaseLetter", sample(Form.CHASE_LETTER))
    (line,) = letter.dossiers
    quiet = replace(line, number=ODD, late=False, promised_on=None, chased=0)
    text = text_of(made(Form.CHASE_LETTER, replace(letter, dossiers=(line, quiet))))
    for part in (*MOTTO, "Số: ………/…………", "V/v đôn đốc", line.number, ODD):
        assert part in text
    assert text.count("(quá hạn)") == 1
    assert text.count("đã hẹn ngày 10/04/2026; đã đôn đốc 2 lần") == 1
    assert "{" not in text.replace(ODD, "")
    assert "Nguyễn Văn Ví Dụ" not in text
    bare = replace(letter, sender="", contact="", late=0)
    text = text_of(made(Form.CHASE_LETTER, bare))
    assert "trong đó" not in text
    assert "Đầu mối" not in text
    assert pictures_of(made(Form.CHASE_LETTER, bare)) == []


def test_a_list_of_what_is_due_stands_by_where_it_lies_and_says_what_is_left_out() -> (
    None
):
    due = cast("DueSoonList", sample(Form.DUE_SOON))
    (here,) = due.offices
    (line,) = here.dossiers
    odd = replace(line, number=ODD, late=False)
    two = (here, replace(here, office="Thuế cơ sở", dossiers=(odd, odd)))
    text = text_of(made(Form.DUE_SOON, replace(due, offices=two)))
    assert "DANH SÁCH HỒ SƠ SẮP ĐẾN HẠN VÀ ĐÃ QUÁ HẠN" in text
    assert "2 hồ sơ hẹn trả đến hết ngày 10/04/2026 (5 ngày làm việc tới)" in text
    assert "còn 1 hồ sơ không in ở đây" in text
    assert (text.count(ODD), text.count("(quá hạn)")) == (2, 1)
    assert "đầu mối: Bà Đầu Mối" in text
    none = text_of(made(Form.DUE_SOON, replace(due, offices=(), left_out=0, overdue=0)))
    assert ("không in ở đây" in none, "trong đó" in none) == (False, False)


def test_control_characters_of_a_sloppy_system_break_no_document() -> None:
    reason = "Thiếu\x00 bản\x0b vẽ\ud800\x1f\r\nĐơn\tchưa ký"
    paper = replace(cast("Refusal", sample(Form.REFUSAL)), reason=reason)
    assert "Thiếu bản vẽ\nĐơn chưa ký" in text_of(made(Form.REFUSAL, paper))


def test_a_name_of_five_hundred_letters_is_whole() -> None:
    name = ("Công ty Ví Dụ " * 40)[:500].strip()
    applicant = Applicant(name, "", "", "")
    paper = replace(
        cast("ControlSlip", sample(Form.CONTROL_SLIP)),
        dossier=replace(subject(), applicant=applicant),
    )
    assert name in text_of(made(Form.CONTROL_SLIP, paper))


@pytest.mark.parametrize("count", [0, 1, 40])
def test_a_list_has_as_many_papers_as_the_dossier(count: int) -> None:
    sheets = tuple(Sheet(f"Giấy tờ {n:02d}", n, 1) for n in range(count))
    one = replace(subject(), sheets=sheets)
    paper = replace(
        cast("HandoverList", sample(Form.HANDOVER_LIST)), dossiers=(one, one, one)
    )
    text = text_of(made(Form.HANDOVER_LIST, paper))
    assert len(re.findall(r"Giấy tờ \d\d: \d+ / 1", text)) == 3 * count
    assert ("không gửi danh mục giấy tờ." in text) == (count == 0)


def test_a_list_without_dossiers_is_still_a_list() -> None:
    paper = replace(
        cast("HandoverList", sample(Form.HANDOVER_LIST)), dossiers=(), count=0
    )
    assert "Tổng cộng: 0 hồ sơ" in text_of(made(Form.HANDOVER_LIST, paper))


def test_what_nobody_counted_is_left_open_and_said_beside_the_total() -> None:
    text = text_of(made(Form.HANDOVER_LIST))
    assert "Giấy tờ chưa ghi số bản: …… / ……" in text
    assert "chưa kể 1 giấy tờ một cửa không ghi số bản chính" in text
    assert "1 bản chính" in text


def test_what_is_not_known_is_a_dotted_line() -> None:
    paper = replace(
        cast("Apology", sample(Form.APOLOGY)), agency="", reason="", new_due_on=None
    )
    text = text_of(made(Form.APOLOGY, paper))
    assert f"hẹn trả kết quả vào ngày {DOTS}." in text
    assert f"Tuy nhiên, {DOTS} chưa giải quyết" in text
    assert text.count("\n" + "…" * 34) == 3


def test_a_slip_has_what_is_known_and_its_number_is_left_to_the_issuer() -> None:
    text = text_of(made(Form.PREFILLED_SLIP))
    for part in (
        "Số: ………/PCTT",
        "Kính gửi: Thuế cơ sở Ví Dụ",
        "2. Ngày nhận đủ hồ sơ hợp lệ: 10/04/2026",
        "4. Căn cứ pháp lý: Quyết định ví dụ; …",
        "1. Tên: Trần Thị Ví Dụ",
        "012345678901; ngày, năm sinh (cá nhân): 1957",
        "1. Thửa đất số: 101; tờ bản đồ số: 7; diện tích: 120,5 m²",
        "Nguồn gốc sử dụng đất: ……",
        "số phát hành VD 000101; số vào sổ CH 01; ngày cấp 10/04/2026",
        "giá ghi trong hợp đồng: 1.000 đồng",
        "Lý do, căn cứ theo hồ sơ: Lý do ví dụ",
    ):
        assert part in text
    office = "CHI NHÁNH VĂN PHÒNG ĐĂNG KÝ ĐẤT ĐAI VÍ DỤ"
    assert text.count(office) == 2  # the head, and where the unit signs
    assert "không ghi" not in text


def test_a_slip_of_a_bare_dossier_is_dots_and_says_what_the_dossier_lacks() -> None:
    bare = replace(
        cast("PrefilledSlip", sample(Form.PREFILLED_SLIP)),
        issuer="",
        complete_on=None,
        parcels=(Plot("", "", "", "", ""),),
        certificates=(),
        transfers=(),
        exemptions=(),
    )
    text = text_of(made(Form.PREFILLED_SLIP, bare))
    for part in (
        f"Ngày nhận đủ hồ sơ hợp lệ: {DOTS}",
        f"1. Thửa đất số: {DOTS}; tờ bản đồ số: {DOTS}; diện tích: {DOTS} m²",
        "Hồ sơ không ghi Giấy chứng nhận đã cấp; có thì ghi tay: …",
        "Hồ sơ không ghi việc chuyển quyền; có thì ghi tay: …",
        "Hồ sơ không ghi đề nghị miễn, giảm; có thì ghi tay: …",
        f"{DOTS}\n(Ký, ghi rõ họ tên, chức vụ, đóng dấu)",
    ):
        assert part in text


def test_an_ended_dossier_has_no_empty_rows_to_go_on_with() -> None:
    paper = cast("ControlSlip", sample(Form.CONTROL_SLIP))
    empty = "1. Giao: ………………\n"
    assert text_of(made(Form.CONTROL_SLIP, paper)).count(empty) == 2
    ended = replace(paper, open=False)
    assert empty not in text_of(made(Form.CONTROL_SLIP, ended))


def test_two_hand_overs_within_an_office_are_told_as_such() -> None:
    paper = cast("ControlSlip", sample(Form.CONTROL_SLIP))
    (turn,) = paper.turns
    inside = replace(turn, giver=turn.receiver)
    text = text_of(
        made(Form.CONTROL_SLIP, replace(paper, turns=(turn, inside), open=False))
    )
    assert text.count("Trong nội bộ: ") == 1
    assert text.count("1. Giao: ") == 1


def test_a_provinces_own_template_wins_and_the_others_stay(tmp_path: Path) -> None:
    template_saying(
        tmp_path / "apology.docx", "Tỉnh Ví Dụ xin lỗi {{ dossier.applicant.name }}"
    )
    writer = WordPapers(tmp_path)
    assert "Tỉnh Ví Dụ xin lỗi Nguyễn Văn Ví Dụ" in text_of(
        writer.docx(Form.APOLOGY, sample(Form.APOLOGY))
    )
    assert writer.template(Form.REFUSAL) == SHIPPED / "refusal.docx"


def test_a_folder_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        WordPapers(tmp_path / "giay-to")


@pytest.mark.parametrize(
    "paragraph",
    [
        "{{ dossier.applicant.fone }}",
        "{% for x in dossier %}",
        "{{ dossier.qr._drawn }}",
        "{{ dossier.__class__ }}",
        "{% include '/etc/passwd' %}",
    ],
)
def test_a_template_that_does_not_work_is_the_administrators_turn(
    tmp_path: Path, paragraph: str
) -> None:
    template_saying(tmp_path / "apology.docx", paragraph)
    with pytest.raises(ActionNotPossible) as refused:
        WordPapers(tmp_path).docx(Form.APOLOGY, sample(Form.APOLOGY))
    assert refused.value.code == "paper_template_invalid"
    assert refused.value.fault is Origin.OPERATOR
    assert "paper check" in refused.value.remedy


@pytest.mark.parametrize("form", Form)
def test_the_shipped_templates_have_no_fault(form: Form) -> None:
    assert faults(form, SHIPPED / f"{form.value}.docx", sample(form)) == []


@pytest.mark.parametrize(
    ("paragraphs", "told"),
    [
        (("{{ dossier.applicant.fone }}",), "trường không có: fone (có phải phone?)"),
        (("{{ tinh }}",), "trường không có: tinh"),
        (("{{ dossier.sheets.name }}",), "trường không có: name"),
        (("{% if reson %}a{% endif %}",), "trường không có: reson (có phải reason?)"),
        (("{% if true or dossier.so %}a{% endif %}",), "trường không có: so"),
        (
            ("{%p for s in dossier.sheets %}", "{{ s.ten }}", "{%p endfor %}"),
            "trường không có: ten",
        ),
        (("{{ agency ",), "sai cú pháp mẫu"),
        (("{% if agency %}",), "sai cú pháp mẫu"),
        (("{{ agency|khong_co }}",), "không lập được"),
        (("{{ dossier.__class__ }}",), "trường không có: __class__"),
        (("{{ agency.upper() }}",), "trường không có: upper"),
        (("{{ dossier['__class__'] }}",), "mẫu làm việc không được phép"),
        (("{{ agency|attr('__class__') }}",), "không lập được"),
        (("{{ 'a' * 999999999 }}",), "mẫu làm việc không được phép"),
        (("{% include 'x' %}",), "không lập được"),
        (("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",), "không lập được"),
        (("{{ range(9) }}",), "trường không có: range"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_the_check_names_what_is_wrong(
    tmp_path: Path, paragraphs: tuple[str, ...], told: str
) -> None:
    path = template_saying(tmp_path / "apology.docx", *paragraphs)
    (found,) = faults(Form.APOLOGY, path, sample(Form.APOLOGY))
    assert found.startswith(told)


def test_the_check_knows_the_counters_of_a_loop_and_names_of_ones_own(
    tmp_path: Path,
) -> None:
    path = template_saying(
        tmp_path / "a.docx",
        "{% set d = dossier %}{{ d.number }}",
        "{%p for s in dossier.sheets %}",
        "{{ loop.index }}. {{ s.name|upper }} {{ dossier.sheets[0].name }}",
        "{%p endfor %}",
    )
    assert faults(Form.APOLOGY, path, sample(Form.APOLOGY)) == []


def test_a_field_in_the_foot_of_a_page_is_checked_too(tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    document.sections[0].footer.paragraphs[0].text = "{{ khong_co }}"
    path = tmp_path / "apology.docx"
    document.save(str(path))
    (found,) = faults(Form.APOLOGY, path, sample(Form.APOLOGY))
    assert found == "trường không có: khong_co"


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_word_file_is_said_to_be_none(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "apology.docx"
    path.write_bytes(content)
    (found,) = faults(Form.APOLOGY, path, sample(Form.APOLOGY))
    assert found.startswith("không đọc được tệp Word")
    with pytest.raises(ActionNotPossible):
        WordPapers(tmp_path).docx(Form.APOLOGY, sample(Form.APOLOGY))


def test_a_template_that_unpacks_without_end_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "apology.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", bytes(17 * 1024 * 1024))
    (found,) = faults(Form.APOLOGY, path, sample(Form.APOLOGY))
    assert found.startswith("không đọc được tệp Word")
