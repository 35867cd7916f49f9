"""The word list that a bundle carries: jieba's own, cut down to what telephone talk needs."""

from importlib.resources import files

from classifier.text.fold import fold
from classifier.text.words import add_domain_words


def build_dictionary(min_count: int, max_characters: int) -> dict[str, int]:
    """Return word -> count from the installed jieba, with our domain words.

    Traditional entries are left out: text is folded to simplified before it is cut.

    Args:
        min_count: Words that jieba has seen less often are left out.
        max_characters: Longer words are left out.
    """
    counts: dict[str, int] = {}
    for line in files("jieba").joinpath("dict.txt").read_text("utf-8").splitlines():
        word, count, _part_of_speech = line.split(" ")
        common = int(count) >= min_count and len(word) <= max_characters
        if common and fold(word).bare == word:
            counts[word] = int(count)
    return add_domain_words(counts)
