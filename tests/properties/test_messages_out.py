"""Whatever a dossier holds: a message leaves whole and true, or not at all and says why."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from collections import Counter
from dataclasses import replace
from datetime import datetime, time, timedelta, timezone
from pathlib import Path as FolderPath
from typing import TYPE_CHECKING, Any
from unicodedata import is_normalized, normalize

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.conformance.adapter_kit import merged
from gateway.domain.attempt import Outcome
from gateway.domain.letters import normalised
from gateway.intake.check import DOSSIER_SCHEMA
from gateway.ports.agency import LegView
from gateway.ports.link import LinkMessage
from gateway.validation.xml import parse
from tests.properties.hostile import Path, changed, days, leaves, put, spoilt, texts
from tests.properties.interfaces import KITS, SCHEMAS, SENT, examples

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from gateway.ports.agency import Answer, OutboundMessage
    from tests.properties.interfaces import Desk, Interfaces

pytestmark = pytest.mark.timeout(300)
SENTINEL = "Lính canh 7301"
#: What every dossier has.
LEAST = {
    "number": "H00.01-260310-0001",
    "procedure": "1.999001",
    "units": {"intake": "H00.01"},
    "area": {"commune": "99101"},
    "applicant": {"name": "Nguyễn Văn Ví Dụ"},
}
#: A dossier that has every field; its papers and case are each interface's own.
WHOLE = {
    name: value
    for name, value in orjson.loads(
        (SCHEMAS / "dossier" / "samples" / "full.json").read_bytes()
    ).items()
    if name not in {"documents", "case", "receiver"}
}
#: Kind → the act of the counter that its content comes from.
ACTS = {
    "supplement": "supplement",
    "withdraw": "withdrawal",
    "result_wrong": "result-wrong",
}
#: Kinds whose content people or agencies wrote; that of others a reader made.
SPOKEN = {*ACTS, "paid", "owed_again", "question_answer"}
SENT_BY = {name for name, _ in SENT}
LEFT = frozenset({Outcome.DELIVERED, Outcome.DUPLICATE, Outcome.ON_ITS_WAY})
STAYED = frozenset({Outcome.NEEDS_DATA, Outcome.NEEDS_CONFIGURATION})


#: Messages of which no text is anybody's free choice.
NO_TEXT = {
    *((name, "result_handed") for name in SENT_BY if name != "water"),
    *((name, kind) for name, kind in SENT if kind.startswith("slip_")),
    *((name, kind) for name, kind in SENT if kind.startswith("told_")),
    *(("tax/file", "question_answer"), ("one_stop", "status")),
    *(("one_stop/link", "relayed"), ("one_stop/link", "correction_asked")),
}
WITH_FILES = [
    (name, kind)
    for name, kind in SENT
    for sample in KITS[name].samples.values()
    if sample.kind == kind and sample.files and not sample.by_link and name != "open"
    if not kind.startswith("told_")
]
#: Times at the borders of days, of several zones.
moments = st.builds(
    lambda day, minutes, zone: datetime.combine(
        day, time(minutes // 60, minutes % 60), timezone(timedelta(hours=zone))
    ),
    days,
    st.sampled_from([0, 1, 419, 420, 1019, 1020, 1439]),
    st.sampled_from([7, 0, -12, 14]),
)
TOLD = [pair for pair in SENT if pair not in NO_TEXT]
CARRIED: dict[tuple[str, str], dict[Path, dict[Path, str]]] = {}


def parts(message: OutboundMessage) -> dict[str, Any]:
    """What of a message a dossier or report fills."""
    return {
        "view": merged(WHOLE, dict(message.view.fields)),
        "content": {
            name: value
            for name, value in message.content.items()
            if message.kind in SPOKEN and not isinstance(value, bytes)
        },
    }


def faults(interfaces: Interfaces, kind: str, told: Mapping[str, Any]) -> set[str]:
    """What the counter's interface would say of such a dossier, or such an act."""
    found = [*interfaces.catalogue.errors(DOSSIER_SCHEMA, {**LEAST, **told["view"]})]
    if kind in ACTS:
        act = {k: v for k, v in told["content"].items() if k != "documents"}
        schema = f"urn:lienthong:schema:one_stop:{ACTS[kind]}:1"
        found += interfaces.catalogue.errors(schema, act)
    return {f"{one.pointer} {one.code}" for one in found}


def as_let_in(
    interfaces: Interfaces, desk: Desk, kind: str
) -> st.SearchStrategy[dict[str, Any]]:
    """The kit's message changed; what a counter could not hand in is left out."""
    plain = parts(desk.message())
    known = faults(interfaces, kind, plain)
    return changed(plain).filter(lambda told: faults(interfaces, kind, told) <= known)


