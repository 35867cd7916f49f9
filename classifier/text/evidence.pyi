from classifier.text.linear_model import LinearModel
from classifier.text.reading import Reading
from classifier.turns import EvidenceSpan, Label

def find_evidence(
    linear: LinearModel, reading: Reading, text: str, label: Label
) -> tuple[EvidenceSpan, ...]: ...
