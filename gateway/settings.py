"""Deployment settings: read once at the door, validated, printable with secrets hidden.

Everything about agencies, procedures and competence is configuration instead
(``config apply``); these settings say only where this process stands.
"""

from __future__ import annotations

import os
import tomllib
from datetime import date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from gateway.limit_settings import LimitSettings
from gateway.sign_in_settings import SignInSettings
from gateway.validation.file_types import KNOWN, USUAL

_ADDRESS = r"^[^@\s,;<>]+@[^@\s,;<>]+$"
_URL = r"^https?://[^\s/]+"
#: A secret that is shorter could be tried out.
SECRET_CHARS = 24


def own_secret(path: Path) -> str:
    """A secret alone in its file.

    Raises:
        ValueError: others may read it.
    """
    # What systemd hands to a service is root's, and looks as if a group could read it.
    handed = path.parent == Path(os.environ.get("CREDENTIALS_DIRECTORY", "/dev/null"))
    if path.stat().st_mode & (0o007 if handed else 0o077):
        raise ValueError(f"{path} để người khác đọc được: chmod 600 tệp ấy")
    return path.read_text("utf-8").rstrip("\r\n")


class Profile(StrEnum):
    """What this process is for; mock mode never runs with a production profile."""

    MOCK = "mock"
    PRODUCTION = "production"


