"""Finds the spans of a turn's text that carried a decision."""

from libcpp.vector cimport vector

from classifier.text.fold cimport blanks_in, in_pieces, is_blank
from classifier.text.linear_model cimport LinearModel
from classifier.text.reading cimport Reading

from classifier.turns import LABELS, EvidenceSpan, Label

cdef enum:
    MOST_SPANS = 3
    BRIDGED_CHARACTERS = 1

cdef double SHARE_OF_PEAK = 0.35

cdef str NEGATIONS = "不别別勿莫唔冇没沒甭未無无咪"

cdef struct Run:
    Py_ssize_t start
    Py_ssize_t end
    double warmth


def find_evidence(LinearModel linear not None, Reading reading not None, str text, label):
    """Return up to three spans, in the order of the text, whose words spoke for a label.

    What each feature added to the log-odds of the label against normal is laid evenly over the
    characters it was read from; runs of characters near the peak are the spans, with the whole of a
    Latin word or number and the negation before them. Where only the context decided, the whole turn is the
    evidence.

    Args:
        linear: The model that decided.
        reading: The turn's features, by that model.
        text: Of the turn.
        label: What the spans speak for; not normal.

    Returns:
        A tuple of `classifier.turns.EvidenceSpan`.
    """
    cdef vector[double] heat
    cdef vector[Run] runs
    cdef Run run
    cdef double peak = 0.0, total = 0.0, value
    cdef bint apart = in_pieces(text)
    linear.lay(reading, LABELS.index(label), LABELS.index(Label.NORMAL), heat)
    for value in heat:
        peak = max(peak, value)
        total += max(0.0, value)
    if peak <= 0:
        whole = text.strip()
        start = text.index(whole)
        return (EvidenceSpan(start, start + len(whole), whole, 1.0),)
    find_runs(text, apart, heat, peak * SHARE_OF_PEAK, runs)
    widen_runs(text, apart, runs)
    return tuple([
        EvidenceSpan(run.start, run.end, text[run.start : run.end], run.warmth / total)
        for run in runs
    ])


cdef int find_runs(
    str text, bint apart, const vector[double]& heat, double least, vector[Run]& runs
) except -1:
    """Fill in the warmest runs of characters of at least some heat, in the order of the text."""
    cdef size_t place, other, coldest
    for place in range(heat.size()):
        if heat[place] < least:
            continue
        if runs.empty() or between(text, apart, runs.back().end, place) > BRIDGED_CHARACTERS:
            runs.push_back(Run(place, place, 0.0))
        runs.back().end = place + 1
    for place in range(runs.size()):
        for other in range(runs[place].start, runs[place].end):
            runs[place].warmth += max(0.0, heat[other])
    while runs.size() > MOST_SPANS:
        coldest = 0
        for place in range(1, runs.size()):
            if runs[place].warmth <= runs[coldest].warmth:
                coldest = place
        runs.erase(runs.begin() + coldest)
    return 0


cdef Py_ssize_t between(str text, bint apart, Py_ssize_t start, Py_ssize_t end) except -1:
    """Count the characters from one place to another, without the spaces of words written apart."""
    cdef Py_ssize_t count = end - start
    if apart:
        count -= blanks_in(text, start, end)
    return count


cdef int widen_runs(str text, bint apart, vector[Run]& runs) except -1:
    """Take the rest of a Latin word into a run, and the negation before it; join those that meet."""
    cdef Py_ssize_t before, least, length = len(text)
    cdef vector[Run] widened
    cdef Run run
    for run in runs:
        least = 0 if widened.empty() else widened.back().end
        while run.start > least and in_word(text[run.start - 1]) and in_word(text[run.start]):
            run.start -= 1
        while run.end < length and in_word(text[run.end]) and in_word(text[run.end - 1]):
            run.end += 1
        before = run.start - 1
        while apart and before > least and is_blank(text[before]):
            before -= 1
        if before >= least and text[before] in NEGATIONS:
            run.start = before
        if not widened.empty() and run.start <= least:
            widened.back().end = max(widened.back().end, run.end)
            widened.back().warmth += run.warmth
        else:
            widened.push_back(run)
    runs.swap(widened)
    return 0


cdef bint in_word(Py_UCS4 character):
    """Say whether a character is of a word in Latin letters or of a number, of any width."""
    cdef unsigned int code = <unsigned int> character
    if 0xFF01 <= code <= 0xFF5E:
        code -= 0xFEE0
    return (
        ord("a") <= (code | 0x20) <= ord("z")
        or ord("0") <= code <= ord("9")
        or 0xC0 <= code <= 0x24F
        or code == ord("'")
        or code == 0x2019
    )
