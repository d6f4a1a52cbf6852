"""The one place where configuration is read from the environment, typed and checked.

Every variable is documented in ``docs/settings.md``; a test compares the two.
"""

import re
from hashlib import sha256
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from orchestrator_ws.environment_values import (
    CommaSeparated,
    DatabaseUrl,
    HttpUrl,
    KeyExpression,
    ModulePaths,
    Networks,
    Origins,
    RedisUrl,
    TargetQueues,
)
from orchestrator_ws.errors import ConfigurationError
from orchestrator_ws.masking import DEFAULT_KEYS
from orchestrator_ws.oidc_values import Algorithms, IssuerUrl, RoleNames, SafeUrl

DEVELOPMENT_SECRET_KEY = "insecure-key-for-development-only-never-in-production"  # noqa: S105  DEBUG only
MIN_SECRET_KEY_LENGTH = 32
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus_client knows where OS processes that count together keep what they count."""


class Environment(BaseSettings):
    """The configuration of one server, worker or command; the description of each field is its remedy."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, extra="ignore")

    debug: bool = Field(False, description="set it to true or false")
    secret_key: str = Field(
        "", description=f"set it to at least {MIN_SECRET_KEY_LENGTH} random characters, or set DEBUG=true"
    )
    metrics_token: str = Field("", description="set it to random characters that Prometheus sends as bearer token")
    worker_metrics_port: int | None = Field(
        None, ge=1, le=65535, description="set it to a port number from 1 to 65535, or unset it"
    )
    otel_exporter_otlp_endpoint: HttpUrl | None = Field(
        None, description="set it to the http:// or https:// URL of an OpenTelemetry collector, or unset it"
    )
    allowed_hosts: CommaSeparated = Field(
        ("localhost", "127.0.0.1", "[::1]"), description="set it to host names separated by commas"
    )
    https: bool = Field(False, description="set it to true behind a proxy that ends TLS, else to false")
    database_url: DatabaseUrl = Field(
        "sqlite:///orchestrator.sqlite3",
        description="set it to sqlite:///path or postgresql://user:password@host:port/name",
    )
    redis_url: RedisUrl | None = Field(
        None,
        description=(
            "set it to redis://, rediss://, unix:// or redis+sentinel://host:port,host:port/master-name/0,"
            " or unset it for the in-memory layer"
        ),
    )
    executor: Literal["threadpool", "celery", "immediate"] = Field(
        "threadpool", description="set it to threadpool, celery or immediate"
    )
    celery_broker_url: RedisUrl | None = Field(
        None,
        description=(
            "set it to redis://, rediss://, unix:// or redis+sentinel://host:port,host:port/master-name/0,"
            " or unset it for REDIS_URL"
        ),
    )
    celery_target_queues: TargetQueues = Field(
        (), description="set it to pairs such as CREATE=create_queue separated by commas"
    )
    max_workers: int = Field(5, ge=1, le=256, description="set it to a whole number from 1 to 256")
    lease_seconds: int = Field(30, ge=1, le=3600, description="set it to a whole number of seconds from 1 to 3600")
    task_log_retention_days: int = Field(
        3, ge=1, le=3650, description="set it to a whole number of days from 1 to 3650"
    )
    audit_retention_days: int = Field(
        365, ge=1, le=36_500, description="set it to a whole number of days from 1 to 36500"
    )
    masked_keys: KeyExpression = Field(
        DEFAULT_KEYS, description="set it to a regular expression such as password|secret, for words of keys"
    )
    workflow_modules: ModulePaths = Field((), description="set it to import paths separated by commas")
    oauth2_active: bool | None = Field(
        None, description="set it to true or false, or unset it for the opposite of DEBUG"
    )
    oidc_issuer: IssuerUrl = Field(
        "",
        description=(
            "set it to the https:// URL of your identity provider, as its tokens have it in iss,"
            " or set OAUTH2_ACTIVE=false to let everyone in"
        ),
    )
    oidc_audience: str = Field(
        "",
        description=(
            "set it to what the tokens for this installation have in aud, or set OAUTH2_ACTIVE=false to let everyone in"
        ),
    )
    oidc_jwks_url: SafeUrl | None = Field(
        None, description="set it to the https:// URL of the identity provider's keys, or unset it for where it says"
    )
    oidc_algorithms: Algorithms = Field(
        ("RS256", "PS256", "ES256", "EdDSA"),
        min_length=1,
        description="set it to algorithms such as RS256,ES256 separated by commas",
    )
    oidc_clock_skew_seconds: int = Field(
        30, ge=0, le=300, description="set it to a whole number of seconds from 0 to 300"
    )
    oidc_name_claim: str = Field("preferred_username", description="set it to the name of a claim")
    oidc_roles_claim: str = Field("roles", description="set it to the name of a claim, or a path such as a.b.roles")
    oidc_role_names: RoleNames = Field(
        (),
        description="set it to pairs such as view=netops-view separated by commas, or unset it for the roles' names",
    )
    cors_origins: Origins = Field(
        (),
        description="set it to origins such as https://ui.example.org separated by commas, or to * while DEBUG is true",
    )
    max_concurrent_requests: int = Field(40, ge=1, le=10_000, description="set it to a whole number from 1 to 10000")
    max_request_bytes: int = Field(
        1_048_576, ge=1024, le=104_857_600, description="set it to a whole number of bytes from 1024 to 104857600"
    )
    max_form_pages: int = Field(32, ge=1, le=1000, description="set it to a whole number from 1 to 1000")
    max_state_bytes: int = Field(
        1_048_576, ge=1024, le=104_857_600, description="set it to a whole number of bytes from 1024 to 104857600"
    )
    events_log_interval_seconds: float = Field(
        1.0, ge=0.05, le=3600, description="set it to a number of seconds from 0.05 to 3600"
    )
    events_log_retention_minutes: int = Field(
        15, ge=1, le=1440, description="set it to a whole number of minutes from 1 to 1440"
    )
    events_list_throttle_ms: int = Field(
        0, ge=0, le=60_000, description="set it to a whole number of milliseconds from 0 to 60000"
    )
    events_replay_on_connect_seconds: float = Field(
        2.0, ge=0, le=60, description="set it to a number of seconds from 0 to 60"
    )
    websocket_max_message_bytes: int = Field(
        4096, ge=128, le=65_536, description="set it to a whole number of bytes from 128 to 65536"
    )
    websocket_messages_per_minute: int = Field(
        60, ge=1, le=1_000_000, description="set it to a whole number from 1 to 1000000"
    )
    websocket_handshakes_per_minute: int = Field(
        600, ge=1, le=1_000_000, description="set it to a whole number from 1 to 1000000"
    )
    websocket_connections_per_user: int = Field(
        50, ge=1, le=1_000_000, description="set it to a whole number from 1 to 1000000"
    )
    websocket_connections_per_address: int = Field(
        1000, ge=1, le=1_000_000, description="set it to a whole number from 1 to 1000000"
    )
    forwarded_allow_ips: Networks = Field(
        ("127.0.0.1", "::1"), description="set it to addresses and networks such as 10.0.0.0/8 separated by commas"
    )
    shutdown_grace_seconds: float = Field(5.0, ge=0, le=300, description="set it to a number of seconds from 0 to 300")
    host: str = Field("127.0.0.1", min_length=1, description="set it to the address to listen on")
    port: int = Field(8000, ge=1, le=65535, description="set it to a port number from 1 to 65535")
    web_workers: int = Field(2, ge=1, le=256, description="set it to a whole number from 1 to 256")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="set it to DEBUG, INFO, WARNING or ERROR"
    )

    @model_validator(mode="after")
    def _require_safe_combination(self) -> Self:
        if not self.debug and len(self.secret_key) < MIN_SECRET_KEY_LENGTH:
            raise ConfigurationError(_sentence("secret_key", None, "is missing or too short"))
        if not self.debug and "*" in self.cors_origins:
            raise ConfigurationError(_sentence("cors_origins", "*", "allows every origin outside of development"))
        for field in ("oidc_issuer", "oidc_audience"):
            if self.authentication_required and not getattr(self, field):
                raise ConfigurationError(_sentence(field, None, "is missing while callers must authenticate"))
        if self.worker_metrics_port and not self.metrics_token:
            raise ConfigurationError(_sentence("metrics_token", None, "is missing while WORKER_METRICS_PORT is set"))
        if self.executor == "celery" and self.broker_url is None:
            fault = "is missing, as is REDIS_URL, for EXECUTOR=celery"
            raise ConfigurationError(_sentence("celery_broker_url", None, fault))
        return self

    @property
    def broker_url(self) -> str | None:
        """Where Celery's queues are: ``CELERY_BROKER_URL``, by default ``REDIS_URL``."""
        return self.celery_broker_url or self.redis_url

    @property
    def queue_of_target(self) -> dict[str, str]:
        """The queues of the targets that have one of their own."""
        return dict(pair.split("=") for pair in self.celery_target_queues)

    @property
    def installation(self) -> str:
        """What tells this installation from others on the same Redis: a hash of where its database is."""
        return sha256(self.database_url.rpartition("@")[2].encode()).hexdigest()[:12]

    @property
    def authentication_required(self) -> bool:
        """Whether callers must authenticate: ``OAUTH2_ACTIVE``, by default the opposite of ``DEBUG``."""
        return not self.debug if self.oauth2_active is None else self.oauth2_active


def _sentence(field: str, value: object, fault: str) -> str:
    """One sentence that names the variable, its value (credentials left out) and the remedy."""
    shown = "" if value is None or field == "secret_key" else f"={_without_credentials(repr(value))}"
    return f"{field.upper()}{shown} {fault}: {Environment.model_fields[field].description}."


def _without_credentials(text: str) -> str:
    """Hide all that may be user or password: what stands before the last ``@``, and parameters of the query."""
    return re.sub(r"(?i)(password=)[^&']*", r"\1***", re.sub(r"(?<=')([a-z+]*:(?://)?)?.*@", r"\1***@", text))


def _explain(error: ErrorDetails) -> str:
    field = str(error["loc"][0])
    return _sentence(field, error["input"], f"is not valid ({error['msg'].removeprefix('Value error, ')})")


def load_environment() -> Environment:
    """Read and check the environment of this OS process.

    Raises:
        ConfigurationError: a value is wrong; its text is one sentence with variable, value and remedy.
    """
    try:
        return Environment()
    except ValidationError as error:
        raise ConfigurationError(_explain(error.errors()[0])) from None
