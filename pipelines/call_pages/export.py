"""One call as one HTML file: page, data and sound, for a colleague without access.

The modules of the page are joined into one script; that is why their top-level names differ.
"""

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

PAGE = Path(__file__).parent / "page"
_TOKENS = Path(__file__).parents[1] / "transports" / "webrtc" / "page" / "tokens.css"
_MODULES = ("words.js", "model.js", "tape.js", "turns.js", "story.js", "call.js")
_IMPORT = re.compile(r"^import [^;]+;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
_LINK = re.compile(
    r"^.*<(?:link rel=\"(?:stylesheet|icon)\"|script type=\"module\").*\n", re.MULTILINE
)
_BLOCK = 1 << 18
_RATE = 24_000  # Opus knows 8, 12, 16, 24 and 48 kHz


def export(folder: Path, call: dict[str, Any]) -> str:
    """The page of a call, complete.

    Args:
        folder: The record.
        call: What `read_call` gives.
    """
    peaks = folder / "peaks.bin"
    packed = {
        "call": call,
        "peaks": base64.b64encode(peaks.read_bytes() if peaks.is_file() else b"").decode(),
        "sound": _sound(folder / "call.flac"),
    }
    page = _LINK.sub("", (PAGE / "call.html").read_text())
    styles = _TOKENS.read_text() + (PAGE / "pages.css").read_text()
    head = f"<style>\n{styles}\n</style>\n</head>"
    tail = (
        f'<script type="application/json" id="packed">{inert(packed)}</script>\n'
        f'<script type="module">\n{_script()}\n</script>\n</body>'
    )
    return page.replace("</head>", head, 1).replace("</body>", tail, 1)


def inert(data: Any) -> str:
    r"""JSON that cannot end the script element it stands in.

    >>> inert("</script><b>")
    '"\\u003c/script\\u003e\\u003cb\\u003e"'
    """
    text = json.dumps(data, ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _script() -> str:
    modules = ((PAGE / name).read_text() for name in _MODULES)
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", module)) for module in modules)


def _sound(path: Path) -> str:
    """The sound as a data address, in Opus: a tenth of the size; "" where there is none."""
    if not path.is_file():
        return ""
    buffer = io.BytesIO()
    with soundfile.SoundFile(path) as flac:
        rate = flac.samplerate if flac.samplerate in (8_000, 16_000, 24_000) else _RATE
        resample = soxr.ResampleStream(flac.samplerate, rate, 2, "float32")
        with soundfile.SoundFile(buffer, "w", rate, 2, format="OGG", subtype="OPUS") as opus:
            for block in flac.blocks(_BLOCK, dtype="float32", always_2d=True):
                last = len(block) < _BLOCK
                opus.write(resample.resample_chunk(np.asarray(block, np.float32), last=last))
    return "data:audio/ogg;base64," + base64.b64encode(buffer.getvalue()).decode()
