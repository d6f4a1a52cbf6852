"""Traces: what a person asks for is one trace, whatever host does which part of it."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.functional.installations import Databases, installation
from tests.restartable import RestartableRedis
from tests.servers import Server, worker
from tests.servers import server as run_server
from tests.waiting import eventually

pytestmark = pytest.mark.once

TOKEN = "0paque-T0ken-of-nobody"


class Collector:
    """Takes what servers send by OTLP over HTTP; compressed or not, as they like."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        collected = self.spans

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
                for resource in sent.resource_spans:
                    for scope in resource.scope_spans:
                        collected.extend(scope.spans)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever)

    def __enter__(self) -> "Collector":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def environment(self) -> dict[str, str]:
        """What has a server send its spans here, soon."""
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self._server.server_port}",
            "OTEL_BSP_SCHEDULE_DELAY": "50",
        }

    def find(self, name: str) -> list[Span]:
        """Return the spans of that name, the first one first."""
        return [span for span in list(self.spans) if span.name == name]


@pytest.fixture
def collector() -> Iterator[Collector]:
    """Run a collector."""
    with Collector() as made:
        yield made


def is_broadcast(span: Span, collector: Collector) -> bool:
    """Return whether a message carried what was changed in the span: the first of its changes, or one of the others."""
    sources = [{each.parent_span_id, *(link.span_id for link in each.links)} for each in collector.find("broadcast")]
    return any(span.span_id in each for each in sources)


def check_the_trace_of_a_start(server: Server, collector: Collector) -> None:
    process_id = server.start("demo_create_path", [{"path_label": "Harbour"}])
    eventually(lambda: server.status_of(process_id) == "completed")
    eventually(lambda: collector.find("run demo_create_path") and collector.find("broadcast"))

    (request,) = collector.find("HTTP POST")
    (operation,) = collector.find("start process")
    (run,) = collector.find("run demo_create_path")
    (step,) = collector.find("Configure nodes")
    assert operation.parent_span_id == request.span_id
    assert run.parent_span_id == operation.span_id
    assert step.parent_span_id == run.span_id
    assert step.end_time_unix_nano >= step.start_time_unix_nano >= run.start_time_unix_nano
    eventually(lambda: is_broadcast(step, collector) and is_broadcast(operation, collector))
    assert {each.trace_id for each in (request, operation, run, step)} == {request.trace_id}


def test_a_start_is_one_trace(databases: Databases, collector: Collector) -> None:
    with installation(databases) as environment, run_server(**environment, **collector.environment) as server:
        check_the_trace_of_a_start(server, collector)


def test_so_is_one_that_a_worker_runs(databases: Databases, collector: Collector) -> None:
    with RestartableRedis() as broker:
        environment = {"DATABASE_URL": databases.fresh(), "REDIS_URL": broker.url, "EXECUTOR": "celery"}
        environment |= collector.environment
        with run_server(**environment) as server, worker(**environment):
            check_the_trace_of_a_start(server, collector)


def test_no_token_is_in_a_trace(databases: Databases, collector: Collector) -> None:
    with installation(databases) as environment, run_server(**environment, **collector.environment) as server:
        server.http.get(f"/api/processes/?token={TOKEN}", headers={"Authorization": f"Bearer {TOKEN}"})
        server.http.post(f"/api/processes/5d0b7c1e-2f64-4a19-9c3a-7be1d20f4a01/callback/{TOKEN}", json={})
        eventually(lambda: len(collector.find("HTTP POST")) == len(collector.find("HTTP GET")) == 1)

    assert not any(TOKEN in str(span) for span in collector.spans)
    assert "/callback/***" in str(collector.find("HTTP POST"))


def test_a_collector_that_is_away_disturbs_nothing(databases: Databases) -> None:
    away = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_BSP_SCHEDULE_DELAY": "50"}
    with installation(databases) as environment, run_server(**environment, **away) as server:
        process_id = server.start("demo_create_path", [{"path_label": "Harbour"}])
        eventually(lambda: server.status_of(process_id) == "completed")
        assert server.http.get("/api/health").json() == "OK"
