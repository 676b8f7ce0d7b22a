from processors.turn_taking.hearing import Heard, Sound


def test_a_guess_is_replaced_by_the_final_it_grows_into():
    heard = Heard()
    heard.guess("what are", 1.0)
    heard.guess("what are your", 1.2)
    heard.final("What are your hours?", 1.5, sealed=True)
    assert heard.text == "What are your hours?"


def test_a_repeated_guess_is_noticed():
    heard = Heard()
    heard.guess("what are", 1.0)
    assert not heard.repeated
    heard.guess("what are ", 1.1)
    assert heard.repeated


def test_words_that_are_still_guessed_at_are_not_covered():
    heard = Heard(finals=["yes"])
    heard.guess("I would", 2.0)
    assert not heard.covers(pause_secs=1.9, now_secs=9.0, recogniser_secs=0.5)


def test_a_final_from_before_the_pause_covers_it_only_when_the_recogniser_has_had_its_time():
    heard = Heard()
    heard.final("yes", 1.0, sealed=False)
    assert not heard.covers(pause_secs=1.5, now_secs=1.7, recogniser_secs=0.5)
    assert heard.covers(pause_secs=1.5, now_secs=2.0, recogniser_secs=0.5)
    heard.final("please", 1.6, sealed=False)
    assert heard.covers(pause_secs=1.5, now_secs=1.7, recogniser_secs=0.5)


def test_a_turn_keeps_its_last_seconds_and_forgets_what_came_before():
    sound = Sound(most_secs=2.0, before_secs=0.5)
    for second in range(6):
        sound.add(bytes([second]) * 200, rate=100, open_turn=True)
    assert 2.0 <= len(sound.pcm()) / 200 <= 3.0
    assert sound.pcm()[-1] == 5
    for _ in range(3):
        sound.add(bytes(200), rate=100, open_turn=False)
    assert len(sound.pcm()) / 200 <= 1.5
