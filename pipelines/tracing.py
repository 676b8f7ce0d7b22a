"""OpenTelemetry: a conversation as spans, for whoever looks at Langfuse, LangSmith or Tempo.

::

    conversation ─┬─ turn ─┬─ stt · llm · tts     Pipecat's own spans
                  │        └─ overlap · draft …   our decisions, with their reasons
                  └─ turn …                       each with a link to its moment in the recording

Needs the extra `tracing` and an endpoint. Langfuse and LangSmith take OTLP themselves::

    OTLP_ENDPOINT=https://cloud.langfuse.com/api/public/otel/v1/traces
    OTLP_HEADERS=Authorization=Basic <base64 of public key:secret key>

    OTLP_ENDPOINT=https://api.smith.langchain.com/otel/v1/traces
    OTLP_HEADERS=x-api-key=<key>,Langsmith-Project=<project>

What leaves the house is masked always (`processors.trace.redaction`). An endpoint that is down
costs spans, never a call: they wait in a bounded queue that a thread empties.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from loguru import logger
from pipecat.observers.base_observer import BaseObserver, FramePushed
from pipecat.pipeline.worker import PipelineWorker

from pipelines.brief import Brief
from pipelines.settings import Settings
from processors.backchannel_filter import OverlapFrame
from processors.semantic_cache.events import CacheEventFrame
from processors.trace import TraceFrame
from processors.trace.prices import shipped_prices
from processors.trace.redaction import mask
from processors.trace.telling import told
from processors.turn_taking.decision_frame import TurnDecisionFrame

try:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
    from pipecat.utils.tracing.setup import setup_tracing
except ImportError:  # the extra is not installed
    _INSTALLED = False
else:
    _INSTALLED = True

_TIMEOUT_SECS = 5


def tracing_on(settings: Settings) -> bool:
    """Whether spans are made; sets up their export with the first call of the process."""
    if not settings.otlp_endpoint:
        return False
    if not _INSTALLED:
        _say_what_is_missing()
        return False
    headers = settings.otlp_headers.get_secret_value() if settings.otlp_headers else ""
    return _set_up(settings.otlp_endpoint, headers, settings.call_url or "")


@lru_cache(maxsize=1)
def _say_what_is_missing() -> None:
    logger.warning("OTLP_ENDPOINT is set, but not installed: uv sync --extra tracing")


@lru_cache(maxsize=1)
def _set_up(endpoint: str, headers: str, call_url: str) -> bool:
    exporter = OTLPSpanExporter(endpoint, headers=_headers(headers), timeout=_TIMEOUT_SECS)
    if not setup_tracing("downbeat", exporter=Masking(exporter)):
        return False
    provider: Any = trace.get_tracer_provider()
    provider.add_span_processor(Moments(call_url))
    return True


def _headers(text: str) -> dict[str, str]:
    pairs = (part.split("=", 1) for part in text.split(",") if "=" in part)
    return {name.strip().lower(): unquote(value.strip()) for name, value in pairs}


def span_attributes(brief: Brief, call_id: str) -> dict[str, str]:
    """What the span of a conversation says beside Pipecat's own attributes."""
    return {
        "session.id": call_id,
        "langfuse.session.id": call_id,
        "langfuse.trace.name": brief.title,
        "langfuse.trace.tags": json.dumps([brief.name, brief.profile]),
        "user.id": "caller",
        "bot.name": brief.name,
        "bot.profile": brief.profile,
    }


class DecisionSpans(BaseObserver):
    """Make a span of each decision: overlaps, ends of turns, what the cache did, what was told.

    Args:
        worker: Whose turns the spans belong to; it has tracing enabled.
    """

    def __init__(self, worker: PipelineWorker) -> None:
        """No decision yet."""
        super().__init__(observe_every_push=False)
        self._worker = worker
        self._tracer = trace.get_tracer("downbeat")

    async def on_push_frame(self, data: FramePushed) -> None:
        """Take a decision in."""
        match data.frame:
            case TraceFrame(kind=kind, about=about):
                self._span(kind, about)
            case OverlapFrame() | TurnDecisionFrame() | CacheEventFrame():
                self._span(*told(data.frame))

    def _span(self, kind: str, about: Mapping[str, Any]) -> None:
        observer = self._worker.turn_trace_observer
        turn = observer.get_current_turn_context() if observer else None
        if turn is not None:
            context = trace.set_span_in_context(trace.NonRecordingSpan(turn))
            attributes = {name: _plain(value) for name, value in about.items() if value is not None}
            self._tracer.start_span(kind, context=context, attributes=attributes).end()


