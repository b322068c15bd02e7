"""A request becomes a command that a shell runs as it was, without its secrets."""

from __future__ import annotations

import shlex

import pytest

from gateway.domain import json_text
from gateway.domain.asked import FILE, Asked, as_json, asked_of, curl, of_json
from gateway.ports.asked import note, noting

HOSTILE = ["'; rm -rf / #", "$(id)", "`id`", "a b", 'x"y', "\\", "–ví dụ", "a&b|c>d"]


def test_secrets_are_left_out_before_anything_is_kept() -> None:
    kept = asked_of(
        "post",
        "https://user:pass@agency.example/a/b?token=s3cret&dstcode=VN:1#x",
        {
            "Authorization": "Bearer s3cret",
            "Content-Type": "application/json",
            "X-Api-Key": "s3cret",
            "Host": "agency.example",
        },
    )
    assert "s3cret" not in str(as_json(kept))
    assert "pass" not in str(as_json(kept))
    assert kept == Asked(
        "POST",
        "https://agency.example/a/b",
        {"Content-Type": "application/json"},
        ("Authorization", "X-Api-Key"),
        ("token", "dstcode"),
    )
    assert of_json(as_json(kept)) == kept


class Odd(str):
    """A text of a library's own kind."""

    __slots__ = ()


def test_whatever_a_library_calls_text_can_be_written() -> None:
    headers: dict[str, str] = {Odd("Accept"): Odd("a\ud800"), Odd("X-Key"): Odd("b")}
    kept = asked_of(Odd("get"), Odd("http://127.0.0.1/\ud800?\ud800=1"), headers)
    written = json_text.as_json(as_json(kept))
    assert of_json(json_text.of_json(written)) == kept


def test_a_shell_reads_what_was_sent() -> None:
    kept = asked_of(
        "PUT",
        "http://127.0.0.1:1/a?k=1&m=2",
        {"Content-Type": "text/xml", "Authorization": "x"},
    )
    assert shlex.split(curl(kept)) == [
        *("curl", "--request", "PUT", "--header", "Content-Type: text/xml"),
        *("--header", "Authorization: ${LT_AUTHORIZATION}"),
        *("--data-binary", f"@{FILE}", "--"),
        "http://127.0.0.1:1/a?k=${LT_K}&m=${LT_M}",
    ]
    assert "--data-binary" not in curl(asked_of("GET", "http://127.0.0.1:1/", {}))


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_an_agency_or_a_file_says_runs(text: str) -> None:
    kept = Asked("GET", f"http://127.0.0.1/{text}", {"Accept": text}, (text,), (text,))
    words = shlex.split(curl(kept).replace("${", "{"))
    assert words[:5] == ["curl", "--request", "GET", "--header", f"Accept: {text}"]
    assert words[5] == "--"
    assert len(words) == 7
    assert words[6].startswith(f"http://127.0.0.1/{text}?{text}=")


def test_a_request_that_leaves_shows_nothing_of_itself_and_is_noted_by_whom_it_is_for() -> (
    None
):
    note("GET", "http://127.0.0.1/?k=s3cret", {})
    with noting() as found:
        note("GET", "http://127.0.0.1/?k=s3cret", {"Authorization": "s3cret"})
    note("GET", "http://127.0.0.1/?k=s3cret", {})
    (one,) = found
    assert "s3cret" not in repr(one)
    assert one.kept().query == ("k",)
