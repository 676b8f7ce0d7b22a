"""A vendor that does not answer must not keep a call from beginning, nor leave it silently."""

from typing import Any

from pipecat.frames.frames import ErrorFrame
from pipecat.services.websocket_service import ReportErrorCallback, WebsocketService
from pipecat.utils.errors import ErrorCategory


class PromptConnect(WebsocketService):
    """Bounds how long a websocket may take to open, and tells when it is lost.

    Put it before Pipecat's service. Pipecat 1.14 waits 10 s for a websocket to open, during which
    nothing else of the pipeline is set up; and it connects again without a word when a connection
    breaks, although what was under way on it is lost.

    Args:
        connect_secs: How long opening may take, in seconds.
        kwargs: Pipecat's arguments.
    """

    def __init__(self, *, connect_secs: float, **kwargs: Any):
        super().__init__(**kwargs)
        self._connect_secs = connect_secs

    async def _websocket_connect(self, uri: str, **kwargs: Any) -> Any:
        return await super()._websocket_connect(uri, open_timeout=self._connect_secs, **kwargs)

    async def _maybe_try_reconnect(
        self,
        error_message: str,
        report_error: ReportErrorCallback,
        error: Exception | None = None,
    ) -> bool:
        if not self._disconnecting:
            lost = ErrorFrame(error_message, exception=error, category=ErrorCategory.CONNECTIVITY)
            await report_error(lost)
        return await super()._maybe_try_reconnect(error_message, report_error, error)
