"""What a request to an agency was, without its secrets and its content; as a command.

It is kept of attempts that did not deliver, so that an engineer can ask the agency's
system the same thing again.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from gateway.domain.identifiers import PayloadId, TransferId
from gateway.domain.values import dataclass

#: Headers that say what a message is, never who sends it: the others may prove somebody.
PLAIN = frozenset({"accept", "content-type", "content-encoding", "soapaction"})
#: Methods that carry a message.
CARRYING = frozenset({"POST", "PUT", "PATCH"})
#: The file that the command reads the message from; it is not kept with the request.
FILE = "noi-dung.bin"
_NAME = re.compile(r"[A-Za-z0-9-]+")
_NOT_OF_A_VARIABLE = re.compile(r"[^A-Z0-9]")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; of ``hidden`` headers and of its query there are names alone."""

    method: str
    url: str
    #: without a user, a password, a query
    headers: Mapping[str, str]
    #: those that are plain
    hidden: tuple[str, ...] = ()
    query: tuple[str, ...] = ()


#: Headers that curl makes by itself.
_OWN = frozenset({"host", "content-length", "transfer-encoding", "connection"})


def asked_of(method: str, url: str, headers: Mapping[str, str]) -> Asked:
    """A request as it may be kept."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    known = {_text(k): _text(v) for k, v in headers.items()}
    plain = {k: v for k, v in known.items() if k.lower() in PLAIN}
    return Asked(
        method=_text(method).upper(),
        url=_text(urlunsplit((parts.scheme, host, parts.path, "", ""))),
        headers=plain,
        hidden=tuple(k for k in known if k.lower() not in {*PLAIN, *_OWN}),
        query=tuple(
            dict.fromkeys(
                _text(k) for k, _ in parse_qsl(parts.query, keep_blank_values=True)
            )
        ),
    )


def _text(text: str) -> str:
    """A plain text that can be written as JSON, whatever kind of text a library has."""
    return text.encode("utf-8", "replace").decode()


def payload_of(transfer: TransferId, started_at: datetime) -> PayloadId:
    """Where the request of an attempt lies."""
    return PayloadId(f"asked.{transfer}.{started_at.isoformat()}")


def as_json(asked: Asked) -> dict[str, Any]:
    """As it is sealed."""
    return {
        "method": asked.method,
        "url": asked.url,
        "headers": dict(asked.headers),
        "hidden": list(asked.hidden),
        "query": list(asked.query),
    }


def of_json(content: Mapping[str, Any]) -> Asked:
    """As it was sealed."""
    return Asked(
        str(content["method"]),
        str(content["url"]),
        {str(k): str(v) for k, v in content["headers"].items()},
        tuple(map(str, content["hidden"])),
        tuple(map(str, content["query"])),
    )


def curl(asked: Asked) -> str:
    """The command for a POSIX shell; secrets are environment variables by name.

    Whatever an address or a header holds is quoted as one word that no shell opens.
    """
    words = ["curl", "--request", shlex.quote(asked.method)]
    for name, value in asked.headers.items():
        words += ["--header", shlex.quote(f"{name}: {value}")]
    for name in asked.hidden:
        if _NAME.fullmatch(name):
            words += ["--header", f'"{name}: ${{{variable(name)}}}"']
    if asked.method in CARRYING:
        words += ["--data-binary", f"@{FILE}"]
    asks = [f'{shlex.quote(f"{name}=")}"${{{variable(name)}}}"' for name in asked.query]
    query = "'?'" + "'&'".join(asks) if asks else ""
    return " ".join([*words, "--", f"{shlex.quote(asked.url)}{query}"])


def variable(name: str) -> str:
    """The environment variable that holds a secret of that name."""
    return f"LT_{_NOT_OF_A_VARIABLE.sub('_', name.upper())}"
