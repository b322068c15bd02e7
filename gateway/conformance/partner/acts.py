"""Who does what a test needs done at the counterpart: a person, its control, or the mock."""

from __future__ import annotations

import json
import ssl
from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import aiohttp

from gateway.conforming import NotTried
from gateway.mockagency.scenarios import Scenarios

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.conformance.partner.folder import Act

CONTROL_TIMEOUT_S = 30.0


class Acting(Protocol):
    """The hands of the counterpart's side."""

    @abstractmethod
    def prepare(self, act: str, number: str) -> None:
        """This is going to be asked for about that dossier."""

    @abstractmethod
    async def ask(self, act: str, number: str) -> None:
        """Do it now.

        Raises:
            NotTried: it cannot be done there.
        """


@dataclass(frozen=True, slots=True)
class Control:
    """An address of the counterpart that takes ``{"act", "dossier"}`` by POST."""

    url: str
    ca: Path | None = None
    #: whom to trust alone; None: the usual

    async def ask(self, act: str, number: str) -> None:
        """Call it.

        Raises:
            NotTried: it does not answer, or cannot do it.
        """
        body = json.dumps({"act": act, "dossier": number}).encode()
        headers = {"Content-Type": "application/json"}
        timeout = aiohttp.ClientTimeout(total=CONTROL_TIMEOUT_S)
        tls = ssl.create_default_context(cafile=self.ca) if self.ca else True
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(self.url, data=body, headers=headers, ssl=tls) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as away:
            raise NotTried("địa chỉ điều khiển (acts.url) không trả lời") from away
        if status >= 300:
            raise NotTried(f"địa chỉ điều khiển không làm được «{act}» (HTTP {status})")


class ByPeople(Acting):
    """Says what is to be done, and calls the control address where there is one."""

    def __init__(
        self,
        acts: Mapping[str, Act],
        say: Callable[[str], None],
        url: str,
        by_itself: Collection[str],
    ) -> None:
        """``url``: takes ``{"act", "dossier"}`` by POST; empty: a person does it.

        ``by_itself``: acts that the counterpart does because of a dossier's number.
        """
        self._acts = acts
        self._say = say
        self._url = url
        self._by_itself = by_itself

    def prepare(self, act: str, number: str) -> None:
        """People are told when it is time."""

    async def ask(self, act: str, number: str) -> None:
        """Tell the person in front of the terminal, or call."""
        if act in self._by_itself:
            return
        if not self._url:
            self._say(f"Hãy {self._acts[act].says.format(number=number)}")
            return
        await Control(self._url).ask(act, number)


class ByMock(Scenarios, Acting):
    """The mock does it by its scenario of the dossier."""

    def __init__(self, acts: Mapping[str, Act]) -> None:
        """Nothing is planned."""
        super().__init__(None)
        self._acts = acts
        self._planned: dict[str, Mapping[str, Any]] = {}
        self.control: Control | None = None
        #: known once the mock listens, where it has one

    def prepare(self, act: str, number: str) -> None:
        """From its first call on the mock knows what is going to happen."""
        self._planned[number] = self._acts[act].scenario

    async def ask(self, act: str, number: str) -> None:
        """It is on its way already; a dossier of the mock's own hears of it now."""
        self._planned.setdefault(number, self._acts[act].scenario)
        if self.control is not None:
            await self.control.ask(act, number)

    def of(self, agency: str, number: str) -> Mapping[str, Any]:  # noqa: ARG002  of one agency
        """The mock's table for one dossier."""
        return self._planned.get(number, {})
