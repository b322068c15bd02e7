"""What signing in works with, by the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.carriers.oidc import Client, OpenIDConnect
from gateway.clocks.clock import RealClock
from gateway.domain.principal import Role
from gateway.ports.accounts import Accounts
from gateway.ports.proposed import Configuring
from gateway.settings import Profile, own_secret
from gateway.vault.passwords import Argon2Passwords
from gateway.wiring.grounds import own_ground

if TYPE_CHECKING:
    from gateway.ports.accounts import AccountStore
    from gateway.ports.proposed import ProposedConfigurations
    from gateway.settings import Settings
    from gateway.sign_in_settings import SingleSignOnSettings


def accounts_of(settings: Settings, kept: AccountStore) -> Accounts:
    """Accounts of the store; access codes open the pages in the mock profile."""
    mock = settings.profile is Profile.MOCK
    policy = settings.sign_in.policy(codes_at_pages=mock)
    given = settings.sign_in.single
    single = (
        None
        if given is None
        else OpenIDConnect(_client(settings, given), now=RealClock().now)
    )
    return Accounts(kept, Argon2Passwords(), policy, single)


def configuring_of(settings: Settings, kept: ProposedConfigurations) -> Configuring:
    """Destinations need a second person in production; elsewhere where it is asked."""
    mock = settings.profile is Profile.MOCK
    asked = settings.corrections.destinations
    return Configuring(kept, second_person=not mock if asked is None else asked)


def _client(settings: Settings, given: SingleSignOnSettings) -> Client:
    return Client(
        issuer=given.issuer,
        client_id=given.client_id,
        secret=own_secret(given.secret_file) if given.secret_file else "",
        page=given.page,
        label=given.label,
        scopes=given.scopes,
        claim=given.claim,
        roles={group: Role(role) for group, role in given.roles.items()},
        authorities=given.authorities,
        timeout_s=given.timeout_s,
        ground=own_ground(settings),
    )
