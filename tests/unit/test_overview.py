"""Which variables of the environment the settings page shows: each is decided about, and no secret is among them."""

import json

from orchestrator_ws.environment import Environment
from settings.overview import HIDDEN, SHOWN, list_settings

PASSWORD = "hunter2-hunter2-hunter2-hunter2-hunter2"


def environment() -> Environment:
    """Return one with a password wherever there may be one."""
    return Environment(
        debug=True,
        secret_key=PASSWORD,
        metrics_token=PASSWORD,
        database_url=f"postgresql://u:{PASSWORD}@h/n",
        redis_url=f"redis://:{PASSWORD}@h",
        celery_broker_url=f"redis://:{PASSWORD}@h",
        otel_exporter_otlp_endpoint=f"https://u:{PASSWORD}@h",
        oidc_issuer=f"https://id.example.org/{PASSWORD}",
        oidc_jwks_url=f"https://id.example.org/?key={PASSWORD}",
        cors_origins=("https://ui.example.org",),
    )


def test_every_variable_is_either_shown_or_hidden_and_none_twice() -> None:
    shown = [field for fields in SHOWN.values() for field in fields]

    assert sorted([*shown, *HIDDEN]) == sorted(Environment.model_fields)


def test_no_secret_and_no_address_is_shown() -> None:
    assert PASSWORD not in json.dumps(list_settings(environment()))


def test_no_variable_that_is_named_after_a_secret_or_an_address_is_shown() -> None:
    words = ("secret_key", "token", "password", "url", "endpoint", "issuer")
    telling = {field for field in Environment.model_fields if any(word in field for word in words)}

    assert telling == HIDDEN


def test_a_variable_has_its_name_and_its_value() -> None:
    variables = {
        variable["env_name"]: variable["env_value"]
        for group in list_settings(environment())
        for variable in group["variables"]
    }

    assert (variables["DEBUG"], variables["PORT"]) == (True, 8000)
    assert variables["CORS_ORIGINS"] == ("https://ui.example.org",)
