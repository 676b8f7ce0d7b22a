"""The plain thinking: what is found, what is refused and why."""

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.receptionist import RECEPTIONIST
from pipelines.answers import seed
from processors.semantic_cache import AnswerCache, Hit, Miss, Scope
from processors.semantic_cache.reading import read
from tests.processors.semantic_cache.embeddings import WordBag

HERE = Path(__file__).parent
HOURS = "From eight to five."


def table(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def cache_with(*answers: tuple[str, str], **kwargs) -> AnswerCache:
    cache = AnswerCache(WordBag(), **kwargs)
    for question, answer in answers:
        assert cache.learn(question, answer)
    return cache


def test_the_same_question_said_otherwise_is_found():
    cache = cache_with(("What are your opening hours?", HOURS))
    hit = cache.find("um, hi, what're your opening hours please?")
    assert hit == Hit(HOURS, "What are your opening hours?", 1.0, hit.asked if hit else "")


def test_a_miss_says_why():
    cache = cache_with(("Are you open on Monday?", "Yes."))
    assert cache.find("Are you open on Sunday?") is None
    assert cache.why("Are you open on Sunday?") == "when"
    assert cache.look("Are you open on Sunday?") == Miss("when", "Are you open on Monday?")
    assert cache.why("Are you open on Monday?") == ""


def test_scopes_know_nothing_of_each_other():
    cache = AnswerCache(WordBag())
    cache.learn("Is there parking?", "Yes.", Scope("receptionist", "v1", tenant="a"))
    for other in (Scope("receptionist", "v2", tenant="a"), Scope("receptionist", "v1", tenant="b")):
        assert cache.find("Is there parking?", other) is None
    assert cache.find("Is there parking?") is None


@pytest.mark.parametrize("question", ["", "   ", "?!", "word " * 2_000, "\x00\x07", "x" * 10_000])
def test_what_is_no_question_is_neither_learnt_nor_found(question: str):
    cache = AnswerCache(WordBag())
    assert not cache.learn(question, "Yes.")
    assert isinstance(cache.look(question), Miss)


def test_an_empty_answer_is_not_learnt():
    cache = AnswerCache(WordBag())
    assert not cache.learn("Is there parking?", "  ")
    assert cache.entries() == ()


@pytest.mark.parametrize("question", ["Is there pаrking?", "有停车场吗", "Есть ли парковка?"])
def test_letters_of_another_script_are_a_miss(question: str):
    assert cache_with(("Is there parking?", "Yes.")).why(question) == "foreign letters"


def test_another_language_is_a_miss():
    cache = cache_with(("Is there parking?", "Yes."), ("Are you open today?", "Yes."))
    assert cache.find("¿Hay estacionamiento?") is None
    assert cache.find("Gibt es Parkplätze?") is None


def test_in_a_language_that_the_guards_cannot_read_only_the_same_words_match():
    german, cache = Scope("receptionist", language="de"), AnswerCache(WordBag())
    cache.learn("Gibt es hier einen Parkplatz?", "Ja.", german)
    assert cache.find("gibt es hier einen parkplatz", german)
    assert cache.why("Gibt es hier keinen Parkplatz?", german) == "another language"


def test_in_the_background_what_is_new_is_arranged_while_the_old_answers():
    cache = AnswerCache(WordBag(), in_background=True)
    cache.learn("Is there free parking nearby?", "Yes.")
    assert cache.why("Is there parking nearby for free?") in ("not ready", "other content")
    cache.prepare()
    cache.learn("Where is the clinic?", "Here.")
    assert cache.find("Is there any free parking nearby?"), "known before"
    assert cache.find("where is the clinic please"), "the same words are found at once"
    hit = cache.find("Is there any free parking nearby?")
    assert hit is not None
    cache.reject(hit)
    assert cache.find("Is there any free parking nearby?") is None


def test_the_later_answer_to_the_same_words_counts():
    cache = cache_with(("Is there parking?", "Yes."), ("is there parking", "No."))
    hit = cache.find("Is there parking?")
    assert hit is not None
    assert hit.answer == "No."


def test_a_rejected_hit_is_taken_back():
    cache = cache_with(("Is there parking?", "Yes."))
    hit = cache.find("Is there parking?")
    assert hit is not None
    cache.reject(hit)
    assert cache.find("Is there parking?") is None
    assert cache.find("is there parking please") is None
    assert cache.entries()[0].rejected == 1


def test_a_paraphrase_of_a_rejected_question_is_refused_too():
    cache = cache_with(("Is there free parking nearby?", "Yes."))
    hit = cache.find("Is there a free parking nearby?")
    assert hit is not None
    cache.reject(hit)
    assert cache.why("Is there any free parking nearby?") == "rejected before"


def test_an_entry_that_is_rejected_twice_is_withdrawn():
    cache = AnswerCache(WordBag())
    cache.learn("Is there parking?", "Yes.", origin="model")
    for asked in ("Is there a car wash?", "Is there a garage?"):
        cache.reject(Hit("Yes.", "Is there parking?", 0.99, asked))
    assert cache.entries() == ()


def test_what_the_bot_knows_itself_is_not_withdrawn_by_callers():
    cache = AnswerCache(WordBag())
    cache.seed([("Is there parking?", "Yes.")])
    for _ in range(5):
        cache.reject(Hit("Yes.", "Is there parking?", 1.0, "Is there food?"))
    assert cache.find("Is there parking?")


def test_an_old_entry_is_not_used_but_own_knowledge_does_not_age():
    now = [0.0]
    cache = AnswerCache(WordBag(), ttl_secs=60, clock=lambda: now[0])
    cache.learn("Is there parking?", "Yes.", origin="model")
    cache.seed([("Where are you?", "Here.")])
    now[0] = 61
    assert cache.find("Is there parking?") is None
    assert cache.find("Where are you?")


def test_the_least_used_goes_when_there_is_no_room():
    now = [0.0]
    cache = AnswerCache(WordBag(), max_entries=3, clock=lambda: now[0])
    cache.seed([("Where are you?", "Here.")])
    for name in ("apples", "pears", "plums"):
        now[0] += 1
        cache.learn(f"Do you sell {name}?", "Yes.", origin="model")
        cache.find("Do you sell apples?")
    kept = {entry.question for entry in cache.entries()}
    assert kept == {"Where are you?", "Do you sell apples?", "Do you sell plums?"} or len(kept) == 3
    assert "Where are you?" in kept
    assert "Do you sell pears?" not in kept


def test_what_is_forgotten_is_gone():
    cache = cache_with(("Is there parking?", "Yes."))
    assert cache.forget("is there parking")
    assert not cache.forget("is there parking")
    assert cache.find("Is there parking?") is None


@pytest.mark.parametrize("bound", [0, 1, -0.1])
def test_a_bound_that_is_no_share_is_refused(bound: float):
    with pytest.raises(ValueError, match="between 0 and 1"):
        AnswerCache(WordBag(), max_wrong=bound)


@given(st.text(max_size=80), st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_whatever_is_learnt_and_asked_nothing_is_raised(question: str, asked: str):
    cache = AnswerCache(WordBag())
    learnt = cache.learn(question, "Yes.")
    found = cache.look(asked)
    assert learnt or not found
    if learnt:
        assert cache.find(question)


def test_no_question_of_the_adversarial_list_gets_the_answer_of_its_twin():
    pairs = [(row["known"], row["asked"]) for row in table("adversarial.tsv")]
    assert len(pairs) >= 300
    cache = AnswerCache()
    for known, _ in pairs:
        cache.learn(known, f"The answer to: {known}")
    hits = [hit for known, asked in pairs if (hit := cache.find(asked)) and known == hit.question]
    assert hits == []
    assert all(cache.find(known) for known, _ in pairs)


def test_no_twin_is_taken_for_the_other_when_it_is_all_that_is_known():
    wrong = []
    for row in table("adversarial.tsv"):
        for known, asked in ((row["known"], row["asked"]), (row["asked"], row["known"])):
            cache = AnswerCache()
            if row["kind"] != "follow-up" and cache.learn(known, "Yes.") and cache.find(asked):
                wrong.append((known, asked))
    assert wrong == []


def test_callers_of_the_receptionist_are_answered_without_a_model():
    cache = AnswerCache()
    seed(cache, RECEPTIONIST, None)
    answers = {fact.topic: fact.answer for fact in RECEPTIONIST.knowledge.facts}
    stored = {entry.reading.key for entry in cache.entries()}
    rows = [row for row in table("faq.tsv") if read(row["asked"]).key not in stored]
    hits = [(row, hit) for row in rows if (hit := cache.find(row["asked"]))]
    wrong = [row["asked"] for row, hit in hits if answers.get(row["topic"]) != hit.answer]
    assert len(rows) > 300
    assert len(hits) >= 0.6 * sum(row["topic"] != "-" for row in rows)
    assert len(wrong) <= 0.005 * len(hits), wrong


def test_a_question_that_is_known_to_have_no_answer_is_a_miss_with_its_reason():
    cache = AnswerCache(WordBag())
    cache.seed([("Do you sell umbrellas?", "Yes.")], unanswered=["Do you repair umbrellas?"])
    assert cache.why("do you repair umbrellas please") == "no answer is known"
    assert cache.find("do you sell umbrellas") is not None


def test_what_has_an_answer_is_not_unanswered():
    cache = AnswerCache(WordBag())
    cache.seed([("Are you open?", HOURS)], unanswered=["are you open"])
    assert cache.find("are you open") is not None


def test_a_phrasing_that_was_filed_wrongly_does_not_vouch_for_its_opposite():
    on = ["switch the lamp on", "turn on the lamp", "lamp on", "put the lamp on", "the lamp on"]
    off = [line.replace("on", "off") for line in on]
    cache = AnswerCache()
    for line in off:
        cache.learn(f"{line} please now", "Off.")
    cache.learn("could you switch that old lamp on", "Off.")
    for line in ("open the door", "unlock the door", "the door open", "let me in at the door"):
        cache.learn(line, "Open.")
    assert cache.find("can you turn the lamp on") is None
