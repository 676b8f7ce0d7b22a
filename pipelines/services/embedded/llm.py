"""The embedded brain: an LLM service without a model, so that a bot answers with no key at all.

::

    LLMContextFrame ─▶ Brain.reply(messages, today) ─┬─▶ ResponseStart · "We " "are " … · End
                       (plain Python, milliseconds)  └─▶ run_function_calls([book(…)])

It stands where Anthropic's service would: the same frames, metrics, function calls and speculation.
It is deterministic and keeps nothing between two replies but what the context says.
"""

import asyncio
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import (
    Frame,
    FunctionCallFromLLM,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
)
from pipecat.metrics.metrics import LLMTokenUsage
from pipecat.processors.aggregators.llm_context import LLMContext, LLMSpecificMessage
from pipecat.processors.frame_processor import FrameDirection, FrameProcessorSetup
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings
from pipecat.utils.tracing.service_decorators import traced_llm

from pipelines.brief import Brief
from pipelines.services.embedded.brain import Brain, Reply, ToolSpec
from pipelines.services.embedded.heeding import notes_to_heed
from pipelines.services.errors import UnknownServiceError
from pipelines.settings import Settings
from processors.embeddings import Embeddings, wordllama_embeddings
from processors.turn_taking.held_calls import HeldCalls


def llm(name: str, brief: Brief, settings: Settings) -> LLMService:
    """The brain of `brief`; `name` is always "brain".

    Raises:
        UnknownServiceError: `name` is another one.
    """
    if name != "brain":
        raise UnknownServiceError(f"no embedded LLM is called {name!r}; there is embedded/brain")
    return EmbeddedBrain(brief)


