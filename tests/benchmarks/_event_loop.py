"""The event loop of the server, for what is to be measured as it is served.

Uvicorn serves on uvloop where that is installed, and with this project it is.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

import uvloop


def run_as_served(main: Coroutine[Any, Any, None]) -> None:
    """Run `main` to its end."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)
