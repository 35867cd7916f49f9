"""Writes the features of one turn, one name after the other.

A name becomes a string where it is asked for; for a sum only its hash grows with each character,
and the table of a model says whose it is.
"""

from libc.stdint cimport int32_t, uint32_t, uint64_t
from libcpp.algorithm cimport sort

from classifier.text.concepts cimport ConceptLexicon
from classifier.text.fold cimport FoldedText
from classifier.text.hash_table cimport Characters, HashTable, hash_next, text_of
from classifier.text.pinyin cimport spell_into

cdef enum:
    WIDEST_GRAM = 3
    NARROWEST_SOUND_GRAM = 2
    SHORT_REPLY_CHARACTERS = 8
    LONGEST_LENGTH = 40
    SKIP_REACH = 4
    EDGE_HITS = 3


cdef class Reading:
    """One turn on its way to features: to names, or where there are rows, to their places in them."""

    def __init__(self, ConceptLexicon lexicon, HashTable rows):
        self.lexicon = lexicon
        self.rows = rows
        self.names = []

    def places(self):
        """Return where the features of the text itself stand.

        Returns:
            Names with the indices in the original text of their first and last character.
        """
        cdef Found found
        cdef size_t i
        places = []
        for i in range(self.found.size()):
            found = self.found[i]
            if found.start != NOWHERE:
                first, last = self.folded.places[found.start], self.folded.places[found.end - 1]
                places.append((self.names[i], first, last))
        return places

    cdef int read_text(self, const vector[int32_t]& word_ends) except -1:
        """Note what the text itself holds.

        Args:
            word_ends: Where each of its words ends in the bare text.
        """
        cdef Characters sounds
        cdef FoldedText folded = self.folded
        spell_into(folded.characters, sounds)
        self.lexicon.find_in(folded.characters, self.hits)
        self._read_grams(folded.characters, 1)
        self._read_grams(sounds, NARROWEST_SOUND_GRAM)
        self._read_words(word_ends)
        self._read_concepts()
        if folded.clause_ends.size() > 1:
            self._read_last_clause(folded.clause_ends[folded.clause_ends.size() - 2])
        return 0

    cdef int read_context(self, str channel, str asked) except -1:
        """Note the channel, the length and, with what was answered, the question.

        Args:
            channel: Its value.
            asked: The end of what was said last to the subject; None if nothing was.
        """
        cdef FoldedText question
        cdef Py_ssize_t count = self.folded.characters.size(), i
        cdef Mark mark
        self._begin(c"n")
        self._write(channel)
        self._note(NOWHERE, NOWHERE)
        mark = self._mark()
        self._write(f"|{min(count, LONGEST_LENGTH).bit_length()}")
        self._note(NOWHERE, NOWHERE)
        if count <= SHORT_REPLY_CHARACTERS:
            self._return_to(mark)
            self._put(c"=")
            self._write_all(self.folded.characters)
            self._note(NOWHERE, NOWHERE)
        if asked is None:
            self._begin(c"q")
            self._put(c"-")
            self._note(NOWHERE, NOWHERE)
            return 0
        question = FoldedText(asked)
        self.lexicon.find_in(question.characters, self.asked_hits)
        for i in range(<Py_ssize_t>self.asked_hits.size()):
            self._begin(c"q")
            self._write_concept(self.asked_hits[i].concept)
            self._note(NOWHERE, NOWHERE)
            self._cross(i, i + 1)
            if i + 1 < <Py_ssize_t>self.asked_hits.size():
                self._cross(i, i + 2)
        return 0

    cdef void find_rows(self) noexcept:
        """Look up what was noted, drop what the model does not know, and put the rest in order.

        All at once, so that memory has brought the places by now: it is what a turn waits for.
        What `by_row` holds is the row in its upper half, the place in `found` in its lower one.
        """
        cdef size_t i, known = 0
        cdef Found found
        self.by_row.clear()
        for i in range(self.found.size()):
            found = self.found[i]
            found.row = self.rows.find(found.name)
            if found.row >= 0:
                self.found[known] = found
                self.by_row.push_back(<uint64_t>found.row << 32 | known)
                known += 1
        self.found.resize(known)
        sort(self.by_row.begin(), self.by_row.end())

    cdef int _read_grams(self, const Characters& text, Py_ssize_t narrowest) except -1:
        cdef Py_ssize_t count = text.size(), start, width
        for start in range(count):
            self.hash = 0
            self.name.clear()
            for width in range(1, min(WIDEST_GRAM, count - start) + 1):
                self._put(text[start + width - 1])
                if width >= narrowest:
                    self._note(start, start + width)

    cdef int _read_words(self, const vector[int32_t]& word_ends) except -1:
        cdef int32_t before = NOWHERE, start = 0, end
        cdef size_t i
        for i in range(word_ends.size()):
            end = word_ends[i]
            if before != NOWHERE:
                self._begin(c"w")
                self._write_part(before, start)
                self._put(c"|")
                self._write_part(start, end)
                self._note(before, end)
            self._begin(c"w")
            self._write_part(start, end)
            self._note(start, end)
            before, start = start, end

    cdef int _read_concepts(self) except -1:
        cdef Py_ssize_t count = self.hits.size(), i, reach
        cdef Mark alone
        for i in range(count):
            self._begin(c"k")
            self._write_concept(self.hits[i].concept)
            self._note(self.hits[i].start, self.hits[i].end)
            alone = self._mark()
            for reach in range(1, min(SKIP_REACH + 1, count - i)):
                self._put(c"~")
                self._write_concept(self.hits[i + reach].concept)
                self._note(self.hits[i].start, self.hits[i + reach].end)
                self._return_to(alone)
            for reach in range(1, min(WIDEST_GRAM, count - i)):
                self._put(c">")
                self._write_concept(self.hits[i + reach].concept)
                self._note(self.hits[i].start, self.hits[i + reach].end)

    cdef int _read_last_clause(self, Py_ssize_t start) except -1:
        cdef Py_ssize_t i
        for i in range(<Py_ssize_t>self.hits.size()):
            if self.hits[i].start < start:
                continue
            self._begin(c"l")
            self._write_concept(self.hits[i].concept)
            self._note(self.hits[i].start, self.hits[i].end)
            if i + 1 < <Py_ssize_t>self.hits.size():
                self._put(c">")
                self._write_concept(self.hits[i + 1].concept)
                self._note(self.hits[i].start, self.hits[i + 1].end)

    cdef int _cross(self, Py_ssize_t first, Py_ssize_t stop) except -1:
        """Note one or two concepts of the question with what was answered."""
        cdef Py_ssize_t answers = max(1, min(EDGE_HITS, <Py_ssize_t>self.hits.size())), i
        cdef Mark asked
        self._write_question(c"x", first, stop)
        asked = self._mark()
        for i in range(answers):
            self._write_answer(i, i + 1)
            self._note(NOWHERE, NOWHERE)
            self._return_to(asked)
        if self.folded.characters.size() > SHORT_REPLY_CHARACTERS:
            return 0
        self._write_question(c"y", first, stop)
        self._write_answer(0, answers)
        self._note(NOWHERE, NOWHERE)
        if stop == first + 1:
            self._write_question(c"z", first, stop)
            self._write_all(self.folded.characters)
            self._note(NOWHERE, NOWHERE)

    cdef int _write_question(self, uint32_t kind, Py_ssize_t first, Py_ssize_t stop) except -1:
        cdef Py_ssize_t i
        self._begin(kind)
        for i in range(first, stop):
            if i > first:
                self._put(c">")
            self._write_concept(self.asked_hits[i].concept)
        self._put(c"|")

    cdef int _write_answer(self, Py_ssize_t first, Py_ssize_t stop) except -1:
        cdef Py_ssize_t i
        if self.hits.empty():
            self._put(c"-")
            return 0
        for i in range(first, stop):
            if i > first:
                self._put(c">")
            self._write_concept(self.hits[i].concept)

    cdef int _note(self, Py_ssize_t start, Py_ssize_t end) except -1:
        """Take what was written as a feature between two places of the bare text."""
        if self.rows is None:
            self.names.append(text_of(self.name, 0, self.name.size()))
        else:
            self.rows.expect(self.hash)
        self.found.push_back(Found(self.hash, NOWHERE, start, end))

    cdef inline int _put(self, uint32_t character) except -1:
        self.hash = hash_next(self.hash, character)
        if self.rows is None:
            self.name.push_back(character)

    cdef inline int _begin(self, uint32_t kind) except -1:
        self.hash = 0
        self.name.clear()
        self._put(kind)
        self._put(c":")

    cdef int _write(self, str text) except -1:
        cdef Py_UCS4 character
        for character in text:
            self._put(character)

    cdef int _write_all(self, const Characters& characters) except -1:
        cdef size_t i
        for i in range(characters.size()):
            self._put(characters[i])

    cdef int _write_part(self, int32_t start, int32_t end) except -1:
        cdef int32_t i
        for i in range(start, end):
            self._put(self.folded.characters[i])

    cdef int _write_concept(self, int32_t concept) except -1:
        self._write_all(self.lexicon.spelt[concept])

    cdef inline Mark _mark(self) noexcept:
        return Mark(self.hash, self.name.size())

    cdef inline void _return_to(self, Mark mark) noexcept:
        self.hash = mark.hash
        self.name.resize(mark.size)
