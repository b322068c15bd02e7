"""The OpenAPI document: our own schema files as components, with their samples.

The schema files stay the only truth. They are flattened on the way: definitions
become components of their own, since generators know no ``$id`` and no ``$defs``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.api.description_bodies import SMALL
from gateway.api.description_examples import EXAMPLES
from gateway.api.description_words import WORDS
from gateway.api.problems import TITLES
from gateway.registry import shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SCHEMAS = shipped.folder("schemas")
JSON = "application/json"
PROBLEM = "application/problem+json"
FORM = "multipart/form-data"
BYTES = "application/octet-stream"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CMS, ZIP = "application/pkcs7-mime", "application/zip"
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_OBJECT = {"schema": {"type": "object"}}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Khóa chống gửi trùng; không bắt buộc, có thể ghi trong nội dung.",
    "schema": {"type": "string", "maxLength": 200},
}


@dataclass(frozen=True, slots=True)
class Component:
    """A schema file and the samples that show it."""

    file: str
    samples: tuple[str, ...] = ()


COMPONENTS: Mapping[str, Component] = {
    "dossier": Component("dossier/dossier-1.json", ("minimal", "full")),
    "acceptance": Component("agencies/one_stop/acceptance.json", ("acceptance",)),
    "supplement": Component("agencies/one_stop/supplement.json", ("supplement",)),
    "answer": Component("agencies/one_stop/answer.json", ("answer",)),
    "withdrawal": Component("agencies/one_stop/withdrawal.json", ("withdrawal",)),
    "refusal": Component("agencies/one_stop/refusal.json", ("refusal",)),
    "extension": Component("agencies/one_stop/extension.json", ("extension",)),
    "supplement-request": Component(
        "agencies/one_stop/supplement-request.json", ("supplement-request",)
    ),
    "handed-out": Component("agencies/one_stop/handed-out.json", ("handed-out",)),
    "result-wrong": Component("agencies/one_stop/result-wrong.json", ("result-wrong",)),
    "choices": Component("agencies/one_stop/choices.json", ("choices",)),
    "load": Component("agencies/one_stop/load.json", ("load",)),
    "summary": Component("agencies/one_stop/summary.json", ("summary",)),
    "events": Component("agencies/one_stop/events.json", ("events",)),
    "problem": Component(
        "agencies/one_stop/problem.json", ("problem", "problem.contradiction")
    ),
    "act": Component("agencies/manual/act.json", ("act", "act.finish")),
    "acted": Component("agencies/manual/acted.json", ("acted",)),
    "work": Component("agencies/manual/work.json", ("work",)),
    "status-event": Component("agencies/one_stop/status-event.json", ("status-event",)),
    "status-webhook": Component(
        "agencies/one_stop/status-webhook.json", ("status-webhook",)
    ),
}
_D = "/v1/dossiers/{number}"
#: Operation → component of its JSON body, and name of the JSON part of a form.
BODIES: Mapping[tuple[str, str], tuple[str, str]] = {
    ("post", "/v1/dossiers"): ("dossier", "dossier"),
    ("put", _D): ("dossier", "dossier"),
    ("post", f"{_D}/withdrawal"): ("withdrawal", "withdrawal"),
    ("post", f"{_D}/refusal"): ("refusal", "refusal"),
    ("post", f"{_D}/extension"): ("extension", "extension"),
    ("post", f"{_D}/supplement-request"): (
        "supplement-request",
        "supplement_request",
    ),
    ("post", f"{_D}/supplements"): ("supplement", "supplement"),
    ("post", f"{_D}/answers"): ("answer", "answer"),
    ("post", f"{_D}/handed-out"): ("handed-out", "handed_out"),
    ("post", f"{_D}/result-wrong"): ("result-wrong", "result_wrong"),
    ("post", f"{_D}/choices"): ("choices", "choices"),
    ("post", "/v1/dossiers/load"): ("load", ""),
    ("post", "/v1/route/explain"): ("dossier", ""),
    ("post", "/v1/work/{office}/{item}/{act}"): ("act", "act"),
}
#: Statuses of problems that calls answer, those that read and those that write.
READING = ("400", "401", "403", "404", "408", "409", "421", "429", "431", "503")
WRITING = (*READING, "413", "415", "422", "502")
#: Operation that monitoring calls → each answer in words, and an example of it.
MACHINES: Mapping[tuple[str, str], Mapping[str, tuple[str, Any]]] = {
    ("get", "/healthz"): {"200": ("Tiến trình còn sống", {"lives": True})},
    ("get", "/readyz"): {
        "200": ("Nhận hồ sơ mới", {"ready": True, "reasons": []}),
        "503": ("Không nhận", {"ready": False, "reasons": ["store_unavailable"]}),
    },
}
#: Operation → component of its answer; those of ``BODIES`` answer an acceptance.
ANSWERS: Mapping[tuple[str, str], str] = {
    ("get", f"{_D}/summary"): "summary",
    ("get", "/v1/events"): "events",
    ("get", "/v1/work"): "work",
    ("post", "/v1/work/{office}/fetch"): "work",
    ("post", "/v1/work/{office}/{item}/{act}"): "acted",
}
#: Operation → media type of a body or answer that is bytes.
BYTES_IN = {
    ("post", "/v1/attachments"): BYTES,
    ("put", f"{_D}/slips/{{so_phieu}}"): "application/xml",
    ("post", "/v1/packages/{office}"): BYTES,
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BYTES_OUT = {
    ("get", f"{_D}/results/{{attachment}}"): BYTES,
    ("get", f"{_D}/papers/{{form}}.docx"): DOCX,
    ("get", "/v1/handover-list.docx"): DOCX,
    ("get", "/v1/offices/{office}/chase-letter.docx"): DOCX,
    ("get", "/v1/proposals/minutes.docx"): DOCX,
    ("get", "/v1/objections/minutes.docx"): DOCX,
    ("post", "/v1/reconciliations/workbook"): XLSX,
    ("get", "/v1/reports/{month}.xlsx"): XLSX,
    ("get", "/v1/units/{unit}/due-soon.docx"): DOCX,
    ("get", "/v1/packages/{office}.zip"): ZIP,
    ("post", f"{_D}/evidence"): ZIP,
    ("get", "/v1/work/{office}/{item}/files/{identifier}"): BYTES,
    ("get", "/v1/packages/{office}/{name}"): CMS,
}
_FILE = {"type": "string", "format": "binary"}
_LISTS = {
    "type": "object",
    "required": ["ours", "theirs"],
    "properties": {
        "ours": {**_FILE, "description": "Danh sách của một cửa (.xlsx, .ods, .csv…)"},
        "theirs": {**_FILE, "description": "Danh sách của cơ quan"},
        "mapping": {"type": "string", "description": "Bảng ánh xạ cột (TOML)"},
        "day": {
            "type": "string",
            "description": "Ngày tính quá hạn; hôm nay nếu trống",
        },
    },
}
_LIST = {
    "type": "object",
    "required": ["list"],
    "properties": {
        "list": {**_FILE, "description": "Danh sách của cơ quan (.xlsx, .ods, .csv…)"},
        "mapping": {"type": "string", "description": "Bảng ánh xạ cột (TOML)"},
        "day": {"type": "string", "description": "Danh sách tính đến ngày nào"},
        "from": {
            "type": "string",
            "description": "Danh sách có đủ hồ sơ cơ quan nhận từ ngày này",
        },
        "to": {"type": "string", "description": "… đến ngày này"},
    },
}
_FORM_EXAMPLE = {
    **dict.fromkeys(("ours", "theirs", "list"), "(nội dung tệp bảng tính)"),
    "day": "2026-03-10",
}
#: Operation → the form that it takes.
FORMS: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("post", "/v1/reconciliations"): _LISTS,
    ("post", "/v1/reconciliations/workbook"): _LISTS,
    ("post", "/v1/reconciliations/{office}"): _LIST,
}


def described(generated: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """The framework's description completed; made once, when it is first asked for."""
    made: dict[str, Any] = {}

    def describe() -> dict[str, Any]:
        if not made:
            made.update(_completed(generated()))
        return made

    return describe


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    examples: dict[str, Any] = {}
    for name, component in COMPONENTS.items():
        path = SCHEMAS / component.file
        schema = json.loads(path.read_text("utf-8"))
        parts.update(flattened(name, schema))
        for sample in component.samples:
            value = json.loads((path.parent / f"samples/{sample}.json").read_bytes())
            examples[f"{name}.{sample}"] = {"value": value}
    document["components"] = {
        "schemas": parts,
        "examples": examples,
        "responses": {f"problem-{status}": _problem(status) for status in WRITING},
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    }
    document["security"] = [{"token": []}]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            of_machines = (method, path) in MACHINES
            describe = _describe_machine if of_machines else _describe
            describe((method, path), operation)
    document["webhooks"] = {"status": {"post": _webhook()}}
    return document


