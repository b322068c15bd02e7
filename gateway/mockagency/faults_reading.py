"""Reads fault plans, and refuses those that cannot be meant.

A plan is rows (``[[fault]]``) with a seed. Whoever wrote one is told the file, the
row and what is allowed there, in Vietnamese, and nothing of it is loaded.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gateway.domain.system_words import system_words
from gateway.domain.unreadable import unreadable
from gateway.mockagency.faults import ANY, Fault
from gateway.mockagency.faults_kinds import KINDS, WELL, Stage
from gateway.mockagency.faults_values import (
    NotThat,
    count,
    counted,
    hours,
    moment,
    number,
    texts,
    wait,
)
from gateway.mockagency.faults_when import NO_WAIT, Window

ADAPTERS = Path(__file__).resolve().parents[1] / "adapters"
WHOM = {"agency", "operation", "number", "prefix", "caller"}
WHICH = {"nth", "every", "sequence", "percent"}
HOW = {"name", "wait_s", "wait", "held", "times", "at_most", "repeats_within_s"}
WHEN = {"from", "until", "hours"}
#: Of a listener there is nothing else to say.
OF_TLS = {"agency", "do", "name", *WHEN}


class BadPlan(ValueError):
    """A plan that is refused; its text says where and what is allowed."""


class Planned(NamedTuple):
    """A plan as a file or a call gives it."""

    seed: int | None
    faults: Sequence[Fault]


def agencies() -> Collection[str]:
    """Names of every mock agency."""
    found = (*ADAPTERS.glob("*/mock.py"), *ADAPTERS.glob("*/mock/__init__.py"))
    names = (path.relative_to(ADAPTERS).parts[0] for path in found)
    return sorted(names)


def read_fault(
    raw: Mapping[str, Any], number: str = "", *, where: str = "[[fault]]"
) -> Fault:
    """A ``[[fault]]`` table; ``number``: the dossier's, where the row names none.

    Raises:
        BadPlan: it cannot be meant; ``where`` says which one.
    """
    try:
        return _fault(raw, number, where)
    except NotThat as wrong:
        raise BadPlan(f"{where}: {wrong}") from None


def read_rows(
    raw: object,
    where: str,
    *,
    known: Collection[str] | None = None,
    number: str = "",
) -> Planned:
    """Rows, or ``{seed, fault}``; ``known``: agencies that a row may name.

    ``number``: the dossier of rows that name none.

    Raises:
        BadPlan: a row cannot be meant, names no agency, or two contradict.
    """
    table = {"fault": raw} if isinstance(raw, list) else raw
    if not isinstance(table, Mapping) or not isinstance(table.get("fault", []), list):
        raise BadPlan(f"{where}: kế hoạch là danh sách [[fault]], có thể kèm seed.")
    seed = table.get("seed")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise BadPlan(f"{where}: seed là số nguyên, không phải {seed!r}.")
    faults: list[Fault] = []
    for place, row in enumerate(table.get("fault", []), start=1):
        here = f"{where}, [[fault]] thứ {place}"
        if not isinstance(row, Mapping):
            raise BadPlan(f"{here}: mỗi dòng là một bảng.")
        if "platform" in row:
            continue
        if known is not None and row.get("agency") not in known:
            allowed = ", ".join(name for name in known if name[0] != "_")
            said = f"không có cơ quan giả lập {row.get('agency')!r}"
            raise BadPlan(f"{here}: {said}; có: {allowed}.")
        faults.append(read_fault(row, number, where=here))
    agree(faults)
    return Planned(seed, faults)


def read_plan(path: Path) -> Planned:
    """A plan's file, TOML or JSON.

    Raises:
        BadPlan: it is missing, or no plan.
    """
    try:
        text = path.read_text("utf-8")
        raw = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as wrong:
        raise BadPlan(f"{path}: {system_words(wrong)}.") from wrong
    except ValueError as wrong:
        raise BadPlan(f"{path}: {unreadable(wrong)}") from wrong
    return read_rows(raw, str(path), known=agencies())


def fit(
    faults: Iterable[Fault], agency: str, operations: Collection[str] | None
) -> None:
    """Hold rows against the operations that a mock knows; None: it does not say.

    Raises:
        BadPlan: one names an operation that it does not have.
    """
    if operations is None:
        return
    for one in faults:
        if one.operation in {*operations, ANY} or one.stages == {Stage.TLS}:
            continue
        allowed = ", ".join(sorted(operations))
        raise BadPlan(
            f"{one.where or '[[fault]]'}: {agency} không có nghiệp vụ"
            f" {one.operation!r}; có: {allowed} (hoặc * cho mọi nghiệp vụ)."
        )


def agree(faults: Sequence[Fault]) -> None:
    """Hold rows against each other.

    Raises:
        BadPlan: two would fall on one call of one dossier, or chances exceed 100 %.
    """
    before: dict[tuple[str, ...], list[Fault]] = {}
    for one in faults:
        known = before.setdefault(_exactness(one), [])
        alike = [other for other in known if _may_meet(one, other)]
        known.append(one)
        for other in alike:
            if not one.percent and not other.percent and _share_a_turn(one, other):
                raise BadPlan(
                    f"{one.where}: trái với {other.where}: cùng rơi vào một lần gọi của"
                    " một hồ sơ. Ghi khác nth, khác giờ, hoặc gộp thành sequence."
                )
        if one.percent:
            chances = sum(other.percent for other in (one, *alike))
            if chances > 100:
                said = f"tổng percent của cùng nghiệp vụ là {chances:g}"
                raise BadPlan(f"{one.where}: {said}; nhiều nhất 100.")


def _exactness(one: Fault) -> tuple[str, ...]:
    """Rows that name more go before those that name less; equals could quarrel."""
    if Stage.TLS in one.stages:
        return (one.agency,)
    return (one.agency, one.operation, one.number, one.prefix, one.caller)


def _may_meet(one: Fault, other: Fault) -> bool:
    return bool(one.stages & other.stages) and one.window.meets(other.window)


def _share_a_turn(one: Fault, other: Fault) -> bool:
    turns = {1, one.nth, other.nth, max(one.each, 1) * max(other.each, 1)}
    turns |= {one.each, other.each, *range(1, 1 + len(one.sequence))}
    turns |= {*range(1, 1 + len(other.sequence))}
    return any(
        turn and one.may_fall_on(turn) and other.may_fall_on(turn) for turn in turns
    )


def _fault(raw: Mapping[str, Any], own: str, where: str) -> Fault:
    parts = _sequence(raw.get("sequence"), raw)
    do = str(raw.get("do", parts[0].do if parts else ""))
    if do not in KINDS and not parts:
        allowed = ", ".join(KINDS)
        raise NotThat(f"không có lỗi do = {do!r}; có: {allowed}.")
    _keys(raw, do, is_sequence=bool(parts))
    is_tls = not parts and Stage.TLS in KINDS[do].stages
    if "agency" not in raw or ("operation" not in raw and not is_tls):
        raise NotThat("thiếu agency hoặc operation.")
    if len([name for name in WHICH if raw.get(name) not in (None, False)]) > 1:
        raise NotThat(f"chỉ ghi một trong {', '.join(sorted(WHICH))}.")
    dossier, prefix = str(raw.get("number", own)), str(raw.get("prefix", ""))
    if dossier and prefix:
        raise NotThat("chỉ ghi number hoặc prefix.")
    return Fault(
        agency=str(raw["agency"]),
        operation=str(raw.get("operation", ANY)),
        do=do,
        number=dossier,
        prefix=prefix,
        caller=str(raw.get("caller", "")),
        sequence=parts,
        window=_window(raw),
        where=where,
        row={**raw, **({"number": own} if own else {})},
        **_which(raw),
        **_how(raw),
    )


def _keys(raw: Mapping[str, Any], do: str, *, is_sequence: bool) -> None:
    """What the row may say, and what it has to."""
    if is_sequence:
        allowed = {"sequence", *WHOM, *HOW, *WHEN} - {"wait_s", "wait", "held"}
        allowed |= WHICH
        needs: tuple[str, ...] = ()
    else:
        kind = KINDS[do]
        needs = kind.needs
        allowed = {"do", *WHOM, *WHICH, *HOW, *WHEN, *kind.needs, *kind.takes}
        if Stage.TLS in kind.stages:
            allowed = OF_TLS
    strange = sorted(raw.keys() - allowed)
    if strange:
        said = f"{do or 'sequence'} không có khóa {', '.join(strange)}"
        raise NotThat(f"{said}; có: {', '.join(sorted(allowed))}.")
    missing = [name for name in needs if name not in raw]
    if missing:
        raise NotThat(f"{do} phải ghi {', '.join(missing)}.")


def _sequence(raw: object, row: Mapping[str, Any]) -> tuple[Fault, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, list) or not raw:
        raise NotThat("sequence là danh sách lỗi theo thứ tự, không rỗng.")
    found = []
    for one in raw:
        part = {"do": one} if isinstance(one, str) else one
        if not isinstance(part, Mapping) or {*part} & {*WHOM, *WHICH, *WHEN}:
            raise NotThat("trong sequence chỉ ghi tên lỗi, hoặc bảng {do = …, …}.")
        if part.get("do") == WELL:
            found.append(Fault(str(row.get("agency")), ANY, WELL))
            continue
        do = str(part.get("do"))
        if do not in KINDS or Stage.TLS in KINDS[do].stages:
            raise NotThat(f"không có lỗi {do!r} cho sequence; «ok» là bình thường.")
        _keys({"agency": "", "operation": "", **part}, do, is_sequence=False)
        found.append(
            Fault(str(row.get("agency")), ANY, do, nth=0, row=part, **_how(part))
        )
    stages = {
        stage for one in found if one.do != WELL for stage in KINDS[one.do].stages
    }
    if Stage.CALL in stages and Stage.BEFORE in stages:
        raise NotThat("sequence hoặc của lần gọi đến, hoặc của lần cơ quan gọi đi.")
    return tuple(found)


def _which(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Turns that a row falls on."""
    every, percent = raw.get("every"), raw.get("percent")
    told: dict[str, Any] = {
        "times": count(raw, "times", least=1),
        "at_most": count(raw, "at_most", least=1),
    }
    if percent is not None:
        share = number(raw, "percent", least=0.0, most=100.0)
        if not share:
            raise NotThat("percent lớn hơn 0, nhiều nhất 100.")
        return {**told, "percent": share, "nth": 1}
    if every is True:
        return {**told, "nth": 0}
    if every is not None and every is not False:
        return {**told, "each": count(raw, "every", least=1)}
    return {**told, "nth": count(raw, "nth", least=1, usual=1)}


