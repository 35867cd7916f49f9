"""Cuts folded text into words as jieba does, over a dictionary of our own."""

import math

from libc.math cimport INFINITY, NAN, isnan
from libc.stdint cimport int32_t, uint32_t, uint64_t
from libcpp.vector cimport vector

from classifier.text.fold cimport FoldedText
from classifier.text.hash_table cimport (
    Characters,
    HashTable,
    give_way,
    hash_next,
    hash_text,
    text_of,
)

from classifier.text.concepts import concept_lexicon

cdef enum:
    FIRST_HAN = 0x4E00
    LAST_HAN = 0x9FD5

_DOMAIN_WORD_COUNT = 2_000


cdef class WordCutter:
    """Cuts as ``jieba.Tokenizer.lcut(text, HMM=False)`` does with the same words.

    jieba looks up every word of a clause twice, takes its logarithm each time, and asks regular
    expressions about every word it found. Here the logarithms are made once and one backward pass
    finds the likeliest way through a clause.
    """

    def __init__(self, counts):
        """Index the words.

        Args:
            counts: Word -> how often it was seen, at least 1; the larger, the likelier a cut.

        Raises:
            ValueError: Two words share a hash.
        """
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

    def cut(self, FoldedText folded not None):
        """Return the words of a text in a list, none of them over the end of a clause.

        Args:
            folded: From `classifier.text.fold.fold`.
        """
        cdef vector[int32_t] ends
        cdef int32_t start = 0, end
        words = []
        self.find_ends(folded, ends)
        for end in ends:
            words.append(text_of(folded.characters, start, end))
            start = end
        return words

    cdef int find_ends(self, FoldedText folded, vector[int32_t]& ends) except -1:
        """Fill in where each word ends in the bare text."""
        cdef int32_t place = 0, start, clause_end
        for clause_end in folded.clause_ends:
            while place < clause_end:
                start = place
                while place < clause_end and belongs_to_words(folded.characters[place]):
                    place += 1
                if place > start:
                    self._cut_run(folded.characters, start, place, ends)
                else:  # a picture or the like stands alone
                    place += 1
                    ends.push_back(place)
        return 0

    cdef int _cut_run(
        self, const Characters& characters, int32_t start, int32_t stop, vector[int32_t]& ends
    ) except -1:
        cdef vector[double] onward
        cdef vector[int32_t] word_ends
        cdef int32_t first, end, best_end, place
        cdef double best, log
        cdef uint64_t word
        cdef bint spelling = False, letter
        onward.resize(stop - start + 1)
        word_ends.resize(stop - start)
        for first in range(stop - 1, start - 1, -1):
            best, best_end, word = -INFINITY, first + 1, 0
            for end in range(first + 1, stop + 1):
                word = hash_next(word, characters[end - 1])
                place = self._places.find(word)
                if place < 0:
                    break
                log = self._logs[place]
                # Of equals the longest.
                if not isnan(log) and log + onward[end - start] >= best:
                    best, best_end = log + onward[end - start], end
            if best == -INFINITY:
                best = self._unknown + onward[first + 1 - start]
            onward[first - start] = best
            word_ends[first - start] = best_end
        first = start
        while first < stop:
            end = word_ends[first - start]
            # Letters and digits that are no words make one together.
            letter = end == first + 1 and is_letter_or_digit(characters[first])
            if spelling and letter:
                ends[ends.size() - 1] = end
            else:
                ends.push_back(end)
            spelling = letter
            first = end
        return 0


cdef inline bint is_letter_or_digit(uint32_t character) noexcept nogil:
    return c"a" <= character <= c"z" or c"A" <= character <= c"Z" or c"0" <= character <= c"9"


cdef inline bint belongs_to_words(uint32_t character) noexcept nogil:
    return (
        FIRST_HAN <= character <= LAST_HAN
        or is_letter_or_digit(character)
        or character == c"+"
        or character == c"#"
        or character == c"&"
        or character == c"."
        or character == c"_"
        or character == c"%"
        or character == c"-"
    )


def add_domain_words(counts):
    """Return the dictionary with the words of the concept lexicon added.

    Args:
        counts: Word -> how often it was seen, as in jieba's ``dict.txt``.
    """
    domain = {word: _DOMAIN_WORD_COUNT for word in concept_lexicon().concept_of if len(word) > 1}
    return domain | dict(counts)
