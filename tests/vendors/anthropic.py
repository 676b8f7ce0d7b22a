"""Anthropic: the Messages API, `/v1/messages`, as a stream of server-sent events or in one piece.

::

    message_start ─▶ content_block_start ─▶ ping ─▶ content_block_delta … ─▶ content_block_stop
                  ─▶ (the same for each tool_use block) ─▶ message_delta ─▶ message_stop
"""

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

from tests.vendors.language import Answers, Asked, Call, Reply, paced, token_count, tokens
from tests.vendors.model import ModelStandIn, Token

_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


class AnthropicStandIn(ModelStandIn):
    """Anthropic on a loopback port."""

    def __init__(self, answers: Answers = "Yes.", **pace: Any):
        super().__init__(answers, **pace)
        self._cached: set[str] = set()

    def routes(self) -> list[web.RouteDef]:
        """The one endpoint."""
        return [web.post("/v1/messages", self._messages)]

    def key_of(self, request: web.Request) -> str:
        """The `x-api-key` header."""
        return request.headers.get("x-api-key", "")

    def refusal(self, status: int, message: str = "") -> web.Response:
        """Anthropic's error object."""
        kind = _ERRORS.get(status, "api_error")
        error = {"type": kind, "message": message or f"refused: {kind}"}
        return web.json_response({"type": "error", "error": error}, status=status)

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.counts.requests.append(body)
        self.note("asked")
        if wrong := complaint(body):
            return self.refusal(400, wrong)
        reply = self.answerer.reply(asked(body))
        usage = self._usage(body)
        if not body.get("stream"):
            count = token_count(reply)
            self.counts.output_tokens += count
            whole = {"content": _content(reply), "usage": usage | {"output_tokens": count}}
            return web.json_response(self._message(body, usage) | whole)
        return await self.stream(
            request,
            self._events(body, reply, usage),
            tokens=sum(len(pieces) for pieces in _pieces(reply)),
            error=_error_event,
        )

    async def _events(
        self, body: dict[str, Any], reply: Reply, usage: dict[str, int]
    ) -> AsyncIterator[str]:
        blocks = list(zip(_blocks(reply), _pieces(reply), strict=True))
        flat = [(index, piece) for index, (_, pieces) in enumerate(blocks) for piece in pieces]
        current = -1
        async for number, piece in paced(
            [piece for _, piece in flat],
            first_token=self.first_token,
            tokens_per_sec=self.tokens_per_sec,
        ):
            index = flat[number][0]
            if not number:
                yield _event("message_start", message=self._message(body, usage))
            if index != current:
                if current >= 0:
                    yield _event("content_block_stop", index=current)
                yield _event("content_block_start", index=index, content_block=blocks[index][0])
                yield _event("ping")
                current = index
            kind = {"type": "input_json_delta", "partial_json": piece}
            if blocks[index][0]["type"] == "text":
                kind = {"type": "text_delta", "text": piece}
            yield Token(_event("content_block_delta", index=index, delta=kind))
        yield _event("content_block_stop", index=current)
        yield _event(
            "message_delta",
            delta={"stop_reason": "tool_use" if reply.calls else "end_turn", "stop_sequence": None},
            usage=usage | {"output_tokens": len(flat)},
        )
        yield _event("message_stop")

    def _message(self, body: dict[str, Any], usage: dict[str, int]) -> dict[str, Any]:
        return {
            "id": f"msg_{next(self.ids):04}",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": usage | {"output_tokens": 1},
        }

    def _usage(self, body: dict[str, Any]) -> dict[str, int]:
        """Input tokens by how they are billed; a system prompt marked for caching is cached."""
        prompt = json.dumps([body.get("tools", []), body.get("system", "")])
        cached = 0
        usage = {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
        if "cache_control" in prompt:
            digest = hashlib.sha256(prompt.encode()).hexdigest()
            cached = token_count(prompt)
            kind = "read" if digest in self._cached else "creation"
            usage[f"cache_{kind}_input_tokens"] = cached
            self._cached.add(digest)
        usage["input_tokens"] = token_count([prompt, body["messages"]]) - cached
        self.counts.input_tokens += usage["input_tokens"]
        self.counts.cache_written_tokens += usage["cache_creation_input_tokens"]
        self.counts.cache_read_tokens += usage["cache_read_input_tokens"]
        return usage


def complaint(body: dict[str, Any]) -> str:
    """What the API would refuse about a request; empty when nothing.

    >>> complaint({"model": "m", "max_tokens": 9, "messages": [], "tool_choice": {"type": "auto"}})
    'messages: at least one message is required'
    """
    missing = [key for key in ("model", "max_tokens", "messages") if key not in body]
    if missing:
        return f"{missing[0]}: Field required"
    messages = body["messages"]
    if not messages:
        return "messages: at least one message is required"
    if body.get("tool_choice") and not body.get("tools"):
        return "tool_choice may only be specified while providing tools"
    for index, message in enumerate(messages):
        used = {block["id"] for block in parts(message) if block["type"] == "tool_use"}
        after = parts(messages[index + 1]) if index + 1 < len(messages) else []
        left = used - {block.get("tool_use_id") for block in after}
        if left:
            return (
                f"messages.{index}: `tool_use` ids were found without `tool_result` blocks "
                f"immediately after: {', '.join(sorted(left))}"
            )
    return ""


def parts(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The content of a message as blocks, also where it is a plain text."""
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def asked(body: dict[str, Any]) -> Asked:
    """The parts of a request that an answer may depend on."""
    system = body.get("system") or ""
    blocks = parts(body["messages"][-1])
    return Asked(
        body=body,
        system=system if isinstance(system, str) else "\n".join(part["text"] for part in system),
        said="\n".join(block["text"] for block in blocks if block["type"] == "text"),
        results=tuple(
            _result(block["content"]) for block in blocks if block["type"] == "tool_result"
        ),
    )


def _result(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def _blocks(reply: Reply) -> list[dict[str, Any]]:
    """The empty blocks with which an answer begins."""
    text = [{"type": "text", "text": ""}] if _speaks(reply) else []
    return [*text, *(_tool_use(call) | {"input": {}} for call in reply.calls)]


def _pieces(reply: Reply) -> list[list[str]]:
    """The tokens of each block; a call's begin with an empty one."""
    text = [tokens(reply.text) or [""]] if _speaks(reply) else []
    return [*text, *(["", *tokens(json.dumps(call.arguments))] for call in reply.calls)]


def _speaks(reply: Reply) -> bool:
    return bool(reply.text or not reply.calls)


def _content(reply: Reply) -> list[dict[str, Any]]:
    text = [{"type": "text", "text": reply.text}] if _speaks(reply) else []
    return [*text, *map(_tool_use, reply.calls)]


def _tool_use(call: Call) -> dict[str, Any]:
    return {"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments}


def _event(kind: str, **data: object) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n"


def _error_event(kind: str, _: object) -> str:
    return _event("error", error={"type": kind, "message": f"failed: {kind}"})
