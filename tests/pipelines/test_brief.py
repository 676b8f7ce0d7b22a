"""What a model is told before a call."""

import datetime as dt

from pipelines.brief import Brief
from pipelines.knowledge import Fact, Knowledge

BRIEF = Brief(
    name="desk",
    title="Desk",
    persona=" You are brief. ",
    greeting="Hello!",
    knowledge=Knowledge(facts=(Fact(topic="hours", ask=("When?",), answer="Always."),)),
)
BERLIN = dt.timezone(dt.timedelta(hours=2), "CEST")


def test_a_model_is_told_who_it_is_what_it_knows_and_what_day_it_is():
    told = BRIEF.instructions(dt.datetime(2031, 5, 21, 9, 5, tzinfo=BERLIN)).split("\n\n")
    assert told[0] == "You are brief."
    assert told[1].endswith("- hours: Always.")
    assert told[2] == "This call began on Wednesday, 21 May 2031 (2031-05-21) at 09:05 CEST."


def test_the_day_is_the_one_where_the_machine_is():
    today = dt.datetime.now().astimezone()
    assert f"{today:%Y-%m-%d}" in BRIEF.instructions() or (
        # The day may end between the two lines.
        f"{today + dt.timedelta(days=1):%Y-%m-%d}" in BRIEF.instructions()
    )


def test_a_bot_without_a_persona_still_knows_the_day():
    bare = Brief(name="b", title="B", persona="", greeting="")
    assert bare.instructions(dt.datetime(2031, 5, 21)).startswith("This call began on Wednesday")
    assert bare.instructions(dt.datetime(2031, 5, 21)).endswith("at 00:00.")
