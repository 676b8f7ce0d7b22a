"""The garbage collector rests while much is made, and works again afterwards."""

import gc

import pytest

from processors.semantic_cache.long_lived import long_lived


def test_it_rests_meanwhile_and_works_again():
    with long_lived():
        assert not gc.isenabled()
        with long_lived():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_works_again_after_a_failure():
    with pytest.raises(OSError, match="full"), long_lived():
        raise OSError("full")
    assert gc.isenabled()


def test_where_it_did_not_work_before_it_does_not_afterwards():
    gc.disable()
    try:
        with long_lived():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
