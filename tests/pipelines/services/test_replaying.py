"""The sound that is kept until it has become words."""

from hypothesis import given
from hypothesis import strategies as st

from pipelines.services.replaying import KeptSound

PIECES = st.lists(st.binary(max_size=20), max_size=20)


@given(PIECES, st.integers(0, 50))
def test_the_end_of_the_stream_is_kept_at_its_place(pieces: list[bytes], most: int):
    stream, kept = b"".join(pieces), KeptSound(most)
    for piece in pieces:
        kept.add(piece)
    assert kept.end == len(stream)
    assert kept.piece(0, len(stream) + 1) == stream[kept.start :]
    assert len(stream[kept.start :]) == min(most, len(stream))


@given(PIECES, st.integers(-5, 500))
def test_what_is_forgotten_is_gone_and_the_rest_is_where_it_was(pieces: list[bytes], until: int):
    stream, kept = b"".join(pieces), KeptSound(1000)
    for piece in pieces:
        kept.add(piece)
    kept.forget(until)
    assert kept.start == min(max(until, 0), len(stream))
    assert kept.piece(kept.start, 1000) == stream[kept.start :]
