"""One address may knock so often, and others do not suffer for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import rate_limit
from pipelines.rate_limit import RateLimit, neighbourhood


def test_a_burst_passes_and_the_next_one_waits():
    limit = RateLimit(per_minute=3)
    assert [limit.wait_secs("192.0.2.1", 0.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert limit.wait_secs("192.0.2.1", 0.0) == pytest.approx(20.0)


def test_tokens_come_back_with_time():
    limit = RateLimit(per_minute=1)
    assert limit.wait_secs("a", 0.0) == 0.0
    assert limit.wait_secs("a", 30.0) == pytest.approx(30.0)
    assert limit.wait_secs("a", 60.0) == 0.0


def test_another_address_has_its_own_bucket():
    limit = RateLimit(per_minute=1)
    limit.wait_secs("192.0.2.1", 0.0)
    assert limit.wait_secs("192.0.2.2", 0.0) == 0.0


def test_all_addresses_of_one_ipv6_subscriber_share_a_bucket():
    limit = RateLimit(per_minute=1)
    limit.wait_secs("2001:db8::1", 0.0)
    assert limit.wait_secs("2001:db8::ffff", 0.0) > 0
    assert limit.wait_secs("2001:db8:0:1::1", 0.0) == 0.0


def test_an_ipv4_address_written_as_ipv6_is_the_same_address():
    assert neighbourhood("::ffff:192.0.2.1") == "192.0.2.1"


def test_a_flood_of_addresses_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rate_limit, "_MAX_BUCKETS", 10)
    limit = RateLimit(per_minute=1)
    for number in range(100):
        limit.wait_secs(f"10.0.0.{number}", 0.0)
    assert len(limit._buckets) == 10


def test_a_rate_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="per_minute is 0"):
        RateLimit(per_minute=0)


@given(
    gaps=st.lists(st.floats(0, 30), min_size=1, max_size=100),
    per_minute=st.integers(1, 30),
)
def test_never_more_pass_than_the_burst_and_the_refill(gaps: list[float], per_minute: int):
    limit, now, passed = RateLimit(per_minute), 0.0, 0
    for gap in gaps:
        now += gap
        passed += limit.wait_secs("a", now) == 0.0
    assert passed <= per_minute + now * per_minute / 60 + 1e-6
