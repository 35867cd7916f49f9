"""The linear model: what each feature weighs, and what a turn's features add up to."""

from libc.stdint cimport int32_t, uint64_t

from classifier.text.hash_table cimport HashTable, hash_next, hash_text

cdef enum:
    NAMES_BETWEEN_TURNS = 8_000


cdef class LinearModel:
    """A model's features with their weights; outputs are sums of weights and a bias."""

    def __init__(self, str names, weights, biases, double length_exponent):
        """Index the names.

        Args:
            names: One a line, in the order of the rows.
            weights: Shape (features, outputs + 1), float64; the last column is the square of what
                a feature adds to the length of a turn.
            biases: Shape (outputs,), float64.
            length_exponent: The power of its length that a turn's sums are divided by.

        Raises:
            ValueError: There are more or fewer names than rows, or two names have one hash.
        """
        cdef uint64_t name = 0
        cdef int32_t row = 0
        cdef Py_UCS4 character
        self.weights = weights
        self.values = weights
        self.biases = biases
        self.length_exponent = length_exponent
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
        if len(biases) + 1 != weights.shape[1]:
            raise ValueError(f"{weights.shape[1]} columns of weights have {len(biases)} biases")

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
