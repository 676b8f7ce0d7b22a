"""OpenAI, or any server that speaks its protocol: vLLM, Ollama, llama.cpp. "openai/<model>".

OPENAI_API_KEY     the key; a server of one's own usually needs none
OPENAI_BASE_URL    e.g. http://127.0.0.1:8000/v1 (vLLM), http://127.0.0.1:11434/v1 (Ollama),
                   http://127.0.0.1:8080/v1 (llama.cpp); OpenAI's own by default
OPENAI_MODEL       the model of "openai/default"
OPENAI_FAST_MODEL  what answers where time or money runs out; by default nothing else does
"""

from typing import Any

from openai import AsyncOpenAI, Timeout
from pipecat.adapters.llm.services.open_ai_adapter import OpenAILLMAdapter
from pipecat.metrics.metrics import LLMTokenUsage
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.services.openai.llm import OpenAILLMService

from pipelines.brief import Brief
from pipelines.services.chat_bill import ChatBill
from pipelines.services.errors import MissingKeyError
from pipelines.settings import Settings
from processors.in_time import Models
from processors.turn_taking.held_calls import HeldCalls


def llm(name: str, brief: Brief, settings: Settings) -> "OpenAI":
    """The model `name`, or the deployment's "default" one.

    Raises:
        MissingKeyError: neither OPENAI_API_KEY nor OPENAI_BASE_URL is set.
    """
    if not settings.openai_api_key and not settings.openai_base_url:
        raise MissingKeyError("neither OPENAI_API_KEY nor OPENAI_BASE_URL is set")
    secret = settings.openai_api_key
    model = settings.openai_model if name == "default" else name
    return OpenAI(
        models=Models.of(model, settings.openai_fast_model),
        # The client insists on a key; servers of one's own do not look at it.
        api_key=secret.get_secret_value() if secret else "none",
        base_url=settings.openai_base_url,
        timeout=Timeout(settings.llm_silence_secs, connect=settings.vendor_connect_secs),
        settings=OpenAILLMService.Settings(
            model=model,
            system_instruction=brief.instructions(),
        ),
    )


class OpenAI(HeldCalls[OpenAILLMAdapter], OpenAILLMService):
    """Pipecat's service with timeouts fit for a call; on other servers without developer messages.

    A server says what an answer cost with its last piece, and nothing of one that is given up: that
    is estimated here, and said to be.

    Args:
        timeout: How long connecting and each silence of the server may last.
        base_url: The server; OpenAI's own where it is None.
        models: What there is to choose from.
        kwargs: Pipecat's arguments.
    """

    def __init__(self, *, timeout: Timeout, base_url: str | None, models: Models, **kwargs: Any):
        self.models = models
        self._timeout = timeout
        self._bill: ChatBill | None = None
        # OpenAI's own role: most other servers' chat templates refuse it.
        self.supports_developer_role = base_url is None
        super().__init__(base_url=base_url, **kwargs)

    def create_client(self, api_key: Any = None, base_url: Any = None, **_: Any) -> AsyncOpenAI:
        """A client that gives up in time and leaves trying again to the pipeline."""
        return AsyncOpenAI(api_key=api_key, base_url=base_url, timeout=self._timeout, max_retries=0)

    async def get_chat_completions(self, context: LLMContext) -> Any:
        """Ask, and count what comes."""
        stream = await super().get_chat_completions(context)
        said = [self._settings.system_instruction, context.get_messages()]
        self._bill = ChatBill(said, str(self._settings.model))
        return self._bill.counting(stream)

    async def start_llm_usage_metrics(self, tokens: LLMTokenUsage) -> None:
        """Report what the server says."""
        self._bill = None
        await super().start_llm_usage_metrics(tokens)

    async def _process_context(self, context: LLMContext) -> None:
        try:
            await super()._process_context(context)
        finally:
            if self._bill is not None:
                await self.start_llm_usage_metrics(self._bill.tokens())

    async def cleanup(self) -> None:
        """Release the connections, which belong to this call."""
        await super().cleanup()
        await self._client.close()
