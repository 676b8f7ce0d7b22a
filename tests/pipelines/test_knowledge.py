"""What a bot knows, read from its TOML file."""

from pathlib import Path

import pytest

from pipelines.knowledge import Fact, Knowledge, KnowledgeError

DENTIST = """
[[fact]]
topic = "opening hours"
ask = ["When are you open?", "What are your hours?"]
answer = "From eight to five."

[tool.book]
say = ["I would like to book"]
ask.day = "Which day?"
confirm = "On {day}. Shall I book it?"

[vocabulary]
Brightwell = "B R AY T W EH L"
"""


def read(tmp_path, text):
    """Knowledge from a file with this text."""
    path = tmp_path / "bot.toml"
    path.write_text(text, encoding="utf-8")
    return Knowledge.read(path)


def test_reads_facts_tools_and_names(tmp_path):
    knowledge = read(tmp_path, DENTIST)
    assert knowledge.facts[0].answer == "From eight to five."
    assert knowledge.tools["book"].ask == {"day": "Which day?"}
    assert knowledge.vocabulary == {"Brightwell": "B R AY T W EH L"}


def test_phrases_are_all_that_a_caller_is_expected_to_say(tmp_path):
    phrases = read(tmp_path, DENTIST).phrases()
    assert phrases == ("When are you open?", "What are your hours?", "I would like to book")


def test_the_prompt_holds_every_answer_and_is_empty_without_facts(tmp_path):
    assert "opening hours: From eight to five." in read(tmp_path, DENTIST).prompt()
    assert Knowledge().prompt() == ""


def test_the_version_changes_with_an_answer_and_not_with_a_tool(tmp_path):
    before = read(tmp_path, DENTIST).version
    assert read(tmp_path, DENTIST.replace("eight", "nine")).version != before
    assert read(tmp_path, DENTIST.replace("Which day?", "What day?")).version == before


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[fact]]\ntopic = 'x'\nask = ['y']", "fact 1 in .* has no answer"),
        ("[[fact]]\ntopic = 'x'\nask = []\nanswer = 'z'", "has no ask"),
        ("[tool.book]\nsays = ['x']", "has says; it may have say, ask, hear and confirm"),
        ("not toml", "cannot read the knowledge"),
    ],
)
def test_a_mistake_names_the_place_and_the_rule(tmp_path, text, complaint):
    with pytest.raises(KnowledgeError, match=complaint):
        read(tmp_path, text)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(KnowledgeError, match=r"nobody\.toml"):
        Knowledge.read(tmp_path / "nobody.toml")


def test_keyterms_are_names_and_topics():
    fact = Fact(topic="parking", ask=("Where can I park?",), answer="Behind the house.")
    knowledge = Knowledge(facts=(fact,), vocabulary={"Brightwell": ""})
    assert knowledge.keyterms() == ("Brightwell", "parking")


def test_questions_beside_the_facts_are_for_the_cache_alone(tmp_path: Path):
    path = tmp_path / "shop.toml"
    path.write_text('[[fact]]\ntopic = "hours"\nask = ["When are you open?"]\nanswer = "Always."\n')
    before = Knowledge.read(path).version
    table = "topic\tquestion\nhours\twhat time do you shut\n-\twhat's the wifi password\n"
    path.with_suffix(".asked.tsv").write_text(table)
    knowledge = Knowledge.read(path)
    assert knowledge.facts[0].also == ("what time do you shut",)
    assert knowledge.unanswered == ("what's the wifi password",)
    assert knowledge.phrases() == ("When are you open?",)
    assert knowledge.version != before


@pytest.mark.parametrize("line", ["prices\twhat does it cost", "hours", "hours\t "])
def test_a_line_of_questions_that_cannot_be_used_is_named(tmp_path: Path, line: str):
    path = tmp_path / "shop.toml"
    path.write_text('[[fact]]\ntopic = "hours"\nask = ["When are you open?"]\nanswer = "Always."\n')
    path.with_suffix(".asked.tsv").write_text(f"topic\tquestion\n{line}\n")
    with pytest.raises(KnowledgeError, match=r"line 2 of .*shop\.asked\.tsv"):
        Knowledge.read(path)
