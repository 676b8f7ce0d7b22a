"""How a call is getting on, judged from both sides: what the caller's turn is like, and whether the
bot says anything that answers it.

::

    caller  the light is red            bot  Please unplug the router.     answers    0.5
    caller  did that, twice             bot  Please unplug the router.     says it again
    caller  brilliant, a fourth time?                                      sounds sarcastic

One look at a turn is a row of numbers (`Look`), and a weighted sum of them is the log-odds that
this call needs a person. The weights were fitted to scripted calls, by
`tests/benchmarks/escalation_fit`.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from processors.escalation.events import BotSaid, CallerSaid, Event, Evidence, Quiet, ToolDone
from processors.escalation.resemblance import Resemblance
from processors.escalation.wording import phrases, plain

_REMEMBERED = 3  # turns of each side with which a turn is compared
_AGAIN = 0.8  # likeness of two of the bot's turns that say the same
_UNLIKE = -0.5  # how much a turn that was not spoken is like any kind
_LONG = 20  # words; a longer turn tells no more

# Fitted. The constants below were chosen so that each collection of scripts does well with weights
# that were fitted to the others.
WEIGHTS: Mapping[str, float] = {
    "trouble": 1.35,
    "trouble_before": 1.35,
    "person": 0.86,
    "urgent": 0.31,
    "person_before": 1.09,
    "urgent_before": 0.87,
    "bot_again": 2.07,
    "bot_repeats": 1.23,
    "bot_missed": 1.69,
    "bot_cannot": 1.06,
    "beside": 2.00,
    "again": 0.94,
    "replies": 0.69,
    "failed": 1.72,
    "worked": -1.82,
    "quiet": 0.22,
    "no": -0.52,
    "length": 1.56,
    "exclaimed": 1.08,
}
CONSTANT = -1.62
_FROM = 0.5  # log-odds from which a turn is evidence
_WEIGHT = 0.35  # of evidence, for each unit of log-odds
_MOST = 0.45  # a single turn is never enough by its course alone
_AT_EASE = -0.5  # log-odds below which angry words are hardly meant for this call
_STRONG_FROM = {"person": 0.6, "urgent": 0.8}  # trouble from which these kinds weigh more
_STRONG = 0.64
_STRONG_ODDS = -0.5  # log-odds from which they do
_SURE, _SURE_FROM = 0.5, 1.0  # likeness to danger, and trouble, of what is so beyond doubt
_ALONE = 0.9  # its weight: a person is called, whatever has been before it
_IS = 0.1  # how much a turn must be like one of these, and not only unlike the others
_SOUNDS = {
    "person": "seems to want a person",
    "misheard": "seems not to be understood",
    "lost": "seems lost",
    "leaving": "seems to give up",
    "angry": "sounds angry",
    "sarcastic": "sounds sarcastic",
    "urgent": "sounds as if in need",
}
_TURNS_AWAY = 0.85  # how far beside a turn of the bot's must be to be named as a reason


@dataclass(frozen=True)
class Look:
    """What is seen of a call at the end of a caller's turn.

    Args:
        trouble: How much the turn is like those of calls that go wrong.
        trouble_before: The mean of that over the two turns before.
        person: How much it is like a wish for a person.
        urgent: How much it is like danger.
        person_before: The highest `person` of the turns before it.
        urgent_before: The highest `urgent` of them.
        bot_again: Likeness of the bot's last turn and those before it, the highest.
        bot_repeats: How many of its last turns said what it had said before.
        bot_missed: How many of its last turns said that it had not understood.
        bot_cannot: How many of them refused something, or found nothing.
        beside: How little the bot's last turn has to do with what it answered.
        again: Likeness of this turn and the caller's turns before it, the highest.
        replies: Likeness of this turn and the bot's last.
        failed: Tools that failed, lately.
        worked: Tools that worked, lately.
        quiet: Silences, lately.
        no: Whether it begins with a no.
        length: Of the turn, 1 for twenty words.
        exclaimed: Whether it is exclaimed.
    """

    trouble: float
    trouble_before: float
    person: float
    urgent: float
    person_before: float
    urgent_before: float
    bot_again: float
    bot_repeats: float
    bot_missed: float
    bot_cannot: float
    beside: float
    again: float
    replies: float
    failed: float
    worked: float
    quiet: float
    no: float
    length: float
    exclaimed: float


class Watch:
    """Look at a call, turn by turn.

    Args:
        resemblance: What turns are like.
        language: Of the phrases.
    """

    def __init__(self, resemblance: Resemblance, language: str = "en") -> None:
        """Nothing was said yet."""
        self._is = resemblance
        self._language = language
        self._caller: deque[str] = deque(maxlen=_REMEMBERED)
        self._bot: deque[str] = deque(maxlen=_REMEMBERED)
        self._repeats: deque[bool] = deque(maxlen=_REMEMBERED + 1)
        self._missed: deque[bool] = deque(maxlen=_REMEMBERED + 1)
        self._cannot: deque[bool] = deque(maxlen=_REMEMBERED + 1)
        self._lately: deque[str] = deque(maxlen=_REMEMBERED)
        self._bot_again = 0.0
        self._beside = 0.5

    def look(self, event: Event) -> Look | None:
        """Take note of what happens; what is seen where a caller's turn has ended."""
        match event:
            case BotSaid(text=text):
                self._hear_bot(text)
            case ToolDone(failed=failed):
                self._lately.append("failed" if failed else "worked")
            case Quiet():
                self._lately.append("quiet")
            case CallerSaid(text=text):
                seen = self._see(text)
                self._caller.append(text)
                self._lately.append("")
                return seen
        return None

    def _hear_bot(self, text: str) -> None:
        usual = phrases(self._language, "misunderstanding", "bot_usual").find(text)
        missed = phrases(self._language, "misunderstanding", "bot_missed").find(text)
        asked_to = self._caller and phrases(self._language, "misunderstanding", "again").find(
            self._caller[-1]
        )
        self._bot_again = (
            0.0
            if usual or asked_to
            else max((self._is.alike(text, before) for before in self._bot), default=0.0)
        )
        self._repeats.append(self._bot_again > _AGAIN)
        self._missed.append(bool(missed))
        self._cannot.append(bool(phrases(self._language, "mood", "bot_failed").find(text)))
        self._beside = 1 - self._is.alike(text, self._caller[-1]) if self._caller else 0.5
        self._bot.append(text)

    def _see(self, text: str) -> Look:
        kinds = self._is.kind(text)
        earlier = [self._is.kind(said) for said in self._caller]
        before = [self._is.trouble(said) for said in list(self._caller)[-2:]]
        words = plain(text).split()
        return Look(
            trouble=self._is.trouble(text),
            trouble_before=sum(before) / len(before) if before else _UNLIKE,
            person=kinds["person"],
            urgent=kinds["urgent"],
            person_before=max((kinds["person"] for kinds in earlier), default=_UNLIKE),
            urgent_before=max((kinds["urgent"] for kinds in earlier), default=_UNLIKE),
            bot_again=self._bot_again,
            bot_repeats=sum(self._repeats),
            bot_missed=sum(self._missed),
            bot_cannot=sum(self._cannot),
            beside=self._beside,
            again=max((self._is.alike(text, said) for said in self._caller), default=0.0),
            replies=self._is.alike(text, self._bot[-1]) if self._bot else 0.0,
            failed=self._lately.count("failed"),
            worked=self._lately.count("worked"),
            quiet=self._lately.count("quiet"),
            no=float(words[:1] in (["no"], ["not"])),
            length=min(len(words), _LONG) / _LONG,
            exclaimed=float("!" in text),
        )


