"""Django's settings, made of the typed environment; nothing else reads environment variables."""

import logging
from pathlib import Path
from typing import Any

import dj_database_url
import django_stubs_ext
import structlog
from csp.constants import NONE, SELF

from orchestrator_ws.celery_broker import celery_broker
from orchestrator_ws.environment import DEVELOPMENT_SECRET_KEY, load_environment
from orchestrator_ws.log_formats import json_formatter, readable_formatter
from orchestrator_ws.log_records import RedactedRecord
from orchestrator_ws.masking import Masking
from orchestrator_ws.redis_connections import redis_connection

# Makes Django's generic classes subscriptable at run time, as their type stubs have them.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = load_environment()

DEBUG = ENVIRONMENT.debug
SECRET_KEY = ENVIRONMENT.secret_key or DEVELOPMENT_SECRET_KEY
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)
OAUTH2_ACTIVE = ENVIRONMENT.authentication_required
MASKING = Masking(ENVIRONMENT.masked_keys)

INSTALLED_APPS = [
    "orchestrator_ws",
    "csp",
    "servestatic",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "corsheaders",
    "rest_framework",
    "audit",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "access",
    "events",
    "settings",
    "subscriptions",
    "processes",
    "django_htmx",
    "console",
    "graphql_api",
]

# The first ones see every answer, those of static files and of the redirection to HTTPS too.
MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "orchestrator_ws.cache_control.ApiCacheControl",
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "access.middleware.RevocableAuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "audit.middleware.origin_middleware",
]
if DEBUG:
    MIDDLEWARE.insert(0, "orchestrator_ws.debug_pages.without_tokens")

ROOT_URLCONF = "orchestrator_ws.urls"
ASGI_APPLICATION = "orchestrator_ws.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "static/"
SERVESTATIC_USE_FINDERS = True
SERVESTATIC_AUTOREFRESH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = ENVIRONMENT.max_request_bytes

# A proxy ends TLS, so the scheme is what the server reports: it hears X-Forwarded-Proto from trusted addresses only,
# which SECURE_PROXY_SSL_HEADER cannot tell apart.
SECURE_SSL_REDIRECT = ENVIRONMENT.https
SECURE_REDIRECT_EXEMPT = [r"^api/health(/live)?/?$"]
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600 if ENVIRONMENT.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = ENVIRONMENT.https
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.https
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 8 * 3600

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        # Websockets of the same origin too (Content Security Policy Level 3, section 6.7.2.8).
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in ("camera", "display-capture", "geolocation", "microphone", "midi", "payment", "serial", "usb")
}

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


def _database() -> dict[str, Any]:
    config: dict[str, Any] = {**dj_database_url.parse(ENVIRONMENT.database_url)}
    if config["ENGINE"] == "django.db.backends.sqlite3":
        config["NAME"] = BASE_DIR / config["NAME"]
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
        # A file, as in production: threads that share an in-memory database get locking errors.
        config["TEST"] = {"NAME": config["NAME"].with_name(f"test_{config['NAME'].name}")}
    else:
        # A server that vanished must not hold up the readers of the log for the quarter of an hour that TCP takes.
        limits = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "keepalives_idle": 10, "keepalives_interval": 5}
        config["OPTIONS"] = {**limits, **config.get("OPTIONS", {})}
    return config


def _channel_layer() -> dict[str, Any]:
    if ENVIRONMENT.redis_url is None:
        return {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10_000}}
    return {
        "BACKEND": "events.channel_layer.AuthenticPubSubChannelLayer",
        "CONFIG": {
            "hosts": [redis_connection(ENVIRONMENT.redis_url)],
            "prefix": PREFIX,
            "symmetric_encryption_keys": [SECRET_KEY],
        },
    }


# Redis pub/sub knows no databases: installations that share a server are kept apart by what they are named after.
PREFIX = f"orchestrator-{ENVIRONMENT.installation}"
DATABASES = {"default": _database()}
CHANNEL_LAYERS = {"default": _channel_layer()}
CELERY_BROKER = None if ENVIRONMENT.broker_url is None else celery_broker(ENVIRONMENT.broker_url, f"{PREFIX}-")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["access.rest_authentication.CallerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["access.rest_authentication.HasRole"],
    "DEFAULT_RENDERER_CLASSES": ["orchestrator_ws.negotiation.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "orchestrator_ws.negotiation.JsonOnly",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "orchestrator_ws.openapi.OperationSchema",
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "orchestrator_ws.problem_details.handle_exception",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Workflow orchestrator",
    "DESCRIPTION": "Processes, subscriptions and the engine. Every path is served with and without the trailing slash.",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": r"/api",
    "PREPROCESSING_HOOKS": ["orchestrator_ws.openapi.canonical_paths"],
    "POSTPROCESSING_HOOKS": [],
    "COMPONENT_SPLIT_PATCH": False,
}

CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_ALL_ORIGINS = "*" in ENVIRONMENT.cors_origins
CORS_ALLOWED_ORIGINS = [origin for origin in ENVIRONMENT.cors_origins if origin != "*"]
CORS_ALLOW_METHODS = ["GET", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "HEAD"]
CORS_ALLOW_HEADERS = ["authorization", "content-type", "if-none-match", "if-match"]
CORS_EXPOSE_HEADERS = ["Content-Range", "ETag"]

logging.setLogRecordFactory(RedactedRecord)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": readable_formatter if DEBUG else json_formatter}},
    "filters": {
        "without_client_tracebacks": {"()": "orchestrator_ws.log_filters.WithoutClientTracebacks"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": ENVIRONMENT.log_level},
    # pydantic-forms logs what users typed at DEBUG; payloads stay out of the log.
    "loggers": {
        "pydantic_forms": {"level": "WARNING"},
        # It has a line for each fetch of the identity provider's keys.
        "httpx": {"level": "WARNING"},
        # Celery has a line for each message; the engine has its own for each process.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "uvicorn.error": {"filters": ["without_client_tracebacks"]},
    },
}
structlog.configure(
    processors=[structlog.stdlib.filter_by_level, structlog.stdlib.render_to_log_kwargs],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
