"""Why a call was not taken: the nearest operation, and its body field by field.

Only documents speak here: the mock's own paths, and the schemas that ship beside the
agency's interface document.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from gateway.mockagency.expect_body import Difference, differences
from gateway.mockagency.expect_schemas import Schemas, Wanted
from gateway.mockagency.expect_xml import xml_differences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.mockagency.journal import Exchange, Journal
    from gateway.mockagency.journal_masks import Masks

#: Names of answers by which documents say that a call was taken.
_TAKEN = frozenset(
    {"given", "found", "taken", "already_there", "corrected", "empty", "agency"}
    | {"issued"}
)
#: Less alike than this is another thing altogether.
_LEAST_ALIKE = 0.45


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one call was not taken."""

    n: int
    why: str
    #: no_route, method, refused or body
    words: str
    nearest: str
    #: method and path of the operation that is most alike; empty: none is
    schema: str
    #: file of the schema that the body was held against
    sample: str
    #: file of a sample that the operation takes
    differences: tuple[Difference, ...]

    def as_json(self) -> dict[str, Any]:
        """For the control route."""
        return asdict(self)


class Expectations:
    """What one mock's documents expect of its callers."""

    def __init__(
        self, routes: Sequence[tuple[str, str]], schemas: Schemas, masks: Masks
    ) -> None:
        """``routes``: method and path of each operation."""
        self._routes = routes
        self._schemas = schemas
        self._masks = masks

    def unmatched(self, journal: Journal) -> Iterator[tuple[Exchange, Explanation]]:
        """Calls of the journal that were not taken, or not as they should be."""
        for exchange in journal.newest_first(direction="in"):
            explanation = self.explain(exchange)
            if explanation is not None:
                yield exchange, explanation

    def explain(self, exchange: Exchange) -> Explanation | None:
        """Why a call was not taken; None: it was, and its body is as documented.

        A call that a planned fault met is explained by the fault, not here.
        """
        if exchange.direction != "in" or exchange.fault:
            return None
        if not exchange.route:
            return self._nowhere(exchange) if self._routes else None
        wanted = self._schemas.of(exchange.route, exchange.operation, exchange.body)
        found = self._differences(exchange, wanted)
        refused = _is_refused(exchange)
        if not refused and not found:
            return None
        said = f"Cơ quan trả lời {_answer(exchange)}." if refused else ""
        where = f" Thân lời gọi có {len(found)} chỗ khác lược đồ." if found else ""
        if refused and not found:
            where = (
                " Thân lời gọi đúng lược đồ: lý do nằm ở khóa, ở trạng thái hồ sơ hoặc ở"
                " danh mục của cơ quan; xem thân câu trả lời."
                if wanted is not None
                else ""
            )
        return Explanation(
            exchange.n,
            "refused" if refused else "body",
            (said + where).strip(),
            f"{exchange.method} {exchange.route}",
            wanted.schema if wanted else "",
            wanted.sample if wanted else "",
            tuple(found),
        )

    def _nowhere(self, exchange: Exchange) -> Explanation:
        same = [m for m, path in self._routes if fits(path, exchange.path)]
        if same:
            words = f"Đường dẫn đúng, phương thức sai: gọi bằng {' hoặc '.join(same)}."
            path = next(p for _, p in self._routes if fits(p, exchange.path))
            return self._told(exchange, "method", words, f"{same[0]} {path}", ())
        alike, method, path = max(
            (
                (_alike(exchange, method, path), method, path)
                for method, path in self._routes
            ),
        )
        if alike < _LEAST_ALIKE:
            known = ", ".join(dict.fromkeys(path for _, path in self._routes))
            words = f"Không có thao tác nào gần giống {exchange.path}. Có: {known}."
            return self._told(exchange, "no_route", words, "", ())
        seen, wanted = exchange.path, path
        step = Difference("đường dẫn", "route", seen, wanted, f"Phải gọi {wanted}.")
        words = f"Không có thao tác ở {seen}; gần nhất là {method} {path}."
        body = self._differences(
            exchange, self._schemas.of(path, path.rpartition("/")[2], exchange.body)
        )
        return self._told(
            exchange, "no_route", words, f"{method} {path}", (step, *body)
        )

    def _told(
        self,
        exchange: Exchange,
        why: str,
        words: str,
        nearest: str,
        found: Sequence[Difference],
    ) -> Explanation:
        path = nearest.partition(" ")[2]
        wanted = self._schemas.of(path, path.rpartition("/")[2], exchange.body)
        return Explanation(
            exchange.n,
            why,
            words,
            nearest,
            wanted.schema if wanted else "",
            wanted.sample if wanted else "",
            tuple(found),
        )

    def _differences(
        self, exchange: Exchange, wanted: Wanted | None
    ) -> list[Difference]:
        """Field by field; nothing where no schema is known."""
        if wanted is None:
            return []
        if len(exchange.body) < exchange.body_bytes:
            text = f"{exchange.body_bytes} byte"
            words = "Thân quá dài, sổ chỉ giữ phần đầu nên không so được."
            return [Difference("", "cut", text, "", words)]
        if wanted.is_xml:
            return list(xml_differences(exchange.body, wanted.path, self._masks))
        try:
            body = _parsed(exchange)
        except ValueError as wrong:
            words = f"Không phải JSON: {wrong}."
            seen = self._masks.text(exchange.body[:80].decode("utf-8", "replace"))
            return [Difference("", "malformed", seen, "JSON", words)]
        return list(differences(body, wanted.validator, wanted.content, self._masks))


def _parsed(exchange: Exchange) -> Any:
    """JSON, or a form as an object.

    Raises:
        ValueError: it is neither.
    """
    media = next(
        (v for k, v in exchange.headers.items() if k.lower() == "content-type"), ""
    )
    if "x-www-form-urlencoded" in media:
        return dict(parse_qsl(exchange.body.decode(), keep_blank_values=True))
    if not exchange.body.strip():
        raise ValueError("thân rỗng")
    try:
        return json.loads(exchange.body)
    except RecursionError:
        raise ValueError("lồng nhau quá sâu") from None


def _is_refused(exchange: Exchange) -> bool:
    if exchange.status >= 400:
        return True
    name = exchange.answer
    return bool(name) and name not in _TAKEN and not name.startswith("accepted")


def _answer(exchange: Exchange) -> str:
    name = f" ({exchange.answer})" if exchange.answer else ""
    return f"{exchange.status}{name}"


def _alike(exchange: Exchange, method: str, path: str) -> float:
    """Case and slashes are what people get wrong first."""
    one, other = exchange.path.casefold().strip("/"), path.casefold().strip("/")
    whole = SequenceMatcher(None, one, other).ratio()
    last = SequenceMatcher(
        None, one.rpartition("/")[2], other.rpartition("/")[2]
    ).ratio()
    return max(whole, last) + (0.05 if method == exchange.method else 0.0)


def fits(path: str, called: str) -> bool:
    """Whether a path of the document, with its places, is the one that was called."""
    parts, found = path.split("/"), called.split("/")
    return len(parts) == len(found) and all(
        part == word or part.startswith("{")
        for part, word in zip(parts, found, strict=True)
    )
