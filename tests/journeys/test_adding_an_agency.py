"""The page on adding an agency is walked word for word, on a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = ROOT / "docs" / "adding-an-agency.md"
VIETNAMESE = ROOT / "docs" / "adding-an-agency.vi.md"
COPIED = ("gateway", "schemas", "config", "docs", "pyproject.toml")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
#: The last path in code marks before a block is the file that it is, or is added to.
PATH = re.compile(r"`((?:config|examples)/[\w./-]+)`")
ADDED = "config/routing/competence.toml"

pytestmark = [pytest.mark.journey, pytest.mark.system, pytest.mark.timeout(300)]


@dataclass
class Block:
    """A block of code: its language, the text before it, and what it holds."""

    language: str
    before: str
    content: str


def blocks(page: Path) -> list[Block]:
    text = page.read_text("utf-8")
    found, end = [], 0
    for match in BLOCK.finditer(text):
        found.append(Block(match[1], text[end : match.start()], match[2]))
        end = match.end()
    assert found
    return found


class Copy:
    """A copy of the project in which somebody follows the page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        without = shutil.ignore_patterns(".*")
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=without)
            else:
                shutil.copy(source, folder / name)
        (folder / ".venv").symlink_to(ROOT / ".venv")
        self.said = ""

    def run(self, command: str, *, given: str | None = None) -> None:
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder), "COLUMNS": "200"},
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        self.said += done.stdout + done.stderr

    def write(self, path: str, content: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        before = file.read_text("utf-8") if path == ADDED else ""
        file.write_text(before + content, "utf-8")

    def of_the_template(self) -> list[str]:
        """Files of the new agency that still speak of the template."""
        made = ("gateway/adapters", "schemas/agencies", "docs/agencies")
        files = [
            path
            for place in made
            for path in (self.folder / place).glob("nuoc_mau*/**/*")
            if path.is_file() and path.suffix != ".pyc"
        ]
        files += (self.folder / "docs/agencies").glob("nuoc_mau.*")
        assert files
        said = re.compile(
            r"_template|cơ quan ví dụ|no such agency|agency new", re.IGNORECASE
        )
        return [path.name for path in files if said.search(path.read_text("utf-8"))]

    def follow(self, block: Block, *, after_sh: bool) -> None:
        match block.language:
            case "sh":
                self.said = ""
                self.run(block.content)
            case "diff":
                self.said = ""
                self.run("git apply -", given=block.content)
                assert not self.said
            case "text":
                wanted = block.content.splitlines() if after_sh else []
                missing = [line for line in wanted if line not in self.said]
                assert not missing, self.said
            case _:
                self.write(PATH.findall(block.before)[-1], block.content)


def test_both_languages_show_the_same_steps() -> None:
    english, vietnamese = (
        [(b.language, b.content) for b in blocks(page)]
        for page in (ENGLISH, VIETNAMESE)
    )
    assert english == vietnamese


def test_who_follows_the_page_adds_an_agency(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "project")
    language = ""
    for block in blocks(ENGLISH):
        copy.follow(block, after_sh=language == "sh")
        language = block.language
    assert "1 dossiers: 1 ended as expected" in copy.said
    assert copy.of_the_template() == []
