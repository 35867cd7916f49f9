cimport cython
from cpython.unicode cimport PyUnicode_FromKindAndData
from libc.stdint cimport int32_t, uint32_t, uint64_t
from libcpp.vector cimport vector

cdef extern from *:
    """
    #if defined(__GNUC__)
    #define wurao_fetch(place) __builtin_prefetch(place)
    #else
    #define wurao_fetch(place) ((void)(place))
    #endif
    """
    void fetch "wurao_fetch"(const void* place) noexcept nogil

ctypedef vector[uint32_t] Characters

cdef struct Slot:
    uint64_t key
    int32_t value


cdef inline uint64_t hash_next(uint64_t beginning, uint32_t character) noexcept nogil:
    """Return the hash of a text one character longer than that of the hash given, 0 for none."""
    cdef uint64_t mixed = (beginning ^ character) * <uint64_t>0x9E3779B97F4A7C15
    return mixed ^ (mixed >> 29)


cdef inline void give_way(Py_ssize_t done):
    """Let a server's calls have their turn now and then while something long is loaded."""
    if done % 8_000 == 0:
        with nogil:
            pass


cdef inline void take_text(str text, Characters& into):
    cdef Py_UCS4 character
    into.clear()
    for character in text:
        into.push_back(character)


cdef inline str text_of(const Characters& characters, Py_ssize_t start, Py_ssize_t end):
    return PyUnicode_FromKindAndData(4, characters.data() + start, end - start)


cdef uint64_t hash_text(str text)


@cython.final
cdef class HashTable:
    cdef vector[Slot] _slots
    cdef uint64_t _mask
    cdef Py_ssize_t _room

    cdef int put(self, uint64_t key, int32_t value) except -1 nogil
    cdef int32_t find(self, uint64_t key) noexcept nogil
    cdef void expect(self, uint64_t key) noexcept nogil
