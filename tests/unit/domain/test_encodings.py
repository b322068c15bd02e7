"""Text of old encodings is told by what it says, or by nobody."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from random import Random
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.encodings import (
    bears,
    convert,
    decode,
    detect,
    is_doubtful,
)
from gateway.domain.old_letters import Encoding, from_tcvn3, from_vni
from gateway.domain.syllables import is_syllable
from gateway.domain.text import nfc
from tests.old_text import ENCODERS, apart

ROOT = Path(__file__).parents[3]
OLD = sorted(ENCODERS)


def several(text: str) -> list[str]:
    return text.replace("\n", "|").split("|")


SURNAMES = several(
    "Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Đinh|Lâm|Trịnh|Quách"
)
MIDDLES = several(
    "Văn|Thị|Hữu|Đức|Ngọc|Thanh|Minh|Quốc|Thùy|Xuân|Kim|Bảo|Công|Đình|Mỹ|Tấn"
)
GIVEN = several(
    "Mẫu|Dụ|Điền|Hằng|Nguyệt|Phượng|Hùng|Cường|Dũng|Huệ|Lộc|Phúc|Thảo|Vượng|Yến|Ước|Ánh|Út|Khuê|Quỳnh"
)
PLACES = several("""ấp 3, xã Mẫu, tỉnh Mẫu|khóm Ví Dụ, phường Giả Lập|tổ 5, khu phố Mẫu, thành phố Ví Dụ
số 12 đường Giả Lập, phường Mẫu|thôn Thượng, huyện Ví Dụ (cũ)|UBND xã Mẫu, tỉnh Ví Dụ
Chi nhánh Văn phòng đăng ký đất đai khu vực Mẫu|Thuế cơ sở Mẫu|Điện lực Ví Dụ""")
LEGAL = several("""Giấy chứng nhận quyền sử dụng đất, quyền sở hữu nhà ở và tài sản gắn liền với đất
Hợp đồng chuyển nhượng quyền sử dụng đất|Đơn đăng ký biến động|Tờ khai lệ phí trước bạ
Phiếu chuyển thông tin xác định nghĩa vụ tài chính|Yêu cầu bổ sung giấy tờ|Đã giải quyết xong
Từ chối tiếp nhận hồ sơ|Đang xử lý|Giấy nộp tiền vào ngân sách nhà nước""")
#: Neither Vietnamese nor old: it must never be taken for either.
FOREIGN = several("""Café Hôtel de la Gare, où l'été était très chaud|Société Générale, 29 bd Haussmann
Loïc Müller|Garçon, une crème brûlée à emporter|naïve façade, déjà vu|Île-de-France
François Noël habite près de l'église|Zoë Gaël Anaïs Raphaël|MÜNCHEN, Königstraße 5
São Paulo, Brasil|El Niño, año 2026, España|Smörgåsbord, Åse Ødegård|Þórður Ðuríðardóttir
The café's price is £5 ± 2 %, §3.5, 120 m², ½ share, 5 µm, 20 °C, © 2026|«Guillemets»
H00.01-260310-0001|0900 000 000|MM 000104|120,5 m²|a@example.vn|50 000 đồng""")


def documents(pattern: str) -> list[str]:
    lines = [
        line.strip()
        for path in sorted((ROOT / "docs").rglob(pattern))
        for line in path.read_text("utf-8").splitlines()
        if line.strip()
    ]
    assert len(lines) > 500
    return lines


def names() -> list[str]:
    draw = Random(35)
    every = [" ".join(parts) for parts in product(SURNAMES, MIDDLES, GIVEN)]
    return draw.sample(every, 1500)


def legal_sentences() -> list[str]:
    """Sentences of the documents, in letters that all these encodings have."""
    found = []
    for line in documents("*.vi.md"):
        plain = re.sub(r"`[^`]*`|[*#|«»“”]", " ", line)
        words = re.findall(r"[^\W\d_]+", plain)
        if len(words) > 3 and all(
            map(is_syllable, (w for w in words if not w.isascii()))
        ):
            found.append(" ".join(words))
    assert len(found) > 400
    return found


def is_same(encoding: Encoding, turned: str, text: str) -> bool:
    """TCVN3 has a tone on small letters only, unless the whole text is capitals."""
    if encoding is Encoding.TCVN3:
        return turned.casefold() == text.casefold()
    return turned == text


@pytest.mark.parametrize("encoding", OLD)
@pytest.mark.parametrize("case", [str, str.upper], ids=["as written", "capitals"])
def test_of_names_addresses_and_legal_words_few_are_left_in_doubt_and_none_is_mistaken(
    encoding: Encoding, case: type[str]
) -> None:
    texts = [case(text) for text in (*names(), *PLACES, *LEGAL, *legal_sentences())]
    texts = [text for text in texts if not text.isascii()]
    mistaken: list[tuple[str, object]] = []
    left, lost = [], []
    for text in texts:
        written = ENCODERS[encoding](text)
        found = detect(written)
        if found not in {encoding, None}:
            mistaken.append((text, found))
        elif found is None and not text.isascii():
            left.append(text)
            if not is_doubtful(written) and written != text:
                lost.append(text)
        elif not is_same(encoding, convert(written, encoding), text):
            mistaken.append((text, convert(written, encoding)))
    assert mistaken == []
    assert len(left) <= len(texts) * LEFT, (len(left), left[:20])
    assert len(lost) <= len(texts) * LOST, (len(lost), lost[:20])


#: Measured over the texts above: may be left to a person, may pass as good text.
LEFT, LOST = 0.05, 0.005


@pytest.mark.parametrize("encoding", OLD)
@pytest.mark.parametrize("case", [str, str.upper], ids=["as written", "capitals"])
def test_a_name_with_an_address_and_two_papers_is_never_left_in_doubt(
    encoding: Encoding, case: type[str]
) -> None:
    draw = Random(36)
    for name in names():
        parts = (name, draw.choice(PLACES), *draw.sample(LEGAL, 2))
        text = "\n".join(map(case, parts))
        assert detect(ENCODERS[encoding](text)) is encoding, text


@pytest.mark.parametrize("case", [str, str.upper, str.lower])
def test_clean_text_of_any_language_is_never_taken_for_an_old_encoding(
    case: type[str],
) -> None:
    texts = [
        *names(),
        *PLACES,
        *LEGAL,
        *FOREIGN,
        *documents("*.md"),
        *legal_sentences(),
    ]
    words = {word for text in texts for word in text.split()}
    taken = [
        (text, found)
        for text in sorted({case(one) for one in (*texts, *words)})
        if (found := detect(text)) is not None
    ]
    assert taken == []


def test_clean_vietnamese_is_not_even_doubted() -> None:
    texts = {*names(), *PLACES, *LEGAL, *legal_sentences()}
    texts |= {normalize("NFD", text) for text in texts}
    texts |= {"Thửa 5, 120 m²", "hoà, toà, khoá, thuỷ, quý, giò", "Lê Hà", "Ý Yên"}
    assert [text for text in texts if is_doubtful(nfc(text))] == []


def test_what_everybody_knows_is_read() -> None:
    assert from_vni("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam") == (
        "Cộng hòa xã hội chủ nghĩa Việt Nam"
    )
    assert from_vni("ÑOÄC LAÄP - TÖÏ DO - HAÏNH PHUÙC") == (
        "ĐỘC LẬP - TỰ DO - HẠNH PHÚC"
    )
    assert from_tcvn3("Céng hßa x· héi chñ nghÜa ViÖt Nam") == (
        "Cộng hòa xã hội chủ nghĩa Việt Nam"
    )
    assert convert("Nguyêòn", Encoding.WINDOWS_1258) == "Nguyện"


def test_the_capital_fonts_of_tcvn3_have_no_small_letters() -> None:
    assert from_tcvn3("NGUYÔN V¡N MÉU") == "NGUYỄN VĂN MẪU"
    assert from_tcvn3("§ç ý") == "Đỗ ý"


def test_a_small_mark_behind_a_capital_of_vni_is_the_same_letter() -> None:
    assert from_vni("Aùnh") == from_vni("AÙnh") == "Ánh"


@pytest.mark.parametrize("encoding", OLD)
def test_old_text_beside_unicode_is_a_doubt(encoding: Encoding) -> None:
    mixed = f"{ENCODERS[encoding]('Trần Thị Mẫu Nguyệt')}, xã Mẫu"
    assert detect(mixed) is None
    assert is_doubtful(mixed)


def test_what_could_be_two_things_is_a_doubt() -> None:
    assert detect("Leâ") is None
    assert is_doubtful("Leâ")
    assert not bears("Lê", Encoding.TCVN3)


letters = st.text(
    st.sampled_from(
        "abcdeghiklmnopqrstuvxyàáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ -,.0123"
    ),
    max_size=30,
)


@given(letters)
def test_text_comes_back_from_tcvn3(text: str) -> None:
    assert from_tcvn3(ENCODERS[Encoding.TCVN3](text)) == text


@given(
    st.lists(st.sampled_from([*SURNAMES, *MIDDLES, *GIVEN, "hoàng", "khuỷu", "đường"]))
)
def test_words_come_back_from_every_encoding(words: list[str]) -> None:
    for text in (" ".join(words), " ".join(words).upper(), " ".join(words).lower()):
        for encoding, written in ENCODERS.items():
            turned = convert(written(text), encoding)
            assert turned.casefold() == text.casefold()
            if encoding is not Encoding.TCVN3:
                assert turned == text


@given(st.text())
def test_converting_what_is_unicode_only_composes_it(text: str) -> None:
    for encoding in Encoding:
        once = convert(f"{text} đ", encoding)
        assert once == nfc(f"{text} đ") == convert(once, encoding)


@given(letters)
def test_letters_with_their_tones_apart_are_composed(text: str) -> None:
    assert nfc(apart(text)) == nfc(normalize("NFD", text)) == text


@pytest.mark.parametrize("encoding", OLD)
def test_bytes_of_an_old_encoding_are_read_when_they_tell_themselves(
    encoding: Encoding,
) -> None:
    text = "Mã hồ sơ;Trạng thái\r\nH00.01-260310-0001;Đang xử lý\r\n"
    found = decode(ENCODERS[encoding](text).encode("latin-1"))
    assert (found.text, found.encoding) == (text, encoding)


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "utf-16"])
def test_bytes_of_unicode_are_read_with_and_without_a_mark(name: str) -> None:
    text = "Mã hồ sơ;Đang xử lý"
    assert decode(text.encode(name)).text == text
    assert decode(text.encode(name)).encoding is Encoding.UNICODE


@pytest.mark.parametrize(
    "content",
    [
        "Mã hồ sơ;Trạng thái\nH00;Đang xử lý".encode("cp1258", "replace"),
        b"Caf\xe9",
        b"\x81\x8d\xff",
        b"L\xaa",
    ],
    ids=["letters were lost", "French", "noise", "one short word"],
)
def test_bytes_that_do_not_tell_are_nobodys(content: bytes) -> None:
    with pytest.raises(ValueError, match="encoding"):
        decode(content)
