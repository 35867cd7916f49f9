"""Makes a pupil deeper without changing what it reads."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from classifier.errors import DataError
from classifier.text.characters import PADDING, CharacterEncoder
from training.second_reader.batches import Example, encode, make_batch
from training.second_reader.encoder import Encoder
from training.second_reader.learn import tensors_of
from training.second_reader.pupil import Pupil, reader_turns

_SEED = 20261130
_EVERY = 2_000


def grow_pupil(pupil: Pupil, layers: int, data_folder: Path) -> Pupil:
    """Return a pupil with silent layers above its own, which it learns to use when it is taught.

    A layer is silent when what it adds is nothing; since it normalises each row all the same, its
    norms get the mean and the spread that rows have there, which hardly vary from row to row.
    After Gong et al. (2019), "Efficient training of BERT by progressively stacking", but for the
    copies of lower layers, with which it reads worse at first.

    Args:
        pupil: What it grows from.
        layers: How deep it shall be.
        data_folder: The folder ``data``, to measure rows by.

    Raises:
        DataError: It is as deep already.
    """
    before = pupil.encoder.eval()
    if layers <= len(before.layers):
        raise DataError(f"the pupil has {len(before.layers)} layers already; ask for more")
    torch.manual_seed(_SEED)
    grown = Encoder(len(pupil.vocabulary), before.kinds.out_features, layers)
    grown.load_state_dict(grown.state_dict() | before.state_dict())
    turns = reader_turns(data_folder)[::_EVERY]
    mean, spread = _measure_rows(before, encode(turns, CharacterEncoder(pupil.vocabulary)))
    with torch.no_grad():
        for layer in list(grown.layers)[len(before.layers) :]:
            for adds in (layer.ao, layer.fo):
                adds.weight.zero_()
                adds.bias.zero_()
            for norm in (layer.aln, layer.oln):
                norm.weight.fill_(spread)
                norm.bias.fill_(mean)
    return Pupil(grown, pupil.vocabulary, pupil.base)


def _measure_rows(encoder: Encoder, examples: Sequence[Example]) -> tuple[float, float]:
    batch = make_batch(examples, np.arange(len(examples)), None, np.random.default_rng(0))
    inputs = tensors_of(batch, torch.device("cpu"))
    with torch.no_grad():
        rows = encoder.read(*inputs)[inputs[0] != PADDING]
    return rows.mean().item(), rows.std(dim=1, correction=0).mean().item()
