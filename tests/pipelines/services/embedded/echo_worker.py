"""A child for the tests of `process.py`: says back what it hears, or dies when told to."""

import os

from pipelines.services.embedded.process import serve


class Echo:
    """Says every message back; `fail` raises, `die` ends the process."""

    def __init__(self, emit, greeting=""):
        """Greets when there is a greeting."""
        self._emit = emit
        if greeting:
            emit("greeting", text=greeting)

    def receive(self, name, fields, blob):
        """Act on the message's name."""
        if name == "fail":
            raise ValueError("told to fail")
        if name == "die":
            os._exit(3)
        if name == "print":
            print("a library that talks")
        self._emit(name, blob, **fields)

    def close(self):
        """Nothing is held."""


if __name__ == "__main__":
    serve({"echo": Echo})
