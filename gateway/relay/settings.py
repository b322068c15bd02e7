"""What a relay is told at its start; none of it is a secret of the core."""

from __future__ import annotations

import ssl
import tomllib
from ipaddress import ip_address
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from gateway.carriers.tls import tls_context


class CoreSettings(BaseModel):
    """The core's listener for relays, and how both prove who they are."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(pattern=r"^https://[^\s/@?#]+$")
    authorities: Path
    #: certificates of the core that are good, PEM
    name: str = "lienthong-core"
    #: that stands in them
    certificate: Path
    key: Path
    connect_s: float = Field(default=3.0, gt=0, le=60)
    answer_s: float = Field(default=120.0, gt=0, le=600)
    #: without a byte of the answer, once the core has the whole request

    def context(self) -> ssl.SSLContext:
        """TLS toward the core.

        Raises:
            OSError: a file is missing or holds no such thing.
        """
        context = tls_context(
            authorities=self.authorities, certificate=self.certificate, key=self.key
        )
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        return context


class DoorTLS(BaseModel):
    """What a door shows, and whose certificates it wants to see."""

    model_config = ConfigDict(extra="forbid")

    certificate: Path
    key: Path
    clients: Path | None = None
    #: authorities of callers' certificates; without it none is asked for
    revoked: Path | None = None
    #: their lists of revoked certificates, PEM

    def context(self) -> ssl.SSLContext:
        """TLS toward callers.

        Raises:
            OSError: a file is missing or holds no such thing.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.certificate, self.key)
        context.set_alpn_protocols(["http/1.1"])
        if self.clients is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.clients)
        if self.revoked is not None:
            context.load_verify_locations(self.revoked)
            context.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
        return context


class Door(BaseModel):
    """One listener, and which part of the table passes there."""

    model_config = ConfigDict(extra="forbid")

    serves: str = Field(pattern="^(agencies|one_stop)$")
    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    tls: DoorTLS | None = None
    #: None: in the clear, for a proxy on this machine
    behind: tuple[str, ...] = ()
    #: addresses of proxies whose X-Forwarded-For counts
    hosts: tuple[str, ...] = ()
    #: names by which it is called; empty: any

    @field_validator("behind")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_address(one)) for one in value)


class Watch(BaseModel):
    """A listener for monitoring: ``/healthz``, ``/readyz``, ``/metrics``."""

    model_config = ConfigDict(extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)


class Limits(BaseModel):
    """How much, how many, how long."""

    model_config = ConfigDict(extra="forbid")

    connections: int = Field(default=1024, ge=1)
    per_peer: int = Field(default=256, ge=1)
    #: connections of one address, behind which a platform may have many callers
    calls_per_s: float = Field(default=200.0, gt=0)
    burst: float = Field(default=2000.0, ge=1)
    #: of one address, refused ones too
    line_bytes: int = Field(default=8 * 1024, ge=256, le=64 * 1024)
    head_bytes: int = Field(default=16 * 1024, ge=512, le=64 * 1024)
    headers: int = Field(default=64, ge=8, le=256)
    handshake_s: float = Field(default=10.0, gt=0)
    idle_s: float = Field(default=30.0, gt=0)
    #: between two requests of a connection
    head_s: float = Field(default=10.0, gt=0)
    #: from the first byte of a request to the last of its head
    body_s: float = Field(default=30.0, gt=0)
    #: that a body may keep us waiting, and as much longer as it came faster than
    bytes_per_s: float = Field(default=1024.0, gt=0)
    send_s: float = Field(default=60.0, gt=0)
    #: that a caller may take for the next piece of an answer
    stop_s: float = Field(default=20.0, ge=0)


class RelaySettings(BaseModel):
    """All settings of one relay."""

    model_config = ConfigDict(extra="forbid")

    table: Path
    #: that the core wrote
    look_s: float = Field(default=2.0, gt=0)
    #: how often it is looked at
    core: CoreSettings
    door: tuple[Door, ...] = Field(min_length=1)
    watch: Watch | None = None
    #: off unless it is set
    limits: Limits = Limits()


def load(path: Path) -> RelaySettings:
    """Read a TOML file.

    Raises:
        ValueError: a key is unknown or wrong.
    """
    try:
        return RelaySettings.model_validate(tomllib.loads(path.read_text("utf-8-sig")))
    except ValueError as wrong:
        wrong.add_note(str(path))  # which file it was, for whoever tells of it
        raise
