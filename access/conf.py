"""What the environment says about the identity provider."""

from collections.abc import Mapping
from functools import cache

from django.conf import settings as django_settings

from access.claims import ClaimRules
from access.identity_provider import fetch_keys
from access.key_cache import KeyCache
from access.roles import Role
from access.tokens import TokenRules


def token_rules() -> TokenRules:
    """Return what holds for every token."""
    environment = django_settings.ENVIRONMENT
    return TokenRules(
        issuer=environment.oidc_issuer,
        audience=environment.oidc_audience,
        algorithms=environment.oidc_algorithms,
        clock_skew_seconds=environment.oidc_clock_skew_seconds,
    )


def claim_rules() -> ClaimRules:
    """Return where tokens say what."""
    environment = django_settings.ENVIRONMENT
    return ClaimRules(
        name_claim=environment.oidc_name_claim,
        roles_claim=environment.oidc_roles_claim,
        role_names=_role_names(environment.oidc_role_names),
        clock_skew_seconds=environment.oidc_clock_skew_seconds,
    )


def key_cache() -> KeyCache:
    """Return the keys of the identity provider, the same for the whole OS process."""
    environment = django_settings.ENVIRONMENT
    return known_keys(environment.oidc_issuer, environment.oidc_jwks_url, environment.oidc_algorithms)


@cache
def known_keys(issuer: str, keys_url: str | None, algorithms: tuple[str, ...]) -> KeyCache:
    """Return the one cache for these keys."""
    return KeyCache(lambda: fetch_keys(issuer, keys_url, algorithms))


@cache
def _role_names(pairs: tuple[str, ...]) -> Mapping[str, frozenset[Role]]:
    """Return the roles by the names in ``role=name``; without any the names are the roles' own."""
    if not pairs:
        return {role.value: frozenset({role}) for role in Role}
    named = [pair.split("=", 1) for pair in pairs]
    return {name: frozenset(Role(role) for role, other in named if other == name) for _, name in named}
