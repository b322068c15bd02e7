"""Signed slips as an issuer makes them, and what attackers and accidents make of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gateway.adapters.land_registry.mock_register import Dossier
from gateway.adapters.land_registry.mock_slip import signed_slip

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.world import World

CERTIFICATE = "MM 000401"
_ROW = re.compile(rb"<ROW Id=.*</ROW>", re.DOTALL)
_SIGNATURE = re.compile(rb"<ds:Signature.*</ds:Signature>", re.DOTALL)
_XI = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/hostname"/>'


def slip_for(
    world: World,
    number: str,
    *,
    signer: str = "land-mau-1",
    count: int = 1,
    **wishes: Any,
) -> bytes:
    """A complete slip of a dossier, signed by an office's key; ``count`` 2 replaces."""
    keys = world.stage.secrets.folder
    branch: Mapping[str, Any] = {
        "slip_key": str(keys / f"{signer}.key.pem"),
        "slip_certificate": str(keys / f"{signer}.cert.pem"),
    }
    content = {
        "ThongTinNguoiNopDon": {"HoTen": "Nguyễn Văn Ví Dụ"},
        "ThongTinThuaDat": [{"SoThuTuThua": "101", "SoHieuBanDo": "7"}],
    }
    dossier = Dossier(number, number, content, branch, slips=count)
    given = {"ma_gcn": CERTIFICATE, **wishes}
    return signed_slip(dossier, commune="99101", wishes=given, now=world.now())


def number_in(slip: bytes) -> str:
    """SO_PHIEU of a slip."""
    found = re.search(rb"<SO_PHIEU>([^<]+)<", slip)
    assert found
    return found[1].decode()


def _doctype(declaration: bytes) -> Callable[[bytes], bytes]:
    return lambda slip: slip.replace(b"<DATA", declaration + b"<DATA", 1)


def _wrapped(slip: bytes) -> bytes:
    """The signed row moved aside, a forged one where everybody looks."""
    row = _ROW.search(slip)
    assert row
    forged = row[0].replace(b'Id="ROW"', b'Id="KHAC"').replace(b"Nguy", b"Tr", 1)
    moved = slip.replace(row[0], forged)
    hidden = b"<ds:Object>" + row[0] + b"</ds:Object></ds:Signature>"
    return moved.replace(b"</ds:Signature>", hidden)


#: What is done to a good slip → the code by which it is refused.
ATTACKS: Mapping[str, tuple[Callable[[bytes], bytes], str]] = {
    "content changed": (lambda s: s.replace(b"Nguy", b"Tr"), "signature_invalid"),
    "stripped": (lambda s: _SIGNATURE.sub(b"", s), "signature_missing"),
    "wrapped": (_wrapped, "signature_wrapped"),
    "dtd": (_doctype(b"<!DOCTYPE DATA>"), "xml_dtd"),
    "entity": (_doctype(b'<!DOCTYPE DATA [<!ENTITY a "b">]>'), "xml_entity"),
    "xinclude": (lambda s: s.replace(b"<BODY>", b"<BODY>" + _XI), "xml_xinclude"),
    "namespace": (lambda s: s.replace(b":tct:1", b":tct:9"), "xml_namespace"),
    "cut": (lambda s: s[: len(s) // 2], "xml_malformed"),
    "empty": (lambda _: b"", "xml_malformed"),
    "json": (lambda _: b'{"DATA": {}}', "xml_malformed"),
}
