"""What a bot answers without a model, from the command line."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from bots import answers


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "answers.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite+aiosqlite:///{path}")
    return path


def run(*arguments: str) -> str:
    out = io.StringIO()
    answers.main(["receptionist", *arguments], Console(file=out, width=200))
    return out.getvalue()


@pytest.mark.usefixtures("database")
def test_an_answer_is_added_found_changed_and_deleted():
    run("add", "Is there wifi?", "Yes, ask at the desk.")
    assert "Yes, ask at the desk." in run("list")
    run("edit", "is there wifi", "No.")
    assert "Yes, ask" not in run("list")
    assert "No." in run("ask", "um, is there wifi please")
    run("delete", "Is there wifi?")
    assert "wifi" not in run("list")


@pytest.mark.usefixtures("database")
def test_search_finds_the_facts_of_the_bot_too():
    found = run("search", "oak lane")
    assert "knowledge" in found
    assert "Maple Street" not in found


@pytest.mark.usefixtures("database")
def test_a_question_that_is_not_answered_says_why():
    assert "the model is asked" in run("ask", "Do you sell umbrellas?")


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("add", "Where can I park?", "Nowhere."), "use edit to change it"),
        (("edit", "Do you sell umbrellas?", "No."), "is not stored"),
        (("delete", "Do you sell umbrellas?"), "is not stored"),
        (("delete", "Where can I park?"), "is one of the facts of receptionist"),
        (("add", "um", "Yes."), "cannot be stored"),
        (("add", "Is there wifi?", " "), "cannot be stored"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_way_out(arguments: tuple[str, ...], why: str):
    with pytest.raises(SystemExit, match=why):
        run(*arguments)


def test_a_bot_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(SystemExit, match=r"no bot is called .nobody.; there are .*receptionist"):
        answers.main(["nobody"])


def test_a_database_that_is_none_is_named(database: Path):
    database.write_text("this is no database" * 100)
    with pytest.raises(SystemExit, match="cannot be used"):
        run("list")


@pytest.mark.usefixtures("database")
def test_counts_are_shown():
    assert "how much" in run("counts")
