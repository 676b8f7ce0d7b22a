"""Anthropic's language models: "anthropic/fast", "anthropic/strong", "anthropic/<model id>".

    ANTHROPIC_API_KEY         the key
    ANTHROPIC_FAST_MODEL      claude-haiku-4-5
    ANTHROPIC_STRONG_MODEL    claude-sonnet-4-6
    ANTHROPIC_URL             https://api.anthropic.com

The system prompt, which holds all that the bot knows, and the conversation so far are cached at
Anthropic, so that a turn pays in full only for what is new in it.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from types import SimpleNamespace
from typing import Any

from anthropic import APITimeoutError, AsyncAnthropic, Timeout
from pipecat.adapters.llm.services.anthropic_adapter import AnthropicLLMAdapter
from pipecat.frames.frames import CancelFrame, EndFrame
from pipecat.services.anthropic.llm import AnthropicLLMService
from pipecat.utils.errors import ErrorCategory
from pipecat.utils.http import TIMEOUT_EXCEPTIONS

from pipelines.brief import Brief
from pipelines.services.message_bill import MessageBill
from pipelines.services.needs import key
from pipelines.services.reading import Reading
from pipelines.settings import Settings
from processors.in_time import Models
from processors.turn_taking.held_calls import HeldCalls

# How long a call that ends waits for what the prompt of a message just asked for has cost.
_GOODBYE_SECS = 0.5


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
    model = named.get(name, name)
    return Anthropic(
        models=Models.of(model, settings.anthropic_fast_model),
        silence_secs=silence_secs,
        api_key=client.api_key or "",
        client=client,
        settings=AnthropicLLMService.Settings(
            model=model,
            system_instruction=brief.instructions(),
            enable_prompt_caching=True,
        ),
    )


class Anthropic(HeldCalls[AnthropicLLMAdapter], AnthropicLLMService):
    """Pipecat's service, with every tool call executed, every timeout told and every token counted.

    Pipecat 1.14 keeps one tool_use block while it reads a message, so of several calls in parallel
    only the last is executed, and it ends a message that times out without an ErrorFrame. Both are
    put right here, in what it reads: see `_every_call`. It counts a message that is cancelled or
    breaks off by what it has read of it, which may be nothing: see `Reading`.
    """

    def __init__(self, *, models: Models, silence_secs: float = 10.0, **kwargs: Any) -> None:
        """Nothing is asked yet."""
        super().__init__(**kwargs)
        self.models = models
        self._silence_secs = silence_secs
        self._reading: Reading | None = None
        self._told: MessageBill | None = None  # by the vendor, of the last message
        self._late: dict[Reading, asyncio.Task[None]] = {}

    async def _create_message_stream(self, api_call: Any, params: Any) -> Any:
        ask = partial(super()._create_message_stream, api_call, params)
        self._reading = Reading(ask, MessageBill(params), self.create_task)
        return self._with_timeouts(_every_call(self._reading.events()))

    async def _with_timeouts(self, events: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """The events; a timeout between them becomes an error that Pipecat reports."""
        try:
            async for event in events:
                yield event
        except TIMEOUT_EXCEPTIONS as error:
            await self._call_event_handler("on_completion_timeout")
            raise TimeoutError("Anthropic has stopped sending in the middle") from error

    async def _report_usage_metrics(self, *_: Any, **__: Any) -> None:
        """Report at the end of a message, however it came to it."""
        reading, self._reading = self._reading, None
        if reading is None:
            return
        if reading.over:
            await self._report(reading)
            return
        # An interruption waits for this to return, so the vendor's last words are heard elsewhere.
        reading.hang_up()
        self._late[reading] = self.create_task(self._report_late(reading, self._silence_secs))

    async def _report_late(self, reading: Reading, within_secs: float) -> None:
        await reading.let_go(within_secs)
        self._late.pop(reading, None)
        await self._report(reading)

    async def _report(self, reading: Reading) -> None:
        bill = reading.bill
        assert isinstance(bill, MessageBill)
        if bill.known:
            self._told = bill
        elif reading.refused:
            return  # what is refused is not billed
        else:
            bill.guess(self._told)
        await self.start_llm_usage_metrics(bill.tokens(reading.asked_ns))

    def _handle_stop_reason(self, result: Any) -> None:
        super()._handle_stop_reason(result)
        # A whole message, asked for beside the conversation; Pipecat reports nothing of those.
        if getattr(result, "usage", None) is not None:
            self.create_task(self.start_llm_usage_metrics(MessageBill.of(result).tokens(0)))

    async def _settle(self) -> None:
        """Have reported what is still open: the call ends."""
        if reports := tuple(self._late.values()):
            await asyncio.wait(reports, timeout=_GOODBYE_SECS)
            for reading in tuple(self._late):
                await reading.let_go(0.0)
            await asyncio.wait(reports)

    async def stop(self, frame: EndFrame) -> None:
        """The call ends."""
        await self._settle()
        await super().stop(frame)

    async def cancel(self, frame: CancelFrame) -> None:
        """The call ends at once."""
        await self._settle()
        await super().cancel(frame)

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
