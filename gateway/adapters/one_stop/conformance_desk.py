"""The kit in place of the gateway: a one-stop's calls are answered by the document."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from gateway.adapters.one_stop.conformance_calls import body, event
from gateway.conforming import Incoming, Reply, Trial, content_of

JSON = {"Content-Type": "application/json; charset=utf-8"}
PROBLEM = {"Content-Type": "application/problem+json"}
LIMIT = 4 * 1024 * 1024
#: Between ``d-`` and its end a dossier's identifier is its number.
_OWN = "d-"
#: Later act → schema of its body.
LATER_ACTS = {
    "supplements": "supplement",
    "withdrawal": "withdrawal",
    "handed-out": "handed-out",
    "result-wrong": "result-wrong",
}
#: Codes after which an act has its place.
_PLACE = {
    "supplements": (5, "no_supplement_awaited"),
    "handed-out": (9, "not_finished"),
    "result-wrong": (9, "not_finished"),
}
_NAME = re.compile(rb'\bname="([^"]*)"', re.IGNORECASE)
_BOUNDARY = re.compile(r'boundary="?([^";,]+)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """A call as §2 to §6 read it; ``act``: what stands behind the number."""

    method: str
    dossier: str
    #: number, or the gateway's identifier, as it stands in the address
    act: str

    @property
    def number(self) -> str:
        """Of the dossier."""
        return self.dossier.removeprefix(_OWN)


def header(call: Incoming, name: str) -> str:
    """A header; empty: it is not there."""
    return next((v for k, v in call.headers.items() if k.lower() == name), "")


def asked(call: Incoming) -> Asked:
    """What a call asks for; ``act`` is ``dossiers``, ``events``, … without a dossier."""
    _, _, below = call.path.partition("/v1/")
    first, _, rest = below.partition("/")
    if first != "dossiers" or not rest:
        return Asked(call.method, "", first)
    dossier, _, act = rest.partition("/")
    return Asked(call.method, unquote(dossier), act)


def parts(call: Incoming) -> dict[str, bytes]:
    """Parts of a multipart body by their names; empty: it is none."""
    found = _BOUNDARY.search(header(call, "content-type"))
    if not found:
        return {}
    pieces = call.body.split(b"--" + found[1].encode())
    read: dict[str, bytes] = {}
    for piece in pieces[1:-1]:
        head, _, held = piece.partition(b"\r\n\r\n")
        if name := _NAME.search(head):
            read[name[1].decode("utf-8", "replace")] = held.removesuffix(b"\r\n")
    return read


def is_multipart(call: Incoming) -> bool:
    """Whether files come in parts of their own."""
    return header(call, "content-type").lower().startswith("multipart/form-data")


def text_of(call: Incoming) -> bytes:
    """The JSON of a call, where it stands."""
    if not is_multipart(call):
        return call.body
    found, act = parts(call), asked(call).act
    name = {"supplements": "supplement", "result-wrong": "result_wrong"}.get(act)
    return found.get(name or "dossier", b"")


def content(call: Incoming) -> dict[str, Any] | None:
    """What a call says, absent members left out (§2: ``null`` counts as absent)."""
    found = content_of(text_of(call))
    return None if found is None else _present(found)


def _present(value: Any, name: str = "") -> Any:
    match value:
        case dict() if name != "extension":
            return {
                key: _present(one, key) for key, one in value.items() if one is not None
            }
        case list():
            return [_present(one) for one in value]
        case _:
            return value


def number_of(call: Incoming) -> str:
    """The dossier that a call is about; an upload is about none."""
    about = asked(call)
    if about.dossier:
        return about.number
    if about.act == "dossiers":
        return str((content(call) or {}).get("number", ""))
    return about.act


def schema_of(call: Incoming) -> str:
    """By which schema its content is held; empty: it has none."""
    act = asked(call).act
    whole = "dossier/dossier-1" if act in {"", "dossiers"} else ""
    return LATER_ACTS.get(act, whole)


def key_of(call: Incoming) -> str:
    """What makes a call the same (§3.3)."""
    said = content(call) or {}
    found = header(call, "idempotency-key") or said.get("idempotency_key")
    about = asked(call)
    kind = (about.method, about.act, number_of(call), said.get("round", 1))
    return str(found) if found else json.dumps([*kind, said.get("revision", 1)])


def told(content: object, status: int = 202) -> Reply:
    """An answer of the gateway's."""
    return Reply(status, body(content), JSON)