def with_parts(message: OutboundMessage, told: Mapping[str, Any]) -> dict[str, Any]:
    """As intake keeps them: composed."""
    view = LegView(normalised(dict(told["view"])), message.view.files)
    content = {
        **message.content,
        **normalised(dict(told["content"])),
    }
    return {"view": view, "content": content}


def sent(
    interfaces: Interfaces, desk: Desk, told: Mapping[str, Any]
) -> tuple[Answer, Any]:
    """The answer, and what left, unwrapped: nothing where nothing did."""
    message = desk.message(**with_parts(desk.message(), told))
    answer = interfaces.run(desk.submit(message))
    caller = desk.adapter.caller
    if caller is not None and not caller.pushed:
        return answer, caller.shown(message) if answer.outcome in LEFT else None
    if desk.bench.kit.agency == "water":
        return answer, _rows(desk, str(message.idempotency_key))
    if desk.adapter.inbox is not None:
        return answer, ["sealed"]
    return answer, [_unwrapped(body) for _, body in desk.line.bodies]


def _rows(desk: Desk, request: str) -> list[dict[str, str]]:
    """The rows of a request in the tables that lie there, read by another reader."""
    folder = desk.bench.lent.office["water"]["folder"]
    found = []
    for path in sorted(FolderPath(folder).glob("yeu-cau/*.csv")):
        text = path.read_bytes().decode("utf-8-sig")
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
        found += [row for row in rows if row["MA_YEU_CAU"] == request]
        path.unlink()
    return found


def _unwrapped(body: bytes) -> Any:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode("utf-8", "replace")
    payload = value.get("payload") if isinstance(value, dict) else None
    if isinstance(payload, str):
        padded = payload + "=" * (-len(payload) % 4)
        return orjson.loads(base64.urlsafe_b64decode(padded))
    return _inner(value)


