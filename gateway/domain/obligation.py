"""What a dossier owes (nghĩa vụ tài chính): notices by whatever road, and vouchers.

The same notice comes by three roads (tax, the land office, typed in) and counts
once: by its number and, where one number has several items, by the item. A
voucher says that somebody paid; only tax's own word settles a notice. Amounts are
whole đồng. The ledger is personal and is kept sealed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from gateway.domain.errors import ReportRefused
from gateway.domain.text import fold, normal_number

#: Longer amounts are no money.
_MOST_DIGITS = 18


class NoticeState(StrEnum):
    """Where one notice stands."""

    VALID = "valid"
    ADJUSTED = "adjusted"
    #: another notice took its place
    WITHDRAWN = "withdrawn"
    DEFERRED = "deferred"
    #: ghi nợ: recorded as a debt, not to be paid now
    PAID = "paid"
    #: confirmed by tax
    SUPERSEDED = "superseded"
    #: its slip was replaced: tax has to determine it anew


class Effect(StrEnum):
    """What a message about money changed."""

    NOTHING_NEW = "nothing_new"
    DUE = "due"
    #: something new is to be paid
    WITHDRAWN = "withdrawn"
    #: nothing is left to be paid, since notices were taken back
    NOTHING_DUE = "nothing_due"
    #: every valid notice says 0
    DEFERRED = "deferred"
    #: what is left is recorded as a debt
    COVERED = "covered"
    #: vouchers reach the amount of every notice; tax has not confirmed it
    PARTLY = "partly"
    #: a voucher, or a confirmation of some notices only
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class Notice:
    """One item of one notice; ``amount`` None: no road has told it."""

    number: str
    item: str
    amount: int | None
    issued_on: str = ""
    due_on: str = ""
    state: NoticeState = NoticeState.VALID
    replaced_by: str = ""
    roads: tuple[str, ...] = ()
    #: offices that told it, the first one first
    as_of: str = ""
    #: moment of the newest message about it, ISO in UTC; empty: it had none
    told_by: str = ""
    #: road whose amount counts: others are believed only when they are newer
    also: tuple[str, ...] = ()
    #: the item in the words of other roads
    seen: tuple[int, ...] = ()
    #: every amount that was taken for it, the oldest first

    @property
    def is_open(self) -> bool:
        """Whether it has still to be paid, as far as is known."""
        return self.state is NoticeState.VALID and self.amount != 0


@dataclass(frozen=True, slots=True)
class Voucher:
    """One payment that somebody reported; ``notice`` as printed on it."""

    notice: str
    amount: int
    paid_at: str
    road: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything that was told about a dossier's money, in order of arrival."""

    notices: tuple[Notice, ...] = ()
    vouchers: tuple[Voucher, ...] = ()

    @property
    def open(self) -> tuple[Notice, ...]:
        """Notices that have still to be paid."""
        return tuple(notice for notice in self.notices if notice.is_open)


def read_ledger(kept: Mapping[str, Any]) -> Ledger:
    """The ledger as it was kept; an empty mapping is an empty ledger."""
    return Ledger(
        notices=tuple(
            Notice(
                **{
                    **row,
                    "state": NoticeState(row["state"]),
                    "roads": tuple(row["roads"]),
                    "also": tuple(row["also"]),
                    "seen": tuple(row.get("seen", ())),
                }
            )
            for row in kept.get("notices", ())
        ),
        vouchers=tuple(Voucher(**row) for row in kept.get("vouchers", ())),
    )


def kept_ledger(ledger: Ledger) -> dict[str, Any]:
    """The ledger as plain values."""
    return asdict(ledger)


def notices_told(
    rows: Sequence[Mapping[str, Any]], road: str, as_of: str = ""
) -> list[Notice]:
    """Notices as a report's content tells them (number, kind, amount, state …).

    Raises:
        ReportRefused: an amount is no number of đồng.
        ValueError: a state is none of ours.
    """
    amounts = [_amount(row.get("amount")) for row in rows]
    return [
        Notice(
            number=str(row.get("number") or ""),
            item=str(row.get("kind") or ""),
            amount=amount,
            seen=() if amount is None else (amount,),
            issued_on=str(row.get("issued_on") or ""),
            due_on=str(row.get("due_on") or ""),
            state=NoticeState(row.get("state") or NoticeState.VALID),
            replaced_by=str(row.get("replaced_by") or ""),
            roads=(road,),
            as_of=as_of,
            told_by=road if amount is not None else "",
        )
        for row, amount in zip(rows, amounts, strict=True)
    ]


