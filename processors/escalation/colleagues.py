"""Who can be called into a call, as the line sees them. The desk is one such; so is nobody."""

from typing import Protocol

from processors.escalation.decision import Decision
from processors.escalation.record import Packet


class Colleagues(Protocol):
    """Those who may take over one call. Nothing here may raise: the caller is on the line."""

    def watch(self, decision: Decision) -> None:
        """Show how the call stands."""
        ...

    async def call(self, packet: Packet, patience_secs: float) -> bool:
        """Ask them to take over; False when nobody can even be asked."""
        ...

    def position(self) -> int:
        """How many callers are to be served until it is this one's turn; 1 is next."""
        ...

    async def transfer(self, to: str) -> bool:
        """Ring a number up; False when this kind of call cannot be put through to one."""
        ...

    @property
    def expected(self) -> bool:
        """Whether somebody who was asked last may still come."""
        ...

    async def give_up(self, packet: Packet, why: str) -> None:
        """Nobody came: leave a note, so that the caller is called back."""
        ...

    def withdraw(self) -> None:
        """They are needed no longer."""
        ...


class Nobody:
    """The desk of a house that has none; notes are lost, and the log says so."""

    def watch(self, decision: Decision) -> None:
        """Nobody looks."""

    async def call(self, packet: Packet, patience_secs: float) -> bool:
        """Nobody can be asked."""
        return False

    def position(self) -> int:
        """There is no line."""
        return 1

    async def transfer(self, to: str) -> bool:
        """There is no line."""
        return False

    @property
    def expected(self) -> bool:
        """Nobody comes."""
        return False

    async def give_up(self, packet: Packet, why: str) -> None:
        """There is nowhere to leave a note."""

    def withdraw(self) -> None:
        """Nobody was asked."""
