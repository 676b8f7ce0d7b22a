"""Garbage is told from an offer before anything is built for it."""

import pytest
from aiortc import RTCPeerConnection
from hypothesis import given
from hypothesis import strategies as st

from pipelines.transports.webrtc.offer import (
    BadOfferError,
    check_offer,
    read_candidate,
    read_candidates,
)

CANDIDATE = "candidate:842163049 1 udp 1677729535 192.0.2.7 46154 typ srflx raddr 10.0.0.1 rport 9"


async def offer(*kinds: str) -> str:
    peer = RTCPeerConnection()
    for kind in kinds:
        peer.addTransceiver(kind)
    peer.createDataChannel("chat")
    await peer.setLocalDescription(await peer.createOffer())
    sdp = peer.localDescription.sdp
    await peer.close()
    return sdp


async def test_an_offer_with_audio_first_is_accepted():
    check_offer(await offer("audio"))
    check_offer(await offer("audio", "video"))


async def test_an_offer_with_video_first_is_refused():
    with pytest.raises(BadOfferError, match="first media section must be audio"):
        check_offer(await offer("video"))


@pytest.mark.parametrize(
    ("line", "why"),
    [("a=ice-ufrag", "ICE credentials"), ("a=ice-pwd", "ICE"), ("a=fingerprint", "fingerprint")],
)
async def test_an_offer_that_lacks_a_line_is_refused_with_its_name(line: str, why: str):
    sdp = await offer("audio")
    without = "".join(x for x in sdp.splitlines(keepends=True) if not x.startswith(line))
    with pytest.raises(BadOfferError, match=why):
        check_offer(without)


def test_an_offer_without_media_is_refused():
    with pytest.raises(BadOfferError, match="no media"):
        check_offer("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n")


@given(sdp=st.text(max_size=200) | st.text("vomsatc=:/ 0123456789\r\n", max_size=200))
def test_text_that_is_no_offer_is_refused_and_never_raises_anything_else(sdp: str):
    with pytest.raises(BadOfferError):
        check_offer(sdp)


def test_a_browsers_candidate_is_read():
    candidate = read_candidate(CANDIDATE, "0", 0)
    assert candidate is not None
    assert (candidate.ip, candidate.port, candidate.sdpMid) == ("192.0.2.7", 46154, "0")


def test_an_empty_candidate_says_that_there_are_no_more():
    assert read_candidate("", "0", 0) is None


def test_one_bad_candidate_spoils_the_message():
    with pytest.raises(BadOfferError):
        read_candidates([(CANDIDATE, "0", 0), ("candidate:x", "0", 0)])


@given(text=st.text(min_size=1, max_size=80))
def test_text_that_is_no_candidate_is_refused_and_never_raises_anything_else(text: str):
    with pytest.raises(BadOfferError):
        read_candidate(text, "0", 0)