def _describe(which: tuple[str, str], operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    answers.pop("422", None)
    good = next(answers[status] for status in answers if status.startswith("2"))
    for status in READING if which[0] == "get" else WRITING:
        answers[status] = {"$ref": f"#/components/responses/problem-{status}"}
    if which in WORDS:
        name, allowed = WORDS[which]
        (word,) = (one for one in operation["parameters"] if one["name"] == name)
        word["schema"]["enum"] = list(allowed)
    _describe_body(which, operation, good)
    _describe_answer(which, good)


def _describe_body(
    which: tuple[str, str], operation: dict[str, Any], good: dict[str, Any]
) -> None:
    """What the call takes, and of acts the acceptance that they answer."""
    if which in BODIES:
        name, part = BODIES[which]
        content = {JSON: _content(name)}
        if part:
            content[FORM] = {
                "schema": _form(name, part),
                "example": {part: _sample(name)},
            }
            operation.setdefault("parameters", []).append(_KEY)
            good["content"] = {JSON: _content("acceptance")}
        operation["requestBody"] = {"required": True, "content": content}
    elif which in BYTES_IN:
        content = {BYTES_IN[which]: _BINARY}
        operation["requestBody"] = {"required": True, "content": content}
    elif which in FORMS:
        named = FORMS[which]["properties"]
        shown = {name: one for name, one in _FORM_EXAMPLE.items() if name in named}
        content = {FORM: {"schema": FORMS[which], "example": shown}}
        operation["requestBody"] = {"required": True, "content": content}
    elif which in SMALL:
        body: dict[str, Any] = {"schema": {"type": "object", **SMALL[which]}}
        if which in EXAMPLES:
            body["example"] = EXAMPLES[which]
        operation["requestBody"] = {"required": True, "content": {JSON: body}}


def _describe_answer(which: tuple[str, str], good: dict[str, Any]) -> None:
    if which in ANSWERS:
        good["content"] = {JSON: _content(ANSWERS[which])}
    elif which in BYTES_OUT:
        good["content"] = {BYTES_OUT[which]: _BINARY}
    else:
        good.setdefault("content", {}).setdefault(JSON, _OBJECT)
        if good["content"][JSON] == {"schema": {}}:
            good["content"][JSON] = _OBJECT


def _describe_machine(which: tuple[str, str], operation: dict[str, Any]) -> None:
    """Calls of machines need no token and answer no problem."""
    operation["security"] = []
    operation["responses"] = {
        status: {
            "description": told,
            "content": {JSON: {"schema": {"type": "object"}, "example": example}},
        }
        for status, (told, example) in MACHINES[which].items()
    }


def _content(name: str) -> dict[str, Any]:
    shown = {
        sample: {"$ref": f"#/components/examples/{name}.{sample}"}
        for sample in COMPONENTS[name].samples
    }
    return {"schema": _reference(name), "examples": shown}


def _sample(name: str) -> Any:
    component = COMPONENTS[name]
    path = (SCHEMAS / component.file).parent / f"samples/{component.samples[0]}.json"
    return json.loads(path.read_bytes())


def _problem(status: str) -> dict[str, Any]:
    """An answer of RFC 9457, in Vietnamese first."""
    told, in_english = TITLES[int(status)]
    return {
        "description": f"{told} ({in_english}); theo RFC 9457, tiếng Việt trước.",
        "content": {PROBLEM: _content("problem")},
    }


def _form(name: str, part: str) -> dict[str, Any]:
    """The JSON as one part, each file as a part that the JSON names."""
    return {
        "type": "object",
        "required": [part],
        "properties": {part: _reference(name)},
        "additionalProperties": {"type": "string", "format": "binary"},
    }


def _webhook() -> dict[str, Any]:
    body = {"required": True, "content": {JSON: _content("status-webhook")}}
    return {
        "summary": "Cổng báo trạng thái cho một cửa",
        "requestBody": body,
        "responses": {"204": {"description": "Đã nhận"}},
    }


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def flattened(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A schema file as components: itself under ``name``, definitions beside it."""
    own = {k: v for k, v in schema.items() if k not in {"$schema", "$id", "$defs"}}
    parts = {name: own}
    parts |= {f"{name}.{key}": part for key, part in schema.get("$defs", {}).items()}
    return {key: _relocated(name, part) for key, part in parts.items()}


def _relocated(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_relocated(name, item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _moved(name, item)
        if key == "$ref" and isinstance(item, str)
        else _relocated(name, item)
        for key, item in value.items()
    }


def _moved(name: str, reference: str) -> str:
    """``urn:lienthong:schema:[agency:]NAME:VERSION``, its definition or an own one."""
    resource, _, definition = reference.partition("#/$defs/")
    target = resource.split(":")[-2] if resource else name
    inside = f".{definition}" if definition else ""
    return f"#/components/schemas/{target}{inside}"
