"""A dossier arrives: check, deduplicate, plan, remember; one atomic unit, then 202."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import (
    ChangedMeanwhile,
    DossierContradiction,
    KeyTaken,
    NotAllowed,
)
from gateway.domain.identifiers import DossierId
from gateway.domain.legal_day import legal_day
from gateway.domain.letters import as_text, read
from gateway.domain.principal import EVERYTHING
from gateway.domain.procedure import Event
from gateway.domain.remarks import remarks
from gateway.domain.trace import of_dossier, with_caller
from gateway.domain.values import dataclass, replace
from gateway.intake.acceptance import answer_of, complete, sealed_received
from gateway.intake.adopting import adoption, handed_over, may_accept
from gateway.intake.check import procedure_for
from gateway.intake.papers import put_away
from gateway.intake.taking_over import numbers_of, taken_over
from gateway.ports.store import IntakeKey
from gateway.routing.messages import Enclosure
from gateway.routing.opening import fresh_case
from gateway.routing.progress import on_dossier_event
from gateway.routing.route import plan
from gateway.sealing.advance import advance
from gateway.sealing.folder import blind_number
from gateway.sealing.received import with_received

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.domain.identifiers import OfficeId
    from gateway.domain.letters import Reading
    from gateway.domain.principal import Principal
    from gateway.domain.procedure import Procedure
    from gateway.ports.attachments import StoredAttachment
    from gateway.ports.store import Change
    from gateway.routing.opening import Begun
    from gateway.sealing.tools import Tools

#: How often a unit is decided anew when uploads that it uses went first.
TRIES = 20


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a sender is answered; ``repeated`` when it had been answered before."""

    answer: dict[str, Any]
    repeated: bool


async def submit(
    tools: Tools,
    principal: Principal,
    document: dict[str, Any],
    *,
    key: str | None,
    parts: Mapping[str, StoredAttachment],
    begun: Sequence[Begun] = (),
) -> Accepted:
    """Accept a dossier of a one-stop system.

    ``key`` is the sender's own idempotency key, if it sends one; ``begun`` its
    legs that are under way already, when it is taken over from before.

    Raises:
        DossierInvalid: fields are wrong.
        DossierContradiction: known under this code or key with other content.
    """
    for _ in range(TRIES):
        try:
            return await _submit(tools, principal, document, key, parts, begun)
        except ChangedMeanwhile:
            # An upload that it names is another dossier's by now, or has ended:
            # looked for again, it is told to be unknown.
            continue
    raise ChangedMeanwhile


async def _submit(
    tools: Tools,
    principal: Principal,
    document: dict[str, Any],
    key: str | None,
    parts: Mapping[str, StoredAttachment],
    begun: Sequence[Begun],
) -> Accepted:
    sender = sender_of(principal)
    procedure = procedure_for(
        tools.versions.current,
        tools.schemas,
        document,
        now=tools.clock.now(),
        is_loaded=bool(begun),
    )
    reading = read(document)
    taken = await _once(tools, sender, procedure, reading, key, parts, begun)
    return with_warnings(taken, reading)


async def _once(
    tools: Tools,
    sender: OfficeId,
    procedure: Procedure,
    reading: Reading,
    key: str | None,
    parts: Mapping[str, StoredAttachment],
    begun: Sequence[Begun],
) -> Accepted:
    clean, text, began = reading.document, reading.text, tools.clock.mono()
    number = str(clean["number"])
    if "idempotency_key" in clean:
        key = key or str(clean["idempotency_key"])
        clean = {k: v for k, v in clean.items() if k != "idempotency_key"}
        text = as_text(clean)
        reading = replace(reading, document=clean, text=text)
    key = kept_key(tools, key or default_key(number, clean))
    print_ = _print_of(tools, clean, text)
    known = await tools.store.intake_key(sender, key)
    if known is not None:
        return _again(known, print_, number)
    waits = None if begun else await handed_over(tools, procedure, clean)
    if waits is None:
        change, answer = await _acceptance(
            tools, sender, procedure, reading, print_, parts, begun
        )
    elif may_accept(waits, sender):
        change, answer = await adoption(tools, waits, procedure, reading, print_, parts)
    else:
        return await _taken(tools, sender, key, number, print_)
    intake_key = IntakeKey(sender, key, print_, without_number(answer))
    try:
        await tools.store.apply(replace(change, intake_key=intake_key))
    except KeyTaken:
        return await _taken(tools, sender, key, number, print_)
    tools.probe.inbound(
        kind="dossier",
        office=sender,
        standing="accepted",
        dossier_id=change.dossier_id,
        took_ms=round((tools.clock.mono() - began) * 1000, 1),
        **(of_dossier(change.case).facts if change.case else {}),
    )
    return Accepted(answer, repeated=False)


def with_warnings(taken: Accepted, reading: Reading) -> Accepted:
    """The answer with what the counter should look at again.

    It is made anew for each answer: what is kept of one is no place for it.
    """
    found = remarks(reading.document, converted=bool(reading.received))
    dossier = {**taken.answer["dossier"], "warnings": [one.told() for one in found]}
    return replace(taken, answer={**taken.answer, "dossier": dossier})


