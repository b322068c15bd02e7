"""Packs a release for machines without the internet: wheels, install script, documents.

``sh scripts/bundle.sh`` calls it. Wheels come by the lock: what pip fetches has one of
the hashes that were tested, and is asked for them again where it is installed.
"""

import argparse
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
PYTHONS = ("3.11", "3.12", "3.13")
#: Machines whose C library is at least this old or newer: RHEL 8, Debian 10, Ubuntu 20.04.
GLIBC = (2, 28)
#: What is copied as it stands: place in the repository → place in the archive.
COPIED = {
    "requirements.lock": "requirements.lock",
    "LICENSE": "LICENSE",
    "CHANGELOG.md": "CHANGELOG.md",
    "ARCHITECTURE.md": "ARCHITECTURE.md",
    "README.md": "README.md",
    "README.vi.md": "README.vi.md",
    "config": "config",
    "docs": "docs",
    "deploy": "deploy",
    "examples": "examples",
    "schemas": "schemas",
    "scripts/rehearse.sh": "rehearse.sh",
    "deploy/install.sh": "install.sh",
    "deploy/uninstall.sh": "uninstall.sh",
    "deploy/DOC-TRUOC.txt": "DOC-TRUOC.txt",
}
#: Of these folders nothing is packed, wherever they lie.
LEFT_OUT = {"__pycache__", "node_modules", ".run"}
SUMS = "SHA256SUMS"
SIGNATURE = f"{SUMS}.sig"
#: For what a release key signs, so that what it signs otherwise is no release.
NAMESPACE = "lienthong-release"
PAGE = """<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><title>{title}</title><style>
body{{max-width:52rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 sans-serif}}
table{{border-collapse:collapse}}td,th{{border:1px solid #999;padding:.2rem .5rem;text-align:left}}
pre{{background:#eee;padding:.6rem;overflow-x:auto}}</style></head><body>
{body}</body></html>
"""


@dataclass(frozen=True)
class Release:
    """What is packed, and for which machines."""

    version: str
    machine: str
    pythons: tuple[str, ...]
    epoch: int

    @property
    def name(self) -> str:
        """Of the archive, and of the one folder in it."""
        all_of_them = self.pythons == PYTHONS
        some = "" if all_of_them else "-py" + "-".join(self.pythons).replace(".", "")
        return f"lienthong-{self.version}-linux-{self.machine}{some}"

    @property
    def platforms(self) -> tuple[str, ...]:
        """Tags of the wheels that such a machine can run, the newest first."""
        major, newest = GLIBC
        tags = [f"manylinux_{major}_{n}_{self.machine}" for n in range(newest, 4, -1)]
        old = ("manylinux2014", "manylinux2010", "manylinux1")
        return (*tags, *(f"{tag}_{self.machine}" for tag in old))


def fetch(release: Release, where: Path) -> None:
    """Every wheel that the lock names, for each Python; pip compares the hashes."""
    tags = [word for tag in release.platforms for word in ("--platform", tag)]
    for python in release.pythons:
        say(f"Lấy các gói cho Python {python}")
        pip(
            *("download", "--require-hashes", "--no-deps", "--only-binary=:all:"),
            *("--implementation", "cp", "--python-version", python, *tags),
            *("--dest", str(where), "--requirement", str(LOCK)),
        )


def build(where: Path) -> None:
    """The project's own wheel, by the builder that is in the lock."""
    say("Đóng gói phần mềm của cổng")
    pip(
        *("wheel", "--no-index", "--no-deps", "--no-build-isolation"),
        *("--wheel-dir", str(where), str(ROOT)),
    )


def pip(*words: str) -> None:
    """Run pip of this environment; its words only where it fails."""
    command = [sys.executable, "-m", "pip", *words, "--quiet", "--no-input"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"pip {words[0]}:\n{done.stdout}{done.stderr}")


def copy(where: Path) -> None:
    """What is packed as it stands."""
    for source, place in COPIED.items():
        target = where / place
        if (ROOT / source).is_dir():
            for path in files(ROOT / source):
                _put(path, target / path.relative_to(ROOT / source))
        else:
            _put(ROOT / source, target)


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    runs = source.suffix == ".sh"
    target.chmod(0o755 if runs else 0o644)


