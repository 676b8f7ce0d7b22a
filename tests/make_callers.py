"""Make the caller recordings in `bots/callers/`: `uv run -m tests.make_callers`.

A script is what the caller says and how long they then listen, in seconds: long enough for the bot
to answer, or too short on purpose where they interrupt.
"""

from pathlib import Path

from tests.speech import Samples, concat, pause, say, write_wav

CALLERS = Path(__file__).parent.parent / "bots" / "callers"
_GREETING_SECS = 7.0
_FAREWELL_SECS = 4.0

# name -> (flite voice, [(what is said, seconds of listening after it), …])
SCRIPTS: dict[str, tuple[str, list[tuple[str, float]]]] = {
    "questions": (
        "slt",
        [
            ("What are your opening hours?", 11.5),
            ("How much is a cleaning?", 5.0),
            ("Is there parking?", 7.5),
            ("Thank you. Goodbye.", _FAREWELL_SECS),
        ],
    ),
    "booking": (
        "rms",
        [
            ("I would like to book a cleaning on Tuesday at ten in the morning.", 7.0),
            ("My name is Anna Miller.", 10.0),
            ("Yes, please.", 9.0),
            ("No, that is all. Goodbye.", _FAREWELL_SECS),
        ],
    ),
    "interrupting": (
        "slt",
        [
            ("What are your opening hours?", 3.5),
            ("Stop. How much is a cleaning?", 5.0),
            ("Is there parking?", 3.0),
            ("Okay.", 6.5),
            ("Thank you. Goodbye.", _FAREWELL_SECS),
        ],
    ),
}


def recording(name: str) -> Samples:
    """The caller called `name`, (samples,) int16 at 16 kHz, reproducible to the sample."""
    voice, script = SCRIPTS[name]
    turns = [concat(say(text, voice), pause(secs)) for text, secs in script]
    return concat(pause(_GREETING_SECS), *turns)


def main() -> None:
    """Write every recording."""
    CALLERS.mkdir(exist_ok=True)
    for name in SCRIPTS:
        print(write_wav(CALLERS / f"{name}.wav", recording(name)))


if __name__ == "__main__":
    main()
