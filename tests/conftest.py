"""What every test shares."""

import sys

import pytest
from loguru import logger


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
