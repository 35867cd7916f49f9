"""Finds the concepts of the lexicon in a folded text."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from classifier.text.fold import fold

from libc.stdint cimport int32_t, uint64_t
from libcpp.vector cimport vector

from classifier.text.hash_table cimport Characters, hash_next, hash_text, take_text

_SILENT_PREFIX = "_"


class ConceptHit(NamedTuple):
    """One word of the lexicon in a bare folded text.

    Attributes:
        concept: Class of the word, such as ``dont`` or ``call``.
        start: Index of its first character in the bare text.
        end: One past its last character.
    """

    concept: str
    start: int
    end: int


cdef class ConceptLexicon:
    """The words of ``concepts.toml``, folded, with their classes."""

    def __init__(self, classes):
        """Fold and index the words.

        Args:
            classes: Concept -> words in any script.

        Raises:
            ValueError: A word folds to nothing or stands in two classes.
        """
        self.concept_of = {}
        for concept, words in classes.items():
            for word in words:
                bare = fold(word).bare
                if not bare or self.concept_of.setdefault(bare, concept) != concept:
                    other = self.concept_of.get(bare, "nothing")
                    raise ValueError(f"concepts.toml: {word!r} in {concept} is also {other}")
        self.names = list(classes)
        self._silent = [name.startswith(_SILENT_PREFIX) for name in classes]
        self._index()

    cdef void _index(self):
        self.spelt.resize(len(self.names))
        for number, name in enumerate(self.names):
            take_text(name, self.spelt[<size_t>number])
        numbers = {name: number for number, name in enumerate(self.names)}
        lengths = {}
        self._concepts = HashTable(len(self.concept_of))
        for word, concept in self.concept_of.items():
            if not self._concepts.put(hash_text(word), numbers[concept]):
                raise ValueError(f"concepts.toml: {word!r} shares its hash with another word")
            lengths.setdefault(word[0], set()).add(len(word))
        self._lengths_of = HashTable(len(lengths))
        for first, found in lengths.items():
            self._lengths_of.put(hash_text(first), self._lengths.size())
            for length in sorted(found, reverse=True):
                self._lengths.push_back(length)
            self._lengths.push_back(0)

    def find(self, str bare):
        """Return the longest words from left to right, silent ones left out.

        Args:
            bare: `FoldedText.bare`.
        """
        cdef Characters characters
        cdef vector[Hit] hits
        cdef Hit hit
        take_text(bare, characters)
        self.find_in(characters, hits)
        return [ConceptHit(self.names[hit.concept], hit.start, hit.end) for hit in hits]

    cdef int find_in(self, const Characters& bare, vector[Hit]& hits) except -1 nogil:
        cdef Py_ssize_t position = 0, count = bare.size(), step, length, i
        cdef int32_t place, concept
        cdef uint64_t word
        hits.clear()
        while position < count:
            step = 1
            place = self._lengths_of.find(hash_next(0, bare[position]))
            while place >= 0 and self._lengths[place] > 0:
                length = self._lengths[place]
                place += 1
                if length > count - position:
                    continue
                word = 0
                for i in range(position, position + length):
                    word = hash_next(word, bare[i])
                concept = self._concepts.find(word)
                if concept >= 0 and stands_alone(bare, position, position + length):
                    step = length
                    if not self._silent[concept]:
                        hits.push_back(Hit(concept, position, position + length))
                    break
            position += step


cdef inline bint stands_alone(
    const Characters& bare, Py_ssize_t start, Py_ssize_t end
) noexcept nogil:
    """Say whether a word of Latin letters or digits is whole: the t of CCTV refuses nothing."""
    if bare[start] < 128 and start > 0 and bare[start - 1] < 128:
        return False
    return not (end < <Py_ssize_t>bare.size() and bare[end - 1] < 128 and bare[end] < 128)


@cache
def concept_lexicon():
    """Return the lexicon of ``concepts.toml``, read on the first call."""
    text = files("classifier.text").joinpath("concepts.toml").read_text("utf-8")
    return ConceptLexicon({name: words.split() for name, words in tomllib.loads(text).items()})
