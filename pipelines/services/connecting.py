"""A vendor that does not answer must not keep a call from beginning."""

from typing import Any

from pipecat.services.websocket_service import WebsocketService


class PromptConnect(WebsocketService):
    """Bounds how long a websocket may take to open; put it before Pipecat's service.

    Pipecat 1.14 leaves it at the 10 s of the websockets library, during which nothing else of the
    pipeline is set up.
    """

    connect_secs = 3.0

    async def _websocket_connect(self, uri: str, **kwargs: Any) -> Any:
        return await super()._websocket_connect(uri, open_timeout=self.connect_secs, **kwargs)
