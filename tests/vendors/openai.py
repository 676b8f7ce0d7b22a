"""Any OpenAI-compatible server: `/v1/chat/completions`, streamed or in one piece."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

from aiohttp import web

from tests.vendors.language import Asked, Reply, paced, token_count, tokens
from tests.vendors.model import ModelStandIn, Token


class OpenAIStandIn(ModelStandIn):
    """An OpenAI-compatible server on a loopback port."""

    @property
    def url(self) -> str:
        """The base address, which has the version in it."""
        return f"{super().url}/v1"

    def routes(self) -> list[web.RouteDef]:
        """The one endpoint."""
        return [web.post("/v1/chat/completions", self._completions)]

    def key_of(self, request: web.Request) -> str:
        """The bearer token."""
        return request.headers.get("Authorization", "").removeprefix("Bearer ")

    def refusal(self, status: int) -> web.Response:
        """OpenAI's error object."""
        error = {"message": f"refused with {status}", "type": "error", "code": status}
        return web.json_response({"error": error}, status=status)

    async def _completions(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.counts.requests.append(body)
        self.counts.input_tokens += token_count(body["messages"])
        self.note("asked")
        reply = self.answerer.reply(asked(body))
        deltas = list(_deltas(reply)) or [{"role": "assistant", "content": ""}]
        if not body.get("stream"):
            self.counts.output_tokens += len(deltas)
            message = {"role": "assistant", "content": reply.text}
            return web.json_response(self._chunk(body, message=message, finish_reason="stop"))
        return await self.stream(
            request, self._events(body, reply, deltas), tokens=len(deltas), error=_error_event
        )

    async def _events(
        self, body: dict[str, Any], reply: Reply, deltas: list[dict[str, Any]]
    ) -> AsyncIterator[str]:
        async for _, delta in paced(
            deltas, first_token=self.first_token, tokens_per_sec=self.tokens_per_sec
        ):
            yield Token(_data(self._chunk(body, delta=delta)))
        reason = "tool_calls" if reply.calls else "stop"
        yield _data(self._chunk(body, delta={}, finish_reason=reason))
        yield _data(self._usage(body, len(deltas)))
        yield "data: [DONE]\n\n"

    def _chunk(self, body: dict[str, Any], **choice: Any) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{next(self.ids):04}",
            "object": "chat.completion.chunk" if "delta" in choice else "chat.completion",
            "created": 1_767_225_600,
            "model": body["model"],
            "choices": [{"index": 0, "finish_reason": None, **choice}],
        }

    def _usage(self, body: dict[str, Any], written: int) -> dict[str, Any]:
        asked_tokens = token_count(body["messages"])
        usage = {
            "prompt_tokens": asked_tokens,
            "completion_tokens": written,
            "total_tokens": asked_tokens + written,
        }
        return self._chunk(body, delta={}) | {"choices": [], "usage": usage}


def asked(body: dict[str, Any]) -> Asked:
    """The parts of a request that an answer may depend on."""
    messages = body["messages"]
    system = [str(item["content"]) for item in messages if item["role"] in ("system", "developer")]
    said = [item["content"] for item in messages if item["role"] == "user"]
    results = []
    for message in reversed(messages):
        if message["role"] != "tool":
            break
        results.insert(0, str(message["content"]))
    return Asked(
        body=body,
        system="\n".join(system),
        said=_text(said[-1]) if said else "",
        results=tuple(results),
    )


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def _deltas(reply: Reply) -> Iterator[dict[str, Any]]:
    for piece in tokens(reply.text):
        yield {"role": "assistant", "content": piece}
    for index, call in enumerate(reply.calls):
        begin = {"name": call.name, "arguments": ""}
        yield {
            "tool_calls": [{"index": index, "id": call.id, "type": "function", "function": begin}]
        }
        for piece in tokens(json.dumps(call.arguments)):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _data(value: dict[str, Any]) -> str:
    return f"data: {json.dumps(value)}\n\n"


def _error_event(kind: str, _: object) -> str:
    return _data({"error": {"message": f"failed: {kind}", "type": kind}})
