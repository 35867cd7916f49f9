cimport cython
from libc.stdint cimport int32_t, uint32_t, uint64_t
from libcpp.vector cimport vector

from classifier.text.concepts cimport ConceptLexicon, Hit
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
    cdef tuple offsets
    cdef vector[Found] found
    cdef Characters bare
    cdef uint64_t hash
    cdef Characters name
    cdef vector[Hit] hits
    cdef vector[Hit] asked_hits

    cdef void read_text(self, Py_ssize_t characters, folded, list words)
    cdef void read_context(self, str channel, str asked)
    cdef void find_rows(self) noexcept
    cdef void _read_grams(self, const Characters& text, Py_ssize_t narrowest) noexcept
    cdef void _read_words(self, list words)
    cdef void _read_concepts(self) noexcept
    cdef void _read_last_clause(self, Py_ssize_t start) noexcept
    cdef void _cross(self, Py_ssize_t first, Py_ssize_t stop) noexcept
    cdef void _write_question(self, uint32_t kind, Py_ssize_t first, Py_ssize_t stop) noexcept
    cdef void _write_answer(self, Py_ssize_t first, Py_ssize_t stop) noexcept
    cdef void _note(self, Py_ssize_t start, Py_ssize_t end) noexcept
    cdef void _put(self, uint32_t character) noexcept
    cdef void _begin(self, uint32_t kind) noexcept
    cdef void _write(self, str text) noexcept
    cdef void _write_all(self, const Characters& characters) noexcept
    cdef void _write_concept(self, int32_t concept) noexcept
    cdef Mark _mark(self) noexcept
    cdef void _return_to(self, Mark mark) noexcept
