"""Anthropic's language models: "anthropic/fast", "anthropic/strong", "anthropic/<model id>".

    ANTHROPIC_API_KEY         the key
    ANTHROPIC_FAST_MODEL      claude-haiku-4-5
    ANTHROPIC_STRONG_MODEL    claude-sonnet-4-6
    ANTHROPIC_URL             https://api.anthropic.com

The system prompt, which holds all that the bot knows, and the conversation so far are cached at
Anthropic, so that a turn pays in full only for what is new in it.
"""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

from anthropic import APITimeoutError, AsyncAnthropic, Timeout
from pipecat.services.anthropic.llm import AnthropicLLMService
from pipecat.utils.errors import ErrorCategory
from pipecat.utils.http import TIMEOUT_EXCEPTIONS

from pipelines.brief import Brief
from pipelines.services.needs import key
from pipelines.settings import Settings


def llm(name: str, brief: Brief, settings: Settings) -> "Anthropic":
    """The model `name`; "fast" and "strong" are the deployment's.

    Raises:
        MissingKeyError: ANTHROPIC_API_KEY is not set.
    """
    named = {"fast": settings.anthropic_fast_model, "strong": settings.anthropic_strong_model}
    silence_secs = settings.llm_silence_secs
    client = AsyncAnthropic(
        api_key=key(settings, "anthropic_api_key"),
        base_url=settings.anthropic_url,
        timeout=Timeout(silence_secs, connect=settings.vendor_connect_secs),
        # A retry waits as long as the vendor asks for, up to a minute; a caller does not.
        max_retries=0,
    )
    return Anthropic(
        api_key=client.api_key or "",
        client=client,
        settings=AnthropicLLMService.Settings(
            model=named.get(name, name),
            system_instruction=brief.instructions(),
            enable_prompt_caching=True,
        ),
    )


class Anthropic(AnthropicLLMService):
    """Pipecat's service, with every tool call executed and every timeout told.

    Pipecat 1.14 keeps one tool_use block while it reads a message, so of several calls in parallel
    only the last is executed, and it ends a message that times out without an ErrorFrame. Both are
    put right here, in what it reads: see `_every_call`.
    """

    async def _create_message_stream(self, api_call: Any, params: Any) -> Any:
        return self._told(_every_call(await super()._create_message_stream(api_call, params)))

    async def _told(self, events: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """The events; a timeout between them becomes an error that Pipecat reports."""
        try:
            async for event in events:
                yield event
        except TIMEOUT_EXCEPTIONS as error:
            await self._call_event_handler("on_completion_timeout")
            raise TimeoutError("Anthropic has stopped sending in the middle") from error

    def _estimate_tokens(self, text: str) -> int:
        # What an interrupted answer cost is estimated piece by piece as it streams. Pipecat counts
        # the edges of a piece as words, which doubles it; a token is about four characters.
        return max(1, len(text) // 4)

    def _classify_error(self, exception: Exception) -> ErrorCategory | None:
        if isinstance(exception, APITimeoutError | TimeoutError):
            return ErrorCategory.CONNECTIVITY
        return super()._classify_error(exception)

    async def cleanup(self) -> None:
        """Release the connections, which belong to this call."""
        await super().cleanup()
        await self._client.close()


async def _every_call(events: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """The events of a message, in which each tool call is followed by a stop reason of its own.

    ::

        as sent    call A · arguments · call B · arguments · stop: tool_use
        as read    … the same …         call A · arguments · stop: tool_use
                                        call B · arguments · stop: tool_use
    """
    calls: dict[int, list[Any]] = {}  # by the block's index, the events that make it
    async for event in events:
        if event.type == "content_block_start" and event.content_block.type == "tool_use":
            calls[event.index] = [event]
        elif event.type == "content_block_delta" and event.index in calls:
            calls[event.index].append(event)
        elif event.type == "message_delta" and event.delta.stop_reason == "tool_use":
            *earlier, last = calls.values()
            for call in earlier:
                for part in call:
                    yield part
                yield _STOP
            if earlier:
                for part in last:
                    yield part
        yield event


# Read as the end of one tool call; the message's own stop event carries the usage.
_STOP = SimpleNamespace(
    type="message_delta", delta=SimpleNamespace(stop_reason="tool_use"), usage=None
)
