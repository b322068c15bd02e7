"""What a case expects; holds also where ``assert`` is switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable

E = TypeVar("E", bound=BaseException)
T = TypeVar("T")


def equal(found: Any, expected: Any) -> None:
    """Both are the same.

    Raises:
        AssertionError: they are not; both are shown.
    """
    if found != expected:
        raise AssertionError(f"found {found!r}, expected {expected!r}")


def holds(claim: object, saying: str) -> None:
    """A claim is true.

    Raises:
        AssertionError: it is not.
    """
    if not claim:
        raise AssertionError(saying)


def there(found: T | None, what: object = "it") -> T:
    """Something that must be there.

    Raises:
        AssertionError: it is not.
    """
    if found is None:
        raise AssertionError(f"{what} is not there")
    return found


async def raises(kind: type[E], work: Awaitable[object]) -> E:
    """The work fails in exactly this way.

    Raises:
        AssertionError: it does not fail.
    """
    try:
        await work
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was not raised")
