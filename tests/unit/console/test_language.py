"""Every text of the pages has its English, with the same parts, in both files."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest
from jinja2 import Environment

from gateway.console.language import (
    ENGLISH,
    LANGUAGES,
    VIETNAMESE,
    say,
    say_of,
    speak,
)
from scripts import catalogue
from tests.syntax import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from babel.messages.catalog import Message

_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]")
_TAG = re.compile(r"</?\w[^>]*>")
_LETTER = re.compile(
    r"[\u00e0-\u00ff\u0103\u0111\u01a1\u01b0\u1ea0-\u1ef9]", re.IGNORECASE
)
#: Pages of accounts and of signing in are not in English yet.
_NOT_YET = {
    *("accounts.html", "form_again.html", "own_account.html", "password.html"),
    *("prove.html", "recovery.html", "second.html", "sign_in.html"),
    *("signed_in.html", "signed_out.html"),
    *("accounts.py", "kept.py", "own_account.py", "sign_in.py"),
}
_TEMPLATES = sorted(
    one
    for one in (catalogue.CONSOLE / "templates").glob("*.html")
    if one.name not in _NOT_YET
)
_MODULES = sorted(
    one for one in catalogue.CONSOLE.glob("*.py") if one.name not in _NOT_YET
)
#: Vietnamese that is compared or put into a Vietnamese sentence, and said nowhere.
_UNSAID = {
    *LANGUAGES.values(),
    *("cơ quan", "ánh xạ", "Bảng đã nhớ"),
    *("ở ô bên dưới", r"[\s.,]|đồng$"),
    # what is taken out of a Vietnamese sentence, and what is put in its place
    "ghi rõ bảng mã ",
    *(",? (?:gửi )?bằng ", "(?: có linked_number là mã ấy)?(?=[.;,]|$)"),
}


@pytest.fixture(autouse=True)
def vietnamese_again() -> Iterator[None]:
    """A test that speaks English leaves Vietnamese to the next."""
    yield
    speak(VIETNAMESE)


def _messages() -> list[Message]:
    found = [one for one in catalogue.known() if one.id]
    assert len(found) > 100
    return found


def _each(text: str | list[str] | tuple[str, ...] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or [""])


def _parts(text: str) -> tuple[list[str], list[str]]:
    return sorted(_PLACEHOLDER.findall(text)), sorted(_TAG.findall(text))


def test_every_text_of_the_pages_has_english() -> None:
    unsaid = [one.id for one in _messages() if one.fuzzy or not all(_each(one.string))]
    assert unsaid == []


def test_the_catalogue_knows_each_text_of_the_pages_and_no_other() -> None:
    texts = {_each(text)[0] for text in catalogue.texts()}
    known = {_each(one.id)[0] for one in _messages()}
    assert (texts - known, known - texts) == (set(), set())
    assert not catalogue.known().obsolete


def test_english_has_the_parts_and_the_markup_of_the_vietnamese() -> None:
    differing = [
        one.id
        for one in _messages()
        for vietnamese, english in zip(_each(one.id), _each(one.string), strict=True)
        if _parts(vietnamese) != _parts(english)
    ]
    assert differing == []


def test_english_holds_no_percent_sign_that_is_read_as_a_part() -> None:
    for one in _messages():
        for english in _each(one.string):
            bare = _PLACEHOLDER.sub("", english)
            assert ("%%" in bare) == ("%%" in _PLACEHOLDER.sub("", _each(one.id)[0]))


def test_both_files_are_what_the_script_writes() -> None:
    assert catalogue.FILE.read_bytes() == catalogue.written(catalogue.renewed())
    compiled = catalogue.compiled(catalogue.renewed())
    assert catalogue.FILE.with_suffix(".mo").read_bytes() == compiled


def test_a_text_is_said_in_the_language_spoken() -> None:
    assert say("Chờ cán bộ xử lý") == "Chờ cán bộ xử lý"
    speak(ENGLISH)
    assert say("Chờ cán bộ xử lý") == "Waiting for staff"
    assert say("Nguyễn Văn A") == "Nguyễn Văn A"


def test_a_number_of_things_unknown_to_the_catalogue_stays_as_it_stands() -> None:
    speak(ENGLISH)
    assert [say_of("một", "nhiều", n) for n in (1, 2)] == ["một", "nhiều"]


def _known() -> set[str]:
    return {text for one in _messages() for text in _each(one.id)} | _UNSAID


@pytest.mark.parametrize("file", _TEMPLATES, ids=lambda file: file.name)
def test_a_page_has_no_words_outside_of_the_catalogue(file: Path) -> None:
    bare, translated = [], False
    for _line, kind, text in Environment(autoescape=True).lex(file.read_text("utf-8")):
        if kind == "name" and text in {"trans", "endtrans"}:
            translated = text == "trans"
        if kind == "data" and not translated and _LETTER.search(text):
            bare.append(text.strip())
        if kind == "string" and _LETTER.search(text):
            bare += {ast.literal_eval(text)} - _known()
    assert bare == []


@pytest.mark.parametrize("file", _MODULES, ids=lambda file: file.name)
def test_a_module_has_no_words_outside_of_the_catalogue(file: Path) -> None:
    tree = tree_of(file.read_text("utf-8"))
    described = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    bare = [
        one.value
        for one in ast.walk(tree)
        if isinstance(one, ast.Constant)
        and isinstance(one.value, str)
        and id(one) not in described
        and _LETTER.search(one.value)
    ]
    assert set(bare) - _known() == set()
