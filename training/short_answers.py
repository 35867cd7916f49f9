"""Finds the turns whose few words say nothing without the bot's turn."""

from collections.abc import Sequence

from classifier.text.fold import fold
from classifier.turns import Label
from training.dataset import SHORT_CHARACTERS, LabelledTurn

_SPOKEN_UNDER = 3


def short_answers(
    turns: Sequence[LabelledTurn], everything: Sequence[LabelledTurn]
) -> list[LabelledTurn]:
    """Return the short answers that only their context decides.

    These are answers of at most eight characters in a context whose words stand under three or
    more bot lines and more than one label in the whole data set.

    Args:
        turns: To choose from.
        everything: All turns of the data set.
    """
    labels: dict[str, set[Label]] = {}
    contexts: dict[str, set[str]] = {}
    for turn in everything:
        words = _short_words(turn)
        if words:
            labels.setdefault(words, set()).add(turn.label)
            contexts.setdefault(words, set()).add(turn.turn.context[-1].text)
    deciding = {
        words
        for words, found in labels.items()
        if len(found) > 1 and len(contexts[words]) >= _SPOKEN_UNDER
    }
    return [turn for turn in turns if _short_words(turn) in deciding]


def _short_words(turn: LabelledTurn) -> str:
    bare = fold(turn.turn.text).bare if turn.turn.context else ""
    return bare if len(bare) <= SHORT_CHARACTERS else ""
