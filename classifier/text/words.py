"""Cuts folded text into words with a jieba tokenizer of our own."""

import math
from collections.abc import Mapping
from typing import Any

import jieba

from classifier.text.concepts import concept_lexicon

_DOMAIN_WORD_COUNT = 2_000


class WordCutter(jieba.Tokenizer):
    """jieba's tokenizer over words of our own; with ``HMM=False`` it cuts the same at less cost.

    jieba looks up every word of a clause twice and takes its logarithm each time. Here the
    logarithms are made once, and one backward pass finds the likeliest way through a clause.
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        """Index the words; no file or cache of jieba's is touched.

        Args:
            counts: Word -> how often it was seen, at least 1; the larger, the likelier a cut.
        """
        super().__init__()
        self.initialized = True
        total = math.log(sum(counts.values()))
        self._unknown = -total
        self._logs: dict[str, float | None] = {
            word: math.log(count) - total for word, count in counts.items()
        }
        for word in counts:
            for end in range(1, len(word)):
                # Words are walked by their beginnings, which need be no words themselves.
                self._logs.setdefault(word[:end], None)

    def get_DAG(self, sentence: str) -> dict[int, list[int]]:
        """Return nothing: `calc` needs no graph.

        Args:
            sentence: Not looked at.
        """
        return {}

    def calc(
        self, sentence: str, DAG: dict[int, list[int]], route: dict[int, tuple[Any, int]]
    ) -> None:
        """Fill in, from each character on, the likeliest next word.

        Args:
            sentence: One clause.
            DAG: Not looked at.
            route: Gets place -> (log probability from there to the end, last place of the word).
        """
        logs, count = self._logs, len(sentence)
        onward = [0.0] * (count + 1)
        for start in range(count - 1, -1, -1):
            best, last, end = -math.inf, start, start + 1
            word = sentence[start]
            while word in logs:
                log = logs[word]
                # Of equals the longest, as in jieba.
                if log is not None and log + onward[end] >= best:
                    best, last = log + onward[end], end - 1
                end += 1
                if end > count:
                    break
                word = sentence[start:end]
            if best == -math.inf:
                best, last = self._unknown + onward[start + 1], start
            onward[start] = best
            route[start] = (best, last)


def add_domain_words(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the dictionary with the words of the concept lexicon added.

    Args:
        counts: Word -> how often it was seen, as in jieba's ``dict.txt``.
    """
    domain = {word: _DOMAIN_WORD_COUNT for word in concept_lexicon().concept_of if len(word) > 1}
    return domain | dict(counts)
