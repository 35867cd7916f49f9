from typing import NamedTuple

class ConceptHit(NamedTuple):
    concept: str
    start: int
    end: int

class ConceptLexicon:
    concept_of: dict[str, str]
    names: list[str]
    def __init__(self, classes: dict[str, list[str]]) -> None: ...
    def find(self, bare: str) -> list[ConceptHit]: ...

def concept_lexicon() -> ConceptLexicon: ...