def files(folder: Path) -> Iterator[Path]:
    """Files of a folder, in one order everywhere."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if path.is_file() and not LEFT_OUT & set(inside):
            yield path


def pages(where: Path) -> None:
    """Documents as pages that a browser opens without a server."""
    reader = MarkdownIt("commonmark").enable("table")
    for path in [path for path in files(where) if path.suffix == ".md"]:
        text = path.read_text("utf-8")
        title = re.search(r"^# (.+)$", text, re.MULTILINE)
        # Links between documents lead to their pages; those to the web stay.
        body = re.sub(
            r'href="(?![a-z]+:)([^"#]+)\.md(#[^"]*)?"',
            r'href="\1.html\2"',
            reader.render(text),
        )
        made = where / "html" / path.relative_to(where).with_suffix(".html")
        made.parent.mkdir(parents=True, exist_ok=True)
        named = title[1] if title else path.stem
        made.write_text(PAGE.format(title=named, body=body), "utf-8")


def describe(release: Release, where: Path) -> None:
    """For ``install.sh``, which reads it line by line, and for people."""
    (where / "RELEASE").write_text(
        f"version={release.version}\nmachine={release.machine}\n"
        f"glibc={'.'.join(map(str, GLIBC))}\npythons={' '.join(release.pythons)}\n",
        "utf-8",
    )


def sums(where: Path) -> None:
    """A line per file, as ``sha256sum -c`` reads it."""
    lines = (
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(where)}\n"
        for path in list(files(where))
        if path.name not in {SUMS, SIGNATURE}
    )
    (where / SUMS).write_text("".join(lines), "utf-8")


def sign(where: Path, key: Path) -> None:
    """Sign the list of checksums, and by it every file, as ``install.sh`` checks it."""
    command = ["ssh-keygen", "-Y", "sign", "-n", NAMESPACE, "-f", str(key)]
    (where / SIGNATURE).unlink(missing_ok=True)
    done = subprocess.run(
        [*command, str(where / SUMS)], capture_output=True, text=True, check=False
    )
    if done.returncode or not (where / SIGNATURE).is_file():
        sys.exit(f"ssh-keygen -Y sign:\n{done.stderr}")


def pack(release: Release, folder: Path, target: Path) -> None:
    """One archive; owner, order and times do not depend on where it was made."""
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as archive:
        for path in [folder, *sorted(folder.rglob("*"))]:
            entry = archive.gettarinfo(path, str(path.relative_to(folder.parent)))
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = "root"
            entry.mtime = release.epoch
            entry.mode = 0o755 if path.is_dir() or entry.mode & 0o100 else 0o644
            if path.is_file():
                with path.open("rb") as content:
                    archive.addfile(entry, content)
            else:
                archive.addfile(entry)


def make(release: Release, out: Path, key: Path | None = None) -> Path:
    """The archive, signed if there is a key, and beside it the file of its checksum."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as work:
        folder = Path(work) / release.name
        wheels = folder / "wheels"
        wheels.mkdir(parents=True)
        fetch(release, wheels)
        build(wheels)
        copy(folder)
        pages(folder)
        describe(release, folder)
        sums(folder)
        if key is not None:
            sign(folder, key)
        half = Path(work) / "half"
        pack(release, folder, half)
        made = out / f"{release.name}.tar"
        half.replace(made)
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    made.with_name(made.name + ".sha256").write_text(f"{digest}  {made.name}\n")
    return made


def release_of(pythons: Sequence[str]) -> Release:
    """The release of this tree, for this kind of machine."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", "1577836800"))
    chosen = tuple(one for one in PYTHONS if one in pythons or not pythons)
    return Release(project["version"], platform.machine(), chosen, epoch)


def say(text: str) -> None:
    """A line at once."""
    print(text, flush=True)


def main(words: Iterable[str] | None = None) -> None:
    """Make it and say where it is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--python", action="append", choices=PYTHONS, default=[])
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--sign", type=Path, metavar="KEY", help="ssh key of releases")
    given = parser.parse_args(None if words is None else list(words))
    made = make(release_of(given.python), given.out.resolve(), given.sign)
    size = made.stat().st_size / 1e6
    say(f"{made} ({size:.0f} MB)")
    if given.sign is None:
        say("Chưa ký: --sign KHÓA (ssh-keygen -t ed25519) để nơi cài kiểm tra được.")


if __name__ == "__main__":
    main()
