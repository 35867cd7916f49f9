cimport cython
from libc.stdint cimport int32_t
from libcpp.vector cimport vector

from classifier.text.fold cimport FoldedText
from classifier.text.hash_table cimport Characters, HashTable


@cython.final
cdef class WordCutter:
    cdef HashTable _places
    cdef vector[double] _logs
    cdef double _unknown

    cdef int find_ends(self, FoldedText folded, vector[int32_t]& ends) except -1
    cdef int _cut_run(
        self, const Characters& characters, int32_t start, int32_t stop, vector[int32_t]& ends
    ) except -1
