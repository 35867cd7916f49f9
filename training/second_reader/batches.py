"""Labelled turns as padded batches of numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from classifier.text.characters import CharacterEncoder, Characters, Context, Rows, pad
from classifier.turns import LABELS, REASONS, Channel, Label
from training.dataset import KINDS, LabelledTurn
from training.lost_contexts import stands_alone
from training.second_reader.noise import Noise

ALL_KINDS = tuple(kind for kinds in KINDS.values() for kind in kinds)
MAX_TURN_CHARACTERS = 384
_CHANNELS = tuple(Channel)
_LENGTHS_APART = 2.0


@dataclass(frozen=True, slots=True)
class Example:
    """A turn in numbers.

    Attributes:
        context: Earlier turns.
        text: What is labelled.
        channel: Place in `Channel`.
        label: Place in `LABELS`.
        kind: Place in `ALL_KINDS`.
        flags: also_complaint and each reason, 0 or 1.
        alone: Whether its label holds without the context.
    """

    context: Context
    text: Characters
    channel: int
    label: int
    kind: int
    flags: tuple[int, ...]
    alone: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples side by side.

    Attributes:
        rows: Their characters.
        channels: Shape (n,), like the next two.
        labels: Places in `LABELS`.
        kinds: Places in `ALL_KINDS`.
        flags: Shape (n, 5).
        places: Which examples these are, shape (n,).
    """

    rows: Rows
    channels: np.ndarray
    labels: np.ndarray
    kinds: np.ndarray
    flags: np.ndarray
    places: np.ndarray


def encode(turns: Sequence[LabelledTurn], encoder: CharacterEncoder) -> list[Example]:
    """Return turns as numbers, long texts cut to their end.

    Args:
        turns: Any labelled turns.
        encoder: With the reader's vocabulary.
    """
    examples = []
    for turn in turns:
        ids, sounds = encoder.spell(turn.turn.text)
        flags = (turn.also_complaint, *(reason in turn.reasons for reason in REASONS))
        examples.append(
            Example(
                encoder.spell_context(turn.turn),
                Characters(ids[-MAX_TURN_CHARACTERS:], sounds[-MAX_TURN_CHARACTERS:]),
                _CHANNELS.index(turn.turn.channel),
                LABELS.index(Label(turn.label)),
                ALL_KINDS.index(turn.kind),
                tuple(map(int, flags)),
                stands_alone(turn),
            )
        )
    return examples


def fit_noise(vocabulary: Sequence[str], examples: Sequence[Example]) -> Noise:
    """Return noise that mishears a character as what is common among the examples.

    Args:
        vocabulary: That the examples were encoded with.
        examples: What is trained on.
    """
    counts = np.zeros(len(vocabulary))
    for example in examples:
        np.add.at(counts, example.text.ids, 1)
    return Noise(vocabulary, counts)


def make_batch(
    examples: Sequence[Example],
    places: np.ndarray,
    noise: Noise | None,
    generator: np.random.Generator,
) -> Batch:
    """Put some examples side by side.

    Args:
        examples: All of them.
        places: Which ones, shape (n,).
        noise: Damages the texts; None leaves them.
        generator: Where its chance comes from.
    """
    chosen = [examples[i] for i in places]
    voice = _CHANNELS.index(Channel.VOICE)
    pairs = [(example.context, example.text) for example in chosen]
    if noise:
        pairs = [
            (
                [] if e.alone and noise.loses_context(generator) else e.context,
                noise.damage(e.text, e.channel == voice, generator),
            )
            for e in chosen
        ]
    return Batch(
        pad(pairs),
        np.array([e.channel for e in chosen]),
        np.array([e.label for e in chosen]),
        np.array([e.kind for e in chosen]),
        np.array([e.flags for e in chosen], np.float32),
        places,
    )


def plan_epoch(
    examples: Sequence[Example], size: int, generator: np.random.Generator
) -> Iterator[np.ndarray]:
    """Yield each example's place once, in batches of about equal length, in random order.

    Args:
        examples: All of them.
        size: Of a batch.
        generator: Where chance comes from.
    """
    lengths = np.array([length_of(e) for e in examples])
    order = np.argsort(lengths + generator.normal(0, _LENGTHS_APART, len(examples)))
    batches = [order[i : i + size] for i in range(0, len(order), size)]
    for i in generator.permutation(len(batches)):
        yield batches[i]


def length_of(example: Example) -> int:
    """Return how many characters an example's row has, about.

    Args:
        example: Any.
    """
    return len(example.text.ids) + sum(len(part.ids) + 1 for part, _segment in example.context)
