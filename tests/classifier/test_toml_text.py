"""Whatever is wrong with a file of settings is told, and ends no verb in a traceback."""

import pytest

from classifier.toml_text import parse_toml


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a = 1\nb\n", "line 2"),
        ("a = " + "1" * 5_000, "a number has too many digits"),
        ("a = " + "[" * 3_000, "brackets are nested too deep"),
        ("a = " + "{ b = " * 3_000, "brackets are nested too deep"),
        ("a = 2027-13-45", "line 1"),
    ],
)
def test_every_fault_is_one_kind_of_error(text: str, problem: str) -> None:
    """Readers of files catch this alone and name their file beside it."""
    with pytest.raises(ValueError, match=problem):
        parse_toml(text)
    assert parse_toml("a = [[1]]") == {"a": [[1]]}
