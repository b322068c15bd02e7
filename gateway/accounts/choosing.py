"""Which passwords are too easy to guess; says so in a sentence."""

from __future__ import annotations

import re
import unicodedata

LEAST, MOST = 12, 256
#: What lists of leaked passwords are made of; with digits and signs around them, too.
_COMMON = frozenset(
    """
    aaa abc abcd abcde abcdef abcdefgh admin administrator anhyeuem asdfgh
    asdfghjkl baseball batman bimat canbo changeme company congchuc
    conglienthong coquan danang dangnhap default demo doimatkhau dragon
    emyeuanh football gateway guest hanhchinhcong hanoi hethong hochiminh
    iloveyou khach letmein lienthong login macdinh master matkhau matkhaumoi
    matma monkey motcua nguoidung passw0rd password princess qazwsx
    qazwsxedc quantri quantrivien qwerty qwertyui qwertyuiop root saigon
    secret shadow sunshine superman tam temp test thunghiem thutuc tinhmau
    tphcm user vietnam welcome xinchao yeuanh yeuem zxcvbnm
    """.split()  # noqa: SIM905  a list of these would fill a page
)
_RUNS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
)
#: Different characters that one needs at least.
_VARIED = 6
_SWAPS = str.maketrans("013457@$!", "oieastasi")


def why_not(password: str, account: str, name: str = "") -> str:
    """Why a password may not be taken; empty when it may."""
    if len(password) < LEAST:
        return f"Mật khẩu cần ít nhất {LEAST} ký tự (nhiều từ nối nhau dễ nhớ hơn)."
    if len(password) > MOST:
        return f"Mật khẩu dài nhất {MOST} ký tự."
    plain = _plain(password)
    if any(part in plain for part in _own(account, name)):
        return "Mật khẩu không được chứa tên tài khoản hoặc họ tên."
    if _is_common(password, plain):
        return (
            "Mật khẩu này quá dễ đoán (có trong danh sách hay gặp): chọn mật khẩu khác."
        )
    return ""


def _is_common(password: str, plain: str) -> bool:
    letters = re.sub(r"[^a-z]", "", plain)
    swapped = re.sub(r"[^a-z]", "", plain.translate(_SWAPS))
    return (
        len(set(password)) < _VARIED
        or (
            not letters
            and any(plain in run * 3 or plain[::-1] in run * 3 for run in _RUNS)
        )
        or (not letters and plain.isdigit())
        or any(_repeats(one) for one in (letters, swapped, plain) if one)
        or any(plain in run or plain in run[::-1] for run in _RUNS)
    )


def _repeats(text: str) -> bool:
    """Whether it is a common word, or one again and again."""
    return any(
        text == word * (len(text) // len(word)) for word in _COMMON if word in text
    )


def _own(account: str, name: str) -> set[str]:
    whole = {_plain(account), re.sub(r"[^a-z0-9]", "", _plain(account))}
    return {one for one in (*whole, _plain(name).replace(" ", "")) if len(one) > 3}


def _plain(text: str) -> str:
    """Without marks and capitals."""
    apart = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(char for char in apart if not unicodedata.combining(char))
