"""The mock tax office, spoken to over its wire format alone."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from gateway.adapters.tax.mock import kind_of, number_of
from gateway.adapters.tax.mock_xml import MAX_DOCUMENT_BYTES
from tests.unit.adapters.tax.counterpart import (
    ENQUIRY,
    NAMESPACE,
    NUMBER,
    SCHEMAS,
    Counterpart,
    Party,
    Wire,
    slip,
)

T = f"{{{NAMESPACE}}}"
SLIPS = "slip_new"


# ---------------------------------------------------------------- slips


async def test_a_signed_slip_is_accepted_and_takes_effect_once(
    talk: Counterpart,
) -> None:
    answer = await talk.send_slip()
    assert (answer["ERROR_CODE"], answer["ERROR_NOTE"]) == ("0", "")
    assert talk.office.effects == [(SLIPS, NUMBER, {"so_phieu": "0001/PCTT"})]
    assert [a[:2] for a in talk.office.arrivals] == [(SLIPS, NUMBER)]


async def test_an_answer_carries_the_header_and_the_call_back(
    talk: Counterpart,
) -> None:
    answer = await talk.send_slip()
    told = [answer[n] for n in ("MA_HS", "MA_GCN", "SO_PHIEU", "SEQ_REFID", "MSG_TYPE")]
    assert told == [NUMBER, "CB 000001", "0001/PCTT", "LAND-1", "10"]
    assert (answer["ID_THONGDIEP"], answer["MA_THONGDIEP"]) == ("m-1", "TCT_GPC")
    assert answer["NGAYCHUYEN"] == "2026-03-10 07:30:00"


async def test_the_same_slip_sent_twice_makes_two_files(talk: Counterpart) -> None:
    signed = talk.issuer.sign(slip())
    assert [(await talk.send(signed))["ERROR_CODE"] for _ in range(2)] == ["0", "0"]
    assert len(talk.office.effects) == 2
    known = await talk.ask("17")
    assert known.all("SO_HOSO_THUE") == ["000001", "000002"]
    assert known.all("SEQ_ID")[1:] == ["LAND-1", "LAND-1"]


async def test_a_first_certificate_has_no_ma_gcn_and_is_found_without(
    talk: Counterpart,
) -> None:
    await talk.send_slip(ma_gcn="")
    assert (await talk.ask("17", ma_gcn=""))["MA_KETQUA"] == "00"
    assert (await talk.ask("17"))["MA_KETQUA"] == "02"


async def test_a_replacing_slip_closes_the_one_it_names(talk: Counterpart) -> None:
    await talk.send_slip()
    new = {"msg_type": "11", "seq_id": "LAND-2", "replaces": "LAND-1"}
    answer = await talk.send_slip(**new, so_phieu="0002/PCTT")
    assert answer["ERROR_CODE"] == "0"
    assert (await talk.ask("17"))["MA_KETQUA"] == "06"
    assert (await talk.ask("17", "0002/PCTT"))["MA_KETQUA"] == "00"
    assert [e[0] for e in talk.office.effects] == ["slip_new", "slip_replace"]


async def test_a_replacing_slip_is_taken_though_the_first_never_came(
    talk: Counterpart,
) -> None:
    new = {"msg_type": "11", "seq_id": "LAND-2", "replaces": "LAND-1"}
    assert (await talk.send_slip(**new))["ERROR_CODE"] == "0"


@pytest.mark.parametrize(
    ("changes", "code", "place"),
    [
        ({"price": "abc"}, "01", "GIA_TRI"),
        ({"price": "1.000.000"}, "01", "GIA_TRI"),
        ({"approved": "2026-02-31"}, "01", "NGAY_DUYET"),
        ({"approved": "31-02-2026"}, "01", "NGAY_DUYET"),
        ({"area": "120,5"}, "01", "DIEN_TICH"),
        ({"name": " "}, "01", "HO_TEN"),
        ({"so_phieu": ""}, "01", "SO_PHIEU"),
        ({"ma_hs": "H00.96.01-260231-0001"}, "20", "MA_HS"),
        ({"approved": "2026-03-11"}, "23", "NGAY_DUYET"),
        ({"name": "Ví Dụ</HO_TEN><MST>0100233480</MST><HO_TEN>"}, "01", "HO_TEN"),
        ({"area": "0"}, "25", "DIEN_TICH"),
        ({"transfer": ""}, "26", "TT_CHUYENNHUONG"),
    ],
)
async def test_wrong_content_is_refused_by_place_and_leaves_no_file(
    talk: Counterpart, changes: dict[str, str], code: str, place: str
) -> None:
    answer = await talk.send_slip(**changes)
    assert answer["ERROR_CODE"] == code
    assert place in answer["ERROR_NOTE"]
    assert talk.office.effects == []
    assert talk.office.arrivals[0][2]["error"] == code


async def test_a_tax_code_with_a_wrong_check_digit_is_refused(
    talk: Counterpart,
) -> None:
    for mst, code in (("0100233480", "24"), ("0100233488", "0")):
        name = f"Ví Dụ</HO_TEN><MST>{mst}</MST></TT_NSD>"
        more = f"{name}<TT_NSD><VAI_TRO>1</VAI_TRO><LOAI_NSD>1</LOAI_NSD><HO_TEN>Thử"
        assert (await talk.send_slip(name=more))["ERROR_CODE"] == code


async def test_an_error_note_names_places_and_no_values(talk: Counterpart) -> None:
    answer = await talk.send_slip(price="gia-bi-mat")
    assert "gia-bi-mat" not in answer.raw.decode()


async def test_a_scenario_refuses_the_first_slips_and_takes_the_next(
    talk: Counterpart,
) -> None:
    talk.office.scenarios[NUMBER] = {"slip_error": "90", "slip_error_times": 1}
    codes = [(await talk.send_slip())["ERROR_CODE"] for _ in range(2)]
    assert codes == ["90", "0"]
    assert len(talk.office.effects) == 1


# ---------------------------------------------------------------- signatures


def tampered(signed: bytes, old: str, new: str) -> bytes:
    assert old.encode() in signed
    return signed.replace(old.encode(), new.encode())


async def test_content_changed_after_signing_is_refused(talk: Counterpart) -> None:
    signed = tampered(talk.issuer.sign(slip()), "1000000000", "1000000001")
    assert (await talk.send(signed))["ERROR_CODE"] == "03"
    assert talk.office.effects == []


async def test_a_slip_without_signature_is_refused(talk: Counterpart) -> None:
    assert (await talk.send(slip().encode()))["ERROR_CODE"] == "02"


async def test_a_slip_signed_by_a_stranger_is_refused(talk: Counterpart) -> None:
    answer = await talk.send(talk.stranger.sign(slip()))
    assert answer["ERROR_CODE"] == "04"


async def test_a_stranger_who_shows_the_issuers_certificate_is_refused(
    talk: Counterpart,
) -> None:
    forged = Party(
        talk.stranger.key_path, talk.issuer.certificate_path, talk.issuer.private
    )
    assert (await talk.send(forged.sign(slip())))["ERROR_CODE"] == "03"


async def test_the_gateway_may_seal_but_not_issue_slips(talk: Counterpart) -> None:
    assert (await talk.send(talk.gateway.sign(slip())))["ERROR_CODE"] == "04"


async def test_an_expired_certificate_signs_nothing_any_more(
    talk: Counterpart, tmp_path: Path
) -> None:
    old = Party.create(tmp_path, "old", until=datetime(2026, 3, 9, tzinfo=UTC))
    talk.office.settings["issuer_certificates"] = [old.certificate_path]
    talk.open()
    assert (await talk.send(old.sign(slip())))["ERROR_CODE"] == "04"


async def test_two_certificates_are_registered_while_a_key_is_changed(
    talk: Counterpart,
) -> None:
    paths = [talk.stranger.certificate_path, talk.issuer.certificate_path]
    talk.office.settings["issuer_certificates"] = paths
    talk.open()
    assert (await talk.send_slip())["ERROR_CODE"] == "0"


def wrapped(signed: bytes, shape: str) -> bytes:
    """The signed ROW moved aside, a forged one where readers look."""
    root = etree.fromstring(signed)  # noqa: TID251  our own text
    body = root[0]
    genuine, security = body
    forged = etree.fromstring(etree.tostring(genuine))  # noqa: TID251
    forged.set("Id", "R2" if shape != "same_id" else "R1")
    forged.findall(f".//{T}GIA_TRI")[0].text = "1"
    body.remove(genuine)
    body.insert(0, forged)
    if shape == "inside_object":
        holder = etree.SubElement(
            security[0], "{http://www.w3.org/2000/09/xmldsig#}Object"
        )
        holder.append(genuine)
    elif shape == "beside_security":
        security.append(genuine)
    elif shape == "after_body":
        root.append(genuine)
    else:
        body.insert(1, genuine)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


SHAPES = ("inside_object", "beside_security", "after_body", "second_row", "same_id")


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_wrapped_signature_is_refused(talk: Counterpart, shape: str) -> None:
    answer = await talk.send(wrapped(talk.issuer.sign(slip()), shape))
    assert answer["ERROR_CODE"] in {"01", "03"}
    assert talk.office.effects == []


@pytest.mark.system
@pytest.mark.parametrize("shape", SHAPES[:-1])
def test_a_verifier_that_does_not_look_where_is_fooled_by_the_same_wrapping(
    talk: Counterpart, tmp_path: Path, shape: str
) -> None:
    forged = wrapped(talk.issuer.sign(slip()), shape)
    assert xmlsec1_accepts(forged, talk.issuer, tmp_path)
    assert b"<GIA_TRI>1</GIA_TRI>" in forged


async def test_a_comment_cannot_change_what_was_signed(talk: Counterpart) -> None:
    signed = tampered(talk.issuer.sign(slip()), "0001/PCTT", "0001<!-- x -->/PCTT")
    answer = await talk.send(signed)
    assert (answer["ERROR_CODE"], answer["SO_PHIEU"]) == ("0", "0001/PCTT")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<DATA ", '<!DOCTYPE DATA [<!ENTITY a "aaaa">]><DATA '),
        ("<DATA ", '<!DOCTYPE DATA SYSTEM "http://127.0.0.1:1/x.dtd"><DATA '),
        ("<HO_TEN>", "<HO_TEN>&khong-co;"),
        (
            "<TT_NSD>",
            '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="x"/><TT_NSD>',
        ),
        ("<DATA ", '<?xml-stylesheet href="x.xsl"?><DATA '),
        ("urn:vn:lienthong:tct:1", "urn:vn:lienthong:tct:2"),
        ("UTF-8", "ISO-8859-1"),
        ("<TT_NSD>", "<a>" * 40 + "</a>" * 40 + "<TT_NSD>"),
    ],
    ids=[
        "entity",
        "dtd",
        "reference",
        "xinclude",
        "stylesheet",
        "namespace",
        "latin",
        "deep",
    ],
)
async def test_xml_that_could_do_harm_is_refused_before_anything_else(
    talk: Counterpart, old: str, new: str
) -> None:
    signed = tampered(talk.issuer.sign(slip()), old, new)
    assert (await talk.send(signed))["ERROR_CODE"] == "01"
    assert talk.office.effects == []


async def test_a_document_beyond_the_limit_is_not_parsed(talk: Counterpart) -> None:
    signed = talk.issuer.sign(slip()) + b" " * MAX_DOCUMENT_BYTES
    status, _, body = await talk.post(talk.envelope(signed))
    assert (status, b"soapenv:Client" in body) == (500, True)


# ---------------------------------------------------------------- the seal


async def test_a_seal_over_other_bytes_is_refused(talk: Counterpart) -> None:
    seal = talk.gateway.seal(b"other bytes")
    answer = await talk.send(talk.issuer.sign(slip()), seal=seal)
    assert answer["ERROR_CODE"] == "05"
    assert talk.office.arrivals[0] == (SLIPS, NUMBER, {"error": "05", "id": "m-1"})


async def test_a_seal_by_an_unregistered_key_is_refused(talk: Counterpart) -> None:
    signed = talk.issuer.sign(slip())
    answer = await talk.send(signed, seal=talk.stranger.seal(signed))
    assert answer["ERROR_CODE"] == "05"


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "HS256"}, {"jku": "x"}])
async def test_a_seal_that_asks_for_another_way_is_refused(
    talk: Counterpart, header: dict[str, str]
) -> None:
    signed = talk.issuer.sign(slip())
    answer = await talk.send(signed, seal=talk.gateway.seal(signed, **header))
    assert answer["ERROR_CODE"] == "05"


# ---------------------------------------------------------------- envelope


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>502</html>",
        b"<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'/>",
        b"<!DOCTYPE x [<!ENTITY y 'z'>]><x>&y;</x>",
    ],
)
async def test_an_unreadable_envelope_is_a_fault_of_the_caller(
    talk: Counterpart, body: bytes
) -> None:
    status, media_type, reply = await talk.post(body)
    assert (status, media_type) == (500, "text/xml; charset=utf-8")
    assert b"<faultcode>soapenv:Client</faultcode>" in reply
    assert talk.office.arrivals == [("unknown", "", {"error": "envelope"})]


async def test_a_message_under_another_code_is_refused(talk: Counterpart) -> None:
    signed = talk.gateway.sign(slip())
    assert (await talk.send(signed, "TCT_TVTBT"))["ERROR_CODE"] == "06"


@pytest.mark.parametrize("msg_type", ["12", "13"])
async def test_a_slip_of_the_portal_alone_is_refused_on_the_direct_road(
    talk: Counterpart, msg_type: str
) -> None:
    assert (await talk.send_slip(msg_type=msg_type))["ERROR_CODE"] == "06"
    assert talk.office.effects == []


async def test_a_call_for_another_office_is_refused(talk: Counterpart) -> None:
    signed = talk.issuer.sign(slip())
    assert (await talk.send(signed, receiver="TCT-H00-99"))["ERROR_CODE"] == "07"


async def test_an_unregistered_sender_is_refused(talk: Counterpart) -> None:
    talk.office.settings["senders"] = ["H13"]
    assert (await talk.send_slip())["ERROR_CODE"] == "08"


async def test_number_and_kind_are_told_before_a_message_is_handled(
    talk: Counterpart,
) -> None:
    request = Wire(talk.envelope(talk.issuer.sign(slip())))
    assert (kind_of(request), number_of(request)) == (SLIPS, NUMBER)
    assert (kind_of(Wire(b"<x/>")), number_of(Wire(b"<x/>"))) == ("unknown", "")


# ---------------------------------------------------------------- enquiries


async def test_a_slip_that_never_came_is_no_such_dossier(talk: Counterpart) -> None:
    for msg_type in ("14", "16", "17"):
        answer = await talk.ask(msg_type)
        assert (answer["ERROR_CODE"], answer["MA_KETQUA"]) == ("0", "02")
    assert [a[0] for a in talk.office.arrivals] == ["notices", "obligations", "dossier"]


async def test_notices_are_still_being_worked_on_and_then_come(
    talk: Counterpart,
) -> None:
    await talk.send_slip()
    talk.office.later(47.9)
    assert (await talk.ask("14"))["MA_KETQUA"] == "01"
    assert (await talk.ask("16"))["MA_KETQUA"] == "01"
    talk.office.later(0.1)
    answer = await talk.ask("14")
    assert answer["MA_KETQUA"] == "00"
    assert answer.all("LOAI_NVTC") == ["02", "01"]
    assert answer.all("SO_TIEN") == ["20000000", "5000000"]
    assert set(answer.all("NGAY_QUYET_DINH")) == {"2026-03-12"}
    assert set(answer.all("HAN_NOP")) == {"2026-04-11"}


async def test_obligations_are_open_until_the_citizen_has_paid(
    talk: Counterpart,
) -> None:
    await talk.send_slip()
    talk.office.later(48)
    before = await talk.ask("16")
    totals = ("TONG_PHAI_NOP", "TONG_DA_NOP", "TONG_CON_PNOP", "NGAY_NOP_CUOI")
    assert [before[n] for n in totals] == ["25000000", "0", "25000000", ""]
    talk.office.later(72)
    after = await talk.ask("16")
    assert [after[n] for n in totals] == ["25000000", "25000000", "0", "2026-03-15"]
    assert (await talk.ask("17"))["MA_KETQUA"] == "05"


async def test_one_notice_is_asked_for_by_its_number(talk: Counterpart) -> None:
    await talk.send_slip()
    talk.office.later(48)
    number = (await talk.ask("14")).all("SO_QUYET_DINH")[1]
    assert (await talk.ask("15", notice=number)).all("SO_TIEN") == ["5000000"]
    assert (await talk.ask("15", notice="9/TB"))["MA_KETQUA"] == "05"
    assert (await talk.ask("15"))["ERROR_CODE"] == "30"


async def test_a_scenario_names_notices_and_times(talk: Counterpart) -> None:
    talk.office.scenarios[NUMBER] = {
        "notices_after_h": 1.0,
        "never_paid": True,
        "notice": [
            {"loai": "03", "tieu_muc": "Ví dụ", "so_tien": 7, "han_nop_days": 1}
        ],
    }
    await talk.send_slip()
    talk.office.later(1)
    answer = await talk.ask("14")
    assert (answer["SO_TIEN"], answer["HAN_NOP"]) == ("7", "2026-03-11")
    talk.office.later(10_000)
    assert (await talk.ask("16"))["TONG_CON_PNOP"] == "7"


async def test_an_exempt_applicant_has_nothing_to_pay(talk: Counterpart) -> None:
    talk.office.scenarios[NUMBER] = {"answer": "exempt"}
    await talk.send_slip()
    talk.office.later(48)
    assert (await talk.ask("14"))["MA_KETQUA"] == "03"
    answer = await talk.ask("16")
    totals = ("TONG_PHAI_NOP", "TONG_MIEN_GIAM", "TONG_CON_PNOP")
    assert [answer[n] for n in totals] == ["0", "25000000", "0"]
    assert answer["MA_KETQUA"] == "03"


async def test_a_returned_file_says_why(talk: Counterpart) -> None:
    talk.office.scenarios[NUMBER] = {"answer": "refused", "reason": "thiếu giá đất"}
    await talk.send_slip()
    talk.office.later(48)
    for msg_type in ("14", "16", "17"):
        answer = await talk.ask(msg_type)
        assert answer["MA_KETQUA"] == "04"
        assert answer["DIEN_GIAI"].endswith(": thiếu giá đất")


async def test_a_silent_office_is_working_for_ever(talk: Counterpart) -> None:
    talk.office.scenarios[NUMBER] = {"answer": "silent"}
    await talk.send_slip()
    talk.office.later(10_000)
    assert (await talk.ask("14"))["MA_KETQUA"] == "01"


async def test_an_enquiry_signed_by_an_issuer_is_refused(talk: Counterpart) -> None:
    document = ENQUIRY.format(
        msg_type="17", ma_hs=NUMBER, ma_gcn="", so_phieu="1", notice=""
    )
    answer = await talk.send(talk.issuer.sign(document), "TCT_TVHSSC")
    assert answer["ERROR_CODE"] == "04"


async def test_whoever_asks_too_often_is_told_so(talk: Counterpart) -> None:
    talk.office.settings["min_poll_s"] = 900
    codes = []
    for minutes in (0, 14, 2):
        talk.office.later(minutes / 60)
        codes.append((await talk.ask("14"))["ERROR_CODE"])
    assert codes == ["0", "91", "0"]
    assert (await talk.ask("16"))["ERROR_CODE"] == "0"


# ---------------------------------------------------------------- published files


async def test_the_wsdl_is_served_with_the_schemas_it_names(talk: Counterpart) -> None:
    wsdl = talk.routes["GET", "/tct/GuiThongDiep"]
    schema = talk.routes["GET", "/tct/{name}"]
    status, _, body = await wsdl(Wire(query={"wsdl": ""}))
    assert (status, body) == (200, (SCHEMAS / "tct.wsdl").read_bytes())
    assert b'schemaLocation="tct.xsd"' in body
    names = ("tct.xsd", "xmldsig-profile.xsd", "../../../pyproject.toml", "codes.toml")
    found = [(await schema(Wire(params={"name": name})))[0] for name in names]
    assert found == [200, 200, 404, 404]
    assert (await wsdl(Wire()))[0] == 405


# ---------------------------------------------------------------- outside judges


def xmlsec1_accepts(document: bytes, signer: Party, folder: Path) -> bool:
    (folder / "document.xml").write_bytes(document)
    program = shutil.which("xmlsec1")
    assert program, "xmlsec1 is needed"
    command = [program, "--verify", "--id-attr:Id", f"{NAMESPACE}:ROW"]
    command += [
        "--pubkey-cert-pem",
        signer.certificate_path,
        str(folder / "document.xml"),
    ]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def xmllint_accepts(document: Path) -> bool:
    command = ["xmllint", "--noout", "--nonet", "--schema", str(SCHEMAS / "tct.xsd")]
    done = subprocess.run([*command, str(document)], capture_output=True, check=False)
    return done.returncode == 0


def sign_by_xmlsec1(document: str, key_path: str, folder: Path) -> bytes:
    (folder / "template.xml").write_text(document, encoding="utf-8")
    command = ["xmlsec1", "--sign", "--id-attr:Id", f"{NAMESPACE}:ROW", "--privkey-pem"]
    command += [key_path, str(folder / "template.xml")]
    return subprocess.run(command, capture_output=True, check=True).stdout


@pytest.mark.system
async def test_xmlsec1_and_xmllint_accept_what_the_tax_office_signs(
    talk: Counterpart, tmp_path: Path
) -> None:
    await talk.send_slip()
    talk.office.later(48)
    for msg_type in ("14", "16", "17"):
        answer = await talk.ask(msg_type)
        assert xmlsec1_accepts(answer.raw, talk.tax, tmp_path)
        assert not xmlsec1_accepts(answer.raw, talk.stranger, tmp_path)
        assert xmllint_accepts(tmp_path / "document.xml")


TEMPLATE = """<SECURITY xmlns="urn:vn:lienthong:tct:1">\
<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo>\
<CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>\
<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>\
<Reference URI="#R1"><Transforms>\
<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></Transforms>\
<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/>\
</Reference></SignedInfo><SignatureValue/></Signature></SECURITY></BODY>"""


@pytest.mark.system
async def test_a_slip_that_xmlsec1_signed_is_accepted(
    talk: Counterpart, tmp_path: Path
) -> None:
    unsigned = slip().replace("</BODY>", TEMPLATE)
    answer = await talk.send(sign_by_xmlsec1(unsigned, talk.issuer.key_path, tmp_path))
    assert (answer["ERROR_CODE"], answer["ERROR_NOTE"]) == ("0", "")
