"""Who does what a test needs done at the counterpart: a person, its control, or the mock."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import aiohttp

from gateway.conforming import NotTried
from gateway.mockagency.scenarios import Scenarios

if TYPE_CHECKING:
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
        body = json.dumps({"act": act, "dossier": number}).encode()
        headers = {"Content-Type": "application/json"}
        timeout = aiohttp.ClientTimeout(total=CONTROL_TIMEOUT_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(self._url, data=body, headers=headers) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as away:
            raise NotTried("địa chỉ điều khiển (acts.url) không trả lời") from away
        if status >= 300:
            raise NotTried(f"địa chỉ điều khiển không làm được «{act}» (HTTP {status})")


class ByMock(Scenarios, Acting):
    """The mock does it by its scenario of the dossier."""

    def __init__(self, acts: Mapping[str, Act]) -> None:
        """Nothing is planned."""
        super().__init__(None)
        self._acts = acts
        self._planned: dict[str, Mapping[str, Any]] = {}

    def prepare(self, act: str, number: str) -> None:
        """From its first call on the mock knows what is going to happen."""
        self._planned[number] = self._acts[act].scenario

    async def ask(self, act: str, number: str) -> None:
        """It is on its way already; a dossier of the mock's own hears of it now."""
        self._planned.setdefault(number, self._acts[act].scenario)

    def of(self, agency: str, number: str) -> Mapping[str, Any]:  # noqa: ARG002  of one agency
        """The mock's table for one dossier."""
        return self._planned.get(number, {})
