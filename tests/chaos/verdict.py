"""What a run came to: the agencies' books held against what each example demands.

Pure: books and answers come in, figures and sentences come out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from gateway.conformance.examples import end_of
from tests.chaos import races

if TYPE_CHECKING:
    from tests.chaos.clones import Clone

Line = Mapping[str, Any]
#: How often a state is told is not compared: what is told is the whole present state.
TOLD = ("one_stop", "status")
LINKED = {"link_status", "link_file", "link_notice"}
#: A message of the left comes to an agency before any of the right.
BEFORE: Mapping[str, Sequence[tuple[str, frozenset[str]]]] = {
    "land_registry": (
        ("hand_over", frozenset({"paid", "result_handed", "supplement", "withdraw"})),
        ("paid", frozenset({"result_handed"})),
    ),
    "tax": (("slip_new", frozenset({"slip_replace"})),),
    "electricity": (("hand_over", frozenset({"paper", "supplement", "withdraw"})),),
    "water": (("hand_over", frozenset({"supplement", "result_handed", "withdraw"})),),
    "civil_registry": (
        ("btp_push", frozenset({"btp_supplement"})),
        ("dvclt_received", frozenset({"dvclt_status"})),
    ),
}
#: Answers of an agency to a message that came before another of its conversation.
EARLY = {("civil_registry", "rung_missing")}
UNDER_WAY = frozenset({"waiting", "due", "sending", "unconfirmed"})
ENDED = frozenset({"finished", "refused", "withdrawn"})


@dataclass
class Figures:
    """One store's, or the sum of several."""

    accepted: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    duplicated: int = 0
    reordered: int = 0
    stuck_without_reason: int = 0
    repeated: int = 0
    settled_by_enquiry: int = 0
    decided_by_person: int = 0
    open_with_reason: int = 0
    ended_otherwise: int = 0
    #: at an end that the example does not have, as by a report that was late
    lasted_s: float = 0.0
    #: real seconds until everything was to come to rest
    held_back_s: float = 0.0
    #: of them, nobody handed in, because the gateway was behind
    rest_s: float = 0.0
    #: real seconds that coming to rest took
    told: list[str] = field(default_factory=list)
    #: a sentence for each thing that is wrong

    def __add__(self, other: Figures) -> Figures:
        """Both together."""
        return Figures(
            **{
                name: getattr(self, name) + getattr(other, name)
                for name in self.__dataclass_fields__
            }
        )

    @property
    def line(self) -> str:
        """The last line of a run."""
        return (
            f"chaos: accepted={self.accepted} faults={self.faults.total()}"
            f" lost={self.lost} duplicated={self.duplicated}"
            f" reordered={self.reordered}"
            f" stuck_without_reason={self.stuck_without_reason}"
            f" repeated={self.repeated} settled_by_enquiry={self.settled_by_enquiry}"
            f" decided_by_person={self.decided_by_person}"
        )

    @property
    def clean(self) -> bool:
        """Whether the four zeros are zeros, of more than nothing."""
        wrong = self.lost + self.duplicated + self.reordered + self.stuck_without_reason
        return self.accepted > 0 and not wrong


def judged(
    clones: Iterable[Clone],
    shown: Mapping[str, Line | None],
    still: set[str],
    effects: Iterable[Line],
    arrivals: Iterable[Line],
) -> Figures:
    """Every accepted dossier.

    ``shown``: number → the dossier as the API answers it, None if it has none;
    ``still``: numbers that the gateway lists as standing still, with a cause; the books'
    lines each have ``agency`` and are in the order of their book.
    """
    figures = Figures()
    done, came = _by_number(effects), _by_number(arrivals)
    for clone in clones:
        figures.accepted += 1
        known = clone.expected.known_as
        own = [line for number in sorted(known) for line in done[number]]
        reached = [line for number in sorted(known) for line in came[number]]
        there = shown.get(clone.number)
        wanted = races.wanted(clone.expected.effects, own, reached, there or {})
        _judge(figures, clone, there, still, own, wanted)
        figures.reordered += _reordered(figures, clone, own, reached)
        figures.reordered += _went_back(figures, clone, there, reached)
        figures.repeated += _repeated(own, reached)
    return figures


