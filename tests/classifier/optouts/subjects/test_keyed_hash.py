"""The keyed hash against the standard library's."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.optouts.subjects.keys import KeyedHash


@given(st.binary(max_size=64), st.binary(max_size=300))
def test_it_is_hmac_sha256(key: bytes, message: bytes) -> None:
    """Every key and message give what ``hmac.digest`` gives, also a second time."""
    hashed = KeyedHash(key)
    expected = hmac.digest(key, message, "sha256")
    assert [hashed.digest(message), hashed.digest(message)] == [expected, expected]


def test_a_key_over_a_block_is_refused() -> None:
    """It would have to be hashed first, and no key of ours is that long."""
    with pytest.raises(ValueError, match="64 bytes"):
        KeyedHash(bytes(65))
