cimport cython

from classifier.text.hash_table cimport HashTable
from classifier.text.reading cimport Reading


@cython.final
cdef class LinearModel:
    cdef readonly object weights
    cdef const double[:, ::1] values
    cdef const double[::1] biases
    cdef double length_exponent
    cdef HashTable rows

    cdef void _check(self, Reading reading)
