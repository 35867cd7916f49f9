"""Cuts folded text into words with a jieba tokenizer of our own."""

import math

import jieba

from classifier.text.concepts import concept_lexicon

from libc.math cimport INFINITY, NAN, isnan
from libc.stdint cimport int32_t, uint64_t
from libcpp.vector cimport vector

from classifier.text.hash_table cimport (
    Characters,
    HashTable,
    give_way,
    hash_next,
    hash_text,
    take_text,
)

_DOMAIN_WORD_COUNT = 2_000


class WordCutter(jieba.Tokenizer):
    """jieba's tokenizer over words of our own; with ``HMM=False`` it cuts the same at less cost.

    jieba looks up every word of a clause twice and takes its logarithm each time. Here the
    logarithms are made once, and one backward pass finds the likeliest way through a clause.
    """

    def __init__(self, counts):
        """Index the words; no file or cache of jieba's is touched.

        Args:
            counts: Word -> how often it was seen, at least 1; the larger, the likelier a cut.
        """
        super().__init__()
        self.initialized = True
        self._likelihoods = Likelihoods(counts)

    def get_DAG(self, sentence):
        """Return nothing: `calc` needs no graph.

        Args:
            sentence: Not looked at.
        """
        return {}

    def calc(self, sentence, DAG, route):
        """Fill in, from each character on, the likeliest next word.

        Args:
            sentence: One clause.
            DAG: Not looked at.
            route: Gets place -> (log probability from there to the end, last place of the word).
        """
        find_route(self._likelihoods, sentence, route)


cdef class Likelihoods:
    """The logarithms of the probabilities of words, by their hashes."""

    cdef HashTable _places
    cdef vector[double] _logs
    cdef double _unknown

    def __init__(self, counts):
        cdef Py_ssize_t done
        total = math.log(sum(counts.values()))
        self._unknown = -total
        logs = {}
        for done, (word, count) in enumerate(counts.items()):
            give_way(done)
            logs[word] = math.log(count) - total
        for done, word in enumerate(counts):
            give_way(done)
            for end in range(1, len(word)):
                # Words are walked by their beginnings, which need be no words themselves.
                logs.setdefault(word[:end], NAN)
        self._places = HashTable(len(logs))
        for done, (word, log) in enumerate(logs.items()):
            give_way(done)
            if not self._places.put(hash_text(word), self._logs.size()):
                raise ValueError(f"the dictionary: {word!r} shares its hash with another word")
            self._logs.push_back(log)


cdef find_route(Likelihoods likelihoods, str sentence, dict route):
    cdef Characters characters
    cdef vector[double] onward
    cdef Py_ssize_t start, end, last, count = len(sentence)
    cdef double best, log
    cdef uint64_t word
    cdef int32_t place
    take_text(sentence, characters)
    onward.resize(count + 1)
    for start in range(count - 1, -1, -1):
        best, last, word = -INFINITY, start, 0
        for end in range(start, count):
            word = hash_next(word, characters[end])
            place = likelihoods._places.find(word)
            if place < 0:
                break
            log = likelihoods._logs[place]
            # Of equals the longest, as in jieba.
            if not isnan(log) and log + onward[end + 1] >= best:
                best, last = log + onward[end + 1], end
        if best == -INFINITY:
            best = likelihoods._unknown + onward[start + 1]
        onward[start] = best
        route[start] = (best, last)


def add_domain_words(counts):
    """Return the dictionary with the words of the concept lexicon added.

    Args:
        counts: Word -> how often it was seen, as in jieba's ``dict.txt``.
    """
    domain = {word: _DOMAIN_WORD_COUNT for word in concept_lexicon().concept_of if len(word) > 1}
    return domain | dict(counts)
