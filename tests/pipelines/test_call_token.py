"""A pass opens one call, once, and not for long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.call_token import CallTokens, TokenError


def test_a_fresh_pass_is_taken_back_once():
    tokens = CallTokens(ttl_secs=60)
    token = tokens.issue(now=1000)
    tokens.redeem(token, now=1030)
    with pytest.raises(TokenError, match="used before"):
        tokens.redeem(token, now=1031)


def test_an_old_pass_is_refused():
    tokens = CallTokens(ttl_secs=60)
    with pytest.raises(TokenError, match="expired"):
        tokens.redeem(tokens.issue(now=1000), now=1061)


def test_a_pass_of_another_server_is_refused():
    with pytest.raises(TokenError, match="not issued"):
        CallTokens().redeem(CallTokens().issue(now=1000), now=1000)


def test_used_passes_are_forgotten_once_they_are_too_old_anyway():
    tokens = CallTokens(ttl_secs=60)
    for second in range(1000):
        tokens.redeem(tokens.issue(now=second), now=second)
    assert len(tokens._used) <= 62


@given(token=st.text(max_size=100))
def test_nothing_that_was_not_issued_passes(token: str):
    with pytest.raises(TokenError):
        CallTokens(b"secret").redeem(token, now=0)


@given(position=st.integers(0, 200), letter=st.characters(min_codepoint=33, max_codepoint=126))
def test_a_pass_with_one_letter_changed_is_refused(position: int, letter: str):
    tokens = CallTokens(b"secret")
    token = tokens.issue(now=1000)
    place = position % len(token)
    forged = token[:place] + letter + token[place + 1 :]
    if forged != token:
        with pytest.raises(TokenError):
            tokens.redeem(forged, now=1000)
