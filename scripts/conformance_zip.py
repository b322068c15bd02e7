"""Puts the conformance kit into one zip that runs without pip: Python and nothing else.

``python scripts/conformance_zip.py --needs``: the lines of the lock that it needs, for
``pip download --no-deps --only-binary :all: --platform win_amd64 --python-version 312
--require-hashes -r LINES -d WHEELS``.
``python scripts/conformance_zip.py FILE.zip WHEELS``: the zip with these wheels inside;
an empty folder: the libraries are those of the Python that starts it.
"""

import io
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: What a run imports, against an address or a mock, by the names of the lock.
NEEDED = (
    *("aiohappyeyeballs", "aiohttp", "aiosignal", "annotated-doc", "annotated-types"),
    *("asyncssh", "attrs", "cffi", "click", "colorama", "cryptography", "docxtpl"),
    *("frozenlist", "idna", "jinja2", "jsonschema-rs", "lxml", "markdown-it-py"),
    *("markupsafe", "mdurl", "multidict", "orjson", "propcache", "pycparser"),
    *("pydantic", "pydantic-core", "pygments", "python-calamine", "python-docx"),
    *("rich", "segno"),
    *("shellingham", "typer", "typing-extensions", "typing-inspection"),
    *("tzdata", "xlsxwriter", "xmlsec", "yarl"),
)
_PINNED = re.compile(r"^([a-z0-9._-]+)==", re.IGNORECASE)
START = '''"""Starts the conformance kit from its own folder."""
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "app"), str(HERE / "lib")]

from gateway.cli.conformance_alone import main  # noqa: E402

main()
'''
#: Takes a Python beside it, else the one that Windows knows. UTF-8 by ``-X``: an embeddable
#: Python reads no variables.
WINDOWS = """@echo off\r
chcp 65001 >nul\r
if exist "%~dp0python\\python.exe" (\r
  "%~dp0python\\python.exe" -X utf8 "%~dp0thu.py" %*\r
) else (\r
  py -3.12 -X utf8 "%~dp0thu.py" %*\r
)\r
"""
POSIX = """#!/bin/sh
exec "${PYTHON:-python3}" -X utf8 "$(dirname "$0")/thu.py" "$@"
"""
READ_ME = """BỘ THỬ KẾT NỐI\r
\r
Windows: mở Command Prompt ở thư mục này, gõ\r
  thu-ket-noi run --agency electricity --role server --against mock\r
  thu-ket-noi list\r
  thu-ket-noi preset --agency electricity > thu.toml\r
  thu-ket-noi run --agency electricity --role server --against https://dia-chi-thu --preset thu.toml\r
Cần Python 3.12 (bản 64 bit, từ python.org, không cần pip, không cần mạng), hoặc giải nén\r
bản Python 3.12 «embeddable» vào thư mục python cạnh tệp này.\r
Lệnh đầu thử cơ quan giả lập có sẵn trong tệp zip, để xem bộ thử làm gì trước khi thử hệ thống thật.\r
Nếu Windows chặn tệp tải về: bấm chuột phải tệp zip, Properties, Unblock, rồi mới giải nén.\r
Linux: sh thu-ket-noi.sh, các lệnh như trên.\r
Hướng dẫn: app\\gateway\\shipped\\docs\\conformance\\README.vi.md\r
"""


def needs() -> Iterator[str]:
    """Lines of the lock, with their hashes."""
    wanted, inside = set(NEEDED), False
    for line in (ROOT / "requirements.lock").read_text("utf-8").splitlines():
        pinned = _PINNED.match(line)
        if pinned:
            inside = pinned[1].lower() in wanted
        if inside and (pinned or line.startswith("    --hash")):
            yield line.split(" ;")[0].removesuffix(" \\") + " \\" if pinned else line
        elif not line.startswith(" "):
            inside = inside and bool(pinned)


def pack(target: Path, wheels: Path) -> int:
    """Write the zip; how many files are in it."""
    with (
        tempfile.TemporaryDirectory() as made,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as kit,
    ):
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", made]
        subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
        (own,) = Path(made).glob("*.whl")
        _unpack(kit, own.read_bytes(), "app")
        for wheel in sorted(wheels.glob("*.whl")):
            _unpack(kit, wheel.read_bytes(), "lib")
        for name, text in (
            ("thu.py", START),
            ("thu-ket-noi.cmd", WINDOWS),
            ("thu-ket-noi.sh", POSIX),
            ("DOC-TRUOC.txt", READ_ME),
        ):
            _put(kit, name, text.encode())
        return len(kit.namelist())


def _unpack(kit: zipfile.ZipFile, wheel: bytes, folder: str) -> None:
    with zipfile.ZipFile(io.BytesIO(wheel)) as packed:
        for name in sorted(packed.namelist()):
            if not name.endswith("/"):
                _put(kit, f"{folder}/{name}", packed.read(name))


def _put(kit: zipfile.ZipFile, name: str, content: bytes) -> None:
    # A fixed day: the same content is the same file.
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    kit.writestr(entry, content)


def main() -> int:
    """Write the zip that the command line names, or say what it needs."""
    if sys.argv[1:] == ["--needs"]:
        print("\n".join(needs()))
        return 0
    if len(sys.argv) != 3 or not Path(sys.argv[2]).is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    print(f"{pack(Path(sys.argv[1]), Path(sys.argv[2]))} files in {sys.argv[1]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
