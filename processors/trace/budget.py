"""How long an answer may take, stage by stage, and where a turn spent too much.

::

    caller's last sound ──endpointing──▶─stt─▶─router─▶──llm──▶─clause─▶─tts─▶─transport─▶ heard
"""

from collections.abc import Iterable, Mapping
from typing import Any

LINES = ("endpointing", "stt", "router", "llm", "clause", "tts", "transport")

# Pipecat's names of what an answer's time went into → our lines.
_LINE_OF = {
    "endpointing_wait": "endpointing",
    "turn_detection": "endpointing",
    "transcription": "stt",
    "pipeline": "router",
    "first_request": "router",
    "llm_inference": "llm",
    "llm_tool_call": "llm",
    "function_handler": "llm",
    "sentence_aggregation": "clause",
    "speech_synthesis": "tts",
    "output_transport": "transport",
}

# Milliseconds. Drafts overlap llm, clause and tts with endpointing, so most turns stay below.
BUDGETS: dict[str, dict[str, int]] = {
    "brisk": dict(zip(LINES, (300, 100, 30, 250, 60, 120, 40), strict=True)),
    "balanced": dict(zip(LINES, (450, 120, 40, 350, 80, 150, 60), strict=True)),
    "patient": dict(zip(LINES, (900, 150, 50, 450, 100, 200, 60), strict=True)),
}


Stage = tuple[str, str, float]  # key, label, seconds


def after_the_turn(stages: Iterable[Stage], waited_secs: float) -> list[Stage]:
    """The stages as the caller waited for them.

    What was prepared before the turn was over cost the caller nothing; a draft that was ready
    waited, and its waiting is endpointing.

    Args:
        stages: One behind the other, from the caller's last sound.
        waited_secs: From there to the end of the turn.

    >>> after_the_turn([("llm_inference", "LLM", 0.3), ("output_transport", "out", 0.5)], 0.75)
    [('endpointing_wait', 'endpointing', 0.75), ('output_transport', 'out', 0.05)]
    """
    waited_secs = max(0.0, waited_secs)
    found: list[Stage] = [("endpointing_wait", "endpointing", round(waited_secs, 6))]
    end = 0.0
    for key, label, secs in stages:
        end += secs
        rest = min(secs, end - waited_secs)
        if rest > 0 and key != "endpointing_wait":
            found.append((key, label, round(rest, 6)))
    return found


def budget(profile: str) -> dict[str, int]:
    """Milliseconds by line; that of "balanced" for a profile that is not known."""
    return BUDGETS.get(profile, BUDGETS["balanced"])


def spent(stages: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Milliseconds by line of one answer.

    Args:
        stages: `key` and `ms` of each, as the event `answer` has them.

    >>> spent([{"key": "endpointing_wait", "ms": 200}, {"key": "llm_inference", "ms": 90}])["llm"]
    90
    """
    sums: dict[str, int] = {line: 0 for line in LINES}
    for stage in stages:
        sums[_LINE_OF.get(str(stage.get("key")), "router")] += int(stage.get("ms", 0))
    return sums


def overspent(profile: str, stages: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """By how many milliseconds each line went over its budget; only those that did."""
    allowed = budget(profile)
    return {line: ms - allowed[line] for line, ms in spent(stages).items() if ms > allowed[line]}


def lost_before_the_model(budget_ms: Mapping[str, int], waited_ms: int) -> int:
    """By how many milliseconds a turn is late when its answer is asked for; <= 0: it is not.

    Args:
        budget_ms: By line.
        waited_ms: From the caller's last sound.

    >>> lost_before_the_model(budget("balanced"), 500)
    -110
    """
    return waited_ms - sum(budget_ms[line] for line in ("endpointing", "stt", "router"))


def patience_ms(budget_ms: Mapping[str, int], waited_ms: int) -> int:
    """How long after the end of a turn its answer's first word may still take.

    The rest of the whole budget, counted from the caller's last sound; a model that is asked late
    is given its own lines all the same.

    Args:
        budget_ms: By line.
        waited_ms: From the caller's last sound to the end of the turn.

    >>> patience_ms(budget("balanced"), 300), patience_ms(budget("balanced"), 2_000)
    (950, 430)
    """
    left = sum(budget_ms.values()) - waited_ms
    return max(left, budget_ms["llm"] + budget_ms["clause"])
