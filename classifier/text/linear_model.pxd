cimport cython

from classifier.text.hash_table cimport HashTable


@cython.final
cdef class LinearModel:
    cdef readonly object weights
    cdef const double[:, ::1] values
    cdef const double[::1] biases
    cdef double length_exponent
    cdef HashTable rows
