"""What is published: schemas, answers in words, samples; and how fields are named."""

from __future__ import annotations

import base64
import json
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from lxml import etree

from gateway.adapters.civil_registry.mock_contract import parsed

_SCHEMAS = Path(__file__).resolve().parents[3] / "schemas/agencies/civil_registry"
_CHECKED = (
    "dvclt-danhan",
    "dvclt-status",
    "nhanHoSoDKHT",
    "dangKyHoTich",
    "btp-poll",
    "ketQuaXuLy",
    "LTKS",
    "LTKT",
)


class Unreadable(Exception):
    """A layer or a file that is not what it should be."""


class Published:
    """One for all mocks of a process."""

    def __init__(self, folder: Path) -> None:
        """Read once."""
        schemas = {
            name: json.loads((folder / f"{name}.json").read_text("utf-8"))
            for name in _CHECKED
        }
        self._order = {name: [*one["properties"]] for name, one in schemas.items()}
        self._validators = {
            name: jsonschema_rs.validator_for(one) for name, one in schemas.items()
        }
        codes = tomllib.loads((folder / "codes.toml").read_text("utf-8"))
        self.dvclt = {row["name"]: row for row in codes["dvclt_answer"]}
        self.btp = {row["name"]: row for row in codes["btp_answer"]}
        self.samples = {
            module: json.loads(
                (folder / "samples" / f"dvclt-detail-inner.{module}.json").read_text()
            )
            for module in ("KS", "KT")
        }
        self.fields = {
            module: json.loads((folder / "samples" / f"LT{module}.json").read_text())
            for module in ("KS", "KT")
        }

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Published:
        """Of the folder that the settings name, or the repository's own."""
        return _load(Path(settings.get("schemas", _SCHEMAS)))

    def wrong(self, name: str, content: Mapping[str, Any]) -> list[str]:
        """Names of the fields that are missing or wrong, in the published order."""
        found = {
            field
            for error in self._validators[name].iter_errors(content)
            for field in _fields_of(error)
        }
        order = self._order[name]
        return sorted(
            found, key=lambda one: order.index(one) if one in order else len(order)
        )


@cache
def _load(folder: Path) -> Published:
    return Published(folder)


def _fields_of(error: Any) -> Iterable[str]:
    kinds = jsonschema_rs.ValidationErrorKind
    if error.instance_path:
        return [str(error.instance_path[0])]
    if isinstance(error.kind, kinds.Required):
        return [str(error.kind.property)]
    if isinstance(error.kind, kinds.AdditionalProperties):
        return map(str, error.kind.unexpected)
    return []


def decoded(text: str) -> bytes:
    """A file's bytes; line breaks are no error.

    Raises:
        Unreadable: it is no base64.
    """
    try:
        return base64.b64decode("".join(text.split()).encode(), validate=True)
    except ValueError as error:
        raise Unreadable from error


def fields_of_json(raw: str) -> dict[str, Any]:
    """The fields in ``data`` of a linked dossier.

    Raises:
        Unreadable: it is no JSON object.
    """
    content = parsed(raw)
    if content is None:
        raise Unreadable
    return content


def fields_of_xml(raw: str) -> dict[str, Any]:
    """The fields in ``data`` of a single registration.

    Raises:
        Unreadable: it is no safe XML, or no ``<hotich><hoso>``.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(raw.encode(), parser)
    except (etree.XMLSyntaxError, UnicodeEncodeError) as error:
        raise Unreadable from error
    held = root.find("hoso")
    if (
        root.getroottree().docinfo.internalDTD is not None
        or root.tag != "hotich"
        or held is None
    ):
        raise Unreadable
    return _flat(held)


def _flat(element: etree._Element) -> dict[str, Any]:
    return {
        str(child.tag): _flat(child) if len(child) else child.text or ""
        for child in element
    }
