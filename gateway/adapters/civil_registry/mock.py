"""DVCLT and BTP as ``docs/agencies/civil_registry.md`` describes them: two addresses.

DVCLT lies at ``/dvclt``, BTP at ``/btp``. Both keep what they know in memory; the
books stay. A line is about DVCLT's dossier code where there is one, else about the
one-stop's.

**Settings** (the table of this mock). ``dvclt``: ``user``, ``password``, ``units``
(whole numbers that are set up), ``applications`` (rows ``number``, ``module`` KS or
KT, ``unit``, and if wanted ``id``, ``procedure``, ``after_h``: hours after the start);
``token_s`` (3600), ``refresh_s`` (seven days), ``calls_per_second`` (0: not counted).
``btp``: ``account`` and ``password`` (left out: behind a platform, nobody is asked),
``units``, ``provinces`` (codes that exist), ``province`` (under which dossiers are
filed), ``min_poll_s`` (0: a dossier may be asked for at any time). ``schemas``: folder
of what is published, if not that of the repository.

**Scenario** of a dossier, by DVCLT's code or the one-stop's:

* ``fields``: values in the place of the sample's, ``""`` leaves one out; ``root``: name
  of the XML's root; ``decomposed``: letters come as NFD; ``broken``: ``half``,
  ``no_json``, ``entity``, ``no_hotich`` or ``paper``, in the first ``broken_times``
  answers (all).
* ``supplies_after_h`` (24): when the applicant adds papers after a report ``2``;
  ``never_supplies``.
* ``[[step]]``: what BTP's officer does instead of taking it after 1 hour and
  registering it after 4: ``state``, ``after_h``, ``on`` (``push`` or ``supplement``),
  ``text``, ``due_days`` (with ``2``), ``pdf_mb`` (size of the PDF as base64, with ``4``).
* ``typed_by_hand_after_h``: registered there without the push; it stays ``1``.
* ``filed_under``: province code of before. ``written = "text"``: numbers as texts.
* ``says``: name of an answer of codes.toml for the first ``says_times`` (1) reports,
  ``says_stored``: and yet the report counts; ``btp_says``, ``btp_says_times``,
  ``btp_says_stored``: the same of pushes. ``shape``: of DVCLT's answers: ``object``,
  ``text``, ``escaped`` or ``words``.
* ``poll_works_s`` (0): real seconds that BTP works on a poll about it.

A fault that happens before the work finds no dossier in calls for the list or a
detail: plan it for any.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.adapters.civil_registry.mock_btp import BTP
from gateway.adapters.civil_registry.mock_contract import (
    Handler,
    Office,
    Request,
    parsed,
)
from gateway.adapters.civil_registry.mock_dvclt import DVCLT, LIST, REPORT, TOKENS
from gateway.adapters.civil_registry.mock_published import Published
from gateway.adapters.civil_registry.mock_register import Register

BTP_KINDS = {
    "nhanHoSoDKHT": "btp_push",
    "dangKyHoTich": "btp_register",
    "layKetQuaDKHT": "btp_poll",
}

#: Path → schema of its body, where the file is not called as the operation.
SCHEMAS_OF = {
    "/dvclt/api/tokens": "civil_registry/dvclt-token-request.json",
    "/dvclt/api/tokens/refresh": "civil_registry/dvclt-token-refresh.json",
    "/dvclt/api/lienthongdvclt/hosolienthong": "civil_registry/dvclt-danhan.json",
    "/dvclt/api/lienthongdvclt/trangthaihoso": "civil_registry/dvclt-status.json",
    "/btp/layKetQuaDKHT": "civil_registry/btp-poll.json",
}
#: What a plan of faults may name: kinds of the books, and calls that it makes.
OPERATIONS = frozenset(
    {
        *BTP_KINDS.values(),
        *(f"dvclt_{what}" for what in ("token", "refresh", "list", "detail")),
        *(f"dvclt_{what}" for what in ("received", "status")),
    }
)

#: Fields of both registers, for people.
WORDS = {
    "number": "Mã hồ sơ",
    "module": "Loại việc",
    "unit": "Đơn vị",
    "procedure": "Thủ tục",
    "lines": "Dòng trong danh sách",
    "filed_at": "Nộp lúc",
    "is_supplement": "Là bổ sung",
    "is_marked": "Đã báo nhận",
    "rung": "Trạng thái đã báo",
    "reported_at": "Báo lúc",
    "by_hand": "Đăng ký tại chỗ",
    "shown": "Số lần lấy chi tiết",
    "reports": "Số lần báo",
    "linked": "Mã liên thông",
    "own": "Mã một cửa",
    "province": "Tỉnh",
    "changed_at": "Đổi lúc",
    "state": "Trạng thái",
    "text": "Ghi chú",
    "due": "Hẹn trả",
    "result": "Kết quả",
}


def create(office: Office) -> Iterable[tuple[str, str, Handler]]:
    """The routes of both."""
    published = Published.of(office.settings)
    register = Register()
    office.shows("DVCLT: hồ sơ liên thông", lambda: register.applications, WORDS)
    office.shows("Sổ hộ tịch (BTP)", lambda: register.registrations, WORDS)
    dvclt = DVCLT(office, published, register)
    btp = BTP(office, published, register)
    return (*dvclt.routes(), *btp.routes())


def number_of(request: Request) -> str:
    """Code of the dossier that a call names first; empty: none, or unreadable."""
    content = parsed(request.body) or {}
    asked = content.get("maDinhDanhHoSo")
    if isinstance(asked, list) and asked:
        return str(asked[0])
    for name in ("soHoSoLT", "maHoSoLT", "maHoSo"):
        if name in content:
            return str(content[name])
    return ""


def kind_of(request: Request) -> str:
    """What the books call a call."""
    last = request.path.rpartition("/")[2]
    if last in BTP_KINDS:
        return BTP_KINDS[last]
    fixed = {
        TOKENS: "dvclt_token",
        f"{TOKENS}/refresh": "dvclt_refresh",
        REPORT: "dvclt_status",
        LIST: "dvclt_received" if request.method == "PUT" else "dvclt_list",
    }
    return fixed.get(request.path, "dvclt_detail")
