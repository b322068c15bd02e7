"""Whose release this is, and whether it is older than the installed one."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.wiring.release_order import is_older
from gateway.wiring.upgrade_check import Line, Mark

if TYPE_CHECKING:
    from collections.abc import Iterator

SUMS, SIGNATURE, ABOUT = "SHA256SUMS", "SHA256SUMS.sig", "RELEASE"
#: The same words as in ``install.sh``: who signs, and for what.
SIGNER, NAMESPACE = "lienthong", "lienthong-release"
SIGNERS = Path("/etc/lienthong/release-signers")
#: Where ``install.sh`` keeps what it was given.
INSTALLED = Path(sys.prefix) / "share"
_ROW = re.compile(r"([0-9a-f]{64})  ([^\n]+)")
_TIMEOUT_S = 60.0
_WHAT = "Chữ ký"
_NOT_OURS = "Đừng nâng cấp; lấy lại gói từ nơi phát hành, kiểm tra khóa"


def signed(folder: Path | None, signers: Path | None) -> Iterator[Line]:
    """Whether the maker signed this release as it is, by the rules of ``install.sh``.

    ``folder``: the unpacked archive, of which nothing may be missing; None: what
    ``install.sh`` kept beside this program. ``signers`` None: those that it kept.
    """
    known = signers or (SIGNERS if SIGNERS.is_file() else None)
    where = folder or INSTALLED
    if folder is None and not (where / SUMS).is_file():
        # Without a key nobody could check it; with one, what was signed has to be here.
        mark = Mark.NOTE if known is None else Mark.WRONG
        says = "không có SHA256SUMS của gói bên cạnh chương trình này"
        yield Line(mark, _WHAT, says, "Thêm --release THƯ_MỤC: gói đã bung")
        return
    wrong = _changed(where, whole=folder is not None)
    if wrong:
        yield Line(Mark.WRONG, _WHAT, wrong, _NOT_OURS)
        return
    if known is None:
        todo = "Lấy khóa công khai của nơi phát hành bằng đường khác, thêm --signers"
        yield Line(Mark.NOTE, _WHAT, "chưa kiểm tra: chưa có khóa", todo)
        return
    yield _verified(where, known)


def _changed(where: Path, *, whole: bool) -> str:
    """What is not as the list of checksums says; of an installation what it kept."""
    try:
        text = (where / SUMS).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return f"{where} không có {SUMS} đọc được"
    rows = [_ROW.fullmatch(line) for line in text.splitlines()]
    listed = {row[2]: row[1] for row in rows if row}
    if len(listed) != len(rows) or ABOUT not in listed:
        return f"{SUMS} không phải danh sách của một gói"
    there = {
        path.relative_to(where).as_posix(): path
        for path in where.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }
    strange = there.keys() - listed.keys() - {SUMS, SIGNATURE}
    if whole and strange:
        return f"có tệp lạ: {min(strange)}"
    for name in sorted(listed):
        path = there.get(name)
        if path is None:
            if whole or name == ABOUT:
                return f"thiếu tệp {name}"
        elif path.is_symlink() or not path.is_file() or _digest(path) != listed[name]:
            return f"tệp {name} khác {SUMS}"
    return ""


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _verified(where: Path, signers: Path) -> Line:
    program = shutil.which("ssh-keygen")
    if program is None:
        todo = "Cài gói openssh-client (openssh-clients)"
        return Line(Mark.WRONG, _WHAT, "không có ssh-keygen để kiểm tra", todo)
    signature = where / SIGNATURE
    says = f"không có chữ ký đúng của gói theo {signers}"
    if not signature.is_file():
        return Line(Mark.WRONG, _WHAT, says, _NOT_OURS)
    command = [program, "-Y", "verify", "-f", str(signers), "-I", SIGNER]
    command += ["-n", NAMESPACE, "-s", str(signature)]
    try:
        done = subprocess.run(  # noqa: S603  a fixed program, no shell
            command,
            input=(where / SUMS).read_bytes(),
            capture_output=True,
            check=False,
            timeout=_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return Line(Mark.WRONG, _WHAT, says, _NOT_OURS)
    if done.returncode:
        return Line(Mark.WRONG, _WHAT, says, _NOT_OURS)
    return Line(Mark.GOOD, _WHAT, f"đúng của nơi phát hành, theo {signers}")


def version_of(folder: Path) -> str:
    """What a release says it is; empty when it says nothing."""
    try:
        text = (folder / ABOUT).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    found = re.search(r"^version=(\S+)$", text, re.MULTILINE)
    return found[1] if found else ""


def not_older(ours: str, prefix: Path, *, older: bool) -> Iterator[Line]:
    """Whether it is older than what ``current`` under a prefix leads to."""
    try:
        installed = (prefix / "current").readlink().name
    except OSError:
        return
    if not is_older(ours, installed):
        yield Line(Mark.GOOD, "Đang cài", f"{installed}, không mới hơn bản này")
    elif older:
        yield Line(Mark.NOTE, "Đang cài", f"{installed}; chủ ý quay lại {ours}")
    else:
        todo = "Quay lại có chủ ý (docs/cai-dat.vi.md): thêm --older"
        says = f"{installed}, mới hơn bản này ({ours})"
        yield Line(Mark.WRONG, "Đang cài", says, todo)