def _by_number(lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        found[str(line["number"])].append(line)
    return found


def _judge(
    figures: Figures,
    clone: Clone,
    shown: Line | None,
    still: set[str],
    own: Sequence[Line],
    wanted: Mapping[tuple[str, str], int],
) -> None:
    counted = Counter((line["agency"], line["kind"]) for line in own)
    end, _ = end_of(shown)
    open_ = end not in ENDED
    more = {
        key: count - wanted.get(key, 0)
        for key, count in counted.items()
        if key != TOLD and key[1] not in LINKED and count > wanted.get(key, 0)
    }
    missing = sorted(
        key for key, count in wanted.items() if key != TOLD and counted[key] < count
    )
    name = f"{clone.number} ({clone.expected.name})"
    for key, count in sorted(more.items()):
        figures.duplicated += count
        figures.told.append(f"{name}: {key[0]} {key[1]} {count} times too often")
    if shown is None:
        figures.lost += 1
        figures.told.append(f"{name}: accepted, and the store does not know it")
    elif open_ and end != clone.expected.end:
        if clone.number in still:
            figures.open_with_reason += 1
        else:
            figures.stuck_without_reason += 1
            figures.told.append(f"{name}: open, and nothing says why; {_where(shown)}")
    elif missing and is_under_way(shown):
        figures.stuck_without_reason += 1
        figures.told.append(f"{name}: {end}, and not sent yet: {_where(shown)}")
    elif missing:
        figures.lost += 1
        figures.told.append(f"{name}: ended as {end} without {missing}")
    elif end != clone.expected.end:
        figures.ended_otherwise += 1


def is_under_way(shown: Line) -> bool:
    """Whether a message of it has not come to its end."""
    return any(row["state"] in UNDER_WAY for row in shown.get("transfers", ()))


def _where(shown: Line) -> str:
    rows = [
        f"{t['kind']} {t['state']}"
        for t in shown.get("transfers", ())
        if t["state"] not in {"answered", "delivered", "cancelled"}
    ]
    return ", ".join(rows) or "no message is under way"


def _reordered(
    figures: Figures, clone: Clone, own: Sequence[Line], reached: Sequence[Line]
) -> int:
    wrong = 0
    # One that comes again, as late as out of a node that was paused, is known by its
    # identifier and not shown (one-stop, §7.2): a repeat, and no older state.
    events: dict[object, int] = {}
    for place, line in enumerate(reached):
        if (line["agency"], line["kind"]) == TOLD:
            event = line["facts"].get("id", place)
            events.setdefault(event, int(line["facts"]["sequence"]))
    told = list(events.values())
    back = [later for before, later in pairwise(told) if later < before]
    if back:
        wrong += 1
        figures.told.append(f"{clone.number}: the one-stop was told {told}")
    early = [line for line in reached if _came_early(line)]
    if early:
        wrong += 1
        figures.told.append(f"{clone.number}: {dict(early[0])} came before another")
    for agency, rules in BEFORE.items():
        kinds = [line["kind"] for line in own if line["agency"] == agency]
        for first, then in rules:
            early = [k for k in kinds[: _first(kinds, first)] if k in then]
            if early:
                wrong += 1
                figures.told.append(
                    f"{clone.number}: {agency} had {early[0]} before {first}: {kinds}"
                )
    return wrong


def _came_early(line: Line) -> bool:
    return (line["agency"], line["facts"].get("answer")) in EARLY


def _went_back(
    figures: Figures, clone: Clone, shown: Line | None, reached: Sequence[Line]
) -> int:
    """Whether a step of an office is shown that it told after a newer one.

    Newer by the office's own times; the books are in the order of the answers.
    """
    wrong = 0
    for leg in shown.get("legs", ()) if shown else ():
        told = [
            (str(line["facts"]["taken_at"]), str(line["facts"]["step"]))
            for line in reached
            if line["agency"] == leg["agency"]
            and line["facts"].get("stored")
            and "step" in line["facts"]
        ]
        at = next((n for n, (_, step) in enumerate(told) if step == leg["step"]), None)
        if at is not None and max(told[: at + 1]) != told[at]:
            wrong += 1
            figures.told.append(f"{clone.number}: shows {leg['step']} after {told}")
    return wrong


def _first(kinds: Sequence[str], kind: str) -> int:
    """Where it is first; 0 where it never came: then nothing was before it."""
    return kinds.index(kind) if kind in kinds else 0


def _repeated(own: Sequence[Line], reached: Sequence[Line]) -> int:
    done = Counter((line["agency"], line["kind"]) for line in own)
    came = Counter((line["agency"], line["kind"]) for line in reached)
    return sum(max(0, came[key] - count) for key, count in done.items())
