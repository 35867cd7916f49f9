"""Which feature of a model has which weights."""

from libc.stdint cimport int32_t, uint64_t

from classifier.text.hash_table cimport HashTable, hash_next, hash_text

cdef enum:
    NAMES_BETWEEN_TURNS = 8_000


cdef class FeatureTable:
    """The weights of a model's features."""

    def __init__(self, str names, weights):
        """Index the names.

        Args:
            names: One a line, in the order of the rows.
            weights: Shape (features, columns), float64.

        Raises:
            ValueError: There are more or fewer names than rows, or two names have one hash.
        """
        cdef uint64_t name = 0
        cdef int32_t row = 0
        cdef Py_UCS4 character
        self.weights = weights
        self.values = weights
        self.rows = HashTable(len(weights))
        for character in names + "\n":
            if character != u"\n":
                name = hash_next(name, character)
                continue
            if not self.rows.put(name, row):
                raise ValueError(f"feature {row} is there twice, or has the hash of another")
            row, name = row + 1, 0
            if row % NAMES_BETWEEN_TURNS == 0:
                with nogil:  # a server that loads beside its calls gets its turn
                    pass
        if row != len(weights):
            raise ValueError(f"{row} features have {len(weights)} rows of weights")

    def __len__(self):
        """Return how many features there are."""
        return len(self.weights)

    def row(self, str name):
        """Return the row of a feature, None of one that the model does not know.

        Args:
            name: From `FeatureExtractor.names`.
        """
        cdef int32_t row = self.rows.find(hash_text(name))
        return None if row < 0 else row
