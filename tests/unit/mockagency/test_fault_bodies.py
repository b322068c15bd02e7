"""What faults make of bodies: JSON or XML, and what they leave alone."""

from __future__ import annotations

import json

import pytest

from gateway.domain.old_letters import from_tcvn3
from gateway.mockagency.faults import Fault
from gateway.mockagency.faults_body import TCVN3, reshaped

XML = (
    '<a:Tra xmlns:a="urn:x"><a:MA_KETQUA k="1">00</a:MA_KETQUA>'
    "<MA_KETQUA_KHAC>00</MA_KETQUA_KHAC><NGAY>2026-03-10T08:00:00</NGAY></a:Tra>"
)


def fault(do: str, **more: object) -> Fault:
    return Fault("tax", "*", do, **more)  # type: ignore[arg-type]


def test_a_code_of_xml_is_replaced_and_no_other_element() -> None:
    changed = reshaped(fault("unknown_code", code_field="MA_KETQUA"), XML.encode())
    assert changed == XML.replace('k="1">00<', 'k="1">ZZ99<').encode()


def test_times_of_xml_are_moved_in_the_form_that_they_have() -> None:
    changed = reshaped(fault("clock_off", minutes=-481), XML.encode())
    assert changed == XML.replace("2026-03-10T08:00:00", "2026-03-09T23:59:00").encode()


def test_old_letters_are_those_that_the_gateway_reads_back() -> None:
    text = "Nguyễn Thị Đượm, ấp Mỹ Thạnh, huyện Cửa Lò"
    body = json.dumps({"ten": text}).encode()
    changed = reshaped(fault("tcvn3"), body)
    assert changed is not None
    told = json.loads(changed)["ten"]
    assert told != text
    assert from_tcvn3(told) == text
    assert len({*TCVN3.values()}) == 74


@pytest.mark.parametrize(
    "given",
    [
        fault("unknown_code", code_field="KHAC"),
        fault("tcvn3"),
        fault("clock_off", minutes=5),
    ],
    ids=lambda one: one.do,
)
@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\x00", b"khong co gi"])
def test_a_body_with_nothing_to_change_stays(given: Fault, body: bytes) -> None:
    assert reshaped(given, body) is None
