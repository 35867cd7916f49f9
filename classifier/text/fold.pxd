cimport cython
from libc.stdint cimport int32_t
from libcpp.vector cimport vector

from classifier.text.hash_table cimport Characters


cdef bint is_blank(Py_UCS4 character)
cdef Py_ssize_t blanks_in(str text, Py_ssize_t start, Py_ssize_t end) except -1
cpdef bint in_pieces(str text)
cpdef bint says_something(str text)
cpdef str without_blanks(str text)


@cython.final
cdef class FoldedText:
    cdef Characters characters
    cdef vector[int32_t] places
    cdef vector[int32_t] clause_ends

    cdef int _end_clause(self) except -1