class Listen(BaseModel):
    """A listener; port 0 lets the system choose."""

    model_config = ConfigDict(extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    hosts: tuple[str, ...] = ()
    #: names by which it is called; others are refused. None told: any


class RelayedSettings(Listen):
    """The listener of relays (docs/cai-dat.vi.md): TLS, and nobody else gets in."""

    certificate: Path
    key: Path
    relays: tuple[Path, ...] = Field(min_length=1)
    #: certificates of the relays that may call, each its own authority
    serves: tuple[Annotated[str, Field(pattern="^(agencies|one_stop)$")], ...] = Field(
        default=("agencies",), min_length=1
    )


class TracingSettings(BaseModel):
    """A collector of spans, by OTLP over HTTP."""

    model_config = ConfigDict(extra="forbid")

    endpoint: str = Field(pattern=_URL)
    #: without /v1/traces
    authorities: Path | None = None
    #: file of the authorities that its certificate may come from


class ClockSettings(BaseModel):
    """The machine's wall, a virtual one, or one that runs (``RunningClock``)."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(default="real", pattern="^(real|virtual|running)$")
    start: datetime | None = None
    since: float = 0.0
    speed: float = Field(default=1.0, gt=0.0)
    wrong_s: float = Field(default=60.0, ge=2, le=3600)
    #: a real wall that is known to be further off signs nothing and judges no signature


class StoreSettings(BaseModel):
    """The embedded store of one process, or a PostgreSQL database of several nodes."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(default="sqlite", pattern="^(sqlite|postgresql)$")
    group_max: int = Field(default=256, ge=1)
    #: units that may share one commit
    lease_s: float = Field(default=20.0, ge=1)
    #: postgresql: how long a dead node's work waits for the others, renewed four times
    host: str = ""
    #: several, separated by commas: the one that may be written is found
    port: str = "5432"
    dbname: str = ""
    user: str = ""
    password_file: Path | None = None
    #: the password alone, readable by its owner only
    sslmode: str = "verify-full"
    sslrootcert: str = "system"
    #: file of the authorities that the server's certificate may come from
    pool_host: str = ""
    #: of a PgBouncer that units, reads and files go through; everything else goes past it
    pool_port: str = "6432"

    @field_validator("port", "pool_port", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        return str(value) if isinstance(value, int) else value

    @model_validator(mode="after")
    def _server_is_named(self) -> StoreSettings:
        needed = ("host", "dbname", "user", "password_file")
        missing = [name for name in needed if not getattr(self, name)]
        if self.kind == "postgresql" and missing:
            message = f"postgresql cần {', '.join(missing)}"
            raise ValueError(message)
        return self

    def parameters(self) -> dict[str, str]:
        """How libpq reaches the database, by name; the pool's are the store's own.

        Raises:
            ValueError: others may read the file of the password.
        """
        if self.password_file is None:
            return {}
        return {
            "host": self.host,
            "port": self.port,
            "dbname": self.dbname,
            "user": self.user,
            "password": own_secret(self.password_file),
            "sslmode": self.sslmode,
            # Without checking a certificate there is no authority to name.
            **({"sslrootcert": self.sslrootcert} if "verify" in self.sslmode else {}),
            **self._pool(),
        }

    def _pool(self) -> dict[str, str]:
        if not self.pool_host:
            return {}
        return {"pool_host": self.pool_host, "pool_port": self.pool_port}


class AttachmentSettings(BaseModel):
    """Where files lie: on this node's disk, in a folder of all nodes, in the database."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(default="disk", pattern="^(disk|shared|postgresql)$")
    folder: Path | None = None
    #: of ``disk`` (default: in the run folder) and of ``shared``, where it is required
    allowed_types: tuple[str, ...] | None = None
    #: of ``file_types.KNOWN``; None: the usual ones, in mock mode whatever is no program

    @field_validator("allowed_types")
    @classmethod
    def _types_are_known(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        wrong = sorted(set(value or ()) - set(KNOWN))
        if wrong or value == ():
            message = f"allowed_types chỉ nhận {', '.join(KNOWN)}"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _folder_fits(self) -> AttachmentSettings:
        if self.kind == "shared" and self.folder is None:
            raise ValueError("shared cần folder")
        if self.kind == "postgresql" and self.folder is not None:
            raise ValueError("postgresql không dùng folder: bỏ khóa ấy")
        if self.folder is not None and not self.folder.is_absolute():
            # Nodes are not all started in the same place.
            message = "folder là đường dẫn tuyệt đối, bắt đầu bằng /"
            raise ValueError(message)
        return self


class UploadSettings(BaseModel):
    """Files that were uploaded before their dossier."""

    model_config = ConfigDict(extra="forbid")

    kept_days: int = Field(default=7, ge=1)
    #: days that one waits for its dossier before it is deleted


class ScanSettings(BaseModel):
    """The scanner that every file passes before it is kept; off without ``kind``."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(default="none", pattern="^(none|clamd)$")
    socket: Path | None = None
    #: clamd's Unix socket; None: by host and port
    host: str = "127.0.0.1"
    port: int = Field(default=3310, ge=1, le=65535)
    timeout_s: float = Field(default=60.0, gt=0, le=600)
    #: for each piece, and for the verdict
    signature_days: int = Field(default=7, ge=1)
    #: a list of signatures that is older is told of
    quarantine_days: int = Field(default=180, ge=1)
    #: that a refused file is kept shut away since it came last


class WeeklyMail(BaseModel):
    """When units get the letter of what is due; a day off moves it to a working day."""

    model_config = ConfigDict(extra="forbid")

    send: bool = True
    day: str = Field(
        default="monday",
        pattern="^(monday|tuesday|wednesday|thursday|friday|saturday|sunday)$",
    )
    at: time = time(7, 0)
    #: Vietnam's time


class MailSettings(BaseModel):
    """A mail server for the daily mail to offices that work by a list; off without it."""

    model_config = ConfigDict(extra="forbid")

    host: str
    port: int = Field(default=587, ge=1, le=65535)
    security: str = Field(default="starttls", pattern="^(starttls|tls|none)$")
    authorities: Path | None = None
    #: file of the authorities that the server's certificate may come from
    sender: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    user: str = ""
    password_file: Path | None = None
    #: the password alone, readable by its owner only
    at: time = time(7, 0)
    #: when the mail is sent on working days, Vietnam's time
    page: str = ""
    #: address of the pages, as offices reach them
    weekly: WeeklyMail = WeeklyMail()

    @model_validator(mode="after")
    def _no_password_in_the_open(self) -> MailSettings:
        if self.security == "none" and self.user:
            message = "có user thì security phải là starttls hoặc tls"
            raise ValueError(message)
        return self

    def password(self) -> str:
        """The password; empty without a user.

        Raises:
            ValueError: others may read its file.
        """
        return own_secret(self.password_file) if self.password_file else ""


class Awake(BaseModel):
    """When people are told of what is not critical, Vietnam's time."""

    model_config = ConfigDict(extra="forbid")

    begins: time = time(7, 0)
    ends: time = time(18, 0)
    #: the same as ``begins``: at any hour
    days_off: bool = True
    #: days off are quiet


class AlertMail(BaseModel):
    """Who is told by mail, by the least severity of which they are told."""

    model_config = ConfigDict(extra="forbid")

    critical: tuple[Annotated[str, Field(pattern=_ADDRESS)], ...] = ()
    warning: tuple[Annotated[str, Field(pattern=_ADDRESS)], ...] = ()
    info: tuple[Annotated[str, Field(pattern=_ADDRESS)], ...] = ()


class AlertWebhook(BaseModel):
    """An address that gets alerts as signed JSON."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(pattern=_URL)
    secret_file: Path
    #: the secret alone, readable by its owner only
    least: str = Field(default="warning", pattern="^(info|warning|critical)$")
    authorities: Path | None = None

    def secret(self) -> str:
        """What its calls are signed with.

        Raises:
            ValueError: others may read its file, or it is too short.
        """
        secret = own_secret(self.secret_file)
        if len(secret) < SECRET_CHARS:
            message = f"{self.secret_file}: cần ít nhất {SECRET_CHARS} ký tự"
            raise ValueError(message)
        return secret


class AlertHeartbeat(BaseModel):
    """An address outside that is called while all is well."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(pattern=_URL)
    every_s: float = Field(default=60.0, ge=1)
    authorities: Path | None = None


class AlertSettings(BaseModel):
    """From when on something is told, and to whom; without roads the log alone tells."""

    model_config = ConfigDict(extra="forbid")

    digest_at: time = time(7, 30)
    settled_minutes: float = Field(default=15, ge=0)
    lane_minutes: float = Field(default=15, gt=0)
    unsealed_minutes: float = Field(default=15, gt=0)
    unconfirmed_hours: float = Field(default=4, gt=0)
    parked_hours: float = Field(default=24, gt=0)
    unrouted_hours: float = Field(default=4, gt=0)
    unmatched_hours: float = Field(default=24, gt=0)
    certificate_days: float = Field(default=60, gt=0)
    disk_warning: int = Field(default=70, ge=1, le=100)
    disk_critical: int = Field(default=90, ge=1, le=100)
    awake: Awake = Awake()
    mail: AlertMail = AlertMail()
    webhook: AlertWebhook | None = None
    heartbeat: AlertHeartbeat | None = None

    @model_validator(mode="after")
    def _alarm_comes_last(self) -> AlertSettings:
        if self.disk_critical < self.disk_warning:
            message = "disk_critical phải từ disk_warning trở lên"
            raise ValueError(message)
        return self

    @property
    def has_mail(self) -> bool:
        """Whether anybody is told by mail."""
        return bool(self.mail.critical or self.mail.warning or self.mail.info)


class ChaseSettings(BaseModel):
    """Chasing offices for dossiers."""

    model_config = ConfigDict(extra="forbid")

    answer_days: int = Field(default=2, ge=1, le=60)
    #: working days that an office has to answer before one goes to its head
    mails_a_day: int = Field(default=5, ge=1, le=100)
    #: reminders that an office gets at most in a working day


class LatenessSettings(BaseModel):
    """Objections to whom a lateness is counted; the province's own choice, no law says it."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(default=5, ge=1, le=60)
    #: working days in which an office may object, from the day after it was told
    answer_days: int = Field(default=10, ge=1, le=60)
    #: working days within which the head is to decide
    since: date | None = None
    #: of dossiers that ended before this day nobody is told; None: the day of the upgrade


class CorrectionSettings(BaseModel):
    """What one person asks for and another approves, also where there is nobody else."""

    model_config = ConfigDict(extra="forbid")

    stand_in_days: int = Field(default=1, ge=1, le=30)
    #: working days from the notice to the head until one takes effect
    destinations: bool | None = None
    #: an office's address, keys, networks need a second person; None: in production


class StuckSettings(BaseModel):
    """From when on something stands still; in working days and hours."""

    model_config = ConfigDict(extra="forbid")

    silence_days: int = Field(default=5, ge=1, le=250)
    #: an office that has a dossier and says nothing; an office may have its own
    question_days: int = Field(default=2, ge=1, le=250)
    #: a question to the counter without an answer
    office_hours: int = Field(default=16, ge=1, le=2_000)
    #: working hours after which an office is told of that has dossiers and used to speak


class EvidenceSettings(BaseModel):
    """A timestamp service (RFC 3161) for the roots over the journal; off without it."""

    model_config = ConfigDict(extra="forbid")

    timestamp_url: str = Field(default="", pattern=rf"^$|{_URL}")
    timestamp_certificates: Path | None = None
    #: PEM: the service's own certificate, the only one that counts; then its issuers'
    authorities: Path | None = None
    #: file of the authorities that the certificate of an https address may come from
    late_hours: float = Field(default=4, gt=0)
    #: from when on a missing timestamp is told; nothing else waits for it

    @model_validator(mode="after")
    def _service_is_known(self) -> EvidenceSettings:
        if self.timestamp_url and self.timestamp_certificates is None:
            message = "timestamp_url cần timestamp_certificates"
            raise ValueError(message)
        return self


class SecretSource(BaseModel):
    """Where the value of one secret comes from; the folder of keys has the others."""

    model_config = ConfigDict(extra="forbid")

    env: str = ""
    #: a variable of the environment
    file: Path | None = None
    #: the value alone in it, readable by its owner only
    command: tuple[str, ...] = ()
    #: a program with its arguments, which writes the value alone

    @model_validator(mode="after")
    def _one_source(self) -> SecretSource:
        if sum(map(bool, (self.env, self.file, self.command))) != 1:
            raise ValueError("ghi đúng một trong env, file, command")
        return self


class Settings(BaseModel):
    """All settings of one gateway process."""

    model_config = ConfigDict(extra="forbid")

    profile: Profile = Profile.PRODUCTION
    run_dir: Path
    #: store, attachments unless they lie elsewhere, and (mock profile only) generated keys
    configuration: Path = Path("config")
    #: folder of configuration files that ``config apply`` reads
    paper_templates: Path | None = None
    #: folder of a province's own Word templates; a file that it lacks is the shipped one
    front: Listen = Listen()
    #: one-stop API and pages
    agencies: Listen = Listen()
    #: callbacks of agencies
    console: Listen | None = None
    #: pages, apart from the API; None: with it
    relayed: RelayedSettings | None = None
    #: what comes through relays; off unless it is set
    metrics: Listen | None = None
    #: metrics and readiness for monitoring; off unless it is set
    tracing: TracingSettings | None = None
    #: off unless it is set
    backups: Path | None = None
    #: folder into which ``lienthong backup`` is told to write, for the page of health
    clock: ClockSettings = ClockSettings()
    store: StoreSettings = StoreSettings()
    attachments: AttachmentSettings = AttachmentSettings()
    uploads: UploadSettings = UploadSettings()
    scanning: ScanSettings = ScanSettings()
    mail: MailSettings | None = None
    alerts: AlertSettings = AlertSettings()
    chase: ChaseSettings = ChaseSettings()
    lateness: LatenessSettings = LatenessSettings()
    stuck: StuckSettings = StuckSettings()
    corrections: CorrectionSettings = CorrectionSettings()
    sign_in: SignInSettings = SignInSettings()
    limits: LimitSettings = LimitSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    slots: int = Field(default=256, ge=1)
    #: transfers in flight on this node; well above any one lane's cap
    node: str = Field(default="gateway-1", pattern="^[0-9A-Za-z._-]{1,64}$")
    #: of several on one database, each has a name of its own
    stop_s: float = Field(default=60.0, ge=0)
    #: that attempts under way have to end when this node is told to stop
    drain_s: float = Field(default=0.0, ge=0, le=15)
    #: before that: /readyz says no and everything is still served, so that callers go elsewhere
    secrets: dict[str, SecretSource] = {}
    #: name → where its value comes from, instead of the folder of keys
    own_networks: tuple[str, ...] | None = None
    #: where servers of these settings (mail, sign-in, alerts, collector, timestamps) may lie
    #: beside public networks; None: this machine and private networks
    addresses: dict[str, str] = {}
    #: agency or office → base URL, where the configuration leaves it open

    @property
    def file_types(self) -> tuple[str, ...] | None:
        """Types of files that may come in; None: whatever is no program."""
        named = self.attachments.allowed_types
        return named or (None if self.profile is Profile.MOCK else USUAL)

    @model_validator(mode="after")
    def _needs_are_met(self) -> Settings:
        if self.attachments.kind == "postgresql" != self.store.kind:
            message = "attachments: postgresql cần store.kind là postgresql"
            raise ValueError(message)
        if (
            self.profile is Profile.PRODUCTION
            and self.corrections.destinations is False
        ):
            message = "corrections.destinations không tắt được khi chạy thật"
            raise ValueError(message)
        if self.alerts.has_mail and self.mail is None:
            message = "alerts.mail cần máy chủ thư ở [mail]"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _mock_is_local(self) -> Settings:
        if self.clock.kind != "real" and self.clock.start is None:
            message = f"clock: {self.clock.kind} cần start"
            raise ValueError(message)
        loopback = {"127.0.0.1", "::1", "localhost"}
        if self.profile is Profile.MOCK:
            listened = (
                *(self.front, self.agencies, self.metrics),
                *(self.console, self.relayed),
            )
            open_to = {one.host for one in listened if one} - loopback
            if open_to:
                message = "profile mock chỉ nghe ở máy này: host là 127.0.0.1, ::1 hoặc localhost"
                raise ValueError(message)
        elif self.clock.kind != "real":
            message = "đồng hồ ảo chỉ dùng với profile mock"
            raise ValueError(message)
        return self


def load(path: Path, **changes: object) -> Settings:
    """Read a TOML file; ``changes`` win over it.

    Raises:
        ValueError: a key is unknown or wrong.
    """
    try:
        values = tomllib.loads(path.read_text("utf-8-sig"))
        return Settings.model_validate({**values, **changes})
    except ValueError as wrong:
        wrong.add_note(str(path))  # which file it was, for whoever tells of it
        raise
