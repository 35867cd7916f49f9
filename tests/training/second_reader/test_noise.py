"""What training damages, and what it never sees. None of this needs torch."""

from pathlib import Path

import numpy as np

from classifier.model_bundle import READER_CHARACTERS
from classifier.text.characters import (
    BOT_SEGMENT,
    SUBJECT_SEGMENT,
    UNKNOWN,
    CharacterEncoder,
)
from training.dataset import LabelledTurn, read_split
from training.division import is_calibration, part_of
from training.lost_contexts import stands_alone
from training.second_reader.batches import encode, make_batch, plan_epoch
from training.second_reader.noise import Noise
from training.train import DEFAULT_READER

VOCABULARY = (DEFAULT_READER / READER_CHARACTERS).read_text("utf-8").split("\n")


def test_damage_keeps_the_sound() -> None:
    """Over many draws characters are swapped, lost and doubled; nothing becomes empty.

    Where no character came or went, every sound is what it was.

    """
    encoder = CharacterEncoder(VOCABULARY)
    noise = Noise(VOCABULARY, np.ones(len(VOCABULARY)))
    text = encoder.spell("以后不要再给我打电话了")
    generator = np.random.default_rng(1)
    damaged = [noise.damage(text, True, generator) for _ in range(300)]
    assert all(len(found.ids) == len(found.sounds) > 0 for found in damaged)
    changed = [found for found in damaged if found.ids != text.ids]
    assert 100 < len(changed) < 290
    swapped = [f for f in changed if len(f.ids) == len(text.ids) and f.sounds == text.sounds]
    assert swapped
    for found in swapped:
        for number, sound in zip(found.ids, found.sounds, strict=True):
            own = encoder.spell(VOCABULARY[number]).sounds
            assert number == UNKNOWN or own == [sound]
    assert noise.damage(encoder.spell("T"), False, generator).ids


def test_calibration_groups_are_a_tenth(splits: dict[str, list[LabelledTurn]]) -> None:
    """About a tenth of the training turns are kept from the reader, the same ones each time."""
    kept = [is_calibration(turn.group) for turn in splits["train"]]
    assert 0.08 < np.mean(kept) < 0.12
    assert {part_of("a group", "teacher", 4) for _ in range(3)} == {
        part_of("a group", "teacher", 4)
    }


def test_epoch_holds_each_turn_once(data_folder: Path) -> None:
    """Batches of an epoch cover all examples once, and carry their labels."""
    turns = read_split(data_folder, "challenge")[0][:100]
    examples = encode(turns, CharacterEncoder(VOCABULARY))
    generator = np.random.default_rng(0)
    places = list(plan_epoch(examples, 16, generator))
    assert sorted(np.concatenate(places)) == list(range(100))
    batch = make_batch(examples, places[0], None, generator)
    assert batch.labels.tolist() == [examples[i].label for i in places[0]]
    assert batch.rows.ids.shape == batch.rows.segments.shape


def test_contexts_are_lost_at_times(data_folder: Path) -> None:
    """Under noise a turn that stands alone now and then comes alone; any other never does."""
    turns = [turn for turn in read_split(data_folder, "challenge")[0] if turn.turn.context]
    alone, bound = [t for t in turns if stands_alone(t)], [t for t in turns if not stands_alone(t)]
    noise = Noise(VOCABULARY, np.ones(len(VOCABULARY)))

    def lost(chosen: list[LabelledTurn], noise: Noise | None) -> float:
        examples = encode(chosen, CharacterEncoder(VOCABULARY))
        places = np.arange(len(examples))
        segments = make_batch(examples, places, noise, np.random.default_rng(2)).rows.segments
        earlier = (segments == BOT_SEGMENT) | (segments == SUBJECT_SEGMENT)
        return float(np.mean(~earlier.any(axis=1)))

    assert 0.2 < lost(alone, noise) < 0.3
    assert lost(bound, noise) == lost(alone, None) == 0
