"""SOAP 1.1, document/literal: zeep is the codec, aiohttp carries.

The WSDL is one of our own files, read once without network. What comes in is
parsed by the hardened parser that the caller hands over, and held against the
schema, before zeep sees it. A fault, or anything else that is no reply of the
contract, is never a reply.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zeep
import zeep.exceptions
import zeep.helpers
from lxml import etree

from gateway.carriers.carrier import Carrier
from gateway.carriers.http import HTTPAnswer, Timeouts
from gateway.carriers.soap_rows import Row

if TYPE_CHECKING:
    from gateway.domain.attempt import Times

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_ENVELOPE = f"{{{SOAP}}}Envelope"
_HEADER = f"{{{SOAP}}}Header"
_BODY = f"{{{SOAP}}}Body"
_FAULT = f"{{{SOAP}}}Fault"
#: Every one of them differs from a default of zeep or is worth being said.
SETTINGS: Mapping[str, bool] = {
    "strict": True,
    # Otherwise libxml2 repairs what is broken.
    "forbid_dtd": True,
    "forbid_entities": True,
    "forbid_external": True,
    "xml_huge_tree": False,
    "raw_response": False,
    "xsd_ignore_sequence_order": False,
}


class CallInvalid(ValueError):
    """Our own call is not one that the contract allows; names places, no values."""


@dataclass(frozen=True, slots=True)
class Strictness:
    """How strangers' bytes are read and held against a contract.

    ``parse``: the root element; raises ``ValueError``, whose ``code`` says why
    not. ``wrong_places``: paths in an element that the schema does not allow.
    """

    parse: Callable[[bytes], etree._Element]
    wrong_places: Callable[[etree._Element], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Fault:
    """A SOAP fault; ``code`` is the local name, such as ``Client``."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class SOAPAnswer:
    """A whole HTTP answer and what it is.

    Exactly one of ``values`` (the reply's elements), ``fault`` and ``wrong``
    (stable code of why it is neither) is set.
    """

    http: HTTPAnswer
    values: Mapping[str, Any] | None = None
    fault: Fault | None = None
    wrong: str = ""

    @property
    def times(self) -> Times:
        """What was measured."""
        return self.http.times


class SOAPCodec:
    """One contract: its WSDL and the schema of what stands in the body."""

    def __init__(self, wsdl: Path, strictness: Strictness) -> None:
        """Read the WSDL; settings are fixed here and never changed.

        Raises:
            ValueError: the WSDL, or what it refers to, leaves its folder.
        """
        path = wsdl.resolve()
        try:
            self._client = zeep.Client(
                str(path),
                transport=_OwnFiles(path.parent),
                settings=zeep.Settings(**SETTINGS),
            )
        except zeep.exceptions.Error as wrong:
            message = f"{path.name} is no contract, or refers outside its folder"
            raise ValueError(message) from wrong
        self._binding = self._client.service._binding  # noqa: SLF001  zeep's codec has no other door
        self._strict = strictness
        self._rows: dict[tuple[str, str], Row | None] = {}

    def _row(self, operation: str, way: str) -> Row | None:
        """What is sent (``input``) or answered (``output``), where it is a row."""
        found = self._rows.get((operation, way))
        if found is None and (operation, way) not in self._rows:
            found = Row.of(getattr(self._binding.get(operation), way).body)
            self._rows[operation, way] = found
        return found

    def action(self, operation: str) -> str:
        """The SOAPAction that the WSDL names."""
        return str(self._binding.get(operation).soapaction)

    def encode(self, operation: str, values: Mapping[str, Any]) -> bytes:
        """The envelope of a call.

        Raises:
            CallInvalid: the contract does not allow it.
        """
        try:
            envelope = self._written(operation, values)
        except (zeep.exceptions.Error, TypeError, ValueError) as wrong:
            raise CallInvalid(f"{operation}: {type(wrong).__name__}") from None
        # Last, whether there is a header or not.
        body = envelope[-1]
        places = self._strict.wrong_places(body[0])
        if places:
            raise CallInvalid(", ".join(places[:3]))
        return etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)

    def _written(self, operation: str, values: Mapping[str, Any]) -> etree._Element:
        row = self._row(operation, "input")
        known = row.written(values) if row else None
        if known is not None:
            return known
        client: Any = self._client
        envelope: etree._Element = client.create_message(
            client.service, operation, **values
        )
        if row:
            row.learn(envelope)
        return envelope

    def decode(self, operation: str, http: HTTPAnswer) -> SOAPAnswer:
        """What an HTTP answer is; a reply only with status 200."""
        try:
            envelope = self._strict.parse(http.body)
        except ValueError as refused:
            return SOAPAnswer(http, wrong=getattr(refused, "code", "xml_malformed"))
        content = _content(envelope)
        if content is None:
            return SOAPAnswer(http, wrong="soap_envelope")
        if content.tag == _FAULT:
            return SOAPAnswer(http, fault=_fault(content))
        if http.status != 200:
            return SOAPAnswer(http, wrong="soap_status")
        wanted = self._binding.get(operation).output.body.qname
        if content.tag != wanted.text or self._strict.wrong_places(content):
            return SOAPAnswer(http, wrong="soap_schema")
        row = self._row(operation, "output")
        if row:
            return SOAPAnswer(http, values=row.read(content))
        return self._values(operation, envelope, http)

    def _values(
        self, operation: str, envelope: etree._Element, http: HTTPAnswer
    ) -> SOAPAnswer:
        try:
            found = self._binding.get(operation).process_reply(envelope)
        except (zeep.exceptions.Error, ValueError):
            return SOAPAnswer(http, wrong="soap_schema")
        return SOAPAnswer(http, values=zeep.helpers.serialize_object(found, dict))


