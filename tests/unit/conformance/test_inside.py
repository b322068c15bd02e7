"""What stands inside a recorded message is found and changed at any depth."""

from __future__ import annotations

import base64
import json

import pytest

from gateway.conformance.inside import echoed, leaves

INNER = "<DATA><SEQ_ID>R-0001</SEQ_ID><GCN/><TEN>Mẫu</TEN><X a='R-0002'/></DATA>"


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "message",
    [
        INNER,
        json.dumps({"noi_dung": INNER}),
        json.dumps({"noi_dung": [{"tep": coded(INNER)}]}),
        f"<e:E xmlns:e='urn:e'><NoiDung>{coded(INNER)}</NoiDung></e:E>",
        f"<E><NoiDung><![CDATA[{INNER}]]></NoiDung></E>",
    ],
)
def test_each_text_of_a_message_is_found_where_it_stands(message: str) -> None:
    found = leaves(message.encode())
    assert {"R-0001", "R-0002", "Mẫu"} <= set(found.values())
    assert len(found) == len(set(found))


def test_what_an_answer_repeats_of_its_request_becomes_that_of_another() -> None:
    asked = INNER.replace("R-0001", "Q-7301").replace("<GCN/>", "<GCN>CB 7301</GCN>")
    answer = json.dumps({"ref": "R-0001", "tep": coded(INNER), "ma": "khác"}).encode()
    told = json.loads(echoed(answer, INNER.encode(), asked.encode()))
    assert (told["ref"], told["ma"]) == ("Q-7301", "khác")
    inner = base64.b64decode(told["tep"]).decode()
    assert "<SEQ_ID>Q-7301</SEQ_ID><GCN>CB 7301</GCN><TEN>Mẫu</TEN>" in inner


@pytest.mark.parametrize(
    "answer", [b"", b"{", b"<a", b"[1, 2]", b"<a> <b/></a>", b'{"a":  "R-9"}', b"\xff"]
)
def test_an_answer_that_repeats_nothing_stays_byte_for_byte(answer: bytes) -> None:
    assert echoed(answer, INNER.encode(), b"{}") == answer
