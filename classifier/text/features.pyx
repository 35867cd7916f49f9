"""Turns a turn and its context into features, named or added up by the weights of a model.

Training asks for names, serving for sums, and both go through `classifier.text.reading`, so they
cannot drift.
"""

from libc.stdint cimport int32_t
from libcpp.vector cimport vector

from classifier.text.concepts cimport ConceptLexicon
from classifier.text.fold cimport FoldedText, says_something
from classifier.text.linear_model cimport LinearModel
from classifier.text.reading cimport Reading
from classifier.text.words cimport WordCutter

from classifier.text.concepts import concept_lexicon
from classifier.turns import Speaker

_ASKED_CHARACTERS = 300  # a question stands at the end


cdef class FeatureExtractor:
    """Extracts features over one dictionary; safe to share between threads."""

    cdef WordCutter _cutter
    cdef ConceptLexicon _lexicon

    def __init__(self, WordCutter cutter not None):
        """Keep what cuts words.

        Args:
            cutter: Over the dictionary of the model.
        """
        self._cutter = cutter
        self._lexicon = concept_lexicon()

    def names(self, turn):
        """Return the distinct feature names of a turn, always in the same order.

        Args:
            turn: The turn with its context; alternatives are not looked at.
        """
        return list(dict.fromkeys(self.all_names(turn)))

    def all_names(self, turn):
        """Return the feature names of a turn, each as often as it comes.

        Args:
            turn: The turn with its context; alternatives are not looked at.
        """
        return self.read(turn).names

    def read(self, turn, LinearModel model=None):
        """Return the features of a turn.

        Args:
            turn: The turn with its context; alternatives are not looked at.
            model: For what they add up to; None for their names.
        """
        cdef Reading reading = Reading(self._lexicon, None if model is None else model.rows)
        cdef vector[int32_t] word_ends
        reading.folded = FoldedText(turn.text)
        reading.characters = len(turn.text)
        self._cutter.find_ends(reading.folded, word_ends)
        reading.read_text(word_ends)
        reading.read_context(str(turn.channel), last_said_to_subject(turn))
        if model is not None:
            reading.find_rows()
        return reading


cdef last_said_to_subject(turn):
    for earlier in reversed(turn.context):
        if earlier.speaker is not Speaker.USER and says_something(earlier.text):
            return earlier.text[-_ASKED_CHARACTERS:]
    return None
