"""What the settings page of the Orchestrator UI shows of the environment: what is listed here, no more; pure."""

from typing import Any

from orchestrator_ws.environment import Environment

SHOWN: dict[str, tuple[str, ...]] = {
    "server_settings": (
        "debug",
        "https",
        "host",
        "port",
        "web_workers",
        "allowed_hosts",
        "cors_origins",
        "forwarded_allow_ips",
        "shutdown_grace_seconds",
        "log_level",
    ),
    "engine_settings": (
        "executor",
        "max_workers",
        "lease_seconds",
        "celery_target_queues",
        "worker_metrics_port",
        "workflow_modules",
        "task_log_retention_days",
        "audit_retention_days",
        "masked_keys",
    ),
    "authentication_settings": (
        "oauth2_active",
        "oidc_audience",
        "oidc_algorithms",
        "oidc_clock_skew_seconds",
        "oidc_name_claim",
        "oidc_roles_claim",
        "oidc_role_names",
    ),
    "request_settings": ("max_concurrent_requests", "max_request_bytes", "max_form_pages", "max_state_bytes"),
    "websocket_settings": (
        "events_log_interval_seconds",
        "events_log_retention_minutes",
        "events_list_throttle_ms",
        "events_replay_on_connect_seconds",
        "websocket_max_message_bytes",
        "websocket_messages_per_minute",
        "websocket_handshakes_per_minute",
        "websocket_connections_per_user",
        "websocket_connections_per_address",
    ),
}
"""Fields of the environment by group."""

HIDDEN = frozenset(
    {
        "secret_key",
        "metrics_token",
        # Addresses, which may hold a password.
        "database_url",
        "redis_url",
        "celery_broker_url",
        "otel_exporter_otlp_endpoint",
        "oidc_issuer",
        "oidc_jwks_url",
    }
)
"""The other fields, so that a new one is decided about."""


def list_settings(environment: Environment) -> list[dict[str, Any]]:
    """Return the groups as ``docs/rest.md``, section 6, has them."""
    return [
        {
            "name": group,
            "variables": [{"env_name": field.upper(), "env_value": getattr(environment, field)} for field in fields],
        }
        for group, fields in SHOWN.items()
    ]
