"""Writes a turn and its context as rows of characters and sounds, for the second reader."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, starmap
from typing import NamedTuple

import numpy as np

from classifier.text.fold import in_pieces, says_something, without_blanks
from classifier.text.pinyin import FIRST_CODE, sound_table
from classifier.text.variants import IGNORED_CATEGORIES, simplified_characters
from classifier.turns import Speaker, Turn

START, PADDING, END, UNKNOWN = range(4)
"""The first rows of every vocabulary, in this order; real characters follow."""

SPECIALS = ("<start>", "<padding>", "<end>", "<unknown>")

# Which part of a row a character belongs to.
START_SEGMENT, BOT_SEGMENT, SUBJECT_SEGMENT, TURN_SEGMENT, PADDING_SEGMENT = range(5)

ROW_CHARACTERS = 256
"""Of a longer text only so much is read at once; the longest turn learnt from had 211."""

CONTEXT_CHARACTERS = 96
"""As much of the context is read at most."""

_CONTEXT_TURNS = 3
_CONTEXT_TURN_CHARACTERS = 64
_LAST_TABLE_CODE = 0x2FFFF
_RUN = re.compile(r"([^\x00-\x7F])\1{3,}")  # of which `fold` keeps three as well


class Characters(NamedTuple):
    """A text for the reader.

    Attributes:
        ids: Rows of the vocabulary.
        sounds: Beside each id the number of its sound, 0 for what has none.
    """

    ids: list[int]
    sounds: list[int]


@dataclass(frozen=True, slots=True)
class Rows:
    """Texts with their contexts, padded to one length; all arrays are int64, shape (n, length).

    Attributes:
        ids: Rows of the vocabulary.
        sounds: Numbers of sounds.
        segments: Which part of the row each character belongs to.
    """

    ids: np.ndarray
    sounds: np.ndarray
    segments: np.ndarray


Context = list[tuple[Characters, int]]
"""Earlier turns, oldest first, each with its segment."""


class _CharacterTable(dict[int, str]):  # ruff: ignore[subclass-builtin]  # for str.translate
    """A `str.translate` table that works out a character when it is first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character.isspace():
            kept = " "
        elif unicodedata.category(character) in IGNORED_CATEGORIES:
            kept = ""
        else:
            kept = simplified_characters().get(character, character)
        if code <= _LAST_TABLE_CODE:
            self[code] = kept
        return kept


@cache
def _character_table() -> _CharacterTable:
    return _CharacterTable()


def sound_count() -> int:
    """Return how many numbers of sounds there are, 0 for no sound included."""
    return len(set(sound_table().values())) + 1


class CharacterEncoder:
    """Knows a vocabulary of characters."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        """Index the vocabulary.

        Args:
            vocabulary: `SPECIALS`, then single characters.
        """
        self._ids = {ord(c): i for i, c in enumerate(vocabulary) if len(c) == 1}
        self._sounds = {code: ord(s) - FIRST_CODE + 1 for code, s in sound_table().items()}

    def spell(self, text: str) -> Characters:
        """Return a text as characters and sounds; simplified, half width, lower case.

        Punctuation stays, since a question mark or a pause can decide.

        Args:
            text: Any valid Unicode.
        """
        return self._number(_plain(text))

    def _number(self, characters: str) -> Characters:
        codes = list(map(ord, characters))
        find, sound = self._ids.get, self._sounds.get
        return Characters([find(code, UNKNOWN) for code in codes], [sound(c, 0) for c in codes])

    def spell_context(self, turn: Turn) -> Context:
        """Return the latest turns that say something, each cut to its end, within a fixed room.

        Args:
            turn: Its text is not looked at.
        """
        context: Context = []
        room = CONTEXT_CHARACTERS
        telling = (earlier for earlier in reversed(turn.context) if says_something(earlier.text))
        for earlier in islice(telling, _CONTEXT_TURNS):
            end = self._number(_plain(earlier.text)[-min(_CONTEXT_TURN_CHARACTERS, room) :])
            segment = SUBJECT_SEGMENT if earlier.speaker is Speaker.USER else BOT_SEGMENT
            context.insert(0, (end, segment))
            room -= len(end.ids)
            if room <= 0:
                break
        return context

    def row(self, turn: Turn, context: Context | None = None) -> Rows:
        """Return the one row that a turn is read as; a text too long for a row is cut.

        Args:
            turn: The turn with its context; alternatives are not looked at.
            context: From `spell_context`, where that was called before.
        """
        context = self.spell_context(turn) if context is None else context
        return pad([(context, self._number(_plain(turn.text)[:ROW_CHARACTERS]))])


def _plain(text: str) -> str:
    text = without_blanks(text) if in_pieces(text) else text
    kept = unicodedata.normalize("NFKC", text).lower().translate(_character_table())
    return " ".join(_RUN.sub(r"\1\1\1", kept).split())


def pad(pairs: Sequence[tuple[Context, Characters]]) -> Rows:
    """Join each context with its text and pad all to the longest.

    Args:
        pairs: Not empty.
    """
    joined = list(starmap(_join, pairs))
    length = max(len(ids) for ids, _sounds, _segments in joined)
    shape = (len(joined), length)
    rows = Rows(
        np.full(shape, PADDING, np.int64),
        np.zeros(shape, np.int64),
        np.full(shape, PADDING_SEGMENT, np.int64),
    )
    for i, (ids, sounds, segments) in enumerate(joined):
        rows.ids[i, : len(ids)] = ids
        rows.sounds[i, : len(ids)] = sounds
        rows.segments[i, : len(ids)] = segments
    return rows


def _join(context: Context, text: Characters) -> tuple[list[int], list[int], list[int]]:
    ids, sounds, segments = [START], [0], [START_SEGMENT]
    for part, segment in [*context, (text, TURN_SEGMENT)]:
        ids += [*part.ids, END]
        sounds += [*part.sounds, 0]
        segments += [segment] * (len(part.ids) + 1)
    return ids, sounds, segments
