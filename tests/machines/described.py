"""Calls a door as its description allows, and as it does not, and looks at what comes back."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

Json = dict[str, Any]
#: What only our own code, our own machine or a library says.
INSIDE = re.compile(
    r"Traceback|File \"|site-packages|\.py\b|\bgateway[./][a-z_]|sqlite|psycopg|asyncpg|orjson"
    r"|starlette|uvicorn|Errno|(?:Key|Type|Value|Attribute|Runtime|Index)Error\b|0x[0-9a-f]{6}"
)
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


@dataclass
class Tried:
    """What calls at one door came to."""

    statuses: Counter[int] = field(default_factory=Counter)
    by: dict[str, Counter[int]] = field(default_factory=dict)
    #: the same by operation
    faults: list[str] = field(default_factory=list)
    missed: set[bytes] = field(default_factory=set)
    #: bodies of 404

    @property
    def share(self) -> float:
        """Of calls that were answered 2xx."""
        good = sum(n for status, n in self.statuses.items() if 200 <= status < 300)
        return good / max(1, sum(self.statuses.values()))

    def told(self, door: str) -> str:
        """One line for whoever watches."""
        counted = ", ".join(f"{k}: {n}" for k, n in sorted(self.statuses.items()))
        calls = sum(self.statuses.values())
        return f"{door}: {calls} calls, {self.share:.0%} answered 2xx ({counted})"


def tried(
    document: Json,
    base: str,
    headers: Mapping[str, str],
    *,
    examples: int,
    people: Collection[str],
) -> Tried:
    """Call every operation of a document; blocks.

    ``people``: what a body that is a refusal must never hold, unless it was sent.
    """
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=base)
    found = Tried()
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]  # an error raises
        counted = found.by.setdefault(operation.label, Counter())
        for mode, count in (
            (GenerationMode.POSITIVE, examples),
            (GenerationMode.NEGATIVE, max(1, examples // 4)),
        ):
            strategy = operation.as_strategy(generation_mode=mode)
            act = partial(_one, found, counted, headers, people)
            # Of a schema that whatever is an object fits there is nothing to draw.
            anything = mode is GenerationMode.NEGATIVE
            with suppress(*[Unsatisfiable] if anything else []):
                _each(strategy, count, act)
    return found


def _each(strategy: Any, count: int, act: Callable[[Any], None]) -> None:
    """Draw so many, the same each time."""

    @settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(case=strategy)
    def one(case: Any) -> None:
        act(case)

    one()


def _one(
    found: Tried,
    counted: Counter[int],
    headers: Mapping[str, str],
    people: Collection[str],
    case: Any,
) -> None:
    answer = case.call(headers=dict(headers), timeout=20)
    found.statuses[answer.status_code] += 1
    counted[answer.status_code] += 1
    _look(found, case, answer, people)


def _look(found: Tried, case: Any, answer: Any, people: Collection[str]) -> None:
    if len(found.faults) > 20:
        return
    where = f"{case.operation.label} {answer.status_code}"
    try:
        case.validate_response(answer, checks=list(CHECKS))
    except AssertionError as wrong:
        found.faults.append(f"{where}: {str(wrong)[:1500]}")
    except BaseExceptionGroup as wrong:
        found.faults += [f"{where}: {str(one)[:1500]}" for one in wrong.exceptions]
    if answer.status_code == 404:
        found.missed.add(answer.content)
    sent = repr(case.body) + repr(case.path_parameters) + repr(case.query)
    text = answer.content.decode("utf-8", "replace")
    found.faults += told_too_much(where, answer.status_code, text, sent, people)


def told_too_much(
    where: str, status: int, text: str, sent: str, people: Collection[str] = ()
) -> list[str]:
    """What a refusal says of our inside, or of anybody, that was not sent to us."""
    if status < 400:
        return []
    found = []
    inside = INSIDE.search(text)
    if inside and inside[0] not in sent:
        found.append(f"{where} tells of the inside: «{inside[0]}» {text[:300]}")
    if named := [one for one in people if one in text and one not in sent]:
        found.append(f"{where} names a person: {len(named)} values")
    return found


def recorded(har: Json) -> Tried:
    """The same of calls that a tool has recorded."""
    found = Tried()
    for entry in har["log"]["entries"]:
        asked, answer = entry["request"], entry["response"]
        status = int(answer["status"])
        found.statuses[status] += 1
        where = f"{asked['method']} {asked['url'][:200]} {status}"
        text = str(answer["content"].get("text", ""))
        sent = asked["url"] + str(asked.get("postData", {}).get("text", ""))
        found.faults += told_too_much(where, status, text, sent)
    assert found.statuses
    return found
