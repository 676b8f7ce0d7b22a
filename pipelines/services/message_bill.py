"""What Anthropic bills of one message: what it says of it, and else what it has sent.

::

    message_start   input and cached tokens                 the bill of the prompt
    …_delta         text, arguments, thoughts               counted, as long as nothing else is said
    message_delta   output tokens of the whole message      the bill of the answer
"""

from collections.abc import Mapping
from typing import Any

from processors.trace.usage import BilledTokens, tokens_of
from processors.turn_taking.speculation import CHARACTERS_PER_TOKEN


class MessageBill:
    """The bill of one message.

    Args:
        params: The request, as Anthropic's client gets it.
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        """Nothing is known."""
        self.known = False
        self.input = self.cache_read = self.cache_write = 0
        self._params = params
        self._sent = 0
        self._output: int | None = None
        self._complete = False
        self._thoughts: int | None = None

    @classmethod
    def of(cls, message: Any) -> "MessageBill":
        """The bill of a message that came in one piece."""
        bill = cls({"model": message.model})
        bill.known = bill._complete = True
        bill._say(message.usage)
        return bill

    def take(self, event: Any) -> None:
        """Count what an event says or brings."""
        match event.type:
            case "message_start":
                self.known = True
                self._say(event.message.usage)
            case "content_block_delta":
                self._sent += tokens(event.delta)
            case "message_delta" if event.usage is not None:
                self._say(event.usage)
                self._complete = True

    def _say(self, usage: Any) -> None:
        # A count that is left out keeps its earlier value.
        if usage.input_tokens is not None:
            self.input = usage.input_tokens
        if usage.cache_read_input_tokens is not None:
            self.cache_read = usage.cache_read_input_tokens
        if usage.cache_creation_input_tokens is not None:
            self.cache_write = usage.cache_creation_input_tokens
        if usage.output_tokens is not None:
            self._output = usage.output_tokens
        if details := getattr(usage, "output_tokens_details", None):
            self._thoughts = details.thinking_tokens

    @property
    def output(self) -> int:
        """Tokens of the answer: the vendor's count of a whole one, else what was sent."""
        return (self._output or 0) if self._complete else max(self._sent, self._output or 0)

    def guess(self, before: "MessageBill | None") -> None:
        """Estimate the prompt of a message of which nothing was ever said.

        Args:
            before: The last bill with the same system prompt, which is cached since.
        """
        system = tokens_of([self._params.get("tools") or [], self._params.get("system") or ""])
        self.input = tokens_of(self._params.get("messages") or [])
        if before is not None and before.cache_read + before.cache_write:
            self.cache_read = before.cache_read + before.cache_write
        elif "cache_control" in str(self._params.get("system")):
            self.cache_write = system
        else:
            self.input += system

    def tokens(self, asked_ns: int) -> BilledTokens:
        """As it is reported."""
        prompt = self.input + self.cache_read + self.cache_write
        return BilledTokens(
            prompt_tokens=self.input,
            completion_tokens=self.output,
            cache_read_input_tokens=self.cache_read,
            cache_creation_input_tokens=self.cache_write,
            reasoning_tokens=self._thoughts if self._complete else None,
            total_tokens=prompt + self.output,
            asked_ns=asked_ns,
            model=str(self._params.get("model", "")),
            unheard=not self._complete and not self._sent,
            estimated="" if self._complete else "output" if self.known else "all",
        )


def tokens(delta: Any) -> int:
    """How many tokens a piece of an answer is: at least one, none for what is no text."""
    for name in ("text", "partial_json", "thinking"):
        if (text := getattr(delta, name, None)) is not None:
            return max(1, len(text) // CHARACTERS_PER_TOKEN)
    return 0
