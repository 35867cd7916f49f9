from collections.abc import Mapping

import jieba

class WordCutter(jieba.Tokenizer):
    def __init__(self, counts: Mapping[str, int]) -> None: ...

def add_domain_words(counts: Mapping[str, int]) -> dict[str, int]: ...
