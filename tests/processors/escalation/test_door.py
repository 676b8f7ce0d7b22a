"""In the line: offered, called, waited for, taken over, handed back; and never silence."""

import asyncio

from processors.escalation import Hours, Level
from processors.escalation.conduct import Mode
from processors.escalation.wording import table
from tests.processors.escalation.line import calling

SAYS = table("en")["says"]


async def test_a_call_that_goes_well_is_the_bots():
    async with calling() as call:
        assert await call.say("a cleaning on Monday please") == "answer 1"
        assert await call.say("at nine") == "answer 2"
        assert call.desk.asked == []
        assert [line.who for line in call.door.record.lines][:1] == ["caller"]


async def test_who_asks_for_a_person_hears_at_once_that_one_is_called():
    async with calling() as call:
        await call.say("I want to change my insurance card")
        assert await call.say("can I speak to a human") == SAYS["calling"]
        assert call.bot.answers == 1
        await call.until(lambda: call.desk.asked)
        packet = call.desk.asked[0]
        assert packet.wants == "I want to change my insurance card"
        assert "asks for a person" in packet.why


async def test_trouble_is_followed_by_an_offer_and_a_yes_by_a_person():
    async with calling() as call:
        await call.say("this is ridiculous")
        assert await call.say("that's not what I said") == SAYS["offer"]
        assert await call.say("yes please") == SAYS["calling"]
        await call.until(lambda: call.desk.asked)
        assert "angry" in call.desk.asked[0].why


async def test_the_evidence_is_written_down_when_it_changes():
    async with calling() as call:
        await call.say("a cleaning on Monday please")
        assert call.voice.traced == []
        await call.say("that's not what I said, this is ridiculous")
        await call.until(lambda: call.voice.traced)
        told = call.voice.traced[0]
        assert told.kind == "signals"
        assert told.about["why"] == call.desk.seen[-1].why
        assert told.about["score"] > 0


async def test_a_bare_no_is_answered_and_more_than_that_goes_to_the_bot():
    for said, heard in (
        ("no thanks", SAYS["declined"]),
        ("no, just book the cleaning", "answer 2"),
    ):
        async with calling() as call:
            await call.say("this is ridiculous")
            await call.say("that's not what I said")
            assert await call.say(said) == heard
            assert call.door.conduct.mode is Mode.BOT
            assert call.desk.asked == []


async def test_who_waits_is_kept_company_and_may_go_on_talking():
    async with calling(hold_every_secs=0.3, patience_secs=5) as call:
        await call.say("operator please")
        assert await call.say("and what does a cleaning cost") == "answer 1"
        await call.until(lambda: SAYS["position"].format(position=2) in call.spoken)
        await call.until(lambda: SAYS["hold"][1] in call.spoken)


async def test_when_nobody_comes_the_caller_is_told_and_the_bot_goes_on():
    async with calling(patience_secs=0.3) as call:
        await call.say("operator please")
        await call.until(lambda: call.spoken[-1] == SAYS["nobody"])
        assert len(call.desk.notes) == 1
        assert await call.say("a cleaning then") == "answer 1"


async def test_when_nobody_is_at_the_desk_the_number_is_next_and_then_a_note():
    policy = {"to": ("desk", "+15550100"), "patience_secs": 0.3}
    async with calling(**policy) as call:
        call.desk.line = True
        await call.say("operator please")
        await call.until(lambda: call.desk.transferred == ["+15550100"])
        assert call.desk.notes == []
        # The number was busy: the caller is still there.
        await call.until(lambda: call.spoken[-1] == SAYS["nobody"])
        assert len(call.desk.notes) == 1


async def test_who_would_rather_be_called_back_is():
    async with calling() as call:
        await call.say("operator please")
        assert await call.say("please call me back") == SAYS["call_back"]
        assert "wants a call back" in call.desk.notes[0].why
        assert call.door.conduct.mode is Mode.BOT


async def test_out_of_office_hours_nobody_is_rung():
    async with calling(hours=Hours(days=frozenset())) as call:
        assert await call.say("operator please") == SAYS["closed"]
        assert call.desk.asked == []
        assert len(call.desk.notes) == 1


async def test_in_an_emergency_the_caller_is_told_whom_to_call():
    async with calling() as call:
        assert await call.say("my son can't breathe") == SAYS["calling_emergency"]


async def test_a_tool_that_fails_twice_calls_a_person():
    async with calling() as call:
        await call.say("a cleaning on Monday")
        await call.tool("find_times", error="no route")
        await call.tool("find_times", error="no route", name="Ann Lee")
        await call.until(lambda: call.desk.asked)
        assert call.desk.asked[0].tried == ("find_times failed", "find_times failed")
        assert call.desk.asked[0].who == "Ann Lee"


async def test_the_bot_is_silent_while_a_person_has_the_call_and_then_knows_what_was_said():
    async with calling() as call:
        await call.say("I need the bill from March")
        await call.door.take_over("Kim")
        await call.until(lambda: call.voice.interruptions)
        await call.hear("hello Kim, it is the March bill")
        await call.until(lambda: call.door.record.lines[-1].who == "caller")
        call.door.record.add("colleague", "I have sent it to you")
        assert call.bot.answers == 1
        await call.door.hand_back("Kim")
        await call.until(lambda: call.spoken[-1] == SAYS["handed_back"])
        await call.say("and a cleaning")
        known = str(call.bot.contexts[-1])
        assert "caller: hello Kim, it is the March bill" in known
        assert "colleague: I have sent it to you" in known


async def test_a_person_whose_line_drops_leaves_a_caller_who_is_told_and_asked():
    async with calling() as call:
        await call.door.take_over("Kim")
        await call.door.hand_back("Kim", lost=True)
        await call.until(lambda: call.spoken[-1:] == [SAYS["lost"]])
        assert await call.say("yes please") == SAYS["calling"]


async def test_a_reminder_without_an_answer_leads_to_an_offer_and_then_to_a_person():
    async with calling(idle_secs=0.2, reminder_secs=0.2) as call:
        await call.say("I want to book")
        await call.until(lambda: call.door.conduct.decision.score > 0)
        await call.door.tell("Are you still there?")
        await call.until(lambda: SAYS["offer"] in call.spoken)
        await call.until(lambda: call.desk.asked)


async def test_mumbling_is_seen_on_the_desk_with_its_numbers():
    async with calling() as call:
        said = ("book a cleaning", "on Monday morning", "the some fort", "mum dead then")
        for text, confidence in zip(said, (0.85, 0.84, 0.4, 0.38), strict=True):
            await call.say(text, confidence)
        await call.until(lambda: "0.85 at first, now 0.40 → 0.38" in call.desk.seen[-1].why)
        assert call.desk.seen[-1].level >= Level.WATCH


async def test_an_error_in_the_thinking_leaves_the_call_to_the_bot(monkeypatch):
    async with calling() as call:
        monkeypatch.setattr(call.door.conduct, "on_caller", lambda _: 1 / 0)
        assert await call.say("operator please") == "answer 1"


async def test_nothing_runs_on_after_the_call():
    async with calling() as call:
        await call.say("operator please")
    left = [task.get_name() for task in asyncio.all_tasks() if "PersonDoor" in task.get_name()]
    assert left == []
