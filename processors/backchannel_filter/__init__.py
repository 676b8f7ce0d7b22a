"""What happens when the caller makes a sound while the bot speaks.

::

    gate = PlayOut()                                   # TransportParams(audio_out_filter=gate)
    ears = BackchannelFilter(gate, patience=PATIENCE["balanced"])

    STT ─▶ ears ─▶ user context ─▶ LLM ─▶ TTS ─▶ HeardWords(gate) ─▶ transport.output() ─▶ …
                    └ UserTurnStrategies(start=ears.start_strategies(), stop=…)
"""

from processors.backchannel_filter.heard_words import HeardWords
from processors.backchannel_filter.judge import PATIENCE, Patience
from processors.backchannel_filter.overlap_frame import OverlapFrame
from processors.backchannel_filter.play_out import PlayOut
from processors.backchannel_filter.processor import BackchannelFilter
from processors.backchannel_filter.rules import Overlap, classify_overlap

__all__ = [
    "PATIENCE",
    "BackchannelFilter",
    "HeardWords",
    "Overlap",
    "OverlapFrame",
    "Patience",
    "PlayOut",
    "classify_overlap",
]
