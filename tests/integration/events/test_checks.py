"""The system check that says at the start why nobody is let in."""

from django.core import checks
from pytest_django import Settings


def check_ids() -> list[str | None]:
    return [message.id for message in checks.run_checks()]


def test_authentication_without_a_provider_is_warned_of(settings: Settings) -> None:
    settings.OAUTH2_ACTIVE = True

    assert "events.W001" in check_ids()


def test_the_warning_names_the_variable_and_the_remedy(settings: Settings) -> None:
    settings.OAUTH2_ACTIVE = True

    (warning,) = [message for message in checks.run_checks() if message.id == "events.W001"]

    assert warning.level == checks.WARNING
    assert "OAUTH2_ACTIVE" in warning.msg
    assert "OAUTH2_ACTIVE=false" in str(warning.hint)


def test_no_authentication_is_nothing_to_warn_of(settings: Settings) -> None:
    settings.OAUTH2_ACTIVE = False

    assert "events.W001" not in check_ids()
