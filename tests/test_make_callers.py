"""The caller recordings that are shipped."""

import numpy as np
import pytest

from pipelines.transports.loopback import read_caller
from tests.make_callers import CALLERS, SCRIPTS, recording
from tests.speech import has_voice


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_shipped_caller_listens_to_the_greeting_and_then_speaks(name):
    samples = np.abs(read_caller(CALLERS / f"{name}.wav").astype(int))
    assert samples[: 6 * 16_000].max() < 100
    assert samples[6 * 16_000 :].max() > 5_000


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_shipped_caller_is_what_its_script_makes(name):
    voice, _ = SCRIPTS[name]
    if not has_voice(voice):
        pytest.skip("flite is not installed")
    assert np.array_equal(read_caller(CALLERS / f"{name}.wav"), recording(name))


def test_every_shipped_caller_has_a_script_and_a_line_in_the_readme():
    shipped = {path.stem for path in CALLERS.glob("*.wav")}
    assert shipped == set(SCRIPTS)
    readme = (CALLERS / "README.md").read_text()
    assert all(f"`{name}.wav`" in readme for name in shipped)