class SOAPCarrier:
    """Carries calls of one contract to one address."""

    def __init__(self, http: Carrier, codec: SOAPCodec, path: str) -> None:
        """``path`` lies below the registered base of ``http``."""
        self._http = http
        self._codec = codec
        self._path = path

    async def call(
        self, operation: str, values: Mapping[str, Any], *, timeout_s: float
    ) -> SOAPAnswer:
        """Send one call, at most once; ends within ``timeout_s``.

        Raises:
            CallInvalid: the contract does not allow it; nothing left.
            NothingLeft: no byte of the request left.
            MayHaveLeft: one may have, and no whole answer came.
        """
        answer = await self._http.send(
            "POST",
            self._path,
            {
                "Content-Type": "text/xml; charset=utf-8",
                "SOAPAction": f'"{self._codec.action(operation)}"',
            },
            self._codec.encode(operation, values),
            timeouts=Timeouts.within(timeout_s),
        )
        return self._codec.decode(operation, answer)


class _OwnFiles:
    """All that zeep may load: files beside the WSDL."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, location: str) -> bytes:
        path = Path(location).resolve()
        if "://" in location or not path.is_relative_to(self._folder):
            message = f"{self._folder.name}: a schema refers outside its folder"
            raise ValueError(message)
        return path.read_bytes()

    def post(self, *_call: object, **_more: object) -> None:
        # Forbidden, not unfinished: a call that left by zeep would pass by the
        # carrier, which alone knows whether a byte of it may have left.
        raise RuntimeError("zeep encodes and decodes; it carries nothing")

    get = post_xml = post


def _content(envelope: etree._Element) -> etree._Element | None:
    """The one element inside the envelope's body."""
    parts = list(envelope.iterchildren("*"))
    if parts and parts[0].tag == _HEADER:
        del parts[0]
    if envelope.tag != _ENVELOPE or [part.tag for part in parts] != [_BODY]:
        return None
    inside = list(parts[0].iterchildren("*"))
    return inside[0] if len(inside) == 1 else None


def _fault(element: etree._Element) -> Fault:
    """A fault; its code without the prefix, which is only its sender's."""
    code = (element.findtext("faultcode") or "").strip()
    text = (element.findtext("faultstring") or "").strip()
    return Fault(code.rpartition(":")[2], text)
