cimport cython

from classifier.text.hash_table cimport HashTable


@cython.final
cdef class FeatureTable:
    cdef readonly object weights
    cdef const double[:, ::1] values
    cdef HashTable rows
