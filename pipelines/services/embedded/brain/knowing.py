"""What a turn asks about: split into its questions and wishes, each matched with what is known.

::

    "what are your opening hours and can i book a cleaning"
        ├─ fact "opening hours"          .97
        └─ tool "book_appointment"       .88
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from pipelines.knowledge import Fact, Knowledge, ToolTalk
from pipelines.services.embedded.brain.nearest import Match, index_of
from pipelines.services.embedded.brain.state import State
from pipelines.services.embedded.brain.words import plain, stem, words
from processors.embeddings import Embeddings

# From here on a match is taken to be meant; set on paraphrases that are in no knowledge file.
KNOWN = 0.47
# Two parts have to match this well each, and better than the whole on the average.
_SPLIT = 0.5
_FACT, _TOOL = "fact:", "tool:"

_STARTS = frozenset(
    "what which who where when how why is are do does did can could would will should has have may "
    "am".split()
)
# What a question's own verb stands behind: "how much | is", "what if | I".
_LEADS = frozenset(
    "what which who where when how why much many long far late early often old time times if that "
    "i you it and".split()
)
_GRAMMAR = frozenset(
    "the a an on at in for of to is are do does you your i my me and what about how it that or "
    "then please".split()
)
_JOINTS = frozenset("and also but then plus".split())
_QUESTION = re.compile(
    r"^(?:(?:and|so|but|okay|also|actually|sorry|well|by the way|before that|wait|hi|hello|"
    r"one more (?:thing|question)|i (?:would like|want|wanted) to (?:know|ask)(?: if)?|"
    r"(?:can|could) you tell me|tell me|i was wondering(?: if)?|do you know|um|uh) )*"
    r"(?:what|which|who|where|when|how|why|is|are|do|does|did|can|could|would|will|should|has|have|"
    r"until|how|if)\b"
)
_FRAGMENT = re.compile(r"^(?:and|or|what about|how about|and what about|also|okay and|so)\b ?")


@dataclass(frozen=True)
class Meaning:
    """One part of a turn and what it comes closest to; `match.score` may be low."""

    text: str
    match: Match

    @property
    def known(self) -> bool:
        """Whether the match is close enough to be meant."""
        return self.match.score >= KNOWN

    @property
    def topic(self) -> str:
        """The topic of the fact it asks for, or ""."""
        return self.match.key.removeprefix(_FACT) if self.match.key.startswith(_FACT) else ""

    @property
    def tool(self) -> str:
        """The name of the tool it wants, or ""."""
        return self.match.key.removeprefix(_TOOL) if self.match.key.startswith(_TOOL) else ""

    @property
    def asks(self) -> bool:
        """Whether it has the form of a question."""
        return bool(_QUESTION.match(plain(self.text)))


class Knowing:
    """The facts of a bot and the talk about its tools, ready to be searched."""

    def __init__(
        self, knowledge: Knowledge, talks: Mapping[str, ToolTalk], embeddings: Embeddings
    ) -> None:
        """Embed all phrases: about 0.1 ms each."""
        self.facts: dict[str, Fact] = {fact.topic: fact for fact in knowledge.facts}
        phrases = [(_FACT + fact.topic, ask) for fact in knowledge.facts for ask in fact.ask]
        phrases += [(_TOOL + name, say) for name, talk in talks.items() for say in talk.say]
        self._index = index_of(tuple(phrases), embeddings)
        reach = self._index.nearest("How do I reach a person by telephone?")
        facts = [m.key.removeprefix(_FACT) for m in reach if m.key.startswith(_FACT)]
        near = reach and facts and reach[0].score >= KNOWN
        self._reach = self.facts[facts[0]].answer if near else ""
        # A conversation is read anew for each reply; its old turns cost nothing the second time.
        self._best = lru_cache(maxsize=4096)(self._nearest)

    def reach(self) -> str:
        """How to reach a person, from the facts; "" if they do not say."""
        return self._reach

    def meanings(self, text: str, state: State) -> list[Meaning]:
        """The parts of a turn with what each comes closest to."""
        sentences = [part for part in re.split(r"[.?!;]+\s+", text) if words(part)]
        parts = [part for sentence in sentences for part in self._parts(plain(sentence))]
        return [Meaning(part, self._match(part, state)) for part in parts]

    def _match(self, text: str, state: State) -> Match:
        best = self._best(text)
        if state.choice and best.score < 0.9:
            named = re.sub(r"\b(?:it|that|one)\b", state.choice, text)
            best = max(best, self._best(named), key=lambda match: match.score)
        follow_up = self._follow_up(text, state)
        return follow_up or best

    def _nearest(self, text: str) -> Match:
        found = self._index.nearest(text)
        return found[0] if found else Match("", 0.0, "")

    def _follow_up(self, text: str, state: State) -> Match | None:
        """What "and on Saturdays?" asks for after another question.

        The words of the fragment stand in the question before it; only a phrase that has one of
        them can be what is meant.
        """
        fragment = _FRAGMENT.sub("", text)
        news = {stem(word) for word in words(fragment)} - _GRAMMAR
        if not state.question or not news or len(words(fragment)) > 4:
            return None
        if fragment == text and (_QUESTION.match(text) or len(news) > 2):
            return None
        for match in self._index.nearest(f"{state.question} {fragment}"):
            old = match.key == _FACT + state.topic
            if (
                not old
                and match.key.startswith(_FACT)
                and news & set(map(stem, words(match.phrase)))
            ):
                return match if match.score >= KNOWN else None
        return None

    def _parts(self, text: str) -> list[str]:
        """A run of words cut where two different things are asked for."""
        said = text.split()
        best, cut = self._best(text).score, None
        for at in range(2, len(said) - 1):
            joint = said[at] in _JOINTS
            if not joint and (said[at] not in _STARTS or said[at - 1] in _LEADS):
                continue
            left, right = " ".join(said[:at]), " ".join(said[at + joint :])
            first, second = self._best(left), self._best(right)
            both = (first.score + second.score) / 2
            apart = first.key != second.key and min(first.score, second.score) >= _SPLIT
            if apart and both > best:
                best, cut = both, (left, right)
        return [part for piece in cut for part in self._parts(piece)] if cut else [text]
