"""The second reader's network: a transformer encoder over characters and their sounds."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from classifier.text.characters import PADDING, PADDING_SEGMENT, TURN_SEGMENT, sound_count
from classifier.turns import LABELS, REASONS, Channel
from training.second_reader.base_encoder import LAYERS, MATRICES, NORMS, WIDTH

OUTPUTS = len(LABELS) + 1 + len(REASONS)
"""Three label logits, the odds of also_complaint, the odds of each reason."""

HEADS = 12
"""Each looks at the row with a share of the width of its own."""

_DROPOUT = 0.1
_NOTHING = -1e4
_EPSILON = 1e-12


class Layer(nn.Module):
    """One transformer layer, as BERT has it."""

    def __init__(self) -> None:
        super().__init__()
        self.q, self.k, self.v, self.ao = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.fi, self.fo = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.aln, self.oln = (nn.LayerNorm(WIDTH, eps=_EPSILON) for _ in range(2))

    def forward(self, rows: Tensor, mask: Tensor) -> Tensor:
        """Return the rows one layer deeper, shape (n, length, width).

        Args:
            rows: Shape (n, length, width).
            mask: 0 where there is a character, else far below, shape (n, 1, 1, length).
        """
        queries, keys, values = self._project(rows)
        # PyTorch's fused attention takes three times as long backwards on a processor.
        shares = queries * (WIDTH // HEADS) ** -0.5 @ keys.transpose(2, 3) + mask
        attended = shares.softmax(dim=3).to(values.dtype) @ values
        merged = self.ao(attended.transpose(1, 2).flatten(2))
        rows = self.aln(rows + _drop(merged, self.training))
        inner = self.fo(functional.gelu(self.fi(rows)))
        deeper: Tensor = self.oln(rows + _drop(inner, self.training))
        return deeper

    def _project(self, rows: Tensor) -> Sequence[Tensor]:
        """Return queries, keys and values, each of shape (n, heads, length, width / heads)."""
        parts = (self.q, self.k, self.v)
        weight = torch.cat([part.weight for part in parts])
        bias = torch.cat([part.bias for part in parts])
        heads = functional.linear(rows, weight, bias).unflatten(2, (3, HEADS, WIDTH // HEADS))
        return heads.permute(2, 0, 3, 1, 4).unbind(0)


class Encoder(nn.Module):
    """Characters in, outputs out."""

    def __init__(self, characters: int, kinds: int, layers: int) -> None:
        """Make an untrained network.

        Args:
            characters: Size of the vocabulary; one more row stands for a masked character.
            kinds: How many finer kinds there are; they are learnt beside the label, as a teacher.
            layers: Depth.
        """
        super().__init__()
        self.mask_id = characters
        self.embedding = nn.Embedding(characters + 1, WIDTH)
        self.sound = nn.Embedding(sound_count(), WIDTH)
        self.segment = nn.Embedding(PADDING_SEGMENT + 1, WIDTH)
        self.channel = nn.Embedding(len(Channel), WIDTH)
        self.position = nn.Embedding(512, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=_EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))
        self.outputs = nn.Linear(2 * WIDTH, OUTPUTS)
        self.kinds = nn.Linear(2 * WIDTH, kinds)

    def embed(self, ids: Tensor, sounds: Tensor, segments: Tensor, channels: Tensor) -> Tensor:
        """Return what the first layer reads, shape (n, length, width).

        Args:
            ids: As for `read`, like the rest.
            sounds: Shape (n, length).
            segments: Shape (n, length).
            channels: Shape (n,).
        """
        rows = self.embedding(ids) + self.sound(sounds) + self.segment(segments)
        rows = rows + self.position.weight[: ids.shape[1]]
        first = rows[:, :1] + self.channel(channels)[:, None]
        rows = torch.cat([first, rows[:, 1:]], dim=1)
        return _drop(self.norm(rows), self.training)

    def read(self, ids: Tensor, sounds: Tensor, segments: Tensor, channels: Tensor) -> Tensor:
        """Return the last layer, shape (n, length, width).

        Args:
            ids: Shape (n, length), as `classifier.text.characters.Rows` has them, like the next.
            sounds: Shape (n, length).
            segments: Shape (n, length).
            channels: Place of each row's channel in `Channel`, shape (n,).
        """
        rows = self.embed(ids, sounds, segments, channels)
        device = rows.device.type
        if torch.is_autocast_enabled(device):  # of half precision from layer to layer too
            rows = rows.to(torch.get_autocast_dtype(device))
        mask = torch.zeros(ids.shape, dtype=rows.dtype, device=ids.device)
        mask = mask.masked_fill(ids == PADDING, _NOTHING)[:, None, None, :]
        for layer in self.layers:
            rows = layer(rows, mask)
        return rows

    def forward(
        self, ids: Tensor, sounds: Tensor, segments: Tensor, channels: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the outputs, shape (n, 8), and the logits of the kinds, shape (n, kinds).

        Args:
            ids: As for `read`, like the rest.
            sounds: Shape (n, length).
            segments: Shape (n, length).
            channels: Shape (n,).
        """
        rows = self.read(ids, sounds, segments, channels)
        pooled = functional.dropout(pool(rows, segments), _DROPOUT, self.training)
        return self.outputs(pooled), self.kinds(pooled)

    def start_from_base(self, path: Path) -> list[str]:
        """Take over the weights of `base_encoder.extract_base` and return their vocabulary.

        Args:
            path: Its file; the network must have all its layers.
        """
        with np.load(path) as arrays, torch.no_grad():
            self.embedding.weight[:-1] = _tensor(arrays["embedding"])
            self.embedding.weight[-1] = self.embedding.weight[3]
            self.position.weight.copy_(_tensor(arrays["position"]))
            self.sound.weight.zero_()
            self.segment.weight.copy_(_tensor(arrays["type"]).expand_as(self.segment.weight))
            self.channel.weight.zero_()
            self.norm.weight.copy_(_tensor(arrays["norm.weight"]))
            self.norm.bias.copy_(_tensor(arrays["norm.bias"]))
            for number, layer in enumerate(self.layers):
                for name in (*MATRICES, *NORMS):
                    part = getattr(layer, name)
                    part.weight.copy_(_tensor(arrays[f"{number}.{name}.weight"]))
                    part.bias.copy_(_tensor(arrays[f"{number}.{name}.bias"]))
            return [str(c) for c in arrays["vocabulary"]]

    def start_from(self, other: "Encoder", layers: Sequence[int]) -> None:
        """Take over another network's weights, of its layers only some.

        Args:
            other: A deeper network over the same vocabulary.
            layers: Which of its layers, one for each here.
        """
        state = {k: v for k, v in other.state_dict().items() if not k.startswith("layers.")}
        for mine, theirs in enumerate(layers):
            for name, value in other.layers[theirs].state_dict().items():
                state[f"layers.{mine}.{name}"] = value
        self.load_state_dict(state)


