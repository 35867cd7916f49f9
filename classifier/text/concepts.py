"""Finds the concepts of the lexicon in a folded text."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from classifier.text.fold import fold

_SILENT_PREFIX = "_"


class ConceptHit(NamedTuple):
    """One word of the lexicon in a bare folded text; a tuple, since turns make many.

    Attributes:
        concept: Class of the word, such as ``dont`` or ``call``.
        start: Index of its first character in the bare text.
        end: One past its last character.
    """

    concept: str
    start: int
    end: int


class ConceptLexicon:
    """The words of ``concepts.toml``, folded, with their classes."""

    def __init__(self, classes: dict[str, list[str]]) -> None:
        """Fold and index the words.

        Args:
            classes: Concept -> words in any script.

        Raises:
            ValueError: A word folds to nothing or stands in two classes.
        """
        self.concept_of: dict[str, str] = {}
        for concept, words in classes.items():
            for word in words:
                bare = fold(word).bare
                if not bare or self.concept_of.setdefault(bare, concept) != concept:
                    other = self.concept_of.get(bare, "nothing")
                    raise ValueError(f"concepts.toml: {word!r} in {concept} is also {other}")
        lengths: dict[str, set[int]] = {}
        for word in self.concept_of:
            lengths.setdefault(word[0], set()).add(len(word))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}

    def find(self, bare: str) -> list[ConceptHit]:
        """Return the longest words from left to right, silent ones left out.

        Args:
            bare: `FoldedText.bare`.
        """
        hits = []
        position = 0
        concept_of, lengths, count = self.concept_of, self._lengths, len(bare)
        while position < count:
            step = 1
            for length in lengths.get(bare[position], ()):
                concept = concept_of.get(bare[position : position + length])
                # Near the end a slice is shorter than asked; what it equals was tried already.
                if concept is not None and _stands_alone(bare, position, position + length):
                    step = min(length, count - position)
                    if concept[0] != _SILENT_PREFIX:
                        hits.append(ConceptHit(concept, position, position + step))
                    break
            position += step
        return hits


def _stands_alone(bare: str, start: int, end: int) -> bool:
    """Say whether a word of Latin letters or digits is whole: the t of CCTV refuses nothing."""
    if bare[start].isascii() and start > 0 and bare[start - 1].isascii():
        return False
    return not (end < len(bare) and bare[end - 1].isascii() and bare[end].isascii())


@cache
def concept_lexicon() -> ConceptLexicon:
    """Return the lexicon of ``concepts.toml``, read on the first call."""
    text = files("classifier.text").joinpath("concepts.toml").read_text("utf-8")
    return ConceptLexicon({name: words.split() for name, words in tomllib.loads(text).items()})
