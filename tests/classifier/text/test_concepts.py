"""The concept lexicon."""

import pytest

from classifier.text.concepts import ConceptLexicon, concept_lexicon
from classifier.text.fold import fold


def concepts_in(text: str) -> list[str]:
    """Return the concepts of a text in order."""
    return [hit.concept for hit in concept_lexicon().find(fold(text).bare)]


def test_longest_word_wins() -> None:
    """要不要 asks; it neither wants nor forbids."""
    assert concepts_in("要不要") == ["ask"]
    assert concepts_in("不要再打电话") == ["dont", "call"]


def test_scripts_and_cantonese_share_classes() -> None:
    """What is learnt of one way to say it is known of the others."""
    assert concepts_in("唔好再打電話") == concepts_in("不要再打电话")


def test_silent_words_hide_what_is_inside_them() -> None:
    """特别 forbids nothing."""
    assert concepts_in("特别") == []


def test_latin_words_are_whole_words() -> None:
    """The t of CCTV refuses nothing; a T alone does, and so does one between Chinese characters."""
    assert concepts_in("CCTV-MTV音乐") == ["offer"]
    assert concepts_in("T") == concepts_in("回T") == ["unsubscribe"]
    assert concepts_in("12315") == ["authority"]


def test_word_in_two_classes_is_refused() -> None:
    """The lexicon says which word is at fault."""
    with pytest.raises(ValueError, match="'別' in b is also a"):
        ConceptLexicon({"a": ["别"], "b": ["別"]})
