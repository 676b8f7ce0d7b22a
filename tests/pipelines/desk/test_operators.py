"""A token per operator: compared without telling, good until its day, and taken away at once."""

import datetime as dt

import pytest

from pipelines.desk.operators import SESSION_SECS, OperatorError, Operators, is_this_machine

DAY = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC).timestamp()
KIM = "kim:" + "k" * 32


class Clock:
    def __init__(self) -> None:
        self.now = DAY

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_token_opens_a_session_that_ends(clock):
    operators = Operators([KIM], clock)
    name, session = operators.log_in("k" * 32)
    assert (name, operators.whose(session)) == ("kim", "kim")
    clock.now += SESSION_SECS + 1
    with pytest.raises(OperatorError, match="log in"):
        operators.whose(session)


@pytest.mark.parametrize("token", ["", "k" * 31, "K" * 32, "kim", "ключ", "\x00" * 32])
def test_any_other_token_is_nobodys(clock, token):
    with pytest.raises(OperatorError, match="nobody's"):
        Operators([KIM], clock).log_in(token)


def test_a_token_is_good_on_its_last_day_and_not_after(clock):
    operators = Operators([KIM + ":2026-05-04"], clock)
    operators.log_in("k" * 32)
    clock.now += 86_400
    with pytest.raises(OperatorError, match="expired"):
        operators.log_in("k" * 32)


def test_who_logs_out_is_out(clock):
    operators = Operators([KIM], clock)
    _, session = operators.log_in("k" * 32)
    operators.log_out(session)
    with pytest.raises(OperatorError):
        operators.whose(session)


def test_a_revoked_operator_is_out_at_once_and_the_desk_stays_locked(clock):
    operators = Operators([KIM], clock)
    _, session = operators.log_in("k" * 32)
    assert operators.revoke("kim")
    with pytest.raises(OperatorError):
        operators.whose(session)
    with pytest.raises(OperatorError):
        operators.log_in("k" * 32)
    assert operators.any
    assert not operators.revoke("kim")


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("kim", 'not "name:token"'),
        (":" + "k" * 32, 'not "name:token"'),
        ("kim:short", "shorter than 12"),
        (KIM + ":tomorrow", "no day like"),
    ],
)
def test_an_entry_that_cannot_be_read_is_refused_without_its_token(clock, entry, problem):
    with pytest.raises(ValueError, match=problem) as raised:
        Operators([entry], clock)
    assert "k" * 32 not in str(raised.value)


def test_a_name_comes_once(clock):
    with pytest.raises(ValueError, match="twice"):
        Operators([KIM, KIM], clock)


@pytest.mark.parametrize(
    ("address", "host", "here"),
    [
        ("127.0.0.1", "localhost:7860", True),
        ("::1", "[::1]:7860", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("192.0.2.1", "localhost:7860", False),
        ("127.0.0.1", "evil.example:7860", False),
        ("", "localhost", False),
    ],
)
def test_this_machine_is_told_from_others_and_from_borrowed_names(address, host, here):
    assert is_this_machine(address, host) is here
