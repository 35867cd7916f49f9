cimport cython
from libc.stdint cimport int32_t, uint32_t, uint64_t
from libcpp.vector cimport vector

from classifier.text.concepts cimport ConceptLexicon, Hit
from classifier.text.fold cimport FoldedText
from classifier.text.hash_table cimport Characters, HashTable

cdef enum:
    NOWHERE = -1

cdef struct Found:
    uint64_t name
    int32_t row
    int32_t start
    int32_t end

cdef struct Mark:
    uint64_t hash
    size_t size


@cython.final
cdef class Reading:
    cdef ConceptLexicon lexicon
    cdef HashTable rows
    cdef Py_ssize_t characters
    cdef readonly list names
    cdef FoldedText folded
    cdef vector[Found] found
    cdef vector[uint64_t] by_row
    cdef uint64_t hash
    cdef Characters name
    cdef vector[Hit] hits
    cdef vector[Hit] asked_hits

    cdef int read_text(self, const vector[int32_t]& word_ends) except -1
    cdef int read_context(self, str channel, str asked) except -1
    cdef void find_rows(self) noexcept
    cdef int _read_grams(self, const Characters& text, Py_ssize_t narrowest) except -1
    cdef int _read_words(self, const vector[int32_t]& word_ends) except -1
    cdef int _read_concepts(self) except -1
    cdef int _read_last_clause(self, Py_ssize_t start) except -1
    cdef int _cross(self, Py_ssize_t first, Py_ssize_t stop) except -1
    cdef int _write_question(self, uint32_t kind, Py_ssize_t first, Py_ssize_t stop) except -1
    cdef int _write_answer(self, Py_ssize_t first, Py_ssize_t stop) except -1
    cdef int _note(self, Py_ssize_t start, Py_ssize_t end) except -1
    cdef int _put(self, uint32_t character) except -1
    cdef int _begin(self, uint32_t kind) except -1
    cdef int _write(self, str text) except -1
    cdef int _write_all(self, const Characters& characters) except -1
    cdef int _write_part(self, int32_t start, int32_t end) except -1
    cdef int _write_concept(self, int32_t concept) except -1
    cdef Mark _mark(self) noexcept
    cdef void _return_to(self, Mark mark) noexcept
