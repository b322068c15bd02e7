"""Mail by SMTP: one connection a mail, in a thread, since there are few of them."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import TYPE_CHECKING, Any

from gateway.carriers.checked import Connector
from gateway.carriers.ground import LOCAL, Ground
from gateway.domain.errors import MailNotSent, MailUnanswered
from gateway.ports.mail import Mailer

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.ports.mail import Mail

TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Server:
    """How the mail server is reached.

    ``security``: ``starttls``, ``tls`` from the first byte, or ``none`` (without a
    password only).
    """

    host: str
    port: int
    sender: str
    security: str = "starttls"
    user: str = ""
    password: str = ""
    authorities: Path | None = None
    #: whose certificates are believed; None: the machine's own
    ground: Ground = LOCAL
    #: where it may lie


class _Noting(smtplib.SMTP):
    """Knows whether it has begun to give a mail's content away."""

    gave_away = False

    def __init__(self, connect: Connector, *args: Any, **options: Any) -> None:
        self.connect_to = connect
        super().__init__(*args, **options)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self.connect_to((host, port), timeout)

    def data(self, msg: Any) -> tuple[int, bytes]:
        """The content, all of it."""
        self.gave_away = True
        return super().data(msg)


class _NotingTLS(_Noting, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = super()._get_socket(host, port, timeout)
        return self.context.wrap_socket(plain, server_hostname=host)


def _may_have_left(wrong: Exception, server: _Noting | None) -> bool:
    """A server that answered no has not taken it; one that is gone may have."""
    refused = isinstance(wrong, smtplib.SMTPResponseException)
    return server is not None and server.gave_away and not refused


class SMTPMailer(Mailer):
    """Hands mails to one server."""

    def __init__(self, server: Server) -> None:
        """Nothing is connected before a mail is sent."""
        self._server = server

    async def send(self, mail: Mail) -> int:
        """Return once the server has taken it; how many addresses it refused."""
        return await asyncio.to_thread(self._send, mail)

    def _send(self, mail: Mail) -> int:
        message = self._message(mail)
        refused = server = None
        try:
            with self._connected() as server:
                refused = server.send_message(message)
        except (OSError, smtplib.SMTPException) as wrong:
            # A server that took it and then did not say goodbye has it all the same.
            if refused is None:
                # What a server says may name people: its class is enough.
                error = MailUnanswered if _may_have_left(wrong, server) else MailNotSent
                raise error(type(wrong).__name__) from None
        return len(refused)

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._server.sender
        message["To"] = ", ".join(mail.to)
        message["Subject"] = mail.subject
        message["Date"] = formatdate(localtime=False)
        domain = self._server.sender.rpartition("@")[2]
        own = f"<{mail.id}@{domain}>" if mail.id else make_msgid(domain=domain)
        message["Message-ID"] = own
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        for one in mail.files:
            kind, _, subtype = one.media_type.partition("/")
            message.add_attachment(
                one.content, maintype=kind, subtype=subtype, filename=one.name
            )
        return message

    def _connected(self) -> _Noting:
        one = self._server
        cafile = str(one.authorities) if one.authorities else None
        context = ssl.create_default_context(cafile=cafile)
        connect = Connector(one.ground)
        server: _Noting
        if one.security == "tls":
            server = _NotingTLS(
                connect, one.host, one.port, timeout=TIMEOUT_S, context=context
            )
        else:
            server = _Noting(connect, one.host, one.port, timeout=TIMEOUT_S)
        try:
            if one.security == "starttls":
                server.starttls(context=context)
            if one.user:
                server.login(one.user, one.password)
        except BaseException:
            server.close()
            raise
        return server
