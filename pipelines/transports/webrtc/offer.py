"""What a browser may offer: checked before anything is built for it."""

from collections.abc import Sequence

from aiortc import RTCIceCandidate
from aiortc.sdp import SessionDescription, candidate_from_sdp

_MAX_SECTIONS = 8


class BadOfferError(Exception):
    """The other side's words are no offer, or not one that a call can be made of."""


def check_offer(sdp: str) -> None:
    """Accept an SDP offer whose first section is audio and which can be encrypted.

    Args:
        sdp: The session description as the browser wrote it.

    Raises:
        BadOfferError: says what is missing; it never quotes the offer.
    """
    try:
        session = SessionDescription.parse(sdp)
    # The parser splits and indexes whatever it is given; garbage may raise anything there.
    except Exception as error:
        raise BadOfferError("the offer is not a session description (SDP)") from error
    if not session.media:
        raise BadOfferError("the offer has no media section; the first must be audio")
    if len(session.media) > _MAX_SECTIONS:
        raise BadOfferError(f"the offer has more than {_MAX_SECTIONS} media sections")
    if session.media[0].kind != "audio":
        raise BadOfferError("the offer's first media section must be audio")
    for section in session.media:
        ice = section.ice
        if ice is None or not ice.usernameFragment or not ice.password:
            raise BadOfferError("the offer lacks ICE credentials (a=ice-ufrag, a=ice-pwd)")
        if section.dtls is None or not section.dtls.fingerprints:
            raise BadOfferError("the offer lacks a DTLS fingerprint (a=fingerprint)")


def read_candidate(text: str, mid: str | None, line: int | None) -> RTCIceCandidate | None:
    """One ICE candidate; None for the empty string, which says that there are no more (RFC 8840).

    Args:
        text: The candidate, with or without the leading `candidate:`.
        mid: The media section's name.
        line: The media section's number.

    Raises:
        BadOfferError: it is no candidate.
    """
    if not text:
        return None
    try:
        candidate = candidate_from_sdp(text.removeprefix("candidate:"))
    except (ValueError, IndexError, AssertionError) as error:
        raise BadOfferError("the candidate is not an ICE candidate") from error
    candidate.sdpMid, candidate.sdpMLineIndex = mid, line
    return candidate


def read_candidates(
    items: Sequence[tuple[str, str | None, int | None]],
) -> list[RTCIceCandidate | None]:
    """All candidates of one message, or none of them.

    Raises:
        BadOfferError: one of them is no candidate.
    """
    return [read_candidate(*item) for item in items]
