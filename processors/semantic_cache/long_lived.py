"""Make much that is kept for long, without the garbage collector stopping every call for it.

A full collection looks at each object of the process, with all threads waiting: 100 ms and more
where 10,000 questions are pulled apart into words. Nothing made here is in a cycle.
"""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_makers = 0
_frozen = False


@contextmanager
def long_lived() -> Iterator[None]:
    """Collect nothing meanwhile; what the first one has made is never looked at again.

    Only the first: what happens to be garbage at that moment is kept for ever with the rest, which
    is nothing when a process starts, and would add up if every call's end could be such a moment.
    """
    global _makers, _frozen
    with _lock:
        collecting = gc.isenabled() or _makers > 0
        _makers += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _makers -= 1
            if _makers == 0 and collecting:
                if not _frozen:
                    gc.freeze()
                    _frozen = True
                gc.enable()
