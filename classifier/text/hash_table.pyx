"""A table from texts to numbers that keeps 64 bits of each text and no object.

Texts that share a hash are refused when a table is filled; that a strange text meets the hash of
one of 200,000 has odds of one in 10**13.
"""


cdef uint64_t hash_text(str text):
    cdef uint64_t found = 0
    cdef Py_UCS4 character
    for character in text:
        found = hash_next(found, character)
    return found


cdef class HashTable:
    """From hashes to numbers of 0 or more, by open addressing and at most half full."""

    def __cinit__(self, Py_ssize_t size):
        cdef size_t capacity = 16
        while capacity < <size_t>(2 * size):
            capacity *= 2
        self._keys.assign(capacity, 0)
        self._values.assign(capacity, -1)
        self._mask = capacity - 1

    cdef bint put(self, uint64_t key, int32_t value) noexcept nogil:
        """Say whether the key was new; one that was there keeps its number."""
        cdef uint64_t place = key & self._mask
        while self._values[place] >= 0:
            if self._keys[place] == key:
                return False
            place = (place + 1) & self._mask
        self._keys[place] = key
        self._values[place] = value
        return True

    cdef int32_t find(self, uint64_t key) noexcept nogil:
        """Return the number of a key, -1 of one that is not there."""
        cdef uint64_t place = key & self._mask
        while self._values[place] >= 0:
            if self._keys[place] == key:
                return self._values[place]
            place = (place + 1) & self._mask
        return -1