def refused(status: int, code: str, after_s: int = 0, **more: Any) -> Reply:
    """A problem (§8)."""
    problem = {
        "type": f"urn:lienthong:problem:{code}",
        "title": "Bộ thử trả lời như cổng",
        "title_en": "The kit answers as the gateway does",
        "status": status,
        "code": code,
        "detail": "Xem mục 8.",
        "remedy": "Xem mục 8.",
        "origin": "sender" if status < 500 else "gateway",
        **more,
    }
    wait = {"Retry-After": str(after_s)} if after_s else {}
    return Reply(status, body(problem), {**PROBLEM, **wait})


INVALID = refused(
    422,
    "dossier_invalid",
    errors=[{"pointer": "/area/commune", "code": "unknown", "message": "Không có."}],
)


def usual(call: Incoming, t: Trial, _known: object) -> Reply:
    """§2 to §6, for one one-stop."""
    about = asked(call)
    if header(call, "authorization") != f"Bearer {t.key('token')}":
        return refused(401, "not_signed_in")
    if about.method == "GET":
        return _read(about, t)
    if header(call, "content-encoding"):
        return refused(415, "content_encoding_unsupported")
    if about.act == "attachments" and not about.dossier:
        return _uploaded(call, t)
    if len(text_of(call)) > LIMIT:
        return refused(413, "too_large")
    said = content(call)
    if said is None:
        return refused(400, "malformed_json")
    schema = schema_of(call)
    if not schema:
        return refused(404, "unknown_path")
    if t.wrong(schema, said):
        return refused(422, "dossier_invalid", errors=[])
    return _once(call, said, t)


def _once(call: Incoming, said: Mapping[str, Any], t: Trial) -> Reply:
    """The same message twice (§3.3)."""
    before: dict[str, tuple[Any, Any]] = t.memory.setdefault("answered", {})
    key = key_of(call)
    if key in before:
        same, answer = before[key]
        if same != said:
            return refused(409, "dossier_contradiction")
        return told({**answer, "repeated": True})
    answer = _stored(call, said, t)
    if isinstance(answer, Reply):
        return answer
    before[key] = (said, answer)
    return told(answer)


def stored(t: Trial) -> dict[str, dict[str, Any]]:
    """Dossiers that were handed in, by their numbers."""
    found: dict[str, dict[str, Any]] = t.memory.setdefault("dossiers", {})
    return found


def _stored(
    call: Incoming, said: Mapping[str, Any], t: Trial
) -> Reply | dict[str, Any]:
    about, number, kept = asked(call), number_of(call), stored(t)
    if not about.dossier:
        kept[number] = {"document": said, "revision": 1, "code": 2}
    elif number not in kept:
        return refused(404, "dossier_unknown")
    one = kept[number]
    if about.method == "PUT":
        if said.get("revision") != one["revision"] + 1:
            return refused(409, "revision_not_next")
        one |= {"document": said, "revision": one["revision"] + 1}
    wanted, code = _PLACE.get(about.act, (one["code"], ""))
    if one["code"] != wanted:
        return refused(409, code)
    return {"dossier": _shown(number, one, t), "transfers": [], "repeated": False}


def _shown(number: str, one: Mapping[str, Any], t: Trial) -> dict[str, Any]:
    return {
        "id": f"{_OWN}{number}",
        "number": number,
        "revision": one["revision"],
        "round": 1,
        "accepted_at": t.now().isoformat(timespec="seconds"),
        "due_on": one["document"].get("due_on"),
        "procedure": one["document"].get("procedure"),
        "procedure_version": "1",
        "portal_code": one["code"],
        "unrouted": None,
        "asks": [],
        "warnings": [],
    }


def _uploaded(call: Incoming, t: Trial) -> Reply:
    found = hashlib.sha256(call.body).hexdigest()
    uploads: set[str] = t.memory.setdefault("uploads", set())
    uploads.add(found)
    return told({"sha256": found, "size": len(call.body), "upload": found[:12]}, 201)


def _read(about: Asked, t: Trial) -> Reply:
    if about.act == "events" and not about.dossier:
        rows = t.memory.get("events", [])
        return told({"events": rows, "after": len(rows)}, 200)
    one = stored(t).get(about.number)
    if one is None:
        return refused(404, "dossier_unknown")
    if about.act == "summary":
        said = {**event(t, one["code"], number=about.number), "unrouted": None}
        return told({**said, "id": f"{_OWN}{about.number}"}, 200)
    shown = {**_shown(about.number, one, t), "document": one["document"]}
    return told({**shown, "legs": [], "transfers": []}, 200)
