"""Language tags as BCP 47 has them."""

import pytest

from classifier.optouts.policy.language_tags import within


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("zh", ["zh-Hans", "zh-Hant-TW", "zh-Hant-HK"]),
        ("zh-Hant", ["zh-Hant-TW", "zh-Hant-HK"]),
        ("zh-CN", ["zh-Hans"]),
        ("zh-hk", ["zh-Hant-HK"]),
        ("en-US", ["en"]),
        ("fr", []),
    ],
)
def test_a_tag_stands_for_the_languages_within_it(wanted: str, expected: list[str]) -> None:
    """A short tag finds all it covers, a full one the one place."""
    spoken = ("zh-Hans", "zh-Hant-TW", "zh-Hant-HK", "en")
    assert [tag for tag in spoken if within(tag, wanted)] == expected
