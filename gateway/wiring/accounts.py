"""What signing in works with, by the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.ports.accounts import Accounts
from gateway.settings import Profile
from gateway.vault.passwords import Argon2Passwords

if TYPE_CHECKING:
    from gateway.ports.accounts import AccountStore
    from gateway.settings import Settings


def accounts_of(settings: Settings, kept: AccountStore) -> Accounts:
    """Accounts of the store; access codes open the pages in the mock profile."""
    mock = settings.profile is Profile.MOCK
    policy = settings.sign_in.policy(codes_at_pages=mock)
    return Accounts(kept, Argon2Passwords(), policy)
