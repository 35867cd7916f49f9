"""Damages texts as recognisers and hasty typists do; for training only, never for a frozen part."""

from collections.abc import Sequence

import numpy as np

from classifier.text.characters import UNKNOWN, CharacterEncoder, Characters

_CONTEXT_LOST = 0.25
_PUNCTUATION_LOST = 0.3
_VOICE_DAMAGED, _TEXT_DAMAGED = 0.6, 0.25
_VOICE_RATES, _TEXT_RATES = (0.03, 0.08, 0.15), (0.04,)
_UNHEARD, _LOST, _DOUBLED, _FILLED = 0.02, 0.01, 0.015, 0.15
_SHORTEST_TO_LOSE = 5
_FILLERS = ("嗯", "呃", "啊", "那个", "那个那个", "就是", "喂", "对", "这个", "哎", "就是说")


class Noise:
    """Swaps characters for others of the same sound, loses, doubles and fills in."""

    def __init__(self, vocabulary: Sequence[str], counts: np.ndarray) -> None:
        """Group the vocabulary by sound.

        Args:
            vocabulary: Of the encoder.
            counts: How often each is met in the training texts, shape (vocabulary,); what is
                common is heard more often.
        """
        encoder = CharacterEncoder(vocabulary)
        self._fillers = [encoder.spell(filler) for filler in _FILLERS]
        self._is_word = [c.isalnum() or c == " " or i == UNKNOWN for i, c in enumerate(vocabulary)]
        by_sound: dict[int, list[int]] = {}
        for number, character in enumerate(vocabulary):
            if len(character) == 1 and (sound := encoder.spell(character).sounds):
                by_sound.setdefault(sound[0], []).append(number)
        self._alike: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        for sound_number, numbers in by_sound.items():
            weights = np.sqrt(counts[numbers] + 0.2)
            self._alike[sound_number] = (np.array(numbers), np.cumsum(weights / weights.sum()))

    def loses_context(self, generator: np.random.Generator) -> bool:
        """Say whether a turn comes without what was said before it this time.

        Args:
            generator: Where chance comes from.
        """
        return generator.random() < _CONTEXT_LOST

    def damage(self, text: Characters, voice: bool, generator: np.random.Generator) -> Characters:
        """Return a text that may be damaged; it is never empty where the given one is not.

        Args:
            text: From the encoder.
            voice: Recognisers damage more than typists.
            generator: Where chance comes from.
        """
        if generator.random() < _PUNCTUATION_LOST:
            kept = [i for i, number in enumerate(text.ids) if self._is_word[number]]
            if kept:
                text = Characters([text.ids[i] for i in kept], [text.sounds[i] for i in kept])
        if generator.random() > (_VOICE_DAMAGED if voice else _TEXT_DAMAGED):
            return text
        return self._mishear(text, voice, generator)

    def _mishear(self, text: Characters, voice: bool, generator: np.random.Generator) -> Characters:
        rates = _VOICE_RATES if voice else _TEXT_RATES
        swapped = rates[int(generator.integers(len(rates)))]
        ids: list[int] = []
        sounds: list[int] = []
        draws = generator.random((len(text.ids), 2)).tolist()
        for number, sound, (draw, choice) in zip(text.ids, text.sounds, draws, strict=True):
            heard = number
            if sound in self._alike and draw < swapped:
                numbers, shares = self._alike[sound]
                heard = int(numbers[min(int(np.searchsorted(shares, choice)), len(numbers) - 1)])
            elif sound and draw < swapped + _UNHEARD:
                heard = UNKNOWN
            elif draw < swapped + _UNHEARD + _LOST and len(text.ids) >= _SHORTEST_TO_LOSE:
                continue
            times = 2 if voice and draw > 1 - _DOUBLED else 1
            ids += [heard] * times
            sounds += [sound] * times
        if voice and generator.random() < _FILLED:
            filler = self._fillers[int(generator.integers(len(self._fillers)))]
            place = int(generator.integers(len(ids) + 1))
            ids[place:place] = filler.ids
            sounds[place:place] = filler.sounds
        return Characters(ids, sounds) if ids else text