def odds(seen: Look) -> float:
    """The log-odds that the call needs a person now."""
    numbers = asdict(seen)
    return CONSTANT + sum(weight * numbers[name] for name, weight in WEIGHTS.items())


class Course:
    """Evidence from the course of a call.

    Args:
        resemblance: What turns are like.
        language: Of the phrases.
    """

    name = "course"

    def __init__(self, resemblance: Resemblance, language: str = "en") -> None:
        """Nothing was said yet."""
        self._watch = Watch(resemblance, language)
        self._is = resemblance
        self.at_ease = False

    def notice(self, event: Event) -> Evidence | None:
        """Read both sides' turns."""
        seen = self._watch.look(event)
        if seen is None or not isinstance(event, CallerSaid):
            return None
        found = odds(seen)
        self.at_ease = found < _AT_EASE
        kinds = self._is.kind(event.text)
        kind = max(kinds, key=lambda name: kinds[name])
        weight = max(min(_WEIGHT * (found - _FROM), _MOST), _by_its_words(seen, kind, found))
        return Evidence(self.name, weight, _because(seen, kind)) if weight > 0 else None


def _by_its_words(seen: Look, kind: str, found: float) -> float:
    """The weight of a wish for a person, or of danger, whatever the log-odds `found`."""
    if kind not in _STRONG_FROM or seen.trouble < _STRONG_FROM[kind]:
        return 0.0
    if seen.urgent > _SURE and seen.trouble > _SURE_FROM:
        return _ALONE
    like = seen.person if kind == "person" else seen.urgent
    return _STRONG if like > _IS and found > _STRONG_ODDS else 0.0


def _because(seen: Look, kind: str) -> str:
    reasons = [_SOUNDS[kind]] if kind in _SOUNDS and seen.trouble > 0 else []
    if seen.bot_again > _AGAIN:
        reasons.append("the bot repeats itself")
    elif seen.beside > _TURNS_AWAY and not reasons:
        reasons.append("the bot's answer does not fit")
    return ", ".join(reasons) or "the two do not get on"
