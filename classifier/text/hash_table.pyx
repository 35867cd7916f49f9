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
        self._slots.assign(capacity, Slot(0, -1))
        self._mask = capacity - 1

    cdef bint put(self, uint64_t key, int32_t value) noexcept nogil:
        """Say whether the key was new; one that was there keeps its number."""
        cdef uint64_t place = key & self._mask
        while self._slots[place].value >= 0:
            if self._slots[place].key == key:
                return False
            place = (place + 1) & self._mask
        self._slots[place] = Slot(key, value)
        return True

    cdef int32_t find(self, uint64_t key) noexcept nogil:
        """Return the number of a key, -1 of one that is not there."""
        cdef uint64_t place = key & self._mask
        while self._slots[place].value >= 0:
            if self._slots[place].key == key:
                return self._slots[place].value
            place = (place + 1) & self._mask
        return -1

    cdef void expect(self, uint64_t key) noexcept nogil:
        """Have memory bring the place of a key that will be looked for."""
        fetch(&self._slots[key & self._mask])