class EmbeddedBrain(HeldCalls):
    """Answers from a bot's knowledge and fills its tools' arguments.

    Place: where any LLM service stands, between the user context and the TTS.
    Reads: LLMContextFrame; passes every other frame on.
    Emits: LLMFullResponseStart, one LLMTextFrame a word, LLMFullResponseEnd, and function calls.

    Args:
        brief: The bot: its knowledge and its tools.
        today: Tells the day, for "tomorrow" and "next Tuesday".
        embeddings: Loads the sentence vectors; called off the event loop.
    """

    def __init__(
        self,
        brief: Brief,
        *,
        today: Callable[[], dt.date] = dt.date.today,
        embeddings: Callable[[], Embeddings] = wordllama_embeddings,
    ) -> None:
        """Nothing is loaded before the pipeline is set up."""
        super().__init__(settings=_settings(brief))
        self._brief = brief
        self._today = today
        self._load = embeddings
        self._brains: dict[tuple[str, ...], Brain] = {}

    async def warm_up(self) -> None:
        """Load what all brains of this bot share; about two seconds for the first of a process."""
        await asyncio.to_thread(self._brain, LLMContext(tools=list(self._brief.tools)))

    def can_generate_metrics(self) -> bool:
        """It has times and tokens to report."""
        return True

    async def setup(self, setup: FrameProcessorSetup) -> None:
        """Load the sentence vectors, about a second for the first call of a process."""
        await super().setup(setup)
        await self.warm_up()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answer a context; pass on everything else."""
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMContextFrame):
            await self._process_context(frame.context)
        else:
            await self.push_frame(frame, direction)

    @traced_llm
    async def _process_context(self, context: LLMContext) -> None:
        reply = Reply()
        try:
            await self.push_frame(LLMFullResponseStartFrame())
            await self.start_processing_metrics()
            await self.start_ttfb_metrics()
            self._log_llm_response(context)
            reply = self._reply(context)
            await self.stop_ttfb_metrics()
            for word in _tokens(reply.say):
                await self._push_llm_text(word)
        except Exception as error:  # the call goes on: the caller can say it again
            await self.push_error(f"the embedded brain failed: {error}", exception=error)
        finally:
            await self.stop_processing_metrics()
            await self._report_usage(context, reply)
            await self.push_frame(LLMFullResponseEndFrame())
        # Last, so that a goodbye is complete before the call that ends the conversation.
        await self.run_function_calls(_calls(reply, context))

    async def run_inference(
        self,
        context: LLMContext,
        max_tokens: int | None = None,
        system_instruction: str | None = None,
        response_schema: dict[str, Any] | None = None,
    ) -> str | None:
        """Reply outside of the pipeline; asked for a summary, the end of the transcript.

        A brain without a model cannot put things in its own words: what it keeps of a summary is
        what was said last, as much as `max_tokens` hold.
        """
        self._check_response_schema(response_schema)
        if system_instruction and "summar" in system_instruction.lower():
            transcript = "\n".join(filter(None, (_text(m) for m in context.get_messages())))
            return _end_of(transcript, max_tokens or 500) or None
        return self._reply(context).say or None

    def _reply(self, context: LLMContext) -> Reply:
        messages = [
            cast(dict[str, Any], message)
            for message in context.get_messages()
            if not isinstance(message, LLMSpecificMessage)
        ]
        said = [message for message in messages if message.get("role") != "developer"]
        reply = self._brain(context).reply(said, self._today())
        note = notes_to_heed(messages)
        return replace(reply, say=f"{reply.say} {note}".strip()) if note else reply

    def _brain(self, context: LLMContext) -> Brain:
        specs = _specs(context)
        key = tuple(spec.name for spec in specs)
        if key not in self._brains:
            self._brains[key] = Brain(self._brief.knowledge, specs, self._load())
        return self._brains[key]

    async def _report_usage(self, context: LLMContext, reply: Reply) -> None:
        """Count words as tokens: what a model would about have been charged for."""
        asked = sum(len(_text(message).split()) for message in context.get_messages())
        said = len(reply.say.split()) + (len(str(reply.call).split()) if reply.call else 0)
        usage = LLMTokenUsage(
            prompt_tokens=asked, completion_tokens=said, total_tokens=asked + said
        )
        await self.start_llm_usage_metrics(usage)


def _settings(brief: Brief) -> LLMSettings:
    return LLMSettings(
        model="brain",
        system_instruction=brief.system_prompt,
        temperature=None,
        max_tokens=None,
        top_p=None,
        top_k=None,
        frequency_penalty=None,
        presence_penalty=None,
        seed=None,
        filter_incomplete_user_turns=None,
        user_turn_completion_config=None,
    )


def _specs(context: LLMContext) -> list[ToolSpec]:
    tools = context.tools
    if not isinstance(tools, ToolsSchema):
        return []
    return [
        ToolSpec(tool.name, tool.description, tool.properties, tuple(tool.required))
        for tool in tools.standard_tools
    ]


def _calls(reply: Reply, context: LLMContext) -> Sequence[FunctionCallFromLLM]:
    if not reply.call:
        return ()
    name, arguments = reply.call
    # The same conversation makes the same id: nothing here is random.
    told = json.dumps([name, arguments, len(context.get_messages())], sort_keys=True)
    return [
        FunctionCallFromLLM(
            function_name=name,
            tool_call_id=f"call_{hashlib.sha256(told.encode()).hexdigest()[:16]}",
            arguments=arguments,
            context=context,
        )
    ]


def _tokens(say: str) -> list[str]:
    """Words as a model streams them, the spaces kept: ["We ", "are ", "open."]."""
    words = say.split(" ") if say else []
    return [f"{word} " for word in words[:-1]] + words[-1:]


def _text(message: Any) -> str:
    content = "" if isinstance(message, LLMSpecificMessage) else message.get("content")
    return content if isinstance(content, str) else ""


def _end_of(transcript: str, max_tokens: int) -> str:
    words = transcript.removeprefix("Conversation history:\n").split(" ")
    return " ".join(words[-max_tokens:])
