"""Turns a turn and its context into named features.

Training and serving both call this, so they cannot drift.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from operator import add
from typing import NamedTuple

import jieba

from classifier.text.concepts import ConceptHit, concept_lexicon
from classifier.text.fold import SEPARATOR, FoldedText, fold
from classifier.text.pinyin import spell
from classifier.turns import ContextTurn, Speaker, Turn

_CHARACTER_WIDTHS = (1, 2, 3)
_SOUND_WIDTHS = (2, 3)
_SHORT_REPLY_CHARACTERS = 8
_SKIP_REACH = 4
_ASKED_CHARACTERS = 300  # a question stands at the end
_EDGE_HITS = 3


class FeatureBlock(NamedTuple):
    """Features of one kind, in the order of the text; a tuple, since every turn makes nine.

    Attributes:
        names: Feature names, unique to the kind by width, alphabet or a prefix with a colon,
            which no folded text holds.
        starts: For each name, index in the original text of its first character; empty where
            the features come from the context and point to nothing in the text.
        ends: For each name, index in the original text of its last character.
    """

    names: Sequence[str]
    starts: Sequence[int] = ()
    ends: Sequence[int] = ()


class FeatureExtractor:
    """Extracts features with one tokenizer; safe to share between threads."""

    def __init__(self, tokenizer: jieba.Tokenizer) -> None:
        """Keep the tokenizer.

        Args:
            tokenizer: From `classifier.text.words.WordCutter`.
        """
        self._cut = tokenizer.lcut
        self._lexicon = concept_lexicon()

    def names(self, turn: Turn) -> list[str]:
        """Return the distinct feature names of a turn, always in the same order.

        Args:
            turn: The turn with its context; alternatives are not looked at.
        """
        return list(dict.fromkeys(self.all_names(turn)))

    def all_names(self, turn: Turn) -> Iterator[str]:
        """Return the feature names of a turn, each as often as it comes.

        Args:
            turn: The turn with its context; alternatives are not looked at.
        """
        return chain.from_iterable([block.names for block in self.blocks(turn)])

    def blocks(self, turn: Turn) -> list[FeatureBlock]:
        """Return the features of a turn with the places they come from.

        Args:
            turn: The turn with its context; alternatives are not looked at.
        """
        folded = fold(turn.text)
        hits = self._lexicon.find(folded.bare)
        return [
            *_gram_blocks(folded.bare, folded.offsets, _CHARACTER_WIDTHS),
            *_gram_blocks(spell(folded.bare), folded.offsets, _SOUND_WIDTHS),
            self._word_block(folded),
            _concept_block(hits, folded),
            _last_clause_block(hits, folded),
            self._context_block(turn, folded, hits),
        ]

    def _word_block(self, folded: FoldedText) -> FeatureBlock:
        cut = self._cut(SEPARATOR.join(folded.clauses), HMM=False)
        words = [word for word in cut if word != SEPARATOR]
        starts, ends, position = [], [], 0
        for word in words:
            starts.append(folded.offsets[position])
            position += len(word)
            ends.append(folded.offsets[position - 1])
        names = ["w:" + word for word in words] + [f"w:{a}|{b}" for a, b in pairwise(words)]
        return FeatureBlock(names, starts + starts[:-1], ends + ends[1:])

    def _context_block(
        self, turn: Turn, folded: FoldedText, hits: list[ConceptHit]
    ) -> FeatureBlock:
        bare = folded.bare
        names = ["n:" + turn.channel, f"n:{turn.channel}|{min(len(bare), 40).bit_length()}"]
        asked = _last_said_to_subject(turn.context)
        if len(bare) <= _SHORT_REPLY_CHARACTERS:
            names.append(f"n:{turn.channel}={bare}")
        if asked is None:
            names.append("q:-")
            return FeatureBlock(names)
        said = fold(asked.text[-_ASKED_CHARACTERS:])
        asked_hits = self._lexicon.find(said.bare)
        asked_concepts = [hit.concept for hit in asked_hits]
        names += ["q:" + concept for concept in asked_concepts]
        names += _answer_crosses(asked_concepts, hits, bare)
        return FeatureBlock(names)


def _last_said_to_subject(context: tuple[ContextTurn, ...]) -> ContextTurn | None:
    for earlier in reversed(context):
        if earlier.speaker is not Speaker.USER:
            return earlier
    return None


def _gram_blocks(text: str, offsets: Sequence[int], widths: Sequence[int]) -> list[FeatureBlock]:
    grams = characters = list(text)
    blocks = []
    for width in range(1, max(widths) + 1):
        if width > 1:
            grams = list(map(add, grams, characters[width - 1 :]))
        if width in widths:
            blocks.append(FeatureBlock(grams, offsets, offsets[width - 1 :]))
    return blocks


def _concept_block(hits: list[ConceptHit], folded: FoldedText) -> FeatureBlock:
    concepts = [hit.concept for hit in hits]
    first = [folded.offsets[hit.start] for hit in hits]
    last = [folded.offsets[hit.end - 1] for hit in hits]
    names = ["k:" + concept for concept in concepts]
    starts, ends = first.copy(), last.copy()
    for reach in range(1, min(_SKIP_REACH + 1, len(hits))):
        names += [f"k:{a}~{b}" for a, b in zip(concepts, concepts[reach:], strict=False)]
        starts += first[:-reach]
        ends += last[reach:]
    pairs = [f"k:{a}>{b}" for a, b in pairwise(concepts)]
    triples = [f"{pair}>{c}" for pair, c in zip(pairs, concepts[2:], strict=False)]
    return FeatureBlock(
        names + pairs + triples,
        starts + first[:-1] + first[: len(triples)],
        ends + last[1:] + last[2:],
    )


def _last_clause_block(hits: list[ConceptHit], folded: FoldedText) -> FeatureBlock:
    if len(folded.clauses) < 2:
        return FeatureBlock(())
    start = len(folded.bare) - len(folded.clauses[-1])
    last = [hit for hit in hits if hit.start >= start]
    names = ["l:" + hit.concept for hit in last]
    names += [f"l:{a.concept}>{b.concept}" for a, b in pairwise(last)]
    ends = [folded.offsets[hit.end - 1] for hit in last]
    starts = [folded.offsets[hit.start] for hit in last]
    return FeatureBlock(names, starts + starts[:-1], ends + ends[1:])


def _answer_crosses(asked: list[str], hits: list[ConceptHit], bare: str) -> list[str]:
    answer = [hit.concept for hit in hits[:_EDGE_HITS]] or ["-"]
    pairs = [f"{a}>{b}" for a, b in pairwise(asked)]
    names = [f"x:{question}|{said}" for question in asked + pairs for said in answer]
    if len(bare) <= _SHORT_REPLY_CHARACTERS:
        short = ">".join(answer)
        names += [f"y:{question}|{short}" for question in asked + pairs]
        names += [f"z:{question}|{bare}" for question in asked]
    return names
