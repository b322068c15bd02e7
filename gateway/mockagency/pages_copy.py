"""An exchange as something to run again: a curl command, a test in Python."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What the client that repeats the call writes by itself, or must not repeat.
_OWN = frozenset(
    {
        *("host", "content-length", "accept-encoding", "connection", "user-agent"),
        *("transfer-encoding", "traceparent", "tracestate", "accept"),
    }
)


def _headers(shown: Mapping[str, Any]) -> dict[str, str]:
    return {k: v for k, v in shown["headers"].items() if k.lower() not in _OWN}


def _target(shown: Mapping[str, Any]) -> str:
    query = f"?{shown['query']}" if shown["query"] else ""
    return f"{shown['path']}{query}"


def curl(shown: Mapping[str, Any], base: str) -> str:
    """``shown``: as the journal shows it; secrets stay places to be filled in."""
    url = _target(shown) if shown["direction"] == "out" else f"{base}{_target(shown)}"
    words = ["curl", "-sS", "-i", "-X", shown["method"], shlex.quote(url)]
    for name, value in _headers(shown).items():
        words += ["-H", shlex.quote(f"{name}: {value}")]
    body, before = shown["body"], ""
    if isinstance(body, str) and body:
        words += ["--data-binary", shlex.quote(body)]
    elif isinstance(body, dict) and body["base64"]:
        before = f"printf %s {shlex.quote(body['data'])} | base64 -d | "
        words += ["--data-binary", "@-"]
    return before + " ".join(words)


def python_test(shown: Mapping[str, Any], base: str, config: str, agency: str) -> str:
    """A file that pytest runs, and Python alone: it needs nothing else.

    ``config``: the file in which the mock's secrets stand.
    """
    out = shown["direction"] == "out"
    scheme, _, rest = shown["path"].partition("://")
    host, slash, path = rest.partition("/")
    target = {**shown, "path": f"{slash}{path}"} if out else shown
    body = shown["body"]
    environment = Environment(
        loader=PackageLoader("gateway.mockagency"),
        autoescape=False,  # noqa: S701  Python is made here, each value by repr
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters["py"] = repr
    return environment.get_template("copied_test.py.txt").render(
        agency=_word(agency),
        n=int(shown["n"]),
        at=shown["at"],
        url=f"{scheme}://{host}" if out else base,
        config=config,
        method=shown["method"],
        target=_target(target),
        headers=_headers(shown),
        body=body if isinstance(body, str) else body["data"],
        base64=isinstance(body, dict) and body["base64"],
        status=shown["status"],
        answer=shown["answer_body"] if isinstance(shown["answer_body"], str) else "",
    )


def _word(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum() or letter == "_")
