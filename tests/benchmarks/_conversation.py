"""The spoken call that both bots answer: what the caller says, where they hesitate, what they hear.

A bar in a text is a hesitation inside the sentence::

    "My name is |500| Sarah Johnson."

The sentence is spoken in one piece and cut at the word, so that its melody says that more will
come, as it does when people hesitate.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tests.speech import RATE, Samples, pause, say
from tests.vendors.hearing import Said
from tests.vendors.language import Asked

VOICES = ("slt", "rms", "awb", "espeak/en-us+f3@165")


@dataclass(frozen=True)
class Line:
    """One turn: what the caller says and what the bot answers.

    `known` marks an answer that needs no model (a set phrase, a cached answer).
    """

    caller: str
    bot: str
    known: bool = False

    @property
    def words(self) -> str:
        """What the caller says, without the marks."""
        return re.sub(r"\s*\|\d+\|\s*", " ", self.caller)


CALL = (
    Line(
        "Hi, what are your opening hours?",
        "We are open from eight to five, Monday to Friday. Is there anything else?",
        known=True,
    ),
    Line(
        "Yes, I would like to book an appointment |700| for next Tuesday.",
        "Of course, next Tuesday is fine. What time would suit you best?",
    ),
    Line("Around ten in the morning.", "Ten o'clock is free. Could I have your name, please?"),
    Line(
        "My name is |500| Sarah Johnson.",
        "Thank you, Sarah. What is the best phone number to reach you?",
    ),
    Line(
        "It's four one five, |400| five five five, |450| zero one nine nine.",
        "Thank you, I have that. Is this your first visit with us?",
    ),
    Line("Yes, it is.", "Welcome, then. Do you have dental insurance?"),
    Line(
        "I think so, but I am not sure |900| which one it is.",
        "No problem, we can look at that together. Shall I send you a text message?",
    ),
    Line("Yes, please.", "Good, it is on its way. What else can I do for you?"),
    Line(
        "Can I also bring |1100| my daughter?",
        "Certainly, there is a corner for children. Anything else?",
    ),
    Line("Where can I park my car?", "You can park behind the house. Anything else?", known=True),
    Line(
        "I was wondering if you could |600| tell me the price of a cleaning.",
        "A cleaning is ninety dollars. Would you like to book one?",
    ),
    Line("How long does it take?", "About forty minutes, I would say. Shall we do it?", known=True),
    Line("No, that's all. Thank you.", "You are welcome. Have a lovely day."),
)


@dataclass(frozen=True)
class Piece:
    """What is spoken without a break, and the hesitation after its last voiced sample.

    `sound` may go on after that, as voices die away; that belongs to the hesitation.
    """

    text: str
    sound: Samples
    voiced: int
    hesitation_secs: float


def pieces(line: Line, voice: str) -> list[Piece]:
    """A turn as it is spoken, cut where the caller hesitates."""
    parts = re.split(r"\s*\|(\d+)\|\s*", line.caller)
    texts, pauses = parts[::2], [int(ms) / 1000 for ms in parts[1::2]]
    spoken = say(line.words, voice)
    whole, fading = _voiced(spoken), _after_voice(spoken)
    cuts = [0]
    for index in range(1, len(texts)):
        said = " ".join(texts[:index]).rstrip(",")
        cuts.append(_quietest(whole, len(_voiced(say(said, voice))), after=cuts[-1]))
    cuts.append(len(whole))
    sounds = [_voiced(whole[start:end]) for start, end in pairwise(cuts)]
    tails = [*([fading[:0]] * len(pauses)), fading]
    return [
        Piece(text, np.concatenate([sound, tail]), len(sound), secs)
        for text, sound, tail, secs in zip(texts, sounds, tails, [*pauses, 0.0], strict=True)
    ]


def script(voice: str) -> list[Said]:
    """The whole call for the recogniser's stand-in, each piece from its onset."""
    return [
        Said(0.0, piece.voiced / RATE, piece.text) for line in CALL for piece in pieces(line, voice)
    ]


def hesitations(line: Line) -> int:
    """How often the caller hesitates in a turn."""
    return line.caller.count("|") // 2


def answer(asked: Asked) -> str:
    """What the model's stand-in says: the answer to the caller's words, or a question."""
    answers = {plain(line.words): line.bot for line in CALL}
    return answers.get(plain(asked.said)) or "I see. Could you tell me more about that, please?"


def plain(text: str) -> str:
    """`text` without case and punctuation."""
    return " ".join(re.findall(r"[a-z0-9']+", text.lower()))


def _voiced(samples: Samples, floor: int = 200) -> Samples:
    """`samples` without the silence around them."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > floor)
    return samples[loud[0] : loud[-1] + 1] if loud.size else samples


def _after_voice(samples: Samples, floor: int = 200) -> Samples:
    """What follows the last voiced sample: the voice dying away."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > floor)
    return samples[loud[-1] + 1 :] if loud.size else samples[:0]


def _quietest(whole: Samples, near: int, after: int) -> int:
    """Where to cut: the quietest 10 ms within 0.15 s of the sample `near`."""
    step = RATE // 100
    first = max(after + 10 * step, near - 15 * step)
    last = min(near + 10 * step, len(whole) - 10 * step)
    starts = range(first, max(last, first + step), step)
    return min(starts, key=lambda at: float(np.mean(whole[at : at + step].astype(float) ** 2)))


def hush(secs: float) -> Samples:
    """A hesitation on a real line."""
    return pause(secs)
