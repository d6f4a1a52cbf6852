"""Sends traces to an OpenTelemetry collector; imported only where ``OTEL_EXPORTER_OTLP_ENDPOINT`` names one."""

from collections.abc import MutableMapping
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span

from orchestrator_ws.redaction import redact

SERVICE = "orchestrator"
UNINTERESTING = "/api/health,/metrics"
"""Paths that programs ask for all day."""


def start_tracing() -> None:
    """Send what is traced in this OS process from now on; the SDK reads the other ``OTEL_`` variables itself."""
    provider = TracerProvider(resource=Resource({SERVICE_NAME: SERVICE}).merge(Resource.create()))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def traced_requests(application: Any) -> Any:
    """Wrap an ASGI application of HTTP: each request is a span, without tokens."""
    return OpenTelemetryMiddleware(
        application,
        excluded_urls=UNINTERESTING,
        default_span_details=lambda scope: (f"HTTP {scope['method']}", {}),
        server_request_hook=_hide_tokens,
        exclude_spans=["receive", "send"],
    )


def _hide_tokens(span: Span, scope: MutableMapping[str, Any]) -> None:
    for name, value in dict(getattr(span, "attributes", None) or {}).items():
        if isinstance(value, str):
            span.set_attribute(name, redact(value))