def _amount(told: object) -> int | None:
    if told in {None, ""}:
        return None
    digits = str(told)
    if not (digits.isascii() and digits.isdigit()) or len(digits) > _MOST_DIGITS:
        raise ReportRefused("an amount is whole đồng", code="amount_unreadable")
    return int(digits)


def with_notices(
    ledger: Ledger,
    told: Iterable[Notice],
    *,
    adjusts: bool = True,
    news: bool = False,
) -> tuple[Ledger, Effect]:
    """The ledger once notices have come, and what they change.

    ``adjusts`` false: the message says that it changes no amount which its road
    told before, so that another one is a mistake and the known one stands.
    ``news``: amounts without reasons, which may come late; one that was taken
    before overwrites nothing newer, whatever the message says of itself, and says
    nothing of where its notice stands: what is a debt now, or was replaced, looks
    like any other.
    """
    notices = list(ledger.notices)
    changed = False
    for said in told:
        place = _same(notices, said)
        notice = (
            said if place is None else _believable(notices[place], said, adjusts, news)
        )
        if place is None:
            notices.append(notice)
            changed = True
            continue
        merged = _merged(notices[place], notice)
        changed = changed or _weight(merged) != _weight(notices[place])
        notices[place] = merged
    after = replace(ledger, notices=tuple(notices))
    if not changed:
        return after, Effect.NOTHING_NEW
    return after, _standing(ledger, after)


def _believable(known: Notice, said: Notice, adjusts: bool, news: bool) -> Notice:  # noqa: FBT001  as the message says
    """What is taken of a notice that is known."""
    taken_before = news and said.amount is not None and said.amount in known.seen
    if taken_before or (not adjusts and _stands(known, said)):
        return replace(said, amount=known.amount, seen=(), state=known.state)
    return said


def _stands(known: Notice, told: Notice) -> bool:
    return known.amount is not None and known.told_by == told.told_by


def mistaken(ledger: Ledger, told: Sequence[Notice]) -> frozenset[int]:
    """Places in a message that says it adjusts nothing, whose amounts are mistakes.

    Another amount than the known one, and none that was taken before.
    """
    notices = list(ledger.notices)
    found = []
    for at, said in enumerate(told):
        place = _same(notices, said)
        if place is None or not _stands(notices[place], said):
            continue
        known = notices[place]
        if said.amount not in {known.amount, *known.seen}:
            found.append(at)
    return frozenset(found)


def _standing(before: Ledger, after: Ledger) -> Effect:
    if after.open:
        # Less to pay than before, and nothing new: that is told, not asked anew.
        return Effect.DUE
    states = {notice.state for notice in after.notices}
    if NoticeState.DEFERRED in states:
        return Effect.DEFERRED
    if any(n.state is NoticeState.VALID for n in after.notices):
        return Effect.NOTHING_DUE
    return Effect.WITHDRAWN if before.open else Effect.NOTHING_NEW


def with_voucher(ledger: Ledger, voucher: Voucher) -> tuple[Ledger, Effect]:
    """The ledger once a payment has been reported; the same one counts once."""
    if any(_is_same(voucher, known) for known in ledger.vouchers):
        return ledger, Effect.NOTHING_NEW
    after = replace(ledger, vouchers=(*ledger.vouchers, voucher))
    covered = after.open and all(_is_covered(after, n.number) for n in after.open)
    return after, Effect.COVERED if covered else Effect.PARTLY


def with_slip_replaced(ledger: Ledger) -> Ledger:
    """The ledger once the slip was replaced: what was open is determined anew."""
    return replace(
        ledger,
        notices=tuple(
            replace(n, state=NoticeState.SUPERSEDED) if n.is_open else n
            for n in ledger.notices
        ),
    )


