"""Spans of a conversation, as an OTLP receiver gets them."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

pytest.importorskip("opentelemetry.exporter.otlp.proto.http")

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from pipelines.tracing import cost

# In a process of its own: a process has one tracer provider for ever.
_CALL = """
import asyncio, sys
from opentelemetry import trace
from pipecat.frames.frames import TTSSpeakFrame, UserStartedSpeakingFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.filters.identity_filter import IdentityFilter
from pipecat.workers.runner import WorkerRunner
from pipelines.brief import Brief
from pipelines.settings import Settings
from pipelines.tracing import DecisionSpans, span_attributes, tracing_on
from processors.trace import TraceFrame

async def main():
    settings = Settings(
        otlp_endpoint=sys.argv[1], otlp_headers="Authorization=Basic abc%3D,x-key=1",
        call_url="https://calls.example.com",
    )
    assert tracing_on(settings)
    brief = Brief(name="desk", title="The Desk", persona="", greeting="")
    worker = PipelineWorker(
        Pipeline([IdentityFilter()]), conversation_id="call-1234567", enable_tracing=True,
        additional_span_attributes=span_attributes(brief, "call-1234567"), enable_rtvi=False,
    )
    worker.add_observer(DecisionSpans(worker))
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    async def talk():
        while worker.turn_trace_observer.get_current_turn_context() is None:
            await asyncio.sleep(0.01)
        about = {"why": "card 4111 1111 1111 1111", "weight": 0.5, "who": None, "parts": [1]}
        await worker.queue_frame(TraceFrame(kind="escalation", about=about))
        await worker.stop_when_done()
    await asyncio.gather(runner.run(), talk())
    trace.get_tracer_provider().force_flush(int(sys.argv[2]))
    print("over")

asyncio.run(main())
"""


class Receiver:
    """An OTLP receiver on loopback."""

    def __init__(self) -> None:
        self.spans: list = []
        self.headers: dict[str, str] = {}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = ExportTraceServiceRequest()
                request.ParseFromString(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.headers = {name.lower(): value for name, value in self.headers.items()}
                for resource in request.resource_spans:
                    for scope in resource.scope_spans:
                        receiver.spans += scope.spans
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1/traces"


def attributes(span) -> dict[str, object]:
    return {
        each.key: each.value.string_value or each.value.double_value for each in span.attributes
    }


def held(url: str, flush_ms: int = 5_000) -> str:
    """A call in a process whose spans go to `url`; what it printed."""
    command = [sys.executable, "-c", _CALL, url, str(flush_ms)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout


def test_a_conversation_its_turns_and_its_decisions_arrive_masked_and_linked():
    receiver = Receiver()
    assert "over" in held(receiver.url)
    spans = {span.name: span for span in receiver.spans}
    assert receiver.headers["authorization"] == "Basic abc="
    assert receiver.headers["x-key"] == "1"
    conversation = attributes(spans["conversation"])
    assert conversation["langfuse.session.id"] == conversation["conversation.id"] == "call-1234567"
    assert conversation["langfuse.trace.name"] == "The Desk"
    assert json.loads(str(conversation["langfuse.trace.tags"])) == ["desk", "balanced"]
    decision = spans["escalation"]
    assert decision.parent_span_id == spans["turn"].span_id
    assert spans["turn"].parent_span_id == spans["conversation"].span_id
    said = attributes(decision)
    assert said["why"] == "card [card]"
    assert said["weight"] == 0.5
    assert str(said["call.recording"]).startswith("https://calls.example.com/calls/call-1234567#t=")


def test_an_endpoint_that_is_down_costs_spans_and_no_call():
    assert "over" in held("http://127.0.0.1:9/v1/traces", flush_ms=100)


def test_an_answer_of_a_model_carries_what_it_cost():
    spans = {
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-haiku-4-5",
        "gen_ai.usage.input_tokens": 1_000_000,
        "gen_ai.usage.output_tokens": 200_000,
    }
    assert cost(spans) == {"gen_ai.usage.cost": pytest.approx(2.0)}
    assert cost({"name": "tts"}) == {}
    assert cost(spans | {"gen_ai.provider.name": "nobody"}) == {}
