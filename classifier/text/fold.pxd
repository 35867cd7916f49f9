cimport cython
from libc.stdint cimport int32_t
from libcpp.vector cimport vector

from classifier.text.hash_table cimport Characters


cpdef bint in_pieces(str text)


@cython.final
cdef class FoldedText:
    cdef Characters characters
    cdef vector[int32_t] places
    cdef vector[int32_t] clause_ends

    cdef int _end_clause(self) except -1
