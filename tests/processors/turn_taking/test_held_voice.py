"""What is prepared ahead is heard when the turn is confirmed, or by nobody."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pipecat.frames.frames import (
    Frame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TTSAudioRawFrame,
    TTSTextFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.tests.utils import SleepFrame, run_test

from processors.turn_taking.held_voice import AnswerFollowsFrame, VoiceGate
from processors.turn_taking.open_gate import AccountOnly, let_text_through
from processors.turn_taking.speculation import Draft, Drafts, same_meaning
from tests.processors.turn_taking.conversation import (
    After,
    Event,
    FakeModel,
    Final,
    Guess,
    Outcome,
    Quiet,
    Voice,
    converse,
    jumping,
)

HOURS = "what are your opening hours"


def ask(text: str = HOURS) -> tuple[Event, ...]:
    """A turn whose words are final 50 ms before VAD notices that the caller is quiet."""
    return Voice(), After(1.0), Final(text, finalized=False), After(0.05), Quiet()


def test_the_answer_is_ready_when_the_turn_is_over():
    # The turn model is asked late here and doubts: the answer has time to get ready meanwhile.
    outcome = jumping(converse(*ask("I'd like to come in on Friday"), probability=0.6))
    [over], sounds = outcome.times("turn over"), outcome.times("sound")
    assert outcome.model.asked == ["I'd like to come in on Friday"]
    assert sounds
    assert sounds[0] - over < 0.25


def test_nothing_is_heard_before_the_turn_is_over():
    outcome = jumping(converse(*ask("book me a table for two"), probability=0.1))
    [over] = outcome.times("turn over")
    assert outcome.voice.asked, "the voice had spoken by then"
    assert min(outcome.times("sound")) >= over


def test_when_the_caller_goes_on_only_the_answer_to_the_whole_turn_is_heard():
    outcome = jumping(
        converse(
            *ask("I need to cancel my appointment"),
            After(0.45),
            Voice(),
            After(0.6),
            Final("tomorrow at ten"),
            After(0.05),
            Quiet(),
            probability=0.6,
        )
    )
    whole = "I need to cancel my appointment tomorrow at ten"
    assert outcome.words == [f"Answer to {whole}."]
    assert outcome.said == [("user", whole), ("assistant", f"Answer to {whole}.")]
    assert outcome.drafts.discards == {"the caller went on": 1}
    assert outcome.drafts.discarded_tokens > 0


def test_a_please_added_keeps_the_draft():
    outcome = jumping(
        converse(
            Voice(),
            After(1.0),
            Guess(HOURS),
            After(0.02),
            Guess(HOURS),
            Quiet(),
            After(0.1),
            Final("What are your opening hours, please?"),
        )
    )
    assert outcome.model.asked == [HOURS]
    assert outcome.said[0] == ("user", "What are your opening hours, please?")
    assert len(outcome.times("answer begins")) == 1


def test_an_answerer_that_fails_for_a_draft_is_asked_again():
    outcome = jumping(
        converse(*ask("book me a table for two"), model=FakeModel(fails=1), probability=0.1)
    )
    assert outcome.model.asked == ["book me a table for two"] * 2
    assert outcome.words == ["Answer to book me a table for two."]


def test_whoever_answers_passes_through_the_gate():
    class Cache(FrameProcessor):
        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            await super().process_frame(frame, direction)
            if not isinstance(frame, LLMContextFrame):
                await self.push_frame(frame, direction)
                return
            for part in (
                LLMFullResponseStartFrame(),
                LLMTextFrame("From eight to five."),
                LLMFullResponseEndFrame(),
            ):
                await self.push_frame(part)

    outcome = jumping(converse(*ask(), answerers=(Cache(),)))
    [over] = outcome.times("turn over")
    assert outcome.words == ["From eight to five."]
    assert min(outcome.times("sound")) >= over
    assert [role for role, _ in outcome.said] == ["user", "assistant"]


def test_past_its_limit_a_call_waits_for_the_end_of_every_turn():
    drafts = Drafts(limit_tokens=0)
    outcome = jumping(converse(*ask(), drafts=drafts))
    assert drafts.started == 0
    assert outcome.words == [f"Answer to {HOURS}."]


def test_a_draft_that_is_never_confirmed_is_withdrawn_in_time():
    outcome = jumping(
        converse(*ask("book me a table for two"), After(0.05), Voice(), draft_secs=2.0)
    )
    assert outcome.drafts.discards == {"not confirmed in time": 1}
    assert not outcome.times("sound")


def test_a_caller_who_interrupts_after_the_draft_was_kept_gets_a_new_answer():
    outcome = jumping(converse(*ask(), After(2), *ask("and where can I park my car")))
    assert [role for role, _ in outcome.said] == ["user", "assistant"] * 2
    assert outcome.words[-1] == "Answer to and where can I park my car."


def test_the_page_is_told_of_a_kept_draft_as_of_any_answer():
    outcome = jumping(converse(*ask()))
    kinds = [message["type"] for message in outcome.told]
    assert outcome.told_texts("user-llm-text") == [HOURS]
    assert "".join(outcome.told_texts("bot-llm-text")).strip() == f"Answer to {HOURS}."
    assert kinds.index("user-stopped-speaking") < kinds.index("bot-llm-started")
    assert kinds.index("bot-llm-started") < kinds.index("bot-llm-text")
    for once in ("bot-llm-started", "bot-llm-stopped", "bot-tts-started", "bot-tts-stopped"):
        assert kinds.count(once) == 1, once


def test_the_page_is_told_nothing_of_a_discarded_draft():
    outcome = jumping(
        converse(
            *ask("book me a table for two"), After(0.5), Voice(), draft_secs=1.0, settle_secs=3
        )
    )
    assert outcome.voice.asked
    kinds = {message["type"] for message in outcome.told}
    assert not kinds & {"bot-llm-started", "bot-llm-text", "bot-tts-started", "user-llm-text"}
    assert sum(message["type"] == "bot-interrupted" for message in outcome.told) == 1


# Stories of every kind: the caller speaks, hesitates, goes on, in any order and at any pace.
_WORDS = ("what are your hours", "on Monday", "I would like to", "please", "book me a table", "no")
_STEP = st.one_of(
    st.builds(After, st.sampled_from([0.02, 0.1, 0.3, 0.6, 1.4])),
    st.builds(Guess, st.sampled_from(_WORDS)),
    st.builds(Final, st.sampled_from(_WORDS), st.booleans()),
    st.just(Voice()),
    st.just(Quiet()),
    st.builds(InterruptionFrame),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(_STEP, min_size=2, max_size=14),
    st.sampled_from([None, 0.1, 0.6, 0.95]),
)
def test_whatever_the_caller_does_nothing_unsaid_is_heard_or_written(
    story: list[Event], probability: float | None
):
    outcome = jumping(converse(Voice(), *story, Quiet(), probability=probability, settle_secs=9))
    _check(outcome)


def _check(outcome: Outcome) -> None:
    overs = outcome.times("turn over")
    for heard in outcome.heard:
        if heard.what in ("sound", "words", "answer begins"):
            assert any(over <= heard.secs for over in overs), "heard before any turn was over"
    # Each turn is answered once, by an answer to exactly the words that the context has.
    users = [text for role, text in outcome.said if role == "user"]
    spoken = [text for role, text in outcome.said if role == "assistant"]
    for text in spoken:
        assert any(_answers(text, said) for said in users), (text, users)
    assert len(outcome.times("answer begins")) <= len(overs)
    first = [role for role, _ in outcome.said if role in ("user", "assistant")][:1]
    assert first != ["assistant"]
    told = "".join(outcome.told_texts("bot-llm-text"))
    for discarded in set(outcome.model.asked) - set(users):
        assert not told.endswith(f"Answer to {discarded}.") or any(
            discarded in said for said in users
        )
    assert outcome.drafts.held is None
    assert not outcome.drafts.unpurged


def _answers(text: str, said: str) -> bool:
    answered = text.removeprefix("Answer to ").rstrip(".")
    return same_meaning(answered, said) or same_meaning(answered, said[: len(answered)])


async def test_words_of_a_held_voice_are_late_by_as_long_as_it_was_held():
    drafts = Drafts()
    draft: Draft = drafts.open("hello")

    class Door(FrameProcessor):
        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            await super().process_frame(frame, direction)
            if isinstance(frame, UserStoppedSpeakingFrame):
                drafts.keep()
            await self.push_frame(frame, direction)

    def word(text: str, at_ns: int) -> TTSTextFrame:
        frame = TTSTextFrame(text, text_type="word")
        frame.pts, frame.context_id = at_ns, "one"
        return frame

    frames = [
        AnswerFollowsFrame(draft=draft),
        TTSAudioRawFrame(b"\0\0" * 160, 16_000, 1, context_id="one"),
        word("early", 1_000),
        SleepFrame(sleep=0.1),
        UserStoppedSpeakingFrame(),
        SleepFrame(sleep=0.02),
        word("late", 2_000),
    ]
    down, _ = await run_test(Pipeline([Door(), VoiceGate(drafts)]), frames_to_send=frames)
    early, late = (frame for frame in down if isinstance(frame, TTSTextFrame))
    assert early.pts is not None
    assert late.pts is not None
    assert early.pts - 1_000 == late.pts - 2_000
    assert early.pts - 1_000 == pytest.approx(0.1e9, rel=0.5)


def test_a_service_without_the_gate_this_was_written_for_is_refused():
    llm = OpenAILLMService(api_key="unused")
    del llm._speculation_gate
    with pytest.raises(RuntimeError, match="leave out let_text_through"):
        let_text_through(llm, drafts=Drafts())


def test_a_tool_wanted_in_the_moment_of_the_turns_end_runs_and_is_not_withdrawn():
    drafts = Drafts()
    gate = AccountOnly(drafts, name="gate")
    gate.begin_speculation(True)
    draft = drafts.open("goodbye")
    assert gate.is_speculating
    draft.confirmed = True
    assert not gate.is_speculating
