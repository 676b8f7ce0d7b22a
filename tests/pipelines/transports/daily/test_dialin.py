"""A telephone call is announced more than once and answered once."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.transports.daily.dialin import DialinError, Once, is_test_ping, parse


def test_reads_what_daily_posts():
    ringing = parse(b'{"From": "+1", "To": "+2", "callId": "c", "callDomain": "d", "new": 1}')
    assert (ringing.caller, ringing.call_id, ringing.call_domain) == ("+1", "c", "d")
    assert ringing.body()["dialin_settings"]["call_id"] == "c"


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{}", b'{"callId": ""}', b'{"callId": 5}'])
def test_what_is_no_dial_in_is_an_error_that_names_the_place(body):
    with pytest.raises(DialinError, match="not a dial-in webhook"):
        parse(body)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_and_never_crash(body):
    is_test_ping(body)
    try:
        parse(body)
    except DialinError:
        return
    assert b"callId" in body


@pytest.mark.parametrize("body", [b'{"test": true}', b'{"Test": "yes"}'])
def test_the_test_ping_is_told_from_a_call(body):
    assert is_test_ping(body)
    assert not is_test_ping(b'{"callId": "c", "callDomain": "d"}')


async def test_a_webhook_that_is_repeated_at_the_same_time_is_done_once():
    once, made = Once[str](), []

    async def make():
        made.append(1)
        await asyncio.sleep(0)
        return "answer"

    assert await asyncio.gather(*(once.do("c", make) for _ in range(20))) == ["answer"] * 20
    assert await once.do("c", make) == "answer"
    assert len(made) == 1


async def test_what_failed_may_be_tried_again():
    once = Once[str]()

    async def fail():
        raise RuntimeError("no room")

    async def make():
        return "answer"

    with pytest.raises(RuntimeError):
        await once.do("c", fail)
    assert await once.do("c", make) == "answer"


async def test_a_carrier_that_hangs_up_on_its_webhook_does_not_stop_the_call():
    once, finish = Once[str](), asyncio.Event()

    async def make():
        await finish.wait()
        return "answer"

    first = asyncio.create_task(once.do("c", make))
    await asyncio.sleep(0)
    first.cancel()
    finish.set()
    assert await once.do("c", make) == "answer"


async def test_only_so_many_answers_are_remembered():
    once, made = Once[str](remember=2), []

    async def make():
        made.append(1)
        return "answer"

    for key in ["a", "b", "c", "a"]:
        await once.do(key, make)
    assert len(made) == 4
