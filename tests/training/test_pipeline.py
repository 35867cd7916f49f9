"""The dictionary and tokenizer that training and serving share."""

import io
from pathlib import Path

import jieba
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.text.fold import FoldedText, fold
from classifier.text.variants import SEPARATOR
from classifier.text.words import WordCutter
from training.dataset import read_split
from training.dictionary import build_dictionary


@pytest.fixture(scope="module")
def words() -> dict[str, int]:
    """The default dictionary."""
    return build_dictionary(20, 4)


@pytest.fixture(scope="module")
def by_jieba(words: dict[str, int]) -> jieba.Tokenizer:
    """Jieba itself, over the same words."""
    tokenizer = jieba.Tokenizer()
    dictionary = io.BytesIO("".join(f"{word} {count}\n" for word, count in words.items()).encode())
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(dictionary)
    tokenizer.initialized = True
    return tokenizer


@pytest.fixture(scope="module")
def cutter(words: dict[str, int]) -> WordCutter:
    """Ours."""
    return WordCutter(words)


def _cut_by(tokenizer: jieba.Tokenizer, folded: FoldedText) -> list[str]:
    words = tokenizer.lcut(SEPARATOR.join(folded.clauses), HMM=False)
    return [word for word in words if word != SEPARATOR]


def test_words_of_the_frozen_turns_are_those_of_jieba(
    cutter: WordCutter, by_jieba: jieba.Tokenizer
) -> None:
    """Jieba sets what a word is; ours only finds it sooner."""
    for turn in read_split(Path("data"), "test")[0]:
        for text in (turn.turn.text, *(said.text for said in turn.turn.context)):
            folded = fold(text)
            assert cutter.cut(folded) == _cut_by(by_jieba, folded)


@given(
    st.text(
        st.sampled_from("别再打电话给我了退订td9+#&._%-👌かㄅ\u9fd5\u9fd6㐀𠮷Ａa ，\0"), max_size=30
    )
)
def test_words_of_any_text_are_those_of_jieba(
    cutter: WordCutter, by_jieba: jieba.Tokenizer, text: str
) -> None:
    """Letters, digits, pictures and characters beyond jieba's own range too."""
    folded = fold(text)
    assert cutter.cut(folded) == _cut_by(by_jieba, folded)


def test_domain_words_stay_whole(cutter: WordCutter) -> None:
    """Words of the concept lexicon are in the dictionary."""
    assert cutter.cut(fold("唔好再打嚟")) == ["唔好再", "打嚟"]
