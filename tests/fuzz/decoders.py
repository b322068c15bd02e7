"""Finds every function of the gateway that takes bytes or text apart, by what it calls."""

from __future__ import annotations

import ast
import sys
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from tests.fuzz.kept import ROOT
from tests.syntax import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import CodeType, FrameType

#: What takes something apart, as it is called: by module and name, or by name alone.
TAKES_APART = frozenset(
    {
        *("orjson.loads", "json.loads", "tomllib.loads", "tomllib.load"),
        *("csv.reader", "csv.DictReader", "zipfile.ZipFile", "DocxTemplate"),
        *("etree.fromstring", "etree.parse", "etree.iterparse", "etree.XML"),
        *("expat.ParserCreate", "CalamineWorkbook.from_filelike"),
        *("base64.b64decode", "base64.urlsafe_b64decode", "binascii.a2b_base64"),
        *("parse_qs", "parse_qsl", "MultipartParser", "parse_options_header"),
        *("zlib.decompress", "zlib.decompressobj", "gzip.decompress"),
        *("struct.unpack", "struct.unpack_from", "int.from_bytes"),
        *("jwt.decode", "KeySet.import_key_set", "kind.import_key"),
        *("x509.load_pem_x509_certificate", "x509.load_der_x509_certificate"),
        *("x509.load_pem_x509_certificates", "decode_timestamp_response"),
        *("serialization.load_pem_public_key", "serialization.load_pem_private_key"),
        *("Ed25519PublicKey.from_public_bytes", "parsedate_to_datetime"),
        *("email.message_from_bytes", "pickle.loads", "yaml.safe_load"),
        # Our own doors before them.
        *("gateway.validation.xml.parse", "gateway.domain.json_text.of_json"),
        "gateway.disk.archives.opened",
    }
)
#: Mocks are other processes, and their own; the kit is a tool of an agency's developer.
_OTHERS = ("mock", "conformance")


def _sources() -> Iterator[tuple[str, Path]]:
    for path in sorted((ROOT / "gateway").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if not any(part.startswith(_OTHERS) for part in parts):
            yield ".".join(part for part in parts if part != "__init__"), path


@cache
def found() -> frozenset[str]:
    """``module:function`` of every function that takes something apart."""
    return frozenset(
        f"{module}:{name}"
        for module, path in _sources()
        for tree in (tree_of(path.read_text("utf-8")),)
        for name in _named(tree, (), _imported(tree))
        if name
    )


def _imported(tree: ast.Module) -> dict[str, str]:
    """Names of a module that come from our own ones → by what they are known there."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("gateway")
        for alias in node.names
    }


def _called(what: ast.expr) -> list[str]:
    """The words of ``a.b.c``; of what is no such name, its last one."""
    words: list[str] = []
    while isinstance(what, ast.Attribute):
        words.append(what.attr)
        what = what.value
    if isinstance(what, ast.Name):
        words.append(what.id)
    return words[::-1] or [""]


def _named(
    node: ast.AST, within: tuple[str, ...], own: dict[str, str]
) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        inside = within
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            inside = (*within, child.name)
        elif isinstance(child, ast.Call):
            first, *rest = _called(child.func)
            if ".".join([own.get(first, first), *rest]) in TAKES_APART:
                yield ".".join(within)
        yield from _named(child, inside, own)


class Entered:
    """Which functions of the gateway were entered, as ``module:function``."""

    def __init__(self) -> None:
        """None yet."""
        self._codes: set[CodeType] = set()

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Look while this lasts."""
        before = sys.getprofile()
        sys.setprofile(self._look)
        try:
            yield
        finally:
            sys.setprofile(before)

    def _look(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            self._codes.add(frame.f_code)

    @property
    def names(self) -> frozenset[str]:
        """What was entered so far."""
        told = set()
        for code in self._codes:
            path = code.co_filename.partition(f"{ROOT}/")[2]
            if path.startswith("gateway/"):
                module = path.removesuffix(".py").replace("/", ".")
                name = code.co_qualname.replace(".<locals>", "")
                told.add(f"{module.removesuffix('.__init__')}:{name}")
        return frozenset(told)
