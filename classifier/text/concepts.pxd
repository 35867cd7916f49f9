cimport cython
from libc.stdint cimport int32_t
from libcpp.vector cimport vector

from classifier.text.hash_table cimport Characters, HashTable

cdef struct Hit:
    int32_t concept
    int32_t start
    int32_t end


@cython.final
cdef class ConceptLexicon:
    cdef readonly dict concept_of
    cdef readonly list names
    cdef vector[Characters] spelt
    cdef HashTable _concepts
    cdef HashTable _lengths_of
    cdef vector[int32_t] _lengths
    cdef vector[bint] _silent

    cdef void _index(self)
    cdef int find_in(self, const Characters& bare, vector[Hit]& hits) except -1 nogil
