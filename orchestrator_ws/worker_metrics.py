"""The metrics of a Celery worker, for Prometheus: a page on a port of its own, since a worker serves nothing else."""

import socket
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

from orchestrator_ws.errors import ConfigurationError
from orchestrator_ws.metrics_token import AUTHENTICATE, brings_token

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

READ_SECONDS = 10


class QuietHandler(WSGIRequestHandler):
    """Answers one request, writes no line about it, and waits for no client for ever."""

    timeout = READ_SECONDS

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002  the standard library's name
        """Say nothing: Prometheus asks every few seconds."""


def serve_metrics(address: str, port: int, token: str) -> None:
    """Serve what this OS process counts to whoever brings the token, until it ends, in threads of their own.

    Raises:
        ConfigurationError: nobody can listen there.
    """
    page = make_wsgi_app()

    def application(request: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if not brings_token(request.get("HTTP_AUTHORIZATION", ""), token):
            start_response("401 Unauthorized", [("WWW-Authenticate", AUTHENTICATE)])
            return []
        answer: Iterable[bytes] = page(request, start_response)
        return answer

    try:
        family, *_ = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]

        class MetricsServer(ThreadingWSGIServer):
            address_family = family

        server = make_server(address, port, application, MetricsServer, QuietHandler)
    except OSError as error:
        raise ConfigurationError(
            f"WORKER_METRICS_PORT={port} on HOST={address} cannot be listened on ({error.strerror}):"
            " give each worker of a host a free port of its own."
        ) from None
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
