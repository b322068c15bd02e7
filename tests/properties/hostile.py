"""Values as they really arrive, and worse; structures with some of them put in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from hypothesis import strategies as st

Path = tuple[str | int, ...]
#: Each is a text that JSON can hold.
ODD = [
    "Nguye\u0302\u0303n Thi\u0323 Ha\u0309i",
    "NGUYỄN THỊ HẢI",
    "NguyÔn ThÞ H¶i",
    "Nguyeãn Thò Haûi",
    "Trần & <Con> \"Út\" 'Ba'",
    "]]><!-- --><a href='x'/>",
    "=cmd|' /C calc'!A0",
    "+84 900 000 001",
    "-5",
    "@SUM(A1:A9)",
    "\t=1+1",
    "👩‍👩‍👧‍👦 🏠 𠀀",
    "a;b,c|d\te",
    "dòng một\r\ndòng hai\ndòng ba",
    "'0123",
    "0123",
    "1.234.567,89",
    "1e400",
    "9" * 40,
    "x" * 5000,
    "ệ" * 1200,
    " hai  đầu ",
    "\u200b\ufeffẩn\u00ad",
    "\u202eđảo",
    "\x00",
    "\x0b\x1f\x7f",
    "",
    " ",
    "2025-06-30",
    "2025-07-01T00:00:00+07:00",
    "2024-02-29T23:59:59",
    "2026-02-30",
    "0001-01-01",
    "9999-12-31T23:59:59Z",
    "31/12/2025",
    "null",
    "true",
]
texts = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)
numbers = st.one_of(
    st.sampled_from([0, -1, 1, 2**31, 2**53 + 1, 10**18, 0.5, -0.0, 1e300, 120.5]),
    st.integers(-(10**12), 10**12),
)
#: Days at the borders of months, of the reform of communes, of what is in use.
days = st.one_of(
    st.sampled_from([date(2024, 2, 29), date(2025, 6, 30), date(2025, 7, 1)]),
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
)
#: Whatever an unknown field may hold.
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)
    ),
    max_leaves=5,
)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that is no structure, by its place."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from leaves(inner, (*path, place))
    else:
        yield path, value


def put(value: Any, path: Path, new: Any) -> Any:
    """The same structure with another value at a place; ``...``: with none."""
    if not path:
        return new
    first, *rest = path
    if isinstance(value, dict):
        inner = put(value[str(first)], tuple(rest), new)
        kept = {k: v for k, v in value.items() if k != first}
        return kept if inner is ... else {**kept, first: inner}
    place = int(first)
    inner = put(value[place], tuple(rest), new)
    return [*value[:place], *([] if inner is ... else [inner]), *value[place + 1 :]]


def like(value: Any) -> st.SearchStrategy[Any]:
    """Another value of the same type, or none."""
    if isinstance(value, bool):
        return st.sampled_from([True, False, ...])
    if isinstance(value, int | float):
        return st.one_of(numbers, st.just(...))
    if isinstance(value, str):
        return st.one_of(texts, texts, texts, st.just(...))
    return st.just(value)


@st.composite
def changed(draw: st.DrawFn, value: Any, most: int = 3) -> Any:
    """A structure of which some values are others of the same type, or missing."""
    for _ in range(draw(st.integers(1, most))):
        places = [(path, one) for path, one in leaves(value) if path]
        if not places:
            break
        path, one = draw(st.sampled_from(places))
        value = put(value, path, draw(like(one)))
    return value


@st.composite
def spoilt(draw: st.DrawFn, content: bytes) -> bytes:
    """Bytes of which some are missing, doubled or others."""
    if draw(st.integers(0, 5)) == 0:
        return content
    begin = draw(st.integers(0, max(len(content) - 1, 0)))
    end = draw(st.integers(begin, min(begin + 200, len(content))))
    filling = draw(
        st.one_of(
            st.binary(max_size=8),
            st.sampled_from(
                [b"<!-- -->", b"]]>", b"&amp;", b"\xff", b'"', b"<a/>", b"null"]
            ),
            st.just(content[begin:end] * 2),
        )
    )
    cut = draw(st.sampled_from([content[end:], b""]))
    return content[:begin] + filling + cut
