"""Everything that an operator does, one JSON object a line, in the order in which it was done."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from loguru import logger


class AuditLog:
    """Append to a file; what cannot be written is in the application's log instead.

    Args:
        path: The file; its folder is made when it is needed.
        clock: Seconds since the epoch.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        """Nothing is written yet."""
        self._path = path
        self._clock = clock

    def add(self, operator: str, action: str, call: str = "", **details: object) -> None:
        """Write down that `operator` did `action`."""
        line = {"at": round(self._clock(), 3), "operator": operator, "action": action}
        if call:
            line["call"] = call
        text = json.dumps(line | details, ensure_ascii=False)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(text + "\n")
        except OSError as error:
            logger.error(f"audit log not written ({error.strerror}): {text}")
