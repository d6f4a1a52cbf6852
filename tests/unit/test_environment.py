"""The environment: each variable's default, what it accepts, and the sentence about what it does not."""

import os
from typing import Any

import pytest

from access.roles import Role
from orchestrator_ws.environment import MIN_SECRET_KEY_LENGTH, Environment, load_environment
from orchestrator_ws.errors import ConfigurationError
from orchestrator_ws.masking import DEFAULT_KEYS
from orchestrator_ws.oidc_values import ROLES
from processes.workflow import Target

GOOD_KEY = "k" * MIN_SECRET_KEY_LENGTH


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the tests themselves run with."""
    for name in list(os.environ):
        if name.lower() in Environment.model_fields:
            monkeypatch.delenv(name)


@pytest.fixture
def identity_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set what authentication needs."""
    monkeypatch.setenv("OIDC_ISSUER", "https://id.example.org")
    monkeypatch.setenv("OIDC_AUDIENCE", "orchestrator")


@pytest.fixture
def development(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set what development needs and nothing else."""
    monkeypatch.setenv("DEBUG", "true")


def refusal() -> str:
    """Return the text with which the environment is refused."""
    with pytest.raises(ConfigurationError) as caught:
        load_environment()
    return str(caught.value)


DEFAULTS: dict[str, Any] = {
    "debug": False,
    "https": False,
    "secret_key": "",
    "metrics_token": "",
    "worker_metrics_port": None,
    "otel_exporter_otlp_endpoint": None,
    "allowed_hosts": ("localhost", "127.0.0.1", "[::1]"),
    "database_url": "sqlite:///orchestrator.sqlite3",
    "redis_url": None,
    "executor": "threadpool",
    "celery_broker_url": None,
    "celery_target_queues": (),
    "max_workers": 5,
    "lease_seconds": 30,
    "task_log_retention_days": 3,
    "max_concurrent_requests": 40,
    "max_request_bytes": 1_048_576,
    "max_form_pages": 32,
    "max_state_bytes": 1_048_576,
    "audit_retention_days": 365,
    "masked_keys": DEFAULT_KEYS,
    "workflow_modules": (),
    "oauth2_active": None,
    "oidc_issuer": "",
    "oidc_audience": "",
    "oidc_jwks_url": None,
    "oidc_algorithms": ("RS256", "PS256", "ES256", "EdDSA"),
    "oidc_clock_skew_seconds": 30,
    "oidc_name_claim": "preferred_username",
    "oidc_roles_claim": "roles",
    "oidc_role_names": (),
    "cors_origins": (),
    "events_log_interval_seconds": 1.0,
    "events_log_retention_minutes": 15,
    "events_list_throttle_ms": 0,
    "events_replay_on_connect_seconds": 2.0,
    "websocket_max_message_bytes": 4096,
    "websocket_messages_per_minute": 60,
    "websocket_handshakes_per_minute": 600,
    "websocket_connections_per_user": 50,
    "websocket_connections_per_address": 1000,
    "forwarded_allow_ips": ("127.0.0.1", "::1"),
    "shutdown_grace_seconds": 5.0,
    "host": "127.0.0.1",
    "port": 8000,
    "web_workers": 2,
    "log_level": "INFO",
}


def test_the_table_of_defaults_has_every_variable() -> None:
    assert DEFAULTS.keys() == Environment.model_fields.keys()


@pytest.mark.parametrize("field", DEFAULTS.keys() - {"debug"})
@pytest.mark.usefixtures("development")
def test_an_unset_variable_has_its_default(field: str) -> None:
    assert getattr(load_environment(), field) == DEFAULTS[field]


@pytest.mark.usefixtures("identity_provider")
def test_debug_is_off_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", GOOD_KEY)
    assert load_environment().debug is False


@pytest.mark.parametrize("field", DEFAULTS.keys() - {"debug"})
@pytest.mark.usefixtures("development")
def test_an_empty_variable_counts_as_unset(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(field.upper(), "")
    assert getattr(load_environment(), field) == DEFAULTS[field]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("DEBUG", "1", True),
        ("DEBUG", "yes", True),
        ("SECRET_KEY", GOOD_KEY, GOOD_KEY),
        ("METRICS_TOKEN", "t0ken", "t0ken"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318", "http://c:4318"),
        ("ALLOWED_HOSTS", "a.example.org", ("a.example.org",)),
        ("ALLOWED_HOSTS", " a.example.org , *.b.example.org,", ("a.example.org", "*.b.example.org")),
        ("HTTPS", "on", True),
        ("DATABASE_URL", "sqlite:////var/lib/o.sqlite3", "sqlite:////var/lib/o.sqlite3"),
        ("DATABASE_URL", "postgres://u:p@h:5432/n", "postgres://u:p@h:5432/n"),
        ("DATABASE_URL", "postgresql://u:p%40%2F@h/n", "postgresql://u:p%40%2F@h/n"),
        ("REDIS_URL", "redis://h:6379/0", "redis://h:6379/0"),
        ("REDIS_URL", "rediss://:p@h", "rediss://:p@h"),
        ("REDIS_URL", "unix:///run/redis.sock", "unix:///run/redis.sock"),
        ("REDIS_URL", "redis+sentinel://h:26379/m", "redis+sentinel://h:26379/m"),
        ("REDIS_URL", "redis+sentinel://u:p@a:1,b,[::1]:2/m/15", "redis+sentinel://u:p@a:1,b,[::1]:2/m/15"),
        ("EXECUTOR", "immediate", "immediate"),
        ("CELERY_BROKER_URL", "redis://h:6379/1", "redis://h:6379/1"),
        ("CELERY_BROKER_URL", "redis+sentinel://h:26379/m", "redis+sentinel://h:26379/m"),
        ("CELERY_TARGET_QUEUES", "CREATE=create_queue", ("CREATE=create_queue",)),
        ("CELERY_TARGET_QUEUES", "CREATE=c-1, SYSTEM=s.2,", ("CREATE=c-1", "SYSTEM=s.2")),
        ("MAX_WORKERS", "1", 1),
        ("MAX_WORKERS", "256", 256),
        ("LEASE_SECONDS", "3600", 3600),
        ("TASK_LOG_RETENTION_DAYS", "3650", 3650),
        ("MAX_CONCURRENT_REQUESTS", "1", 1),
        ("MAX_REQUEST_BYTES", "1024", 1024),
        ("MAX_FORM_PAGES", "1000", 1000),
        ("MAX_STATE_BYTES", "104857600", 104_857_600),
        ("AUDIT_RETENTION_DAYS", "36500", 36_500),
        ("MASKED_KEYS", "pin|iban", "pin|iban"),
        ("WORKFLOW_MODULES", "acme.workflows, other_one", ("acme.workflows", "other_one")),
        ("OAUTH2_ACTIVE", "off", False),
        ("OIDC_ISSUER", "https://id.example.org/realms/noc", "https://id.example.org/realms/noc"),
        ("OIDC_ISSUER", "https://id.example.org/", "https://id.example.org/"),
        ("OIDC_ISSUER", "http://localhost:8080/realms/noc", "http://localhost:8080/realms/noc"),
        ("OIDC_ISSUER", "http://127.0.0.2:8080", "http://127.0.0.2:8080"),
        ("OIDC_ISSUER", "http://[::1]:8080", "http://[::1]:8080"),
        ("OIDC_AUDIENCE", "orchestrator", "orchestrator"),
        ("OIDC_JWKS_URL", "https://id.example.org/keys?v=2", "https://id.example.org/keys?v=2"),
        ("OIDC_ALGORITHMS", "ES256", ("ES256",)),
        ("OIDC_ALGORITHMS", "RS512, PS384,", ("RS512", "PS384")),
        ("OIDC_CLOCK_SKEW_SECONDS", "0", 0),
        ("OIDC_CLOCK_SKEW_SECONDS", "300", 300),
        ("OIDC_NAME_CLAIM", "email", "email"),
        ("OIDC_ROLES_CLAIM", "realm_access.roles", "realm_access.roles"),
        ("OIDC_ROLE_NAMES", "view=a, view=b,admin=c=d", ("view=a", "view=b", "admin=c=d")),
        ("CORS_ORIGINS", "http://localhost:3000", ("http://localhost:3000",)),
        ("CORS_ORIGINS", "https://a.example.org,http://[::1]:80", ("https://a.example.org", "http://[::1]")),
        ("CORS_ORIGINS", "https://A.Example.Org:443", ("https://a.example.org",)),
        ("CORS_ORIGINS", "http://a.example.org:443,https://b:80", ("http://a.example.org:443", "https://b:80")),
        ("EVENTS_LOG_INTERVAL_SECONDS", "0.05", 0.05),
        ("EVENTS_LOG_INTERVAL_SECONDS", "60", 60.0),
        ("EVENTS_LOG_RETENTION_MINUTES", "1440", 1440),
        ("EVENTS_LIST_THROTTLE_MS", "250", 250),
        ("EVENTS_REPLAY_ON_CONNECT_SECONDS", "0", 0.0),
        ("EVENTS_REPLAY_ON_CONNECT_SECONDS", "60", 60.0),
        ("WEBSOCKET_MAX_MESSAGE_BYTES", "65536", 65_536),
        ("WEBSOCKET_MESSAGES_PER_MINUTE", "1", 1),
        ("WEBSOCKET_HANDSHAKES_PER_MINUTE", "1000000", 1_000_000),
        ("WEBSOCKET_CONNECTIONS_PER_USER", "1", 1),
        ("WEBSOCKET_CONNECTIONS_PER_ADDRESS", "5000", 5000),
        ("FORWARDED_ALLOW_IPS", "10.0.0.0/8, fd00::/8,192.0.2.1", ("10.0.0.0/8", "fd00::/8", "192.0.2.1")),
        ("SHUTDOWN_GRACE_SECONDS", "0", 0.0),
        ("SHUTDOWN_GRACE_SECONDS", "300", 300.0),
        ("HOST", "::", "::"),
        ("PORT", "65535", 65535),
        ("WEB_WORKERS", "8", 8),
        ("LOG_LEVEL", "DEBUG", "DEBUG"),
    ],
)
@pytest.mark.usefixtures("development")
def test_a_good_value_is_read(name: str, text: str, value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, text)
    assert getattr(load_environment(), name.lower()) == value


REMEDIES = {
    "WORKER_METRICS_PORT": "set it to a port number from 1 to 65535, or unset it",
    "DEBUG": "set it to true or false",
    "HTTPS": "set it to true behind a proxy that ends TLS, else to false",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "set it to the http:// or https:// URL of an OpenTelemetry collector, or unset it",
    "DATABASE_URL": "set it to sqlite:///path or postgresql://user:password@host:port/name",
    "REDIS_URL": (
        "set it to redis://, rediss://, unix:// or redis+sentinel://host:port,host:port/master-name/0,"
        " or unset it for the in-memory layer"
    ),
    "EXECUTOR": "set it to threadpool, celery or immediate",
    "CELERY_BROKER_URL": (
        "set it to redis://, rediss://, unix:// or redis+sentinel://host:port,host:port/master-name/0,"
        " or unset it for REDIS_URL"
    ),
    "CELERY_TARGET_QUEUES": "set it to pairs such as CREATE=create_queue separated by commas",
    "MAX_WORKERS": "set it to a whole number from 1 to 256",
    "LEASE_SECONDS": "set it to a whole number of seconds from 1 to 3600",
    "TASK_LOG_RETENTION_DAYS": "set it to a whole number of days from 1 to 3650",
    "MAX_CONCURRENT_REQUESTS": "set it to a whole number from 1 to 10000",
    "MAX_REQUEST_BYTES": "set it to a whole number of bytes from 1024 to 104857600",
    "MAX_FORM_PAGES": "set it to a whole number from 1 to 1000",
    "MAX_STATE_BYTES": "set it to a whole number of bytes from 1024 to 104857600",
    "AUDIT_RETENTION_DAYS": "set it to a whole number of days from 1 to 36500",
    "MASKED_KEYS": "set it to a regular expression such as password|secret, for words of keys",
    "WORKFLOW_MODULES": "set it to import paths separated by commas",
    "OAUTH2_ACTIVE": "set it to true or false, or unset it for the opposite of DEBUG",
    "OIDC_ISSUER": (
        "set it to the https:// URL of your identity provider, as its tokens have it in iss,"
        " or set OAUTH2_ACTIVE=false to let everyone in"
    ),
    "OIDC_JWKS_URL": "set it to the https:// URL of the identity provider's keys, or unset it for where it says",
    "OIDC_ALGORITHMS": "set it to algorithms such as RS256,ES256 separated by commas",
    "OIDC_CLOCK_SKEW_SECONDS": "set it to a whole number of seconds from 0 to 300",
    "OIDC_ROLE_NAMES": (
        "set it to pairs such as view=netops-view separated by commas, or unset it for the roles' names"
    ),
    "CORS_ORIGINS": "set it to origins such as https://ui.example.org separated by commas, or to * while DEBUG is true",
    "EVENTS_LOG_INTERVAL_SECONDS": "set it to a number of seconds from 0.05 to 3600",
    "EVENTS_LOG_RETENTION_MINUTES": "set it to a whole number of minutes from 1 to 1440",
    "EVENTS_LIST_THROTTLE_MS": "set it to a whole number of milliseconds from 0 to 60000",
    "EVENTS_REPLAY_ON_CONNECT_SECONDS": "set it to a number of seconds from 0 to 60",
    "WEBSOCKET_MAX_MESSAGE_BYTES": "set it to a whole number of bytes from 128 to 65536",
    "WEBSOCKET_MESSAGES_PER_MINUTE": "set it to a whole number from 1 to 1000000",
    "WEBSOCKET_HANDSHAKES_PER_MINUTE": "set it to a whole number from 1 to 1000000",
    "WEBSOCKET_CONNECTIONS_PER_USER": "set it to a whole number from 1 to 1000000",
    "WEBSOCKET_CONNECTIONS_PER_ADDRESS": "set it to a whole number from 1 to 1000000",
    "FORWARDED_ALLOW_IPS": "set it to addresses and networks such as 10.0.0.0/8 separated by commas",
    "SHUTDOWN_GRACE_SECONDS": "set it to a number of seconds from 0 to 300",
    "PORT": "set it to a port number from 1 to 65535",
    "WEB_WORKERS": "set it to a whole number from 1 to 256",
    "LOG_LEVEL": "set it to DEBUG, INFO, WARNING or ERROR",
}

WRONG = [
    ("DEBUG", "maybe"),
    ("HTTPS", "443"),
    ("DATABASE_URL", "mysql://h/n"),
    ("DATABASE_URL", "orchestrator.sqlite3"),
    ("DATABASE_URL", "postgresql://h:many/n"),
    ("DATABASE_URL", "postgresql://[::1/n"),
    ("DATABASE_URL", "postgresql://h"),
    ("DATABASE_URL", "sqlite://"),
    ("REDIS_URL", "localhost:6379"),
    ("REDIS_URL", "http://h"),
    ("WORKER_METRICS_PORT", "0"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"),
    ("REDIS_URL", "redis://"),
    ("REDIS_URL", "redis:///0"),
    ("REDIS_URL", "unix://"),
    ("REDIS_URL", "redis://h:many"),
    ("REDIS_URL", "redis+sentinel://h/m?db=0"),
    ("REDIS_URL", "rediss+sentinel://h/m"),
    ("EXECUTOR", "dask"),
    ("CELERY_BROKER_URL", "amqp://h"),
    ("CELERY_BROKER_URL", "redis://"),
    ("CELERY_TARGET_QUEUES", "create_queue"),
    ("CELERY_TARGET_QUEUES", "create=create_queue"),
    ("CELERY_TARGET_QUEUES", "CREATE="),
    ("CELERY_TARGET_QUEUES", "CREATE=two words"),
    ("CELERY_TARGET_QUEUES", "CREATE=a=b"),
    ("MAX_WORKERS", "0"),
    ("MAX_WORKERS", "257"),
    ("MAX_WORKERS", "many"),
    ("AUDIT_RETENTION_DAYS", "0"),
    ("AUDIT_RETENTION_DAYS", "36501"),
    ("MASKED_KEYS", "("),
    ("MASKED_KEYS", "a)(b"),
    ("MASKED_KEYS", "secret|"),
    ("LEASE_SECONDS", "0"),
    ("LEASE_SECONDS", "1.5"),
    ("LEASE_SECONDS", "3601"),
    ("TASK_LOG_RETENTION_DAYS", "0"),
    ("TASK_LOG_RETENTION_DAYS", "3651"),
    ("MAX_CONCURRENT_REQUESTS", "0"),
    ("MAX_CONCURRENT_REQUESTS", "10001"),
    ("MAX_REQUEST_BYTES", "1023"),
    ("MAX_REQUEST_BYTES", "1MB"),
    ("MAX_FORM_PAGES", "0"),
    ("MAX_STATE_BYTES", "104857601"),
    ("WORKFLOW_MODULES", "acme-workflows"),
    ("WORKFLOW_MODULES", "acme/flows.py"),
    ("WORKFLOW_MODULES", "acme..workflows"),
    ("OAUTH2_ACTIVE", "sometimes"),
    ("OIDC_ISSUER", "id.example.org"),
    ("OIDC_ISSUER", "http://id.example.org"),
    ("OIDC_ISSUER", "http://localhost.example.org"),
    ("OIDC_ISSUER", "http://127.0.0.1.example.org"),
    ("OIDC_ISSUER", "http://10.0.0.1"),
    ("OIDC_ISSUER", "https://"),
    ("OIDC_ISSUER", "https://h:many"),
    ("OIDC_ISSUER", "https://id.example.org?tenant=1"),
    ("OIDC_ISSUER", "https://id.example.org#noc"),
    ("OIDC_JWKS_URL", "http://id.example.org/keys"),
    ("OIDC_JWKS_URL", "file:///etc/keys"),
    ("OIDC_ALGORITHMS", "HS256"),
    ("OIDC_ALGORITHMS", "none"),
    ("OIDC_ALGORITHMS", "rs256"),
    ("OIDC_CLOCK_SKEW_SECONDS", "-1"),
    ("OIDC_CLOCK_SKEW_SECONDS", "301"),
    ("OIDC_ROLE_NAMES", "netops-view"),
    ("OIDC_ROLE_NAMES", "View=netops-view"),
    ("OIDC_ROLE_NAMES", "view="),
    ("OIDC_ROLE_NAMES", "view=two words"),
    ("WEBSOCKET_MAX_MESSAGE_BYTES", "127"),
    ("WEBSOCKET_MAX_MESSAGE_BYTES", "65537"),
    ("WEBSOCKET_MESSAGES_PER_MINUTE", "0"),
    ("WEBSOCKET_HANDSHAKES_PER_MINUTE", "many"),
    ("WEBSOCKET_CONNECTIONS_PER_USER", "-1"),
    ("WEBSOCKET_CONNECTIONS_PER_ADDRESS", "1000001"),
    ("FORWARDED_ALLOW_IPS", "*"),
    ("FORWARDED_ALLOW_IPS", "10.0.0.1/8"),
    ("FORWARDED_ALLOW_IPS", "proxy.example.org"),
    ("CORS_ORIGINS", "ui.example.org"),
    ("CORS_ORIGINS", "https://ui.example.org/"),
    ("CORS_ORIGINS", "https://ui.example.org/path"),
    ("CORS_ORIGINS", "https://ui.example.org?a"),
    ("CORS_ORIGINS", "ws://ui.example.org"),
    ("CORS_ORIGINS", "https://"),
    ("CORS_ORIGINS", "https://[::1"),
    ("CORS_ORIGINS", "null"),
    ("EVENTS_LOG_INTERVAL_SECONDS", "0"),
    ("EVENTS_LOG_INTERVAL_SECONDS", "3601"),
    ("EVENTS_LOG_INTERVAL_SECONDS", "nan"),
    ("EVENTS_LOG_INTERVAL_SECONDS", "often"),
    ("EVENTS_LOG_RETENTION_MINUTES", "0"),
    ("EVENTS_LIST_THROTTLE_MS", "-1"),
    ("EVENTS_LIST_THROTTLE_MS", "60001"),
    ("EVENTS_LIST_THROTTLE_MS", "often"),
    ("EVENTS_REPLAY_ON_CONNECT_SECONDS", "-1"),
    ("EVENTS_REPLAY_ON_CONNECT_SECONDS", "61"),
    ("EVENTS_REPLAY_ON_CONNECT_SECONDS", "nan"),
    ("EVENTS_LOG_RETENTION_MINUTES", "1441"),
    ("SHUTDOWN_GRACE_SECONDS", "-1"),
    ("SHUTDOWN_GRACE_SECONDS", "301"),
    ("SHUTDOWN_GRACE_SECONDS", "nan"),
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "http"),
    ("WEB_WORKERS", "0"),
    ("WEB_WORKERS", "257"),
    ("LOG_LEVEL", "LOUD"),
]


@pytest.mark.parametrize(("name", "text"), WRONG)
@pytest.mark.usefixtures("development")
def test_a_wrong_value_is_refused_with_variable_value_and_remedy(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, text)
    sentence = refusal()
    assert sentence.startswith(f"{name}={text!r} is not valid (")
    assert sentence.endswith(f"): {REMEDIES[name]}.")
    assert "\n" not in sentence


@pytest.mark.usefixtures("development")
def test_no_algorithm_at_all_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OIDC_ALGORITHMS", ",")
    assert refusal().startswith("OIDC_ALGORITHMS=() is not valid (")


def test_the_names_of_roles_are_those_of_access() -> None:
    assert set(ROLES) == {role.value for role in Role}


def test_every_variable_that_can_be_wrong_is_in_the_table() -> None:
    anything_goes = {"SECRET_KEY", "METRICS_TOKEN", "ALLOWED_HOSTS", "HOST"}
    anything_goes |= {"OIDC_AUDIENCE", "OIDC_NAME_CLAIM", "OIDC_ROLES_CLAIM"}
    assert {name for name, _ in WRONG} == {name.upper() for name in Environment.model_fields} - anything_goes


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        ("CORS_ORIGINS", "https://a.example.org,b.example.org", "b.example.org"),
        ("WORKFLOW_MODULES", "acme.workflows,b-c", "b-c"),
    ],
)
@pytest.mark.usefixtures("development")
def test_of_several_values_the_wrong_one_is_shown(
    name: str, text: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, text)
    assert refusal().startswith(f"{name}={wrong!r} is not valid (")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("DATABASE_URL", "mysql://user:hunter2@h/n", id="user-and-password"),
        pytest.param("DATABASE_URL", "postgresql://user:hunter2/tail@h/n", id="slash-in-password"),
        pytest.param("DATABASE_URL", "postgresql://user:hunter2@tail@h:many/n", id="at-in-password"),
        pytest.param("DATABASE_URL", "postgresql://user:hunter2#tail@h:many/n", id="hash-in-password"),
        pytest.param("DATABASE_URL", "mysql:user:hunter2@h/n", id="slashes-forgotten"),
        pytest.param("DATABASE_URL", "mysql://h/n?password=hunter2", id="password-in-query"),
        pytest.param("REDIS_URL", "rdis://:hunter2@h", id="redis-password"),
        pytest.param("REDIS_URL", "redis://:hunter2/tail@h", id="slash-in-redis-password"),
        pytest.param("REDIS_URL", "redis+sentinel://user:hunter2@h:1,h:2", id="sentinel-password"),
        pytest.param("REDIS_URL", "redis+sentinel://user:hunter2@tail@h/m", id="at-in-sentinel-password"),
        pytest.param("REDIS_URL", "redis+sentinel://user:hunter2/tail@h/m", id="slash-in-sentinel-password"),
        pytest.param("REDIS_URL", "redis+sentinel:user:hunter2@h/m", id="sentinel-slashes-forgotten"),
        pytest.param("CELERY_BROKER_URL", "amqp://:hunter2@h", id="broker-password"),
        pytest.param("CORS_ORIGINS", "https://user:hunter2@h/", id="origin-with-password"),
    ],
)
@pytest.mark.usefixtures("development")
def test_a_password_is_never_shown(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, text)
    sentence = refusal()
    assert "hunter2" not in sentence
    assert "tail" not in sentence


@pytest.mark.usefixtures("development")
def test_an_origin_with_credentials_is_no_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://user:hunter2@ui.example.org")
    assert "is not valid" in refusal()


@pytest.mark.usefixtures("development")
class TestWorkerMetrics:
    @pytest.fixture(autouse=True)
    def port(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WORKER_METRICS_PORT", "9101")

    def test_without_a_token_they_are_refused(self) -> None:
        assert refusal() == (
            "METRICS_TOKEN is missing while WORKER_METRICS_PORT is set:"
            " set it to random characters that Prometheus sends as bearer token."
        )

    def test_with_one_they_have_a_port(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("METRICS_TOKEN", "t0ken")
        assert load_environment().worker_metrics_port == 9101


class TestCelery:
    @pytest.fixture(autouse=True)
    def executor(self, development: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("EXECUTOR", "celery")

    def test_without_a_broker_it_is_refused(self) -> None:
        assert refusal() == (
            "CELERY_BROKER_URL is missing, as is REDIS_URL, for EXECUTOR=celery: set it to redis://, rediss://, unix://"
            " or redis+sentinel://host:port,host:port/master-name/0, or unset it for REDIS_URL."
        )

    def test_its_broker_is_the_redis_of_the_channel_layer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("REDIS_URL", "redis://h/0")
        assert load_environment().broker_url == "redis://h/0"

    def test_its_broker_may_be_another(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("REDIS_URL", "redis://h/0")
        monkeypatch.setenv("CELERY_BROKER_URL", "redis://h/1")
        assert load_environment().broker_url == "redis://h/1"


@pytest.mark.usefixtures("development")
def test_every_target_may_have_a_queue_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_TARGET_QUEUES", ",".join(f"{target.value}={target.value.lower()}" for target in Target))
    assert load_environment().queue_of_target == {target.value: target.value.lower() for target in Target}


class TestSecretKey:
    @pytest.mark.usefixtures("development")
    @pytest.mark.parametrize("key", [None, "short"], ids=["missing", "short"])
    def test_in_development_any_will_do(self, key: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
        if key is not None:
            monkeypatch.setenv("SECRET_KEY", key)
        assert load_environment().secret_key == (key or "")

    @pytest.mark.parametrize("debug", [None, "false"], ids=["debug-unset", "debug-off"])
    @pytest.mark.parametrize("key", [None, "", "hunter2", "k" * 31], ids=["missing", "empty", "short", "one-too-short"])
    def test_in_production_it_must_be_long_and_is_not_shown(
        self, key: str | None, debug: str | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in (("SECRET_KEY", key), ("DEBUG", debug)):
            if value is not None:
                monkeypatch.setenv(name, value)
        assert refusal() == (
            "SECRET_KEY is missing or too short: set it to at least 32 random characters, or set DEBUG=true."
        )

    @pytest.mark.usefixtures("identity_provider")
    def test_in_production_32_characters_are_enough(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SECRET_KEY", GOOD_KEY)
        assert load_environment().secret_key == GOOD_KEY


class TestEveryOrigin:
    @pytest.mark.usefixtures("development")
    def test_it_is_allowed_in_development(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CORS_ORIGINS", "*")
        assert load_environment().cors_origins == ("*",)

    @pytest.mark.parametrize("origins", ["*", "https://ui.example.org,*"], ids=["alone", "among-others"])
    def test_it_is_refused_in_production(self, origins: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SECRET_KEY", GOOD_KEY)
        monkeypatch.setenv("CORS_ORIGINS", origins)
        assert refusal() == (
            "CORS_ORIGINS='*' allows every origin outside of development: "
            "set it to origins such as https://ui.example.org separated by commas, or to * while DEBUG is true."
        )


@pytest.mark.parametrize(
    ("debug", "oauth2_active", "required"),
    [
        ("false", None, True),
        ("true", None, False),
        ("false", "false", False),
        ("false", "true", True),
        ("true", "true", True),
        ("true", "false", False),
    ],
    ids=["production", "development", "production-off", "production-on", "development-on", "development-off"],
)
@pytest.mark.usefixtures("identity_provider")
def test_callers_must_authenticate_unless_it_is_switched_off_or_in_development(
    debug: str, oauth2_active: str | None, required: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", GOOD_KEY)
    monkeypatch.setenv("DEBUG", debug)
    if oauth2_active is not None:
        monkeypatch.setenv("OAUTH2_ACTIVE", oauth2_active)
    assert load_environment().authentication_required is required


@pytest.mark.parametrize("debug", ["false", "true"], ids=["production", "development"])
@pytest.mark.parametrize(
    ("missing", "remedy"),
    [
        ("OIDC_ISSUER", REMEDIES["OIDC_ISSUER"]),
        (
            "OIDC_AUDIENCE",
            "set it to what the tokens for this installation have in aud,"
            " or set OAUTH2_ACTIVE=false to let everyone in",
        ),
    ],
)
@pytest.mark.usefixtures("identity_provider")
def test_where_callers_must_authenticate_the_identity_provider_must_be_named(
    missing: str, remedy: str, debug: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("SECRET_KEY", GOOD_KEY), ("DEBUG", debug), ("OAUTH2_ACTIVE", "true"), (missing, "")):
        monkeypatch.setenv(name, value)
    assert refusal() == f"{missing} is missing while callers must authenticate: {remedy}."


@pytest.mark.usefixtures("development")
def test_other_variables_of_the_system_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNRELATED", "anything")
    assert "unrelated" not in load_environment().model_dump()


@pytest.mark.usefixtures("development")
def test_a_refusal_ends_the_start_with_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "0")
    with pytest.raises(SystemExit) as caught:
        load_environment()
    assert caught.value.code == str(caught.value)
