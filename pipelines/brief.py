"""Everything that makes a bot itself, in the order in which someone will want to change it."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pipelines.knowledge import Knowledge
from pipelines.spoken import MONTHS, WEEKDAYS
from processors.escalation.policy import Handover

Profile = Literal["brisk", "balanced", "patient"]
Recording = Literal["on", "words", "consent", "off"]


@dataclass(frozen=True, kw_only=True)
class Brief:
    """What a bot is. Its services, its line of processors and its pages are made from it.

    Args:
        name: How the bot is called in addresses and logs, e.g. `receptionist`.
        title: How the bot is called on pages.
        persona: The system prompt without the facts; written for the ear.
        greeting: The first thing the bot says.
        knowledge: What it knows.
        tools: Pipecat direct functions: `async def f(params: FunctionCallParams, ...)` with
            Google-style docstrings; the result is a dict whose `say` is a sentence for the caller.
        stt: Service addresses in order of preference, first the best.
        llm: As `stt`.
        tts: As `stt`.
        profile: How soon the bot comes in after a pause.
        filler: What is said once when an answer is late, e.g. "One moment."; "" is nothing, None
            the usual words of the language.
        cached_answers: Whether what was asked before is answered without the model.
        idle_secs: Silence of the caller after which the bot asks if they are there, in seconds.
        language: BCP 47 language of the conversation.
        handover: Who takes over from the bot, when, and how long the caller waits.
        goals: What callers come for: the tool that does it, and the word for a call where it did.
        recording: What is kept of calls: sound and words, words only, nothing before the caller
            has consented (a TraceFrame "consent.given"), or nothing at all.
        redact: Whether card numbers, addresses, telephone numbers and dates of birth are masked in
            words and silenced in sound before anything is stored.
        resources: What the tools work on, given to them as `params.app_resources`.
    """

    name: str
    title: str
    persona: str
    greeting: str
    knowledge: Knowledge = field(default_factory=Knowledge)
    tools: tuple[Callable[..., Any], ...] = ()
    stt: tuple[str, ...] = ("deepgram/nova-3", "embedded/pocketsphinx")
    llm: tuple[str, ...] = ("anthropic/fast", "embedded/brain")
    tts: tuple[str, ...] = ("cartesia/default", "embedded/espeak")
    profile: Profile = "balanced"
    filler: str | None = None
    cached_answers: bool = True
    idle_secs: float = 8.0
    language: str = "en"
    handover: Handover = field(default_factory=Handover)
    goals: Mapping[str, str] = field(default_factory=dict)
    recording: Recording = "on"
    redact: bool = False
    resources: Any = None

    @property
    def system_prompt(self) -> str:
        """Persona and facts, as a model gets them."""
        return "\n\n".join(part for part in (self.persona.strip(), self.knowledge.prompt()) if part)

    def instructions(self, now: dt.datetime | None = None) -> str:
        """The system prompt of a call that begins `now`: no model knows what "tomorrow" is.

        Args:
            now: With its zone; by default the machine's local time (`TZ` names another zone).

        >>> now = dt.datetime(2031, 5, 21, 9, 5, tzinfo=dt.UTC)
        >>> Brief(name="b", title="B", persona="", greeting="").instructions(now)
        'This call began on Wednesday, 21 May 2031 (2031-05-21) at 09:05 UTC.'
        """
        now = now or dt.datetime.now().astimezone()
        weekday, month = WEEKDAYS[now.weekday()].capitalize(), MONTHS[now.month - 1].capitalize()
        day = f"{weekday}, {now.day} {month} {now.year} ({now:%Y-%m-%d})"
        began = f"This call began on {day} at {f'{now:%H:%M %Z}'.strip()}."
        return f"{self.system_prompt}\n\n{began}".strip()
