"""A wish for a person is told from the same words in passing."""

import pytest

from processors.escalation.wish import wish_for_a_person


@pytest.mark.parametrize(
    "said",
    [
        "Can I speak to a human?",
        "Representative.",
        "operator please",
        "I'd rather talk to someone at the front desk, if that's possible.",
        "No. Get me a real person.",
        "I don't want to talk to a machine",
        "could you transfer me to an agent",
        "Is there anybody I can actually talk to?",
        "let me speak to your manager",
        "I need a human",
        "I want to complain",
        "Please hand me over to one of your colleagues.",
        "can somebody please call me back",
        "I'm not sure this works, put me through to the receptionist",
    ],
)
def test_who_asks_for_a_person_is_heard(said):
    assert wish_for_a_person(said)


@pytest.mark.parametrize(
    "said",
    [
        "Is a human going to do the cleaning?",
        "I spoke to a representative yesterday",
        "my travel agent has me flying on Tuesday",
        "which bleaching agent do you use",
        "I'm a manager at a bank",
        "So I don't need to speak to a person for that?",
        "an appointment for two persons",
        "do I have to come in person?",
        "I work in human resources",
        "Can you put me on a waiting list?",
        "Is there someone I should bring?",
        "The receptionist told me to call back today.",
        "I need a person to drive me home afterwards",
        "I have to talk to my wife first",
        "",
    ],
)
def test_who_only_names_one_is_not(said):
    assert not wish_for_a_person(said)
