"""How people sign in at the pages: limits of sessions, second factor, single sign-on."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from gateway.domain.account import PEOPLE, Policy
from gateway.domain.principal import Role

_HTTPS = r"^https://[^\s]+$|^http://(127\.0\.0\.1|\[::1\]|localhost)(:\d+)?(/[^\s]*)?$"


class SingleSignOnSettings(BaseModel):
    """The province's own sign-in (OpenID Connect, authorization code with PKCE)."""

    model_config = ConfigDict(extra="forbid")

    issuer: str = Field(pattern=_HTTPS)
    #: as its discovery document spells it
    client_id: str = Field(min_length=1)
    secret_file: Path | None = None
    #: the client's secret alone, readable by its owner only; None: a public client
    page: str = Field(pattern=_HTTPS)
    #: address of these pages as browsers reach them, without a path
    label: str = "Đăng nhập bằng tài khoản chung của tỉnh"
    scopes: tuple[str, ...] = ("openid", "profile")
    claim: str = "groups"
    #: of the ID token: one text or several
    roles: dict[str, str] = Field(min_length=1)
    #: value of the claim → role; of several the first in this order
    authorities: Path | None = None
    timeout_s: float = Field(default=10.0, gt=0, le=60)

    @field_validator("roles")
    @classmethod
    def _roles_of_people(cls, value: dict[str, str]) -> dict[str, str]:
        known = {role.value for role in PEOPLE}
        strange = sorted(set(value.values()) - known)
        if strange:
            message = f"chỉ có các vai trò {', '.join(sorted(known))}"
            raise ValueError(message)
        return value


class SignInSettings(BaseModel):
    """Sessions, second factors and whose word counts for addresses."""

    model_config = ConfigDict(extra="forbid")

    idle_minutes: float = Field(default=30, ge=1, le=480)
    absolute_hours: float = Field(default=8, gt=0, le=24)
    fresh_minutes: float = Field(default=15, ge=1, le=480)
    #: how long a password that was shown serves for acts that ask for it again
    second_factor: tuple[str, ...] = (Role.ADMINISTRATOR.value,)
    #: roles that must have one
    behind: tuple[str, ...] = ()
    #: addresses of proxies whose X-Forwarded-For counts
    single: SingleSignOnSettings | None = None

    @field_validator("second_factor")
    @classmethod
    def _people_have_them(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        known = {role.value for role in PEOPLE}
        if set(value) - known:
            message = f"chỉ nhận {', '.join(sorted(known))}"
            raise ValueError(message)
        return value

    @field_validator("behind")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(str(ip_address(one)) for one in value)
        except ValueError:
            message = "cần địa chỉ IP của từng proxy, ví dụ 10.0.0.5"
            raise ValueError(message) from None

    def policy(self, *, codes_at_pages: bool) -> Policy:
        """What the journey needs to know of it."""
        return Policy(
            codes_at_pages=codes_at_pages,
            idle=timedelta(minutes=self.idle_minutes),
            absolute=timedelta(hours=self.absolute_hours),
            fresh=timedelta(minutes=self.fresh_minutes),
            second_for=frozenset(Role(one) for one in self.second_factor),
            behind=frozenset(self.behind),
        )
