"""Tax offices that are wrong in one thing each: the mock with that thing spoilt."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest
import xmlsec
from aiohttp import web
from lxml import etree

from gateway.adapters.tax import (
    mock_answers,
    mock_counter,
    mock_desk,
    mock_limits,
    mock_signatures,
    mock_xml,
)
from gateway.adapters.tax.mock_answers import Answer, Call, Facts
from gateway.adapters.tax.mock_desk import Numbers
from gateway.adapters.tax.mock_xml import Refused
from gateway.conformance.partner.mocked import SOUND, Spoiling

Patch = pytest.MonkeyPatch
Spoil = Callable[[Patch], Spoiling]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def patched(change: Callable[[Patch], None]) -> Spoil:
    """A mock in which something of its code is another."""

    def spoil(patch: Patch) -> Spoiling:
        change(patch)
        return SOUND

    return spoil


def told_otherwise(**settings: Any) -> Spoil:
    """A mock with other settings."""

    def alter(mock: Any, _app: object) -> None:
        mock.office.settings.update(settings)

    return lambda _patch: Spoiling(alter=alter)


def after(change: Callable[[web.Request, web.Response], web.Response]) -> Spoil:
    """A mock whose answers something behind it changes."""

    @web.middleware
    async def spoil(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        assert isinstance(response, web.Response)
        return change(request, response)

    return lambda _patch: Spoiling(
        alter=lambda _mock, app: app.middlewares.append(spoil)
    )


def _fault_is_400(_request: web.Request, response: web.Response) -> web.Response:
    if response.status == 500:
        response.set_status(400)
    return response


def page(_request: web.Request, _response: web.Response) -> web.Response:
    """What a platform on the way writes."""
    return web.Response(text="<html>Đăng nhập</html>", content_type="text/html")


def _wants_action(request: web.Request, response: web.Response) -> web.Response:
    action = request.headers.get("SOAPAction", "")
    return web.Response(status=500) if "khac" in action else response


def _any_signer(patch: Patch) -> None:
    patch.setattr(mock_signatures, "_verifies", lambda *_given: True)


def _key_info_is_believed(patch: Patch) -> None:
    verifies = mock_signatures._verifies

    def by_what_is_shown(row: Any, signature: Any, certificate: Any) -> bool:
        shown = signature.findtext(f".//{{{mock_xml.SIGNATURE}}}X509Certificate")
        if not shown:
            return verifies(row, signature, certificate)
        from base64 import b64decode

        from cryptography import x509

        own = x509.load_der_x509_certificate(b64decode(shown))
        return verifies(row, signature, replace(certificate, x509=own))

    patch.setattr(mock_signatures, "_verifies", by_what_is_shown)


def _no_seal(patch: Patch) -> None:
    patch.setattr(mock_counter, "check_seal", lambda *_given: None)


def _any_header_of_a_seal(patch: Patch) -> None:
    header = mock_signatures._header

    def lenient(encoded: str) -> dict[str, Any]:
        return {"alg": "RS256", "kid": header(encoded).get("kid")}

    patch.setattr(mock_signatures, "_header", lenient)


def _no_schema(patch: Patch) -> None:
    check = mock_xml.Schemas.check

    def some(own: Any, root: Any, name: str) -> None:
        if name != "DATA":
            check(own, root, name)

    patch.setattr(mock_xml.Schemas, "check", some)


def _plain_verification(patch: Patch) -> None:
    """Whatever signature holds anywhere is believed for the first ROW there is."""
    _no_schema(patch)

    def believed(root: Any, trusted: Any, _at: Any) -> Any:
        signature = mock_signatures.find_signature(root)
        uri = mock_signatures._reference(signature).get("URI")
        named = [one for one in root.iter() if f"#{one.get('Id')}" == uri]
        if not any(_plain(named, signature, one) for one in trusted):
            raise Refused("03")
        return next(root.iter(mock_xml.tag("ROW")))

    patch.setattr(mock_counter, "signed_row", believed)


def _plain(named: Any, signature: Any, certificate: Any) -> bool:
    context = xmlsec.SignatureContext()
    context.key = certificate.key()
    for one in named:
        context.register_id(one, "Id")
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True


def _careless_parser(patch: Patch) -> None:
    def parse(raw: bytes, **_more: Any) -> Any:
        parser = etree.XMLParser(resolve_entities=True, load_dtd=True, no_network=True)
        try:
            return etree.fromstring(raw, parser)  # noqa: TID251  what is broken here
        except etree.XMLSyntaxError as wrong:
            raise Refused("01") from wrong

    patch.setattr(mock_counter, "parse", parse)


def _texts_end_at_comments(patch: Patch) -> None:
    patch.setattr(mock_signatures, "parse", etree.fromstring)  # noqa: TID251  as above
    signed_row = mock_signatures.signed_row

    def carrying(root: Any, *more: Any) -> Any:
        signed_row(root, *more)
        return root.find(f"{mock_xml.tag('BODY')}/{mock_xml.tag('ROW')}")

    patch.setattr(mock_counter, "signed_row", carrying)


def _one_key_alone(patch: Patch) -> None:
    load_all = mock_signatures.load_all
    patch.setattr(mock_counter, "load_all", lambda paths: load_all(paths)[:1])


def _signs_with_another_key(patch: Patch) -> None:
    load = mock_signatures.Signer.load

    def another(key: str, certificate: str) -> Any:
        return load(
            key.replace("tax.", "sender."), certificate.replace("tax.", "sender.")
        )

    patch.setattr(mock_signatures.Signer, "load", another)


def _written(patch: Patch, change: Callable[[Any, Call, Answer], None]) -> None:
    """Answers that are otherwise before they are signed."""
    write = mock_answers.write_answer

    def otherwise(call: Call, facts: Facts, answer: Answer, **more: Any) -> Any:
        root = write(call, facts, answer, **more)
        change(root, call, answer)
        return root

    patch.setattr(mock_counter, "write_answer", otherwise)


def _set(
    name: str, value: str, only: Callable[[Answer], bool]
) -> Callable[[Patch], None]:
    def change(root: Any, _call: Call, answer: Answer) -> None:
        for one in root.iter(mock_xml.tag(name)):
            if only(answer):
                one.text = value

    return lambda patch: _written(patch, change)


def _always(_answer: Answer) -> bool:
    return True


def _by_utc(patch: Patch) -> None:
    patch.setattr(mock_answers, "VIETNAM", UTC)


def _values_in_notes(patch: Patch) -> None:
    check = mock_xml.Schemas.check

    def chatty(own: Any, root: Any, name: str) -> None:
        try:
            check(own, root, name)
        except Refused as refused:
            log: Any = own.xsd.error_log
            if name != "DATA":
                raise
            raise Refused(
                refused.code, f"{refused.note}: {log[0].message}"[:999]
            ) from refused

    patch.setattr(mock_xml.Schemas, "check", chatty)


def _folded(patch: Patch) -> None:
    files = mock_desk.Desk.files
    take = mock_desk.Desk.take

    def low(numbers: Numbers) -> Numbers:
        return replace(numbers, so_phieu=numbers.so_phieu.lower())

    patch.setattr(
        mock_desk.Desk, "files", lambda own, numbers: files(own, low(numbers))
    )
    patch.setattr(
        mock_desk.Desk,
        "take",
        lambda own, numbers, **more: take(own, low(numbers), **more),
    )


def _one_file_for_each(patch: Patch) -> None:
    take = mock_desk.Desk.take

    def once(own: Any, numbers: Numbers, **more: Any) -> Any:
        found = [f for f in own.files(numbers) if f.seq_id == more["seq_id"]]
        return found[0] if found else take(own, numbers, **more)

    patch.setattr(mock_desk.Desk, "take", once)


def _nothing_is_replaced(patch: Patch) -> None:
    take = mock_desk.Desk.take

    def kept(own: Any, numbers: Numbers, **more: Any) -> Any:
        return take(own, numbers, **{**more, "replaces": ""})

    patch.setattr(mock_desk.Desk, "take", kept)


def _filed_before_it_is_looked_at(patch: Patch) -> None:
    check = mock_counter.Counter._check_slip

    def late(own: Any, row: Any, facts: Facts) -> None:
        try:
            check(own, row, facts)
        except Refused:
            own._take("slip_new", row, facts)
            raise

    patch.setattr(mock_counter.Counter, "_check_slip", late)


def _no_look_at_content(patch: Patch) -> None:
    patch.setattr(mock_counter, "check_content", lambda *_given: None)


def _no_limits(patch: Patch) -> None:
    @asynccontextmanager
    async def room(*_given: Any) -> AsyncIterator[None]:
        yield

    patch.setattr(mock_limits.CallLimits, "call_of", room)


def yes_to_everything(patch: Patch) -> None:
    async def fine(own: Any, call: Call) -> tuple[Facts, Answer]:
        try:
            row = mock_xml.parse(call.content).find(f".//{mock_xml.tag('ROW')}")
            facts = Facts() if row is None else mock_counter._facts_of(row)
        except Refused:
            facts = Facts()
        result = "" if call.code == "TCT_GPC" else "00"
        return facts, Answer("0", result=result)

    patch.setattr(mock_counter.Counter, "_let_in", fine)


def _office_first(patch: Patch) -> None:
    check = mock_counter.Counter._check_seal

    def otherwise(own: Any, call: Call) -> None:
        if call.receiver != own.office.settings["ma_cqt"]:
            raise Refused("07")
        check(own, call)

    patch.setattr(mock_counter.Counter, "_check_seal", otherwise)


def _withdrawn_counts(patch: Patch) -> None:
    """Notices that are no longer valid stand in the sums."""

    def change(root: Any, _call: Call, answer: Answer) -> None:
        for one in list(root.iter(mock_xml.tag("TRANG_THAI")))[:1]:
            if answer.notices:
                one.text = "3"

    _written(patch, change)


#: What is wrong → the office, and the requirements that it does not keep.
OFFICES: dict[str, tuple[Spoil, set[str]]] = {
    "nobody looks who signed": (
        patched(_any_signer),
        {"TX-318", "TX-319", "TX-320", "TX-321", "TX-323", "TX-809"},
    ),
    "a certificate that is shown is believed": (
        patched(_key_info_is_believed),
        {"TX-320", "TX-321", "TX-323"},
    ),
    "one certificate is registered": (patched(_one_key_alone), {"TX-324"}),
    "wrapped signatures are believed": (
        patched(_plain_verification),
        {"TX-314", "TX-315", "TX-316", "TX-320", "TX-321", "TX-325"},
    ),
    "the schema is not looked at": (
        patched(_no_schema),
        {"TX-314", "TX-315", "TX-316"},
    ),
    "entities are followed": (patched(_careless_parser), {"TX-311"}),
    "texts end at comments": (patched(_texts_end_at_comments), {"TX-325"}),
    "the seal is not looked at": (
        patched(_no_seal),
        {"TX-401", "TX-402", "TX-403", "TX-808"},
    ),
    "any header of a seal does": (patched(_any_header_of_a_seal), {"TX-402"}),
    "answers are signed by somebody else": (
        patched(_signs_with_another_key),
        {"TX-302"},
    ),
    "answers name another call": (
        patched(_set("ID_THONGDIEP", "khac", _always)),
        {"TX-501"},
    ),
    "times are UTC": (patched(_by_utc), {"TX-801", "TX-705"}),
    "values stand in notes": (patched(_values_in_notes), {"TX-507"}),
    "letters are folded": (patched(_folded), {"TX-504"}),
    "copies are told as new": (patched(_one_file_for_each), {"TX-607"}),
    "nothing is replaced": (patched(_nothing_is_replaced), {"TX-604"}),
    "refused slips are filed": (patched(_filed_before_it_is_looked_at), {"TX-628"}),
    "content is not looked at": (
        patched(_no_look_at_content),
        {"TX-620", "TX-623", "TX-624", "TX-625", "TX-626", "TX-627"},
    ),
    "it may be asked at any time": (told_otherwise(min_poll_s=0), {"TX-901"}),
    "as many calls as one likes": (patched(_no_limits), {"TX-902"}),
    "the office comes before the sender": (patched(_office_first), {"TX-808"}),
    "withdrawn notices are owed": (patched(_withdrawn_counts), {"TX-708"}),
    "a fault is HTTP 400": (after(_fault_is_400), {"TX-205"}),
    "SOAPAction counts": (after(_wants_action), {"TX-202"}),
}
