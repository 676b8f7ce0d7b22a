"""What a bot knows: facts with the ways people ask for them, read from a TOML file beside the bot.

::

    [[fact]]
    topic = "opening hours"
    ask = ["What are your opening hours?", "When are you open?"]
    answer = "We are open Monday to Friday from eight to five."

    [tool.book_appointment]
    say = ["I would like to book an appointment"]       # how a caller asks for it
    ask.day = "Which day would suit you?"                # what to ask for a missing argument
    hear = ["On Tuesday at ten please."]                 # what a caller may say on the way
    confirm = "A {reason} on {day} at {time} for {name}. Shall I book it?"

    [vocabulary]
    Brightwell = "B R AY T W EH L"                       # names, with ARPAbet phones where known

Beside it may lie a table of more questions, `<bot>.asked.tsv`, one a line::

    topic            question
    opening hours    what time do you knock off
    -                what's the wifi password        (sounds like one of the facts, and is none)

They are for the semantic cache alone, which is the surer the more it has seen; the recogniser and
the models do not read them.

Vendors' models read it as a part of the system prompt (`Knowledge.prompt`), recognisers as the
words to expect (`Knowledge.keyterms`), the embedded brain and the semantic cache as it stands.
"""

import hashlib
import json
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

_NO_TOPIC = "-"


class KnowledgeError(ValueError):
    """A knowledge file that cannot be read as one."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One answer and the questions it answers; `also` are more of them, for the cache alone."""

    topic: str
    ask: tuple[str, ...]
    answer: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ToolTalk:
    """How people speak about a tool: how they ask for it, what to ask them back.

    `hear` is what they may answer; it only teaches a recogniser what to expect.
    `confirm` has a `{placeholder}` for each argument; empty when the tool needs no confirmation.
    """

    say: tuple[str, ...] = ()
    ask: Mapping[str, str] = field(default_factory=dict)
    hear: tuple[str, ...] = ()
    confirm: str = ""


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """The facts, the talk about tools by tool name, and the words no dictionary has.

    `unanswered` are questions that sound like those of a fact and are not answered by any.
    """

    facts: tuple[Fact, ...] = ()
    unanswered: tuple[str, ...] = ()
    tools: Mapping[str, ToolTalk] = field(default_factory=dict)
    vocabulary: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "Knowledge":
        """Read a TOML file.

        Raises:
            KnowledgeError: the file is missing, is not TOML, or a fact lacks a part.
        """
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise KnowledgeError(f"cannot read the knowledge in {path}: {error}") from error
        facts = [_fact(path, number, entry) for number, entry in enumerate(raw.get("fact", []), 1)]
        asked = _asked(path.with_suffix(".asked.tsv"), {fact.topic for fact in facts})
        return cls(
            facts=tuple(replace(fact, also=tuple(asked.pop(fact.topic, ()))) for fact in facts),
            unanswered=tuple(asked.get(_NO_TOPIC, ())),
            tools={name: _talk(path, name, entry) for name, entry in raw.get("tool", {}).items()},
            vocabulary=dict(raw.get("vocabulary", {})),
        )

    @property
    def version(self) -> str:
        """Changes whenever anything a caller could be told changes; 12 hex digits."""
        facts = [[fact.topic, [*fact.ask, *fact.also], fact.answer] for fact in self.facts]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:12]

    def phrases(self) -> tuple[str, ...]:
        """Every sentence a caller is expected to say."""
        asked = [phrase for fact in self.facts for phrase in fact.ask]
        talks = self.tools.values()
        return (*asked, *(phrase for talk in talks for phrase in (*talk.say, *talk.hear)))

    def keyterms(self) -> tuple[str, ...]:
        """Names and topics for a recogniser to expect."""
        return (*self.vocabulary, *(fact.topic for fact in self.facts))

    def prompt(self) -> str:
        """The facts as a part of a system prompt; empty without facts."""
        if not self.facts:
            return ""
        lines = "\n".join(f"- {fact.topic}: {fact.answer}" for fact in self.facts)
        return f"What you know (never make up anything beyond it):\n{lines}"


def _fact(path: Path, number: int, entry: Mapping) -> Fact:
    missing = [key for key in ("topic", "ask", "answer") if not entry.get(key)]
    if missing:
        raise KnowledgeError(
            f"fact {number} in {path} has no {', '.join(missing)}; "
            "a fact needs topic, ask and answer"
        )
    return Fact(topic=entry["topic"], ask=tuple(entry["ask"]), answer=entry["answer"])


def _asked(path: Path, topics: Collection[str]) -> dict[str, list[str]]:
    """The questions of a table by topic, `-` for those without an answer; none without a file."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(f"cannot read the questions in {path}: {error}") from error
    asked: dict[str, list[str]] = {}
    for number, line in enumerate(lines[1:], 2):
        topic, tab, question = line.partition("\t")
        if not tab or not question.strip() or topic not in (_NO_TOPIC, *topics):
            raise KnowledgeError(
                f"line {number} of {path} is {line!r}; a line is a topic of {path.stem} or "
                f"{_NO_TOPIC!r}, a tab and a question"
            )
        asked.setdefault(topic, []).append(question.strip())
    return asked


def _talk(path: Path, name: str, entry: Mapping) -> ToolTalk:
    unknown = sorted(set(entry) - {"say", "ask", "hear", "confirm"})
    if unknown:
        raise KnowledgeError(
            f"[tool.{name}] in {path} has {', '.join(unknown)}; "
            "it may have say, ask, hear and confirm"
        )
    return ToolTalk(
        say=tuple(entry.get("say", ())),
        ask=dict(entry.get("ask", {})),
        hear=tuple(entry.get("hear", ())),
        confirm=entry.get("confirm", ""),
    )
