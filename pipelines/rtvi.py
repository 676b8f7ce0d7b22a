"""What a page may tell the bot, and what the bot tells a page (RTVI, Pipecat's client protocol).

::

    page ── message ──▶ allowed? small? not too often? ──▶ RTVIProcessor ──▶ the line
    page ◀── message ── errors without their texts ◀────── RTVIProcessor, RTVIObserver

A page is anybody. Pipecat believes it: it could hand in the result of a tool (`llm-function-call-
result`), have files fetched (`send-file`), feed sound (`raw-audio`); and the text of a service's
error, which may quote a request, would go out to it.
"""

import time
from collections.abc import Callable

import pipecat.processors.frameworks.rtvi.models as RTVI
from loguru import logger
from pipecat.frames.frames import Frame, InputTransportMessageFrame
from pipecat.processors.frame_processor import FrameDirection
from pipecat.processors.frameworks.rtvi import RTVIObserverParams
from pydantic import BaseModel

from pipelines.rate_limit import Bucket
from processors.turn_taking import Drafts
from processors.turn_taking.rtvi import CandidRTVI

ALLOWED = frozenset({"client-ready", "disconnect-bot", "send-text"})
MAX_TEXT_CHARS = 1000
_SORRY = "Something went wrong on our side. The call goes on if it can."
_REFUSED = "This message was not accepted."


def refusal(message: object) -> str | None:
    """Why a page's message is not passed on, in a few words for the log; None when it is.

    Args:
        message: What came through the data channel, decoded from JSON: anything.

    >>> refusal({"label": "rtvi-ai", "type": "client-ready", "id": "1", "data": {}})
    >>> refusal({"label": "rtvi-ai", "type": "llm-function-call-result", "id": "1", "data": {}})
    'type not allowed'
    """
    if not isinstance(message, dict) or message.get("label") != RTVI.MESSAGE_LABEL:
        return "no RTVI message"
    kind, data = message.get("type"), message.get("data")
    if not isinstance(kind, str) or kind not in ALLOWED:
        return "type not allowed"
    if not isinstance(message.get("id"), str) or len(message["id"]) > 200:
        return "no id"
    if data is not None and not isinstance(data, dict):
        return "data is no object"
    if kind == "send-text":
        content = (data or {}).get("content")
        if not isinstance(content, str) or not content.strip():
            return "no text"
        if len(content) > MAX_TEXT_CHARS:
            return f"text longer than {MAX_TEXT_CHARS} characters"
    return None


class GuardedRTVI(CandidRTVI):
    """Pipecat's RTVI processor for a page that is not trusted.

    Place: where Pipecat puts it, before the line; give it to `PipelineWorker(rtvi_processor=…)`.
    Reads: InputTransportMessage, and passes on to Pipecat's own handling what `refusal` allows,
        typed text no faster than `texts_per_min`.
    Emits: what RTVIProcessor does; error messages carry one fixed sentence.

    Args:
        drafts: The call's drafts, of which the page hears once they are said.
        texts_per_min: Typed messages a minute in the long run; 5 at once.
        clock: Steady seconds.
    """

    def __init__(
        self,
        drafts: Drafts | None = None,
        *,
        texts_per_min: float = 30,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """No page has connected yet."""
        super().__init__(drafts or Drafts())
        self._clock = clock
        self._texts = Bucket(burst=5, per_sec=texts_per_min / 60, tokens=5, at=clock())

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Drop what a page may not say; leave the rest to Pipecat."""
        if isinstance(frame, InputTransportMessageFrame) and not await self._accept(frame.message):
            return
        await super().process_frame(frame, direction)

    async def push_transport_message(self, model: BaseModel, exclude_none: bool = True) -> None:
        """Send a message to the page; whatever an error says stays here."""
        match model:
            case RTVI.Error():
                model = RTVI.Error(data=RTVI.ErrorData(error=_SORRY, fatal=model.data.fatal))
            case RTVI.ErrorResponse():
                model = RTVI.ErrorResponse(id=model.id, data=RTVI.ErrorResponseData(error=_REFUSED))
        await super().push_transport_message(model, exclude_none)

    async def _accept(self, message: object) -> bool:
        why = refusal(message)
        if why is None and isinstance(message, dict) and message["type"] == "send-text":
            why = "too many texts" if self._texts.take(self._clock()) else None
        if why is None:
            return True
        logger.warning(f"a message of the page was refused: {why}")
        request = message.get("id") if isinstance(message, dict) else None
        if isinstance(request, str):
            await self._send_refusal(request[:200])
        return False

    async def _send_refusal(self, request: str) -> None:
        answer = RTVI.ErrorResponse(id=request, data=RTVI.ErrorResponseData(error=_REFUSED))
        await self.push_transport_message(answer)


def observer_params() -> RTVIObserverParams:
    """What a page is told: the conversation; no metrics, no prompts, no arguments of tools.

    `user_llm` would also show what was only guessed while the caller still spoke.
    """
    return RTVIObserverParams(bot_tts_enabled=False, user_llm_enabled=False, metrics_enabled=False)


def turn_latency(turn: int, total_ms: float, stages: list[tuple[str, float]]) -> dict:
    """What the page shows of an answer's time; send it as `RTVIServerMessageFrame(data=…)`.

    Args:
        turn: The caller's turn, from 1.
        total_ms: From the caller's last sound to the bot's first.
        stages: Name and milliseconds of each stage, in the order in which they followed.

    >>> turn_latency(1, 612.4, [("endpointing", 200.0)])["total_ms"]
    612
    """
    return {
        "type": "turn-latency",
        "turn": turn,
        "total_ms": round(total_ms),
        "stages": [{"name": name, "ms": round(ms)} for name, ms in stages],
    }
