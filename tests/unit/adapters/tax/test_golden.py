"""What leaves for tax, byte for byte, and what outside programs think of it.

Signatures are made by demonstration keys of the run; in the golden files, what
depends on the key is left empty. ``UPDATE_GOLDEN=1`` rewrites them for review.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.adapters.tax.mock_signatures import check_seal
from gateway.ports.agency import Answer
from gateway.validation.certificates import RegisteredCertificate
from gateway.validation.seal import verify_seal
from tests.unit.adapters.tax.counterpart import (
    NAMESPACE,
    SAMPLES,
    SCHEMAS,
    START,
    Party,
    slip,
)
from tests.unit.adapters.tax.stage import (
    FILES,
    Got,
    answering,
    enveloped,
    forged,
    message,
    notices,
    registered,
    result,
    totals,
)

GOLDEN = Path(__file__).resolve().parents[3] / "golden" / "tax"
Parties = dict[str, Party]
_KEYED = re.compile(
    rb"(?<=<ds:SignatureValue>)[^<]+|(?<=<ds:X509Certificate>)[^<]+"
    rb"|(?<=<ns0:DauChuyen>)[^<]+"
)


def without_keys(raw: bytes) -> bytes:
    """The bytes with everything emptied that depends on the run's keys."""
    return _KEYED.sub(b"", raw)


def held(name: str, raw: bytes) -> None:
    """Compare with a golden file, or rewrite it when told to."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_bytes(raw)
    assert raw == path.read_bytes()


async def calls(parties: Parties) -> dict[str, Got]:
    """One call of each kind, as it reaches the other side."""
    # The slip of the samples, so that no key of the run is in its bytes.
    one = message((SAMPLES / "slip_new.xml").read_bytes())
    async with forged(parties) as forger:

        def answer(got: Got) -> tuple[int, dict[str, str], bytes]:
            said = result("00", notices()) if got["MaThongDiep"] == "TCT_TVTBT" else ""
            signed = parties["tax"].sign(answering(got, result=said))
            return enveloped(got, signed)

        forger.answer = answer
        await forger.adapter.submit([one], timeout_s=5)
        await forger.adapter.enquire(one, timeout_s=5)
        await forger.adapter.poll([one], timeout_s=5)
        return {got["MaThongDiep"]: got for got in forger.got}


KINDS = ("TCT_GPC", "TCT_TVHSSC", "TCT_TVNVTC", "TCT_TVTBT")


async def test_each_kind_of_call_is_what_its_golden_file_holds(
    parties: Parties,
) -> None:
    found = await calls(parties)
    assert sorted(found) == list(KINDS)
    envelope = without_keys(found["TCT_GPC"].body)
    assert envelope.count(b"<ns0:DauChuyen></") == 1
    held("TCT_GPC.envelope.xml", envelope)
    assert found["TCT_GPC"].document == (SAMPLES / "slip_new.xml").read_bytes()
    for kind in KINDS[1:]:
        document = without_keys(found[kind].document)
        assert document.count(b"SignatureValue></ds:") == 1
        held(f"{kind}.document.xml", document)


async def test_each_seal_is_accepted_by_both_sides_readings_of_the_document(
    parties: Parties,
) -> None:
    gateway = parties["gateway"]
    ours = registered(gateway)
    found = await calls(parties)
    for got in found.values():
        check_seal(got["DauChuyen"], got.document, [gateway.certificate], START)
        by = verify_seal(
            got["DauChuyen"], got.document, certificates={ours.kid: ours}, at=START
        )
        assert by is ours
    assert isinstance(ours, RegisteredCertificate)


@pytest.mark.system
async def test_xmlsec1_and_xmllint_accept_what_we_sign(
    parties: Parties, tmp_path: Path
) -> None:
    found = await calls(parties)
    path = tmp_path / "enquiry.xml"
    verify = ["xmlsec1", "--verify", "--id-attr:Id", f"{NAMESPACE}:ROW"]
    lint = ["xmllint", "--noout", "--nonet", "--schema", str(SCHEMAS / "tct.xsd")]
    assert shutil.which("xmlsec1")
    for kind in KINDS[1:]:
        path.write_bytes(found[kind].document)
        judged = {
            name: _judged(
                [*verify, "--pubkey-cert-pem", parties[name].certificate_path],
                path,
            )
            for name in ("gateway", "stranger")
        }
        assert judged == {"gateway": True, "stranger": False}
        assert _judged(lint, path)
    path.write_bytes(_call_of(found["TCT_GPC"].body))
    assert _judged(lint, path)


def _judged(command: list[str], path: Path) -> bool:
    done = subprocess.run(
        [*command, str(path)], capture_output=True, check=False, timeout=20
    )
    return done.returncode == 0


def _call_of(envelope: bytes) -> bytes:
    """What stands in the SOAP body."""
    found = re.search(rb"<ns0:GuiThongDiep.*</ns0:GuiThongDiep>", envelope, re.DOTALL)
    assert found
    return found[0]


TEMPLATE = """<SECURITY><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo>\
<CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>\
<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>\
<Reference URI="#A1"><Transforms>\
<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></Transforms>\
<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/>\
</Reference></SignedInfo><SignatureValue/></Signature></SECURITY></BODY>"""


@pytest.mark.system
async def test_an_answer_that_xmlsec1_signed_is_believed(
    parties: Parties, tmp_path: Path
) -> None:
    def answer(got: Got) -> tuple[int, dict[str, str], bytes]:
        said = answering(got, result=result("00", FILES.format(seq_id="LAND-1")))
        path = tmp_path / "answer.xml"
        path.write_text(said.replace("</BODY>", TEMPLATE), "utf-8")
        command = ["xmlsec1", "--sign", "--id-attr:Id", f"{NAMESPACE}:ROW"]
        command += ["--privkey-pem", parties["tax"].key_path, str(path)]
        done = subprocess.run(command, capture_output=True, check=True, timeout=20)
        return enveloped(got, done.stdout)

    async with forged(parties) as forger:
        forger.answer = answer
        one = message(parties["issuer"].sign(slip()))
        told = await forger.adapter.enquire(one, timeout_s=5)
        assert told.code == "on_file"


async def test_what_an_answer_means_is_what_its_golden_file_holds(
    parties: Parties,
) -> None:
    one = message(parties["issuer"].sign(slip()))
    said = {
        "TCT_TVTBT": result("00", notices()),
        "TCT_TVNVTC": result("00", totals("20000000", "20000000", "0")),
    }
    async with forged(parties) as forger:
        forger.answer = lambda got: enveloped(
            got,
            parties["tax"].sign(answering(got, result=said[got["MaThongDiep"]])),
        )
        (answer,) = await forger.adapter.poll([one], timeout_s=5)
    text = json.dumps(_plain(answer), ensure_ascii=False, indent=1, default=str)
    held("poll.reports.json", text.encode() + b"\n")


def _plain(answer: Answer) -> list[dict[str, object]]:
    assert len(answer.reports) == 2
    return [
        {
            "kind": report.kind,
            "about": [[r.agency, r.kind, r.value] for r in report.about],
            "fingerprint": report.fingerprint,
            "event_at": report.event_at,
            "facts": report.facts,
            "content": report.content,
        }
        for report in answer.reports
    ]
