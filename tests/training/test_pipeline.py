"""The dictionary and tokenizer that training and serving share."""

import io

import jieba
import pytest

from classifier.text.words import WordCutter
from training.dictionary import build_dictionary


@pytest.fixture(scope="module")
def words() -> dict[str, int]:
    """The default dictionary."""
    return build_dictionary(20, 4)


def test_our_tokenizer_cuts_as_jieba_does_with_the_same_words(words: dict[str, int]) -> None:
    """Loading the words ourselves changes no cut."""
    ours, theirs = WordCutter(words), jieba.Tokenizer()
    dictionary = io.BytesIO("".join(f"{word} {count}\n" for word, count in words.items()).encode())
    theirs.FREQ, theirs.total = theirs.gen_pfdict(dictionary)
    theirs.initialized = True
    for text in (
        "那个以后就不要再给我打电话了好吧",
        "唔该以后唔好再打嚟",
        "td退订",
        "我要取消订单",
    ):
        assert ours.lcut(text, HMM=False) == theirs.lcut(text, HMM=False)


def test_domain_words_stay_whole(words: dict[str, int]) -> None:
    """Words of the concept lexicon are in the dictionary."""
    assert WordCutter(words).lcut("唔好再打嚟", HMM=False) == ["唔好再", "打嚟"]


def test_global_jieba_is_left_alone(words: dict[str, int]) -> None:
    """Neither its tokenizer nor its cache is touched."""
    WordCutter(words).lcut("别打了", HMM=False)
    assert not jieba.dt.initialized