def cost(attributes: Mapping[str, Any]) -> dict[str, float]:
    """What the model's answer cost that a span is about; empty for every other span."""
    used = {name: attributes.get(f"gen_ai.usage.{name}_tokens") for name in ("input", "output")}
    if used["input"] is None:
        return {}
    provider = str(attributes.get("gen_ai.provider.name", ""))
    usage = {"stage": "llm", "provider": provider} | {k: v or 0 for k, v in used.items()}
    usage["model"] = attributes.get("gen_ai.request.model", "")
    if provider == "anthropic":  # the others count cached tokens as input too
        usage["cache_read"] = attributes.get("gen_ai.usage.cache_read.input_tokens", 0)
        usage["cache_write"] = attributes.get("gen_ai.usage.cache_creation.input_tokens", 0)
    dollars = shipped_prices().dollars(usage, datetime.now(UTC).date())
    return {} if dollars is None else {"gen_ai.usage.cost": dollars}


def _plain(value: Any) -> str | bool | int | float:
    if isinstance(value, str | bool | int | float):
        return value
    return json.dumps(value, default=str)


if _INSTALLED:

    class Moments(SpanProcessor):
        """Say on each span when in the call it began, and where that can be heard.

        Args:
            call_url: The address of the pages; "" leaves out the link.
        """

        def __init__(self, call_url: str) -> None:
            """No conversation yet."""
            self._call_url = call_url.rstrip("/")
            self._conversations: dict[int, Span] = {}

        def on_start(self, span: Span, parent_context: Any = None) -> None:
            """Add the moment."""
            trace_id = span.get_span_context().trace_id
            if span.name == "conversation":
                self._conversations[trace_id] = span
                return
            conversation = self._conversations.get(trace_id)
            if conversation is None or not span.start_time or not conversation.start_time:
                return
            secs = (span.start_time - conversation.start_time) / 1e9
            call_id = str((conversation.attributes or {}).get("conversation.id", ""))
            span.set_attribute("call.moment_secs", round(secs, 3))
            span.set_attribute("session.id", call_id)
            if self._call_url:
                link = f"{self._call_url}/calls/{call_id}#t={secs:.2f}"
                span.set_attribute("call.recording", link)

        def on_end(self, span: ReadableSpan) -> None:
            """Forget a conversation that is over."""
            if span.name == "conversation" and span.context:
                self._conversations.pop(span.context.trace_id, None)

    class Masking(SpanExporter):
        """Export spans without private data.

        Args:
            exporter: Sends them.
        """

        def __init__(self, exporter: SpanExporter) -> None:
            """Nothing is sent yet."""
            self._exporter = exporter

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            """Send masked copies."""
            return self._exporter.export([_masked(span) for span in spans])

        def shutdown(self) -> None:
            """Let go."""
            self._exporter.shutdown()

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            """Send what waits."""
            return self._exporter.force_flush(timeout_millis)

    def _masked(span: ReadableSpan) -> ReadableSpan:
        attributes = {
            key: mask(value) if isinstance(value, str) and key not in _NAMES else value
            for key, value in (span.attributes or {}).items()
        }
        attributes |= cost(attributes)
        return ReadableSpan(
            name=span.name,
            context=span.context,
            parent=span.parent,
            resource=span.resource,
            attributes=attributes,
            events=[event for event in span.events if event.name != "exception"],
            links=span.links,
            kind=span.kind,
            status=span.status,
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=span.instrumentation_scope,
        )


# Names of calls and models hold digits that are nobody's secret.
_NAMES = {
    "conversation.id",
    "session.id",
    "langfuse.session.id",
    "call.recording",
    "gen_ai.request.model",
}
