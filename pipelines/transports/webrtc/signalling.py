"""The browser's side of one call: its offers, its candidates, and whether it is still there.

Pipecat's `SmallWebRTCRequestHandler` forgets a connection whose offer it cannot read without
closing it, answers although the bot did not start, and waits a minute for a browser that never
connects. So each call holds its own `SmallWebRTCConnection`, which cannot be reached through
another call's address either.
"""

import asyncio
from collections.abc import Sequence

from aiortc import RTCIceCandidate
from loguru import logger
from pipecat.transports.smallwebrtc.connection import IceServer, SmallWebRTCConnection

from pipelines.transports.webrtc.offer import BadOfferError, check_offer

_CONNECT_SECS = 20
_MAX_CANDIDATES = 60
_MAX_OFFERS = 30


class Signalling:
    """Answer one browser.

    Args:
        ice_servers: STUN and TURN servers that this side may use.
    """

    def __init__(self, ice_servers: Sequence[IceServer] = ()) -> None:
        """Nothing is built before the first offer."""
        self._ice_servers = list(ice_servers)
        self._candidates = self._offers = 0
        self._turn = asyncio.Lock()
        self.connection: SmallWebRTCConnection | None = None

    async def answer(
        self, sdp: str, *, pc_id: str | None = None, restart: bool = False
    ) -> dict[str, str]:
        """Answer the first offer, or a later one for the same connection.

        Args:
            sdp: The offer.
            pc_id: The connection that a later offer is about.
            restart: Whether the browser has begun anew with a fresh connection.

        Returns:
            `sdp`, `type` and `pc_id` of the answer.

        Raises:
            BadOfferError: the offer cannot be answered; nothing is left of a first one.
        """
        check_offer(sdp)
        self._offers += 1
        if self._offers > _MAX_OFFERS:
            raise BadOfferError(f"more than {_MAX_OFFERS} offers for one call")
        async with self._turn:
            try:
                if self.connection is None:
                    self.connection = SmallWebRTCConnection(self._ice_servers, _CONNECT_SECS)
                    await self.connection.initialize(sdp=sdp, type="offer")
                elif pc_id == self.connection.pc_id:
                    await self.connection.renegotiate(sdp=sdp, type="offer", restart_pc=restart)
                else:
                    raise BadOfferError("this call is connected; a later offer names its pc_id")
                answer = self.connection.get_answer()
            except BadOfferError:
                raise
            # An offer can be well-formed and still ask for what aiortc cannot do, in many ways.
            except Exception as error:
                logger.info(f"an offer could not be answered: {type(error).__name__}")
                raise BadOfferError(
                    "the offer cannot be answered: unsupported or broken"
                ) from error
        if answer is None:
            raise BadOfferError("the offer led to no answer")
        return answer

    async def add_candidates(
        self, pc_id: str, candidates: Sequence[RTCIceCandidate | None]
    ) -> None:
        """Try these ways to the browser too.

        Raises:
            LookupError: the call has no such connection.
            BadOfferError: a candidate belongs to no media section, or there are too many.
        """
        if self.connection is None or self.connection.pc_id != pc_id:
            raise LookupError("this call has no such connection")
        self._candidates += len(candidates)
        if self._candidates > _MAX_CANDIDATES:
            raise BadOfferError(f"more than {_MAX_CANDIDATES} candidates for one call")
        for candidate in candidates:
            try:
                await self.connection.add_ice_candidate(candidate)
            except ValueError as error:
                raise BadOfferError("the candidate cannot be used") from error

    def alive(self) -> bool:
        """Whether the browser was heard of in the last seconds."""
        return self.connection is not None and self.connection.is_connected()

    async def close(self) -> None:
        """Say goodbye to the browser and free the sockets."""
        if self.connection is not None:
            await self.connection.disconnect()
