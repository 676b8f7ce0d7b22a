"""Only what Daily signed, just now, is acted on."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.transports.daily.signature import ForgedError, check, signature

SECRET = base64.b64encode(b"sixteen byte key").decode()
NOW = 1_795_000_000.0
BODY = b'{"callId": "a"}'


def signed(body=BODY, timestamp=str(int(NOW)), secret=SECRET):
    """The headers Daily would send."""
    return {
        "x-pinless-timestamp": timestamp,
        "x-pinless-signature": signature(secret, timestamp, body),
    }


def test_the_signature_is_hmac_sha256_over_timestamp_dot_body():
    by_hand = hmac.new(b"sixteen byte key", b"17." + BODY, hashlib.sha256).digest()
    assert signature(SECRET, "17", BODY) == base64.b64encode(by_hand).decode()


@pytest.mark.parametrize("timestamp", [str(int(NOW)), str(int(NOW * 1000)), str(int(NOW) - 299)])
def test_seconds_and_milliseconds_within_five_minutes_are_taken(timestamp):
    assert check(SECRET, signed(timestamp=timestamp), BODY, now=NOW)


@pytest.mark.parametrize("off", [-301, 301, -86_400])
def test_an_old_or_future_webhook_is_refused(off):
    with pytest.raises(ForgedError, match="300 s"):
        check(SECRET, signed(timestamp=str(int(NOW) + off)), BODY, now=NOW)


@pytest.mark.parametrize("missing", ["x-pinless-timestamp", "x-pinless-signature"])
def test_a_missing_header_is_refused(missing):
    headers = signed()
    del headers[missing]
    with pytest.raises(ForgedError, match="needs"):
        check(SECRET, headers, BODY, now=NOW)


@pytest.mark.parametrize("timestamp", ["soon", "nan", "inf", "", "-"])
def test_a_timestamp_that_is_no_number_is_refused(timestamp):
    headers = {"x-pinless-timestamp": timestamp, "x-pinless-signature": "x"}
    with pytest.raises(ForgedError):
        check(SECRET, headers, BODY, now=NOW)


def test_a_secret_that_is_no_base64_refuses_everything():
    with pytest.raises(ForgedError, match="not base64"):
        check("no base64!", signed(), BODY, now=NOW)


@given(st.binary(max_size=200), st.binary(min_size=1, max_size=32))
def test_no_other_body_and_no_other_key_passes(body, key):
    headers = signed()
    if body != BODY:
        with pytest.raises(ForgedError):
            check(SECRET, headers, body, now=NOW)
    if key != b"sixteen byte key":
        with pytest.raises(ForgedError):
            check(base64.b64encode(key).decode(), headers, BODY, now=NOW)


@given(st.text(max_size=100))
def test_a_made_up_signature_never_passes(claimed):
    headers = {"x-pinless-timestamp": str(int(NOW)), "x-pinless-signature": claimed}
    with pytest.raises(ForgedError):
        check(SECRET, headers, BODY, now=NOW)