def _inner(value: Any) -> Any:
    """The same with what is JSON or XML inside a text."""
    if isinstance(value, dict):
        return {key: _inner(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_inner(one) for one in value]
    if isinstance(value, str) and value[:2] in {'{"', "[{"}:
        return _inner(orjson.loads(value))
    if isinstance(value, str) and value[:2] in {"<h", "<?"}:
        root = parse(value.encode()).root
        names = Counter[str]()
        found = {}
        for one in root.iter("*"):
            names[str(one.tag)] += 1
            found[f"{one.tag} {names[str(one.tag)]}"] = one.text or ""
        return found
    return value


@pytest.mark.parametrize(("name", "kind"), TOLD)
@examples(12)
@given(data=st.data())
def test_nothing_but_a_named_answer_comes_of_whatever_is_in_a_message(
    interfaces: Interfaces, name: str, kind: str, data: st.DataObject
) -> None:
    desk = interfaces.desk(name, kind)
    told = data.draw(as_let_in(interfaces, desk, kind))
    answer, body = sent(interfaces, desk, told)
    assert answer.outcome in LEFT | STAYED, answer
    assert answer.code
    if answer.outcome in STAYED:
        words = answer.remedy or desk.adapter.words.get(answer.code, ("", ""))[1]
        assert words, answer.code
    else:
        assert body
        text = orjson.dumps(body).decode()
        assert is_normalized("NFC", text)


def at(value: Any, path: Path) -> Any:
    """What stands at a place; None: nothing does."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def carried(
    interfaces: Interfaces, desk: Desk, kind: str
) -> dict[Path, dict[Path, str]]:
    """Places of a dossier or act whose text reaches the agency, and what it is there."""
    plain = parts(desk.message())
    known = faults(interfaces, kind, plain)
    found = {}
    for path, value in leaves(plain):
        told = put(plain, path, SENTINEL)
        if not isinstance(value, str) or not faults(interfaces, kind, told) <= known:
            continue
        answer, body = sent(interfaces, desk, told)
        if answer.outcome in LEFT:
            found[path] = {p: t for p, t in leaves(body) if SENTINEL in str(t)}
    return {path: places for path, places in found.items() if places}


def as_written(name: str, text: str) -> str:
    """What a reader of the interface gets of a text, by its document."""
    if not name.startswith("water"):
        return text
    # One line; a sign that begins a formula stands behind an apostrophe (section 6).
    line = " ".join(text.split())
    return f"'{line}" if line[:1] in {*"=+-@"} else line


@pytest.mark.parametrize(("name", "kind"), TOLD)
@examples(12)
@given(data=st.data())
def test_what_leaves_is_what_the_dossier_says_wherever_both_have_the_field(
    interfaces: Interfaces, name: str, kind: str, data: st.DataObject
) -> None:
    desk = interfaces.desk(name, kind)
    plain = parts(desk.message())
    if (name, kind) not in CARRIED:
        CARRIED[name, kind] = carried(interfaces, desk, kind)
    places = CARRIED[name, kind]
    path = data.draw(st.sampled_from(sorted(places, key=str)))
    text = data.draw(texts)
    told = put(plain, path, text)
    if not faults(interfaces, kind, told) <= faults(interfaces, kind, plain):
        return
    answer, body = sent(interfaces, desk, told)
    if answer.outcome in STAYED:
        return
    for place, before in places[path].items():
        line = as_written(name, before.replace(SENTINEL, normalize("NFC", text)))
        # What is empty is left out.
        assert (at(body, place) or "") == line


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name, kind in SENT if kind == "slip_new"]
)
@examples(15)
@given(data=st.data())
def test_a_slip_leaves_byte_for_byte_or_not_at_all(
    interfaces: Interfaces, name: str, kind: str, data: st.DataObject
) -> None:
    desk = interfaces.desk(name, kind)
    whole = desk.message().signed
    assert whole
    signed = data.draw(spoilt(whole))
    answer = interfaces.run(desk.submit(desk.message(signed=signed)))
    assert answer.outcome in LEFT | STAYED | {Outcome.CONTRACT_BROKEN}, answer
    if answer.outcome in LEFT and desk.adapter.inbox is None:
        sent = b"".join(body for _, body in desk.line.bodies)
        assert base64.b64encode(signed) in sent


@pytest.mark.parametrize(("name", "kind"), WITH_FILES)
@examples(10)
@given(name_of=texts, title=texts, content=st.binary(min_size=1, max_size=300))
def test_a_file_arrives_as_it_was(
    interfaces: Interfaces,
    name: str,
    kind: str,
    name_of: str,
    title: str,
    content: bytes,
) -> None:
    desk = interfaces.desk(name, kind)
    message = desk.message()
    (file,) = message.view.files

    async def pieces() -> AsyncIterator[bytes]:
        for begin in range(0, len(content), 7):
            yield content[begin : begin + 7]

    changed_file = replace(
        file,
        name=normalize("NFC", name_of),
        title=normalize("NFC", title),
        size_bytes=len(content),
        open=pieces,
        sha256=hashlib.sha256(content).hexdigest(),
    )
    view = LegView(message.view.fields, (changed_file,))
    answer = interfaces.run(desk.submit(desk.message(view=view)))
    assert answer.outcome in LEFT | STAYED, answer
    if answer.outcome in STAYED:
        return
    if desk.bench.kit.agency == "water":
        folder = FolderPath(desk.bench.lent.office["water"]["folder"]) / "yeu-cau"
        laid = {path.read_bytes() for path in folder.glob("*.*")}
        assert content in laid
        return
    bodies = [_unwrapped(body) for _, body in desk.line.bodies]
    found = {value for _, value in leaves(bodies)}
    assert base64.b64encode(content).decode() in found
    assert changed_file.name in found


def stripped(value: Any) -> Any:
    """Texts without blanks around them, which that reader takes away."""
    for path, text in [*leaves(value)]:
        value = put(value, path, text.strip()) if isinstance(text, str) else value
    return value


@pytest.mark.parametrize("name", ["land_registry", "land_registry/ilis"])
@examples(60)
@given(data=st.data())
def test_what_the_land_system_is_sent_reads_as_the_dossier_again(
    interfaces: Interfaces, name: str, data: st.DataObject
) -> None:
    """The messages are those that an old one-stop sends: the same reader reads ours."""
    desk = interfaces.desk(name, "hand_over")
    told = data.draw(as_let_in(interfaces, desk, "hand_over"))
    told["view"]["received_at"] = data.draw(moments).isoformat()
    told["view"]["due_on"] = data.draw(days).isoformat()
    answer, _ = sent(interfaces, desk, told)
    if answer.outcome in STAYED:
        return
    (path, body), *_ = desk.line.bodies
    link = desk.adapter.link
    assert link is not None
    heard = link.read(path.rpartition("/")[2], body)
    assert isinstance(heard, LinkMessage)
    view, document = stripped(normalised(told["view"])), heard.document
    assert heard.number == desk.bench.kit.number
    for field in ("case", "due_on", "receiver"):
        if view.get(field):
            assert document[field] == view[field]
    came = datetime.fromisoformat(document["received_at"])
    assert came == datetime.fromisoformat(view["received_at"])
    assert document["area"]["commune"] == desk.message().facts["commune"]
    assert document["area"].get("address", "") == (view["area"].get("address") or "")
    for field in ("name", "address", "phone", "email"):
        wrote = view["applicant"].get(field) or ""
        assert document["applicant"].get(field, "") == wrote
    parcels = [
        {
            key: one[key]
            for key in ("number", "sheet", "area_m2", "address")
            if one.get(key)
        }
        for one in view.get("parcels", ())
    ]
    assert document.get("parcels", []) == parcels