def base_size(path: Path) -> tuple[int, int]:
    """Return the size of the vocabulary and the layers of a file of starting weights.

    Args:
        path: From `base_encoder.extract_base`.
    """
    with np.load(path) as arrays:
        return len(arrays["vocabulary"]), LAYERS


def count_layers(state: Mapping[str, Tensor]) -> int:
    """Return the depth of the network that a state is of.

    Args:
        state: From `state_dict`.
    """
    return 1 + max(int(name.split(".")[1]) for name in state if name.startswith("layers."))


def pool(rows: Tensor, segments: Tensor) -> Tensor:
    """Return the mean over the turn and that over all of each row, shape (n, 2 * width).

    Args:
        rows: Shape (n, length, width).
        segments: Shape (n, length).
    """
    whole = (segments != PADDING_SEGMENT).to(rows.dtype)[..., None]
    turn = (segments == TURN_SEGMENT).to(rows.dtype)[..., None]
    return torch.cat([_mean(rows, turn), _mean(rows, whole)], dim=1)


def _drop(rows: Tensor, training: bool) -> Tensor:
    """Drop a tenth of the width of each row, in all places alike: chance for each costs a tenth."""
    if not training:
        return rows
    kept = rows.new_ones(rows.shape[0], 1, rows.shape[2])
    return rows * functional.dropout(kept, _DROPOUT)


def _mean(rows: Tensor, weights: Tensor) -> Tensor:
    return (rows * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)


def _tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array.astype(np.float32))
