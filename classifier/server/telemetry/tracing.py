"""Sends a span of each call to an OpenTelemetry collector; loaded only where a setting asks."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

from grpc import aio
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from classifier.server.status import code_of
from classifier.server.telemetry.call_log import request_id
from classifier.server.telemetry.figure_families import CODES, METHODS
from classifier.turns import Prediction

_EXPORT_SECONDS = 5
_PARENT = "traceparent"
_Context = aio.ServicerContext[Any, Any]
_SERVERS_FAULT = frozenset({"UNKNOWN", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "DEADLINE_EXCEEDED"})


class Tracing:
    """Makes spans; they are sent in the background and dropped where the collector is away.

    A span says which method, code, model, label and action, never what was said. It belongs to the
    caller's trace where the call brings a ``traceparent``; a ``tracestate`` is not read. The share
    of calls without a ``traceparent`` that get a span is set by OpenTelemetry's own
    OTEL_TRACES_SAMPLER.
    """

    def __init__(self, endpoint: str) -> None:
        """Prepare to send; the collector need not be there yet.

        Args:
            endpoint: OTLP over gRPC, such as ``http://127.0.0.1:4317``.
        """
        exporter = OTLPSpanExporter(
            endpoint, insecure=endpoint.startswith("http://"), timeout=_EXPORT_SECONDS
        )
        about = {"service.name": "wurao", "service.version": version("wurao")}
        self._provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("wurao")
        self._propagator = TraceContextTextMapPropagator()

    def trace(self, behave: Callable[..., Any], row: int) -> Callable[..., Any]:
        """Return what answers a method, in a span of each call.

        Args:
            behave: A coroutine function.
            row: Number of the method.
        """

        async def traced(request: object, context: _Context) -> object:
            with self._span(row, context):
                return await behave(request, context)

        return traced

    @contextmanager
    def _span(self, row: int, context: _Context) -> Generator[None]:
        # Nothing else is read: OpenTelemetry logs what it finds wrong in a `tracestate`.
        sent = {k: v for k, v in context.invocation_metadata() or () if k == _PARENT}
        service, _slash, method = METHODS[row].partition("/")
        attributes = {
            "rpc.system": "grpc",
            "rpc.service": service,
            "rpc.method": method,
            "wurao.request_id": request_id.get(),
        }
        with self._tracer.start_as_current_span(
            METHODS[row],
            self._propagator.extract(sent),
            trace.SpanKind.SERVER,
            attributes,
            record_exception=False,  # its text may hold what was said
            set_status_on_exception=False,
        ) as span:
            code = 0
            try:
                yield
            except BaseException as error:
                code = code_of(error, context)
                raise
            finally:
                span.set_attribute("rpc.grpc.status_code", code)
                if CODES[code] in _SERVERS_FAULT:
                    span.set_status(trace.StatusCode.ERROR, CODES[code])

    @staticmethod
    def classified(_characters: int, prediction: Prediction, seconds: float) -> None:
        """Note a prediction in the current span, as an event too since a call may make many.

        Args:
            _characters: Not told.
            prediction: What was said of a turn.
            seconds: How long that took.
        """
        span = trace.get_current_span()
        told = {
            "wurao.model_version": prediction.model_version,
            "wurao.label": prediction.label.value,
            "wurao.action": prediction.action.value,
            "wurao.second_reading": prediction.second_reading,
        }
        span.set_attributes(told)
        span.add_event("turn", told | {"wurao.milliseconds": seconds * 1000})

    def close(self) -> None:
        """Send what is left; waits some seconds at most where the collector is away."""
        self._provider.shutdown()