def sender_of(principal: Principal) -> OfficeId:
    """The one-stop system that a principal speaks for.

    Raises:
        NotAllowed: it speaks for none.
    """
    if principal.system is None:
        raise NotAllowed
    return principal.system


def default_key(number: str, document: Mapping[str, Any]) -> str:
    """Key of a sender that sends none: dossier code, kind and round."""
    return f"{number}|dossier|{document.get('round', 1)}"


def fingerprint(tools: Tools, content: Mapping[str, Any]) -> bytes:
    """Keyed hash of what a message says; equal for equal content in any field order."""
    return _print_of(tools, content, as_text(content))


def _print_of(tools: Tools, content: Mapping[str, Any], text: str) -> bytes:
    if '"content"' in text:
        text = as_text(_by_hash(content))
    return tools.vault.blind("content", hashlib.sha256(text.encode()).hexdigest())


def _by_hash(value: Any) -> Any:
    if isinstance(value, list):
        return [_by_hash(item) for item in value]
    if isinstance(value, dict):
        if "content" in value and isinstance(value["content"], str):
            digest = hashlib.sha256(value["content"].encode()).hexdigest()
            rest = {k: v for k, v in value.items() if k != "content"}
            return {**_by_hash(rest), "content": digest}
        return {key: _by_hash(item) for key, item in value.items()}
    return value


def _again(known: IntakeKey, print_: bytes, number: str) -> Accepted:
    if known.fingerprint != print_:
        raise DossierContradiction
    return Accepted(with_number(known.answer, number), repeated=True)


def kept_key(tools: Tools, key: str) -> str:
    """A sender's key as the store knows it: keys are made of dossier codes."""
    return tools.vault.blind("intake_key", key).hex()


def without_number(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer as it may be kept in plain: the number is the caller's own."""
    dossier = {k: v for k, v in answer["dossier"].items() if k != "number"}
    return {**answer, "dossier": dossier}


def with_number(answer: dict[str, Any], number: str) -> dict[str, Any]:
    """A kept answer with the number that the caller names the dossier by."""
    return {**answer, "dossier": {**answer["dossier"], "number": number}}


async def _taken(
    tools: Tools, sender: OfficeId, key: str, number: str, print_: bytes
) -> Accepted:
    """Somebody was first: the same content is a repeat, other content contradicts."""
    known = await tools.store.intake_key(sender, key)
    if known is not None:
        return _again(known, print_, number)
    blind = blind_number(tools, number)
    found = await tools.store.find([(None, "ma_ho_so", blind)], EVERYTHING)
    if not found:
        raise DossierContradiction(
            code="number_of_another",
            remedy="Một số trong hồ sơ này (linked_number, hoặc số mà cơ quan đã cấp) thuộc"
            " hồ sơ khác, hoặc hồ sơ liên thông ấy đã được tiếp nhận; đối chiếu lại số.",
        )
    row = await tools.store.dossier(found[0], EVERYTHING) if found else None
    # Another system's dossier is never a repeat, however alike the content.
    if row is None or row.case.sender != sender:
        raise DossierContradiction
    if row.case.facts.get("fingerprint") != print_.hex():
        raise DossierContradiction
    return Accepted(answer_of(row.case, tools.versions.current, number), repeated=True)


async def _acceptance(
    tools: Tools,
    sender: OfficeId,
    procedure: Procedure,
    reading: Reading,
    print_: bytes,
    parts: Mapping[str, StoredAttachment],
    begun: Sequence[Begun],
) -> tuple[Change, dict[str, Any]]:
    """The whole unit: case, plan, first messages, sealed document, numbers, index."""
    now, document = tools.clock.now(), reading.document
    dossier_id = DossierId(tools.chance.identifier("d"))
    number = str(document["number"])
    key = tools.vault.new_key(dossier_id, str(document["units"]["intake"]))
    named = list(document.get("documents", ()))
    papers = await put_away(tools, key, sender, named, parts)
    document = {**document, "documents": papers.documents}
    catalogue = tools.versions.current
    fresh = fresh_case(
        dossier_id,
        sender,
        plan(catalogue, procedure, document, legal_day(now)),
        document,
        configuration=catalogue.version,
        fingerprint=print_.hex(),
        now=now,
    )
    received = sealed_received(tools, key, reading)
    case = with_received(with_caller(fresh), received)
    if begun:
        step = taken_over(tools, case, procedure, begun, document, now)
    else:
        accepted = on_dossier_event(case, procedure, Event.ACCEPTED, now)
        step = replace(accepted, answered=True)
    change = advance(
        case,
        step,
        procedure=procedure,
        catalogue=catalogue,
        chance=tools.chance,
        now=now,
        actor=sender,
        enclosure=Enclosure({}, parked=reading.doubt),
    )
    answer = answer_of(change.case or case, catalogue, number)
    change = complete(tools, key, change, document, papers, number)
    given = numbers_of(tools, key, procedure, begun, document)
    references = (*change.references, *given)
    payloads = (*change.payloads, *received)
    return replace(change, references=references, payloads=payloads), answer
