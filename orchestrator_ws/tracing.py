"""Spans of OpenTelemetry; nothing is made unless ``trace_export`` sends them somewhere.

What a person asks for is one trace: the request, the operation, the run that an executor begins on whatever host, its
steps, and the broadcasts of what they changed. A run finds what it goes on from in the row of its input.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from opentelemetry import trace
from opentelemetry.trace import SpanContext
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

P = ParamSpec("P")
T = TypeVar("T")

MAX_TRACEPARENT_LENGTH = 55
"""Of the version that there is (W3C Trace Context, section 3.2)."""

# Errors are in the rows of steps, without the secrets that they cite: no span holds one.
_QUIET: Any = {"record_exception": False, "set_status_on_exception": False}

tracer = trace.get_tracer("orchestrator_ws")
_propagator = TraceContextTextMapPropagator()


def traced(name: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Make each call of a function a span."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            with tracer.start_as_current_span(name, **_QUIET):
                return function(*args, **kwargs)

        return call

    return decorate


def run_span(workflow: str, process_id: str, traceparent: str) -> AbstractContextManager[Any]:
    """Return the span of one turn of a runner, a part of the trace of whoever handed in what it works on."""
    began_by, attributes = _propagator.extract({"traceparent": traceparent}), {"process_id": process_id}
    return tracer.start_as_current_span(f"run {workflow}", began_by, attributes=attributes, **_QUIET)


def step_span(name: str, began_at: float) -> AbstractContextManager[Any]:
    """Return the span of a step that has run, from its beginning (Unix time) until its result is kept."""
    return tracer.start_as_current_span(name, start_time=int(began_at * 1e9), **_QUIET)


def broadcast_span(spans: Sequence[SpanContext]) -> AbstractContextManager[Any]:
    """Return the span of one message: a part of the trace of its first change, linked to those of the others."""
    sources = list({span.span_id: span for span in spans if span.is_valid}.values())
    if not sources:
        return nullcontext()
    parent = trace.set_span_in_context(trace.NonRecordingSpan(sources[0]))
    return tracer.start_as_current_span("broadcast", parent, links=[trace.Link(each) for each in sources[1:]], **_QUIET)


def current_span() -> SpanContext:
    """Return what names the present span; it is not valid if there is none."""
    return trace.get_current_span().get_span_context()


def current_traceparent() -> str:
    """Return what names the present span to another OS process (W3C Trace Context), empty if there is none."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent", "")
