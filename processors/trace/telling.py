"""Frames in the words of the record: plain dictionaries, fit for JSON."""

from typing import Any

from pipecat.frames.frames import Frame, FunctionCallInProgressFrame, FunctionCallResultFrame
from pipecat.metrics.metrics import (
    LLMTokenUsage,
    LLMUsageMetricsData,
    MetricsData,
    STTUsageMetricsData,
    TTFBMetricsData,
    TTSUsageMetricsData,
)
from pipecat.services.ai_service import AIService

from processors.backchannel_filter import OverlapFrame
from processors.semantic_cache.events import CacheEventFrame
from processors.trace.usage import BilledTokens
from processors.turn_taking.decision_frame import TurnDecisionFrame

Told = tuple[str, dict[str, Any]]

# Providers that say how many tokens came from the prompt cache, and count them in the prompt too.
_GROSS = ("openai",)


def provider(service: type) -> str:
    """Who makes a service, by the module of its class: `pipelines.services.<provider>…`."""
    for module in (kind.__module__ for kind in service.__mro__):
        parts = module.split(".")
        if "services" in parts[:-1]:
            return parts[parts.index("services") + 1]
    return service.__name__


def station(service: AIService) -> dict[str, Any]:
    """Who works at a station."""
    model = service.settings.model
    named = {"model": model} if isinstance(model, str) and model else {}
    return {"provider": provider(type(service)), **named, "station": service.name}


def confidence(result: Any) -> float | None:
    """How sure the recogniser was, in [0, 1]; None where it does not say.

    Args:
        result: What the service put beside the words: its own shape for every vendor.
    """
    value = getattr(result, "confidence", None)
    if value is None:
        channel = getattr(result, "channel", None)
        alternatives = getattr(channel, "alternatives", None) or ()
        value = getattr(alternatives[0], "confidence", None) if alternatives else None
    return round(float(value), 3) if isinstance(value, int | float) else None


def metric(data: MetricsData, maker: str) -> Told | None:
    """What a measurement says; None for what the record does not keep."""
    about: dict[str, Any] = {"provider": maker, "model": data.model or ""}
    match data:
        case LLMUsageMetricsData(value=usage):
            cached = usage.cache_read_input_tokens or 0
            written = usage.cache_creation_input_tokens or 0
            gross = maker in _GROSS
            fresh = usage.prompt_tokens - (cached + written if gross else 0)
            tokens = {"input": max(0, fresh), "output": usage.completion_tokens}
            tokens |= {"cache_read": cached, "cache_write": written}
            return "usage", about | {"stage": "llm"} | tokens | _billed(usage)
        case TTSUsageMetricsData(value=characters):
            return "usage", about | {"stage": "tts", "characters": characters}
        case STTUsageMetricsData(value=usage):
            return "usage", about | {"stage": "stt", "seconds": round(usage.audio_seconds, 3)}
        case TTFBMetricsData(value=secs) if secs > 0:
            return "first", about | {"station": data.processor, "ms": round(1000 * secs, 1)}
    return None


def asked_ns(data: MetricsData) -> int:
    """When what is measured was asked for, in steady nanoseconds; 0 where it does not say."""
    usage = data.value if isinstance(data, LLMUsageMetricsData) else None
    return usage.asked_ns if isinstance(usage, BilledTokens) else 0


def _billed(usage: LLMTokenUsage) -> dict[str, Any]:
    if not isinstance(usage, BilledTokens):
        return {}
    about = {"model": usage.model, "estimated": usage.estimated, "unheard": usage.unheard}
    return {name: value for name, value in about.items() if value}


def told(frame: Frame) -> Told:
    """What a frame that tells of a decision says.

    Raises:
        TypeError: it is none of those.
    """
    match frame:
        case OverlapFrame():
            return "overlap", _overlap(frame)
        case TurnDecisionFrame():
            return "turn.decided", _turn(frame)
        case CacheEventFrame(event=event):
            about = {key: value for key, value in vars(event).items() if value not in ("", 0.0)}
            about.pop("kind")
            why = about.pop("reason", "")
            return f"cache.{event.kind}", about | ({"why": why} if why else {})
        case FunctionCallInProgressFrame():
            return "tool.called", {"name": frame.function_name, "arguments": frame.arguments}
        case FunctionCallResultFrame():
            return "tool.result", {"name": frame.function_name, "result": frame.result}
    raise TypeError(f"{type(frame).__name__} tells of no decision")


def _overlap(frame: OverlapFrame) -> dict[str, Any]:
    said = f"“{frame.text}”" if frame.text else "a sound without words"
    secs = f", {frame.speech_secs:.1f} s long" if frame.speech_secs is not None else ""
    deed = "the bot falls silent" if frame.takes_floor else "the bot goes on"
    return {
        "class": frame.overlap.value,
        "takes_floor": frame.takes_floor,
        "text": frame.text,
        "bot_said": frame.bot_said,
        "speech_secs": frame.speech_secs,
        "held_secs": round(frame.held_secs, 3),
        "why": f"{said}{secs} is {frame.overlap.value}: {deed}",
    }


def _turn(frame: TurnDecisionFrame) -> dict[str, Any]:
    sound = "not asked" if frame.probability is None else f"{frame.probability:.2f}"
    return {
        "text": frame.text,
        "words": frame.words,
        "probability": frame.probability and round(frame.probability, 4),
        "expected": frame.expected,
        "quiet_ms": round(frame.quiet_secs * 1000),
        "wait_ms": round(frame.wait_secs * 1000),
        "stretch": round(frame.stretch, 2),
        "profile": frame.profile,
        "drafted": frame.drafted,
        "why": f"words {frame.words}, turn model {sound}, {frame.profile}: "
        f"{frame.quiet_secs:.2f} s quiet of {frame.wait_secs:.2f} s asked for",
    }
