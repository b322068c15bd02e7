"""Mail to people of an office: numbers and codes, nothing personal beyond them."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from gateway.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class MailFile:
    """A file that goes with a mail; its name tells nothing of anybody."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail in plain text."""

    to: tuple[str, ...]
    subject: str
    text: str
    id: str = ""
    #: what makes a repeat of it recognisable as such; empty: it is not repeated
    files: tuple[MailFile, ...] = ()


class Mailer(Protocol):
    """Hands mails to a mail server."""

    @abstractmethod
    async def send(self, mail: Mail) -> int:
        """Return once the server has taken it for anybody; how many it refused.

        Raises:
            MailUnanswered: it has it, and has not said whether it takes it.
            MailNotSent: it has not, for nobody.
        """
