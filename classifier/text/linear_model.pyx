"""The linear model: what each feature weighs, and what a turn's features add up to."""

from libc.math cimport sqrt
from libc.stdint cimport int32_t, uint32_t, uint64_t
from libcpp.vector cimport vector

from classifier.text.hash_table cimport HashTable, fetch, give_way, hash_next, hash_text
from classifier.text.reading cimport NOWHERE, Found, Reading


cdef class LinearModel:
    """A model's features with their weights; outputs are sums of weights and a bias."""

    def __init__(self, str names, weights, biases, double length_exponent):
        """Index the names.

        Args:
            names: One a line, in the order of the rows.
            weights: Shape (features, outputs + 1), kept as float32, half the memory; the last
                column is the square of what a feature adds to the length of a turn.
            biases: Shape (outputs,), float64.
            length_exponent: The power of its length that a turn's sums are divided by.

        Raises:
            ValueError: There are more or fewer names than rows, or two names have one hash.
        """
        cdef uint64_t name = 0
        cdef int32_t row = 0
        cdef Py_UCS4 character
        cdef Py_ssize_t count = names.count("\n") + 1
        if count != len(weights):
            raise ValueError(f"{count} features have {len(weights)} rows of weights")
        self.weights = weights.astype("float32", order="C", copy=False)
        self.values = self.weights
        self.biases = biases
        self.length_exponent = length_exponent
        self.rows = HashTable(count)
        for character in names + "\n":
            if character != u"\n":
                name = hash_next(name, character)
                continue
            if not self.rows.put(name, row):
                raise ValueError(f"feature {row} is there twice, or has the hash of another")
            row, name = row + 1, 0
            give_way(row)
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

    def outputs(self, Reading reading not None):
        """Return what the turn's features add up to, each counted once, as a tuple of floats.

        NumPy is left out: in a server its code is cold, and a few calls took longer than the rest.

        Args:
            reading: Of the turn, by this model.

        Raises:
            ValueError: It is not by this model.
        """
        cdef Py_ssize_t columns = self.biases.shape[0], column
        cdef vector[double] sums
        cdef uint64_t place
        cdef int32_t row, before = NOWHERE
        cdef const float* weights
        cdef double divisor
        self._check(reading)
        sums.resize(columns + 1)
        for place in reading.by_row:
            row = place >> 32
            fetch(&self.values[row, 0])
            fetch(&self.values[row, columns])
        for place in reading.by_row:
            row = place >> 32
            if row == before:
                continue
            before, weights = row, &self.values[row, 0]
            for column in range(columns + 1):
                sums[column] += weights[column]
        divisor = (sqrt(sums[columns]) or 1.0) ** self.length_exponent
        return tuple([sums[column] / divisor + self.biases[column] for column in range(columns)])

    def heat(self, Reading reading not None, Py_ssize_t column, Py_ssize_t against):
        """Lay what each feature of the text says over the characters that it was read from.

        Args:
            reading: Of the turn, by this model.
            column: What is spoken for.
            against: The output that is taken from it.

        Returns:
            A figure for each character of the original text, in a list.

        Raises:
            ValueError: It is not by this model.
        """
        cdef vector[double] heat
        self.lay(reading, column, against, heat)
        return heat

    cdef int lay(
        self, Reading reading, Py_ssize_t column, Py_ssize_t against, vector[double]& heat
    ) except -1:
        """Fill in `heat`."""
        cdef Py_ssize_t start = 0, end, count = reading.by_row.size(), i
        cdef Py_ssize_t position, times
        cdef int32_t row
        cdef Found found
        cdef double says, share
        self._check(reading)
        heat.assign(reading.characters, 0.0)
        while start < count:
            row = reading.by_row[start] >> 32
            end, times = start, 0
            while end < count and <int32_t>(reading.by_row[end] >> 32) == row:
                times += reading.found[<uint32_t>reading.by_row[end]].start != NOWHERE
                end += 1
            # A feature counts once however often it stands in the turn; its places share it.
            says = <double>self.values[row, column] - self.values[row, against]
            for i in range(start, end):
                found = reading.found[<uint32_t>reading.by_row[i]]
                if found.start == NOWHERE:
                    continue
                share = says / (times * (found.end - found.start))
                for position in range(found.start, found.end):
                    heat[reading.folded.places[position]] += share
            start = end
        return 0

    cdef int _check(self, Reading reading) except -1:
        if reading.rows is not self.rows:
            raise ValueError("the turn was not read by this model; give it to `read`")