def _window(raw: Mapping[str, Any]) -> Window:
    begins = moment(raw, "from")
    ends = moment(raw, "until")
    if begins and ends and begins >= ends:
        raise NotThat(f"from {raw['from']} phải trước until {raw['until']}.")
    return Window(begins, ends, hours(raw.get("hours")))


def _how(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What a fault does, beside its kind."""
    told: dict[str, Any] = {
        "held": bool(raw.get("held", False)),
        "wait_s": number(raw, "wait_s"),
        "wait": wait(raw.get("wait")) if "wait" in raw else NO_WAIT,
        "seconds": number(raw, "seconds"),
        "repeats_within_s": number(raw, "repeats_within_s"),
        "size_bytes": counted(raw, "bytes"),
        "bytes_per_s": counted(raw, "bytes_per_s"),
        "minutes": number(raw, "minutes", least=-527040.0, most=527040.0),
        "status": count(raw, "status", least=100, most=599, usual=200),
        "headers": texts(raw.get("headers", {})),
    }
    names = {"text": "text", "name": "name", "value": "value", "field": "code_field"}
    told |= {own: str(raw.get(key, "")) for key, own in names.items()}
    if raw.get("do") == "status" and told["status"] < 400:
        raise NotThat("status là mã lỗi 400–599; mã khác thì dùng text_200.")
    return told
