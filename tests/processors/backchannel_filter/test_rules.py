"""What a caller means by a sound made while the bot speaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.backchannel_filter import Overlap, classify_overlap
from processors.backchannel_filter.language import language
from processors.backchannel_filter.rules import classify

TELLS = "We are open until five on weekdays, and until noon on Saturdays."
ASKS = "I have a slot on Tuesday at ten. Shall I book it?"

HUMS = [
    *"mm-hmm Mm-hmm. mhm MHM mmhmm mm-hm m-hm mmhm uh-huh Uh-huh! uhuh uhhuh um-hum".split(),
    *"umhum um-hmm mmm-hmm unh-huh yuh-huh aha uh-hum".split(),
    *["mm hmm", "uh huh", "m hm", "Uh huh.", "ah ha"],
]

FEEDBACK = [
    *HUMS,
    "yeah",
    "Yeah.",
    "YEAH",
    "okay",
    "ok",
    "O.K.",
    "right",
    "sure",
    "yep",
    "alright",
    "all right",
    "got it",
    "yeah yeah yeah",
    "okay yeah right",
    "uh, yeah, sure",
    "y-yeah",
    "yeeeah",
    "okayyyy",
    "oh really",
    "oh, really?",
    "I see",
    "I, I see",
    "oh wow",
    "that's true",
    "That, that's so true.",
    "exactly",
    "gotcha",
    "makes sense",
    "of course",
    "so yeah",
    "okay, sounds good",
    "you're kidding",
    "is that right?",
    "no kidding",
    "yеs",
]

BARGE_INS = [
    "wait",
    "wait, check tomorrow instead",
    "stop",
    "Stop!",
    "no, that's wrong",
    "hold on",
    "what?",
    "what",
    "huh?",
    "Hm?",
    "sorry?",
    "excuse me",
    "yeah but",
    "yeah, but not on Tuesday",
    "okay stop",
    "but",
    "right, and what about my wife",
    "can you repeat that",
    "I need to cancel",
    "well no, that isn't mine",
    "okay [stop]",
    "hello?",
    "uh, wait",
    "the other one",
    "yeah I have a question",
    "I know what I want",
    "okay so can we move it",
    "how?",
    "is it expensive?",
]


@pytest.mark.parametrize("said", FEEDBACK)
def test_feedback_while_the_bot_tells_something_is_a_backchannel(said):
    assert classify_overlap(said, bot_said=TELLS) is Overlap.BACKCHANNEL


@pytest.mark.parametrize("said", BARGE_INS)
@pytest.mark.parametrize("bot_said", ["", TELLS, ASKS])
def test_words_that_are_more_than_feedback_are_a_barge_in_whatever_the_bot_said(said, bot_said):
    assert classify_overlap(said, bot_said=bot_said) is Overlap.BARGE_IN


@pytest.mark.parametrize(
    "said",
    [
        "yes",
        "Yes.",
        "sure",
        "no",
        "No.",
        "yes, please",
        "no thanks",
        "that works",
        "sounds good",
        "correct",
        "go ahead",
        "well, yes",
        "yeah yeah",
        "okay",
        "uh-uh",
        "not really",
        "I do",
        "no I don't",
        "that would be great",
        *HUMS,
    ],
)
def test_a_yes_or_no_after_a_question_is_its_answer(said):
    assert classify_overlap(said, bot_said=ASKS) is Overlap.AFFIRMATION


@pytest.mark.parametrize("said", ["Tuesday at ten", "the second one", "yes but later", "maybe"])
def test_an_answer_of_other_words_is_a_turn_of_its_own(said):
    assert classify_overlap(said, bot_said=ASKS) is Overlap.BARGE_IN


@pytest.mark.parametrize("said", ["oh", "um", "[laughter]", "really?"])
def test_surprise_and_noise_do_not_answer_a_question(said):
    assert classify_overlap(said, bot_said=ASKS) is Overlap.BACKCHANNEL


@pytest.mark.parametrize(
    "bot_said",
    [
        "Shall I book it?",
        "Shall I book it",
        "So would you like",
        "Which day? Take your time.",
        "You are a patient here, right",
        "I can do ten o'clock if you'd like",
        "What time suits you best?",
        "It is on Tuesday, isn't it",
        "What is your name",
        "Great, then what time would you",
        "Please confirm your date of birth.",
        "Is that okay? Thanks.",
    ],
)
def test_a_question_is_recognised_without_its_mark_and_before_a_short_tail(bot_said):
    assert classify_overlap("yes", bot_said=bot_said) is Overlap.AFFIRMATION


@pytest.mark.parametrize(
    "bot_said",
    [
        "",
        TELLS,
        "Which day? We have ten o'clock on Tuesday, and on Friday we are",
        "What we do is clean the teeth first.",
        "When you arrive, please ring the bell.",
        "Oh, yeah.",
        "Do not eat for two hours.",
        "Have a seat when you come in.",
    ],
)
def test_a_statement_does_not_ask(bot_said):
    assert classify_overlap("yes", bot_said=bot_said) is Overlap.BACKCHANNEL


def test_a_bare_no_contradicts_a_statement_and_agrees_with_a_denial():
    assert classify_overlap("no", bot_said="It is on Tuesday") is Overlap.BARGE_IN
    assert classify_overlap("no", bot_said="We don't charge for that") is Overlap.BACKCHANNEL
    assert classify_overlap("no it isn't", bot_said="We don't charge for that") is Overlap.BARGE_IN


@pytest.mark.parametrize(
    "said",
    [
        "so",
        "and",
        "I",
        "the",
        "that's",
        "yeah and",
        "okay so",
        "right so um",
        "you know",
        "well",
        "well, yeah",
    ],
)
def test_words_that_may_still_become_anything_are_undecided(said):
    assert classify_overlap(said, bot_said=TELLS) is Overlap.UNDECIDED


@pytest.mark.parametrize("said", ["that's great", "wow", "oh boy", "that would be lovely"])
def test_a_judgement_where_nothing_was_asked_is_undecided(said):
    assert classify_overlap(said, bot_said=TELLS) is Overlap.UNDECIDED


def test_words_that_stay_undecided_while_the_caller_speaks_on_become_a_barge_in():
    assert classify_overlap("so", speech_secs=0.5) is Overlap.UNDECIDED
    assert classify_overlap("so", speech_secs=2.0) is Overlap.BARGE_IN


@pytest.mark.parametrize(
    "said", ["[laughter]", "(coughs)", "<noise>", "*laughs*", "hahaha", "ha ha", "[clears throat]"]
)
def test_a_noise_with_a_name_never_takes_the_floor(said):
    assert classify_overlap(said, bot_said=TELLS, speech_secs=4.0) is Overlap.BACKCHANNEL


def test_a_sound_without_words_is_undecided_until_it_lasts():
    assert classify_overlap("", speech_secs=0.3) is Overlap.UNDECIDED
    assert classify_overlap("") is Overlap.UNDECIDED
    assert classify_overlap("", speech_secs=2.0) is Overlap.BARGE_IN


def test_feedback_that_does_not_explain_how_long_the_caller_speaks_takes_the_floor():
    assert classify_overlap("mm-hmm", speech_secs=1.2) is Overlap.BACKCHANNEL
    assert classify_overlap("mm-hmm", speech_secs=2.5) is Overlap.UNDECIDED
    assert classify_overlap("mm-hmm", speech_secs=6.0) is Overlap.BARGE_IN


@pytest.mark.parametrize("said", ["word " * 10_000, "yeah " * 10_000])
def test_ten_thousand_words_are_a_barge_in(said):
    assert classify_overlap(said) is Overlap.BARGE_IN


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_gets_a_verdict(said, bot_said):
    assert isinstance(classify_overlap(said, bot_said=bot_said), Overlap)


@given(
    st.sampled_from(FEEDBACK),
    st.sampled_from(["{}", "{}.", " {} ", "{}!", "{}…", "{} [laughter]", "um, {}"]),
)
def test_case_punctuation_and_hesitation_change_nothing(said, written):
    for spelling in (said.lower(), said.upper(), said.title()):
        expected = classify_overlap(said, bot_said=TELLS)
        assert classify_overlap(written.format(spelling), bot_said=TELLS) is expected


@given(
    st.sampled_from(FEEDBACK),
    st.sampled_from(["stop", "tomorrow", "but", "appointment", "Smith", "twelve"]),
)
def test_one_word_of_content_turns_feedback_into_a_barge_in(said, word):
    assert classify_overlap(f"{said} {word}", bot_said=TELLS) is Overlap.BARGE_IN


@pytest.mark.parametrize("said", [None, 3, b"yes"])
def test_what_is_not_text_is_refused_with_its_value(said):
    with pytest.raises(TypeError, match=r"said is .* must be a string"):
        classify_overlap(said)


@pytest.mark.parametrize("speech_secs", [-1.0, float("nan"), float("inf")])
def test_a_length_of_speech_that_cannot_be_is_refused(speech_secs):
    with pytest.raises(ValueError, match="speech_secs"):
        classify_overlap("yes", speech_secs=speech_secs)


def test_a_bot_may_bring_phrases_of_its_own():
    sailors = language("en").with_phrases({"acknowledgements": ["aye aye [captain]"]})
    assert classify("Aye aye, captain!", sailors, bot_said=TELLS) is Overlap.BACKCHANNEL
    assert classify("Aye aye, captain!", language("en"), bot_said=TELLS) is Overlap.BARGE_IN


def test_an_unknown_list_of_phrases_names_those_there_are():
    with pytest.raises(ValueError, match=r"'nods'; there are .*acknowledgements"):
        language("en").with_phrases({"nods": ["indeed"]})


def test_a_language_without_phrases_names_those_there_are():
    assert language("en-GB") is not None
    for code in ("tlh", "../en", ""):
        with pytest.raises(ValueError, match=r"there are en\."):
            language(code)
