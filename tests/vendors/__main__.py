"""`uv run -m tests.vendors`: the stand-ins on loopback ports, until standard input ends.

The first line of standard input says which and how, as JSON; an empty one runs all of them.

    echo '{"anthropic": {"answers": "Yes.", "first_token": 0.25}}' | uv run -m tests.vendors
"""

import asyncio
import json
import sys

from tests.vendors.process import STAND_INS, serve

if __name__ == "__main__":
    line = sys.stdin.readline().strip()
    asyncio.run(serve(json.loads(line) if line else {name: {} for name in STAND_INS}))
