"""Cuts folded text into words with a jieba tokenizer of our own."""

from collections.abc import Mapping

import jieba

from classifier.text.concepts import concept_lexicon

_DOMAIN_WORD_COUNT = 2_000


def add_domain_words(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the dictionary with the words of the concept lexicon added.

    Args:
        counts: Word -> how often it was seen, as in jieba's ``dict.txt``.
    """
    domain = {word: _DOMAIN_WORD_COUNT for word in concept_lexicon().concept_of if len(word) > 1}
    return domain | dict(counts)


def build_tokenizer(counts: Mapping[str, int]) -> jieba.Tokenizer:
    """Return a tokenizer over exactly these words, with no file or cache of jieba's touched.

    Args:
        counts: Word -> how often it was seen; the larger, the likelier a cut.
    """
    tokenizer = jieba.Tokenizer()
    frequencies = dict(counts)
    for word in counts:
        for end in range(1, len(word)):
            # jieba walks words by their beginnings, which must be there with count 0.
            frequencies.setdefault(word[:end], 0)
    tokenizer.FREQ = frequencies
    tokenizer.total = sum(counts.values())
    tokenizer.initialized = True
    return tokenizer
