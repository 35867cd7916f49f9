"""Finds the spans of a turn's text that carried a decision."""

from libcpp.vector cimport vector

from classifier.text.linear_model cimport LinearModel
from classifier.text.reading cimport Reading

from classifier.turns import LABELS, EvidenceSpan, Label

cdef enum:
    MOST_SPANS = 3
    BRIDGED_CHARACTERS = 1

cdef double SHARE_OF_PEAK = 0.35

cdef struct Run:
    Py_ssize_t start
    Py_ssize_t end
    double warmth


def find_evidence(LinearModel linear not None, Reading reading not None, str text, label):
    """Return up to three spans, in the order of the text, whose words spoke for a label.

    What each feature added to the log-odds of the label against normal is laid evenly over the
    characters it came from; runs of characters near the peak are the spans. Where only the context
    decided, the whole turn is the evidence.

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
    linear.lay(reading, LABELS.index(label), LABELS.index(Label.NORMAL), heat)
    for value in heat:
        peak = max(peak, value)
        total += max(0.0, value)
    if peak <= 0:
        whole = text.strip()
        start = text.index(whole)
        return (EvidenceSpan(start, start + len(whole), whole, 1.0),)
    find_runs(heat, peak * SHARE_OF_PEAK, runs)
    return tuple([
        EvidenceSpan(run.start, run.end, text[run.start : run.end], run.warmth / total)
        for run in runs
    ])


cdef int find_runs(const vector[double]& heat, double least, vector[Run]& runs) except -1:
    """Fill in the warmest runs of characters of at least some heat, in the order of the text."""
    cdef size_t place, other, coldest
    for place in range(heat.size()):
        if heat[place] < least:
            continue
        if runs.empty() or <Py_ssize_t>place - runs.back().end > BRIDGED_CHARACTERS:
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
