"""The timestamp service of the settings: carried by one, checked by another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.carriers.timestamp_calls import TimestampCalls
from gateway.domain.evidence import Stamp
from gateway.evidence.stamping import StampLoop
from gateway.ports.evidence import NotStamped, Stamper
from gateway.validation.timestamps import StampWrong, checked_stamp, stamp_request
from gateway.wiring.grounds import own_ground

if TYPE_CHECKING:
    from gateway.domain.evidence import Root
    from gateway.ports.nodes import Duties
    from gateway.sealing.tools import Tools
    from gateway.settings import Settings


class CheckedStamps(Stamper):
    """Asks with a fresh nonce; takes nothing but what this service said to that."""

    def __init__(self, service: TimestampCalls, certificates: bytes) -> None:
        """``certificates``: the service's own, then its issuers' (PEM)."""
        self._service = service
        self._certificates = certificates

    async def stamp(self, root: Root) -> Stamp:
        """A root's timestamp.

        Raises:
            NotStamped: there is none that holds.
        """
        request, nonce = stamp_request(root.statement)
        answer = await self._service.ask(request)
        try:
            at = checked_stamp(answer, root.statement, self._certificates, nonce)
        except StampWrong as wrong:
            raise NotStamped("answer does not hold") from wrong
        return Stamp(root.number, at, answer)


def stampers(tools: Tools, duties: Duties, settings: Settings) -> tuple[StampLoop, ...]:
    """The loop, where a service is named.

    Raises:
        OSError: its certificates cannot be read.
    """
    given = settings.evidence
    if not given.timestamp_url or given.timestamp_certificates is None:
        return ()
    service = TimestampCalls(
        given.timestamp_url, given.authorities, own_ground(settings)
    )
    certificates = given.timestamp_certificates.read_bytes()
    return (StampLoop(tools, CheckedStamps(service, certificates), duties),)
