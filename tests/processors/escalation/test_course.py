"""A call is judged from both sides: what the caller says, and whether the bot answers it."""

from processors.escalation import BotSaid, CallerSaid, Escalation, Handover, Level, ToolDone
from processors.escalation.course import Course, Look, Watch, odds
from processors.escalation.resemblance import resemblance


def last_look(*events) -> Look:
    watch, seen = Watch(resemblance()), None
    for event in events:
        seen = watch.look(event) or seen
    assert seen is not None
    return seen


def test_a_bot_that_says_the_same_again_in_other_words_is_seen():
    seen = last_look(
        BotSaid("What is your date of birth?"),
        CallerSaid("the second of May"),
        BotSaid("So, what is your date of birth, please?"),
        CallerSaid("second of the fifth"),
    )
    assert seen.bot_again > 0.8
    assert seen.bot_repeats == 1


def test_a_bot_that_repeats_itself_on_request_is_not_blamed():
    seen = last_look(
        BotSaid("It comes on Friday."),
        CallerSaid("Sorry, could you say that again?"),
        BotSaid("It comes on Friday."),
        CallerSaid("ah, thank you"),
    )
    assert seen.bot_repeats == 0


def test_the_same_words_weigh_more_where_the_bot_does_not_answer():
    said = CallerSaid("it is the meter in the cellar")
    well = last_look(CallerSaid("hello"), BotSaid("Hello, which meter is it?"), said)
    badly = last_look(
        BotSaid("Shall I book a table?"),
        CallerSaid("no, the meter"),
        BotSaid("Shall I book a table for you?"),
        said,
    )
    assert odds(badly) > odds(well) + 1


def test_a_tool_that_works_is_a_good_sign_and_one_that_fails_a_bad_one():
    said = CallerSaid("and what now")
    works, fails = (last_look(ToolDone("book", failed=failed), said) for failed in (False, True))
    assert odds(fails) > odds(works) + 2


def test_the_course_alone_never_hands_over_in_one_turn():
    course = Course(resemblance())
    course.notice(BotSaid("Please unplug your router."))
    course.notice(CallerSaid("did that"))
    course.notice(BotSaid("Please unplug your router."))
    evidence = course.notice(CallerSaid("I really do not understand what you want from me"))
    assert evidence is not None
    assert 0 < evidence.weight < 0.75
    assert "the bot repeats itself" in evidence.because


def test_danger_beyond_doubt_needs_no_second_turn():
    course = Course(resemblance())
    course.notice(BotSaid("Would you like to book a table?"))
    evidence = course.notice(CallerSaid("there is smoke everywhere and my mother won't wake up"))
    assert evidence is not None
    assert evidence.weight > Handover().hand_over


def test_danger_before_is_remembered_while_the_bot_answers_beside_it():
    said = CallerSaid("and it is getting worse")
    calm = last_look(CallerSaid("my parcel is late"), BotSaid("Shall I book a table?"), said)
    alarmed = last_look(
        CallerSaid("my brother has collapsed"), BotSaid("Shall I book a table?"), said
    )
    assert alarmed.urgent_before > calm.urgent_before
    assert odds(alarmed) > odds(calm)


def test_a_bot_that_finds_nothing_is_a_bad_sign():
    said = CallerSaid("Smith, with an i")
    finds, fails = (
        last_look(BotSaid("Your name?"), CallerSaid("Smith"), BotSaid(answer), said)
        for answer in ("There you are, Mister Smith.", "I have no Smyth.")
    )
    assert (finds.bot_cannot, fails.bot_cannot) == (0, 1)


def test_angry_words_about_others_hardly_count_while_all_is_well():
    with_course, without = Escalation(resembles=resemblance()), Escalation()
    said = CallerSaid("the last provider was a disgrace, so I would like to come over to you")
    assert with_course.notice(said).score < without.notice(said).score
    assert with_course.decision.level is Level.CALM
