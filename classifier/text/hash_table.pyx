"""A table from texts to numbers that keeps 64 bits of each text and no object.

Texts that share a hash are refused when a table is filled; that a strange text meets the hash of
one of 200,000 has odds of one in 10**13.
"""


cdef enum:
    MOST_KEYS = 1 << 30


cdef uint64_t hash_text(str text):
    cdef uint64_t found = 0
    cdef Py_UCS4 character
    for character in text:
        found = hash_next(found, character)
    return found


cdef class HashTable:
    """From hashes to numbers of 0 or more, by open addressing and at most three quarters full."""

    def __cinit__(self, Py_ssize_t size):
        cdef size_t capacity = 16
        if not 0 <= size <= MOST_KEYS:
            raise ValueError(f"a table of {size} keys; 0 to {MOST_KEYS:,}")
        while 3 * capacity < <size_t>(4 * size):
            capacity *= 2
        self._slots.resize(capacity, Slot(0, -1))
        self._mask = capacity - 1
        self._room = size

    cdef int put(self, uint64_t key, int32_t value) except -1 nogil:
        """Return 1 for a key that is new, 0 for one that was there, which keeps its number.

        Raises:
            ValueError: It is new, and the table holds as many as it was made for.
        """
        cdef uint64_t place = key & self._mask
        while self._slots[place].value >= 0:
            if self._slots[place].key == key:
                return 0
            place = (place + 1) & self._mask
        if self._room == 0:
            raise ValueError("a table is given more keys than it was made for")
        self._room -= 1
        self._slots[place] = Slot(key, value)
        return 1

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
