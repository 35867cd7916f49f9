"""Folds a text to one written form, keeping the way back to the original characters."""

from libc.stdint cimport int32_t, uint32_t
from libcpp.vector cimport vector

from classifier.text.hash_table cimport Characters, text_of

from classifier.text.variants import IGNORED, SEPARATOR, fold_character

cdef enum:
    TABLE_SIZE = 0x30000
    LEAST_PIECES = 4
    LONGEST_RUN = 3
    FIRST_BEYOND_ASCII = 0x80

# Of 30,000 training turns, whose spaces are pauses, one in 800 has so short pieces, and 97 % of
# those that were cut into words.
cdef double MOST_IN_A_PIECE = 2.2

cdef uint32_t _ignored = ord(IGNORED)
cdef uint32_t _separator = ord(SEPARATOR)
cdef uint32_t _unmet = 0xFFFFFFFF
# What each character folds to, worked out when it is first met.
cdef vector[uint32_t] _folded_to
_folded_to.resize(TABLE_SIZE, _unmet)


cdef class FoldedText:
    """A text in folded form."""

    def __init__(self, str text):
        """Fold a text: half width, lower case, simplified characters, no punctuation.

        Every character folds to one character, a separator or nothing, so offsets stay exact. Spaces
        within a text in pieces part nothing. Of 哈哈哈哈哈哈 three are kept, else laughter would drown
        what is said after it; digits and Latin letters stay as they are.

        Args:
            text: Any valid Unicode.
        """
        cdef Py_UCS4 character
        cdef uint32_t folded, last = 0
        cdef int32_t place = 0, run = 0
        cdef bint apart = in_pieces(text)
        for character in text:
            folded = _folded_to[character] if character < TABLE_SIZE else _unmet
            if folded == _unmet:
                folded = meet(character)
            if folded == _separator:
                if not (apart and is_blank(character)):
                    self._end_clause()
                    last = 0
            elif folded != _ignored:
                run = run + 1 if folded == last and folded >= FIRST_BEYOND_ASCII else 1
                if run <= LONGEST_RUN:
                    self.characters.push_back(folded)
                    self.places.push_back(place)
                last = folded
            place += 1
        self._end_clause()

    @property
    def clauses(self):
        """Runs of folded characters between separators, none of them empty, as a tuple."""
        cdef int32_t start = 0, end
        clauses = []
        for end in self.clause_ends:
            clauses.append(text_of(self.characters, start, end))
            start = end
        return tuple(clauses)

    @property
    def bare(self):
        """The clauses joined without separators."""
        return text_of(self.characters, 0, self.characters.size())

    @property
    def offsets(self):
        """For each character of `bare`, its index in the original text, as a tuple."""
        return tuple(self.places)

    cdef int _end_clause(self) except -1:
        cdef int32_t end = self.characters.size()
        if end > (0 if self.clause_ends.empty() else self.clause_ends.back()):
            self.clause_ends.push_back(end)
        return 0


cdef uint32_t meet(Py_UCS4 character) except? 0:
    cdef uint32_t folded = ord(fold_character(character))
    if character < TABLE_SIZE:
        _folded_to[character] = folded
    return folded


cpdef bint in_pieces(str text):
    """Say whether a recogniser wrote words or characters apart: 以后 别 再 打 了, 以 后 别 再 打 了.

    Args:
        text: Any; its spaces are pauses otherwise.
    """
    if blanks_in(text, 0, len(text)) < LEAST_PIECES - 1:
        return False
    pieces = text.split()
    return len(pieces) >= LEAST_PIECES and (
        sum(map(len, pieces)) <= len(pieces) * MOST_IN_A_PIECE
    )


cdef bint is_blank(Py_UCS4 character):
    """Say whether a character is a space or a tab, of any width; what ends a line is none."""
    if character < 0x80:
        return character == u" " or character == u"\t"
    return character.isspace() and character not in u"\x85\u2028\u2029"


cdef Py_ssize_t blanks_in(str text, Py_ssize_t start, Py_ssize_t end) except -1:
    """Count the blanks of a part of a text."""
    cdef Py_ssize_t place, count = 0
    for place in range(start, end):
        count += is_blank(text[place])
    return count


cpdef str without_blanks(str text):
    """Return a text in pieces as one.

    Args:
        text: Any; what ends a line stays.
    """
    return "".join([character for character in text if not is_blank(character)])


cpdef bint says_something(str text):
    """Say whether anything is left of a text when it is folded.

    Args:
        text: Any.
    """
    cdef Py_UCS4 character
    cdef uint32_t folded
    for character in text:
        folded = _folded_to[character] if character < TABLE_SIZE else _unmet
        if folded == _unmet:
            folded = meet(character)
        if folded != _separator and folded != _ignored:
            return True
    return False


def fold(text):
    """Return a text in folded form; see `FoldedText`.

    Args:
        text: Any valid Unicode.
    """
    return FoldedText(text)
