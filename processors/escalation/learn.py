"""Learn the turns of a language and keep what was learnt: `-m processors.escalation.learn [en]`."""

import sys

import numpy as np

from processors.escalation.resemblance import fingerprint, learnt_anew, stored


def main() -> None:
    """Write `phrases/<language>_turns.npz`."""
    language = sys.argv[1] if len(sys.argv) > 1 else "en"
    kinds, learnt = learnt_anew(language)
    np.savez_compressed(
        stored(language),
        kinds=np.array(kinds),
        learnt=learnt.astype(np.float16),
        of=np.array(fingerprint(language)),
    )
    print(f"{stored(language)}: {', '.join(kinds)}")


if __name__ == "__main__":
    main()
