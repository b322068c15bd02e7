"""Looks at the line to an office whose messages are files."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp.resolver import ThreadedResolver

from gateway.carriers.folder_trial import READY
from gateway.carriers.line import Line
from gateway.carriers.reaching import Look, connect, go, name
from gateway.carriers.sftp import DENIED, HOST_KEY, KEY_UNUSABLE, MISCONFIGURED
from gateway.domain.check import Finding, Result, Step, finding
from gateway.domain.words import words_of
from gateway.ports.reaching import Reach

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.carriers.sftp import Account
    from gateway.ports.agency import Answer
    from gateway.ports.reaching import Ping

_SIGN_IN = frozenset({DENIED, KEY_UNUSABLE, MISCONFIGURED})


class FolderReach(Reach):
    """A folder here, or an account on an SFTP server."""

    def __init__(
        self,
        ping: Ping,
        words: Mapping[str, tuple[str, str]],
        account: Account | None = None,
    ) -> None:
        """``account``: None where the folder is a path of ours."""
        self._ping = ping
        self._words = words
        self._account = account

    async def look(self, *, timeout_s: float) -> Sequence[Finding]:
        """Name and connection, whose key, whether we are let in, the folder."""
        until = asyncio.get_running_loop().time() + timeout_s
        if self._account is None:
            return [self._of_folder(await self._ping(timeout_s=timeout_s))]
        look = Look(Line(self._account.host, self._account.port), until)
        await go(
            look,
            (Step.NAME, lambda: name(look, ThreadedResolver())),
            (Step.CONNECT, lambda: connect(look)),
        )
        if look.found[-1].result is not Result.DONE:
            left = (Step.HOST_KEY, Step.SIGN_IN, Step.FOLDER)
            return [*look.found, *(_left(step) for step in left)]
        return [*look.found, *self._let_in(await self._ping(timeout_s=look.left_s))]

    def _let_in(self, answer: Answer) -> list[Finding]:
        if answer.code == HOST_KEY:
            failed = self._worded(Step.HOST_KEY, answer)
            return [failed, _left(Step.SIGN_IN), _left(Step.FOLDER)]
        known = Finding(Step.HOST_KEY, Result.DONE, "host_key_known")
        if answer.code in _SIGN_IN:
            return [known, self._worded(Step.SIGN_IN, answer), _left(Step.FOLDER)]
        let_in = Finding(Step.SIGN_IN, Result.DONE, "sign_in_key")
        return [known, let_in, self._of_folder(answer)]

    def _of_folder(self, answer: Answer) -> Finding:
        if answer.code == READY:
            return Finding(Step.FOLDER, Result.DONE, READY)
        return finding(Step.FOLDER, Result.FAILED, answer.code, part=answer.detail)

    def _worded(self, step: Step, answer: Answer) -> Finding:
        said = words_of(answer.code, self._words)
        reason = f"{said.reason} ({answer.detail})" if answer.detail else said.reason
        return Finding(step, Result.FAILED, answer.code, {}, reason, said.next_action)


def _left(step: Step) -> Finding:
    return Finding(step, Result.LEFT, "not_tried")
