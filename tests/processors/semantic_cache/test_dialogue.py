"""What the conversation so far says about a question."""

from processors.semantic_cache.dialogue import follow

ASKED = {"role": "user", "content": "When are you open?"}
NOTE = {"role": "developer", "content": "Note from a colleague: we close early today"}


def test_what_the_bot_was_told_since_it_spoke_last_is_for_the_model_to_heed():
    assert follow([ASKED]).bypass == ""
    assert follow([NOTE, ASKED]).bypass == "told what to heed"
    answered = [NOTE, ASKED, {"role": "assistant", "content": "Until four today."}]
    assert not follow([*answered, {"role": "user", "content": "Where are you?"}]).told
