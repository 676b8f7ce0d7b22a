"""What happens when the caller makes a sound while the bot speaks."""

from processors.backchannel_filter.rules import Overlap, classify_overlap

__all__ = ["Overlap", "classify_overlap"]
