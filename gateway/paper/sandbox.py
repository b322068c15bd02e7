"""What a template may do: read the facts it is given, and nothing else.

Templates come from a province's own folder. They see plain text, numbers, lists
and dicts; names with underscores, methods, globals and files are out of reach.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, NoReturn

from jinja2 import StrictUndefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gateway.domain.written import Named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: What stands on paper for what is not known.
DOTS = "…" * 8

#: Filters that only say a fact in another way; the others format without bounds,
#: or take an attribute by its name.
FILTERS = frozenset(
    {"capitalize", "default", "first", "join", "last", "length", "lower", "title"}
    | {"trim", "upper"}
)

Shape = dict[str, "Shape"] | list["Shape"] | None


class Environment(ImmutableSandboxedEnvironment):
    """Jinja without anything but the facts; what is empty shows as dots."""

    #: With them a line of a template fills the memory.
    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self) -> None:
        """Escape everything; complain of every unknown name."""
        super().__init__(
            autoescape=True, undefined=StrictUndefined, finalize=_dotted, loader=None
        )
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in FILTERS}

    def call_binop(self, *operation: Any) -> NoReturn:
        """No arithmetic that grows.

        Raises:
            SecurityError: always.
        """
        raise SecurityError(f"phép tính {operation[1]}")

    def wrap_str_format(self, _value: Any) -> None:
        """No formatting by methods either: it pads to any width."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Only the counters of a loop are attributes; facts are keys of a dict."""
        counted = isinstance(obj, LoopContext)
        return counted and super().is_safe_attribute(obj, attr, value)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A key first: a fact named like a method of a dict is still the fact."""
        if isinstance(obj, dict):
            return (
                obj[attribute] if attribute in obj else self.undefined(name=attribute)
            )
        return super().getattr(obj, attribute)


def _dotted(value: Any) -> Any:
    if isinstance(value, Undefined):
        return value
    return DOTS if value is None or value == "" else value


def shape(names: Sequence[Named]) -> dict[str, Shape]:
    """The fields of a template as a tree to look names up in."""
    found: dict[str, Shape] = {}
    for one in names:
        inner: Shape = shape(one.inner) if one.inner else None
        found[one.path] = [inner] if one.several else inner
    return found


def unknown(tree: nodes.Template, known: dict[str, Shape]) -> list[str]:
    """Every name that a template uses and nobody gives it, with the nearest known."""
    own = {
        name.name: _ANY
        for given in tree.find_all(nodes.Assign)
        for name in given.find_all(nodes.Name)
        if name.ctx == "store"
    }
    own |= {macro.name: _ANY for macro in tree.find_all(nodes.Macro)}
    own |= {
        argument.name: _ANY
        for macro in tree.find_all(nodes.Macro)
        for argument in macro.args
    }
    return list(dict.fromkeys(_unknown(tree, {**known, **own, "loop": _ANY})))


_ANY: Any = object()


def _unknown(node: nodes.Node, scope: Mapping[str, Shape]) -> Iterator[str]:
    if isinstance(node, nodes.For):
        yield from _unknown(node.iter, scope)
        several = _resolve(node.iter, scope)[0]
        inner = several[0] if isinstance(several, list) else _ANY
        inside = dict(scope)
        if isinstance(node.target, nodes.Name):
            inside[node.target.name] = inner
        for part in (*node.body, *node.else_, *([node.test] if node.test else [])):
            yield from _unknown(part, inside)
        return
    if isinstance(node, nodes.Getattr | nodes.Getitem | nodes.Name):
        wrong = _resolve(node, scope)[1]
        if wrong:
            yield wrong
        if not isinstance(node, nodes.Name) and _of_names(node.node):
            return
    for child in node.iter_child_nodes():
        yield from _unknown(child, scope)


def _of_names(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Getattr | nodes.Getitem):
        return _of_names(node.node)
    return isinstance(node, nodes.Name)


def _resolve(node: nodes.Node, scope: Mapping[str, Shape]) -> tuple[Shape, str]:
    """What an expression leads to, and the part of it that leads nowhere."""
    if isinstance(node, nodes.Name):
        if node.ctx != "load" or node.name in scope:
            return scope.get(node.name, _ANY), ""
        return _ANY, _told(node.name, scope)
    if isinstance(node, nodes.Getattr):
        inner, wrong = _resolve(node.node, scope)
        if wrong or inner is _ANY:
            return _ANY, wrong
        if isinstance(inner, dict) and node.attr in inner:
            return inner[node.attr], ""
        return _ANY, _told(node.attr, inner if isinstance(inner, dict) else {})
    if isinstance(node, nodes.Getitem):
        inner, wrong = _resolve(node.node, scope)
        return (inner[0] if isinstance(inner, list) else _ANY), wrong
    return _ANY, ""


def _told(name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"{name} (có phải {near[0]}?)" if near else name
