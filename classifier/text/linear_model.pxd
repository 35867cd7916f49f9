cimport cython
from libcpp.vector cimport vector

from classifier.text.hash_table cimport HashTable
from classifier.text.reading cimport Reading


@cython.final
cdef class LinearModel:
    cdef readonly object weights
    cdef const float[:, ::1] values
    cdef const double[::1] biases
    cdef double length_exponent
    cdef HashTable rows

    cdef int lay(
        self, Reading reading, Py_ssize_t column, Py_ssize_t against, vector[double]& heat
    ) except -1
    cdef int _check(self, Reading reading) except -1
