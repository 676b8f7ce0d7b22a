"""What every test shares."""

import sys

import pytest
from loguru import logger


@pytest.fixture(autouse=True, scope="session")
def quiet_log():
    """Keep the framework's debug lines out of the tests' output."""
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