def with_debt(ledger: Ledger) -> tuple[Ledger, Effect]:
    """The ledger once tax has recorded all that is left as a debt."""
    notices = tuple(
        replace(n, state=NoticeState.DEFERRED) if n.is_open else n
        for n in ledger.notices
    )
    return replace(ledger, notices=notices), Effect.DEFERRED


def with_payment(ledger: Ledger, confirmed: Iterable[Notice]) -> tuple[Ledger, Effect]:
    """The ledger once tax has confirmed: these notices, or all when it names none.

    What tax names and nobody told before is noted as paid, too.
    """
    named = list(confirmed)
    notices = list(ledger.notices)
    if not named:
        notices = [_paid(notice) for notice in notices]
    for notice in named:
        place = _same(notices, notice)
        if place is None:
            notices.append(_paid(notice))
        else:
            notices[place] = _paid(_merged(notices[place], notice))
    after = replace(ledger, notices=tuple(notices))
    return after, Effect.PARTLY if after.open else Effect.PAID


def _paid(notice: Notice) -> Notice:
    if notice.state is not NoticeState.VALID:
        return notice
    return replace(notice, state=NoticeState.PAID)


def _same(known: list[Notice], told: Notice) -> int | None:
    """Where the same notice stands: by number, and by item where that tells."""
    number = normal_number(told.number)
    alike = [i for i, n in enumerate(known) if normal_number(n.number) == number]
    for i in alike:
        if fold(told.item) in map(fold, (known[i].item, *known[i].also)):
            return i
    # Another road names items in its own words; alone under its number it is the one.
    others = [i for i in alike if told.roads[0] not in known[i].roads]
    return others[0] if len(others) == len(alike) == 1 else None


#: A notice that was taken back stays so; what follows has a number of its own.
_FINAL = frozenset({NoticeState.WITHDRAWN, NoticeState.ADJUSTED})


def _merged(known: Notice, told: Notice) -> Notice:
    """What is known with what was told; an older message changes nothing known."""
    newer = bool(told.as_of) and told.as_of > known.as_of
    older = bool(told.as_of) and told.as_of < known.as_of
    owner = known.told_by or told.told_by
    believed = not older and (newer or told.told_by == owner)
    is_first = known.amount is None
    filled = replace(
        known,
        item=known.item or told.item,
        amount=told.amount if is_first else known.amount,
        issued_on=known.issued_on or told.issued_on,
        due_on=known.due_on or told.due_on,
        replaced_by=known.replaced_by or told.replaced_by,
        roads=tuple(dict.fromkeys((*known.roads, *told.roads))),
        also=tuple(dict.fromkeys((*known.also, *_other_words(known, told)))),
        seen=tuple(dict.fromkeys((*known.seen, *told.seen))),
        as_of=max(known.as_of, told.as_of),
        told_by=told.told_by if is_first else known.told_by,
    )
    if known.state in _FINAL or older:
        return filled
    if told.state is not NoticeState.VALID:
        return replace(filled, state=told.state)
    other = told.amount is not None and told.amount != filled.amount
    if not believed or (known.state is NoticeState.PAID and not other):
        return filled
    amount = told.amount if other else filled.amount
    return replace(filled, amount=amount, state=told.state)


def _other_words(known: Notice, told: Notice) -> tuple[str, ...]:
    return () if fold(told.item) in {"", fold(known.item)} else (told.item,)


def _weight(notice: Notice) -> tuple[int | None, NoticeState]:
    """What makes a notice another one for whoever has to pay."""
    return notice.amount, notice.state


def _is_same(one: Voucher, other: Voucher) -> bool:
    return (normal_number(one.notice), one.amount, one.paid_at) == (
        normal_number(other.notice),
        other.amount,
        other.paid_at,
    )


def _is_covered(ledger: Ledger, number: str) -> bool:
    """Whether vouchers reach all items of a notice; unknown amounts are never reached."""
    wanted = normal_number(number)
    items = [n.amount for n in ledger.open if normal_number(n.number) == wanted]
    if any(amount is None for amount in items):
        return False
    paid = sum(v.amount for v in ledger.vouchers if normal_number(v.notice) == wanted)
    return paid >= sum(amount or 0 for amount in items)
