"""Descriptions of doors that serve no OpenAPI, made of the published schemas alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.api.description import SCHEMAS, flattened
from gateway.conformance.adapter_kit import kits
from gateway.domain.identifiers import OfficeId
from gateway.registry.manifest import installed
from tests.properties.hostile import leaves

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from gateway.conformance.adapter_kit import Kit
    from gateway.wiring.serve import Gateway

Json = dict[str, Any]
JSON = "application/json"
#: What any door may say before it looks at a message (docs/ai-duoc-goi.vi.md).
BEFORE = ("400", "401", "403", "404", "408", "409", "413", "415", "422", "429", "503")
KITS: dict[str, Kit] = {kit.name: kit for kit in kits(installed(SCHEMAS))}


def folder_of(interface: str) -> Path:
    """Where the schemas of an interface lie."""
    return SCHEMAS / "agencies" / interface.replace("/", "_")


def components(folder: Path) -> Json:
    """Every schema of an interface, named by its file."""
    parts: Json = {}
    for path in sorted(folder.glob("*.json")):
        schema = json.loads(path.read_text("utf-8"))
        parts |= flattened(schema["$id"].split(":")[-2], schema)
    _patterns_alone(parts)
    return parts


def _patterns_alone(part: Any) -> None:
    """A pattern says more than a format, and nobody can draw what fits both."""
    if isinstance(part, dict):
        if "pattern" in part:
            part.pop("format", None)
        for one in part.values():
            _patterns_alone(one)
    elif isinstance(part, list):
        for one in part:
            _patterns_alone(one)


def samples_of(folder: Path, operation: str) -> Iterator[Json]:
    """Published messages of an operation."""
    for path in sorted((folder / "samples").glob(f"{operation}*.json")):
        if path.name.split(".")[0] == operation:
            value = json.loads(path.read_text("utf-8"))
            if isinstance(value, dict):
                yield value


def about(
    parts: Json, folder: Path, numbers: Collection[str], known: list[str]
) -> None:
    """Where samples name their dossier, let the fields name one that is there."""
    names = {
        str(path[-1])
        for file in (folder / "samples").glob("*.json")
        for path, value in leaves(json.loads(file.read_text("utf-8")))
        if path and value in numbers
    }
    for part in parts.values():
        only(part, names, known)


def only(part: Any, names: Collection[str], values: list[str]) -> None:
    """Properties of these names take these values alone."""
    if isinstance(part, list):
        for one in part:
            only(one, names, values)
    if not isinstance(part, dict):
        return
    properties = part.get("properties", {})
    for name in names & properties.keys() if isinstance(properties, dict) else ():
        properties[name] = {"enum": values}
    for one in part.values():
        only(one, names, values)


def described(paths: Json, parts: Json) -> Json:
    """A document with these paths."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Made of the published schemas", "version": "1"},
        "paths": paths,
        "components": {"schemas": parts},
    }


def operation(
    asked: str, reply: str, examples: Iterable[Json], *, also: Iterable[str] = BEFORE
) -> Json:
    """A POST of one schema, answered by another one."""
    body: Json = {"schema": {"$ref": f"#/components/schemas/{asked}"}}
    shown = {str(n): {"value": one} for n, one in enumerate(examples)}
    if shown:
        body["examples"] = shown
    answers: Json = {status: {"description": "trước khi xem"} for status in also}
    content = {JSON: {"schema": {"$ref": f"#/components/schemas/{reply}"}}}
    answers["200"] = {"description": "đã xem", "content": content}
    return {
        "requestBody": {"required": True, "content": {JSON: body}},
        "responses": answers,
    }


def callbacks(
    gateway: Gateway, office: str, interface: str, secret: str, known: list[str]
) -> Json:
    """The operations that are hosted for an office, as its interface document has them."""
    folder, kit = folder_of(interface), KITS[interface]
    parts = components(folder)
    about(parts, folder, kit.sample_numbers, known)
    paths: Json = {}
    for one in gateway.tools.adapters.of(OfficeId(office)).hosted:
        if one.catalogue is not None or not (folder / f"{one.name}.json").is_file():
            continue
        told = list(samples_of(folder, one.name))
        place = f"/callbacks/{office}/{one.name}"
        found = operation(
            one.name, "callback-reply", [_real(t, kit, known) for t in told]
        )
        if one.secret is not None:
            # The field that shows the secret is the one that the sample shows it in.
            shown = {one.secret.of(json.dumps(sample).encode()) for sample in told}
            names = {str(p[-1]) for s in told for p, v in leaves(s) if v in shown and v}
            only(parts, names, [secret])
        elif one.shown_in == "path":
            place += f"/{secret}"
        else:
            name = one.shown_in.partition(":")[2]
            found["parameters"] = [
                {
                    "name": name,
                    "in": "query",
                    "required": True,
                    "schema": {"enum": [secret]},
                }
            ]
        paths[place] = {one.method.lower(): found}
    return described(paths, parts)


def _real(sample: Json, kit: Kit, known: list[str]) -> Json:
    text = json.dumps(sample)
    for number in kit.sample_numbers:
        text = text.replace(json.dumps(number), json.dumps(known[0]))
    value: Json = json.loads(text)
    return value


def dropin(
    gateway: Gateway, one_stop: str, office: str, secret: str, known: list[str]
) -> Json:
    """An office's own interface as it is served toward a one-stop."""
    interface = "land_registry"
    folder, kit = folder_of(interface), KITS[interface]
    parts = components(folder)
    about(parts, folder, kit.sample_numbers, known)
    link = gateway.tools.adapters.of(OfficeId(office)).link
    assert link is not None
    paths = {
        f"/dropin/{one_stop}/{office}/{secret}/{link.path}/{path.stem}": {
            "post": operation(path.stem, "reply", samples_of(folder, path.stem))
        }
        for path in sorted(folder.glob("*.json"))
        if link.kind_of(path.stem) is not None
    }
    return described(paths, parts)
