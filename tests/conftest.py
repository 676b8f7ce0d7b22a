"""What every test shares."""

import sys

import hypothesis
import pytest
from loguru import logger

# Examples are judged by what comes out, and are the same ones on every machine; how long one takes
# says only how busy it is.
hypothesis.settings.register_profile(
    "any machine",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("any machine")


@pytest.hookimpl(tryfirst=True)  # before xdist looks at the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of what is heard in real time, one browser and one call at a time."""
    for item in items:
        for kind in ("browser", "realtime"):
            if item.get_closest_marker(kind):
                item.add_marker(pytest.mark.xdist_group(kind))


@pytest.fixture(autouse=True, scope="session")
def records_elsewhere(tmp_path_factory: pytest.TempPathFactory):
    """What tests write down is written where it is forgotten."""
    folder = tmp_path_factory.mktemp("var")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECORD_DIR", str(folder / "calls"))
        patch.setenv("DESK_DIR", str(folder / "desk"))
        patch.setenv("DATABASE_URL", f"sqlite+aiosqlite:///{folder}/downbeat.db")
        yield


@pytest.fixture(autouse=True, scope="session")
def quiet_log():
    """Keep the framework's debug lines out of the tests' output."""
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
