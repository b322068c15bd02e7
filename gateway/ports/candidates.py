"""What is wrong in a configuration, for whoever looks at one or hands one in."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Found:
    """One finding in Vietnamese; ``file`` and ``line`` where it was read from files.

    ``where`` leads to the place inside the content.
    """

    what: str
    todo: str
    warning: bool
    where: tuple[str | int, ...] = ()
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """What somebody handed in; ``content`` is None where it cannot be read at all."""

    content: dict[str, Any] | None
    findings: Sequence[Found]


class Candidates(Protocol):
    """Reads and checks configurations; takes a while, beside the loop."""

    @abstractmethod
    async def findings(self, content: Mapping[str, Any]) -> Sequence[Found]:
        """Everything wrong or doubtful in a content."""

    @abstractmethod
    async def read(self, name: str, archive: bytes) -> Candidate:
        """A zip of a folder of configuration, or its content as JSON.

        Raises:
            ValueError: it is neither, or too large; in Vietnamese.
        """
