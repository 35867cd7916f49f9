"""Turns a trained pupil into the two files that a bundle takes in."""

import io
import shutil
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from classifier.model_bundle import READER_CHARACTERS, READER_NETWORK
from training.second_reader.batches import ALL_KINDS
from training.second_reader.encoder import Encoder, count_layers
from training.second_reader.run import CARD

_OPERATOR_SET = 17
_INPUTS = ("ids", "sounds", "segments", "channels")


class _Outputs(nn.Module):
    """The encoder without what only training needs."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, ids: Tensor, sounds: Tensor, segments: Tensor, channels: Tensor) -> Tensor:
        outputs: Tensor = self.encoder(ids, sounds, segments, channels)[0]
        return outputs


def export_reader(weights_path: Path, base_path: Path, folder: Path) -> None:
    """Write the network in eight-bit integers, its characters and its card.

    Args:
        weights_path: State of a pupil, from `run.train_pupil`; its card lies beside it.
        base_path: The starting weights, which hold the vocabulary.
        folder: Where to.
    """
    state = torch.load(weights_path, weights_only=True, map_location="cpu")
    with np.load(base_path) as arrays:
        vocabulary = [str(character) for character in arrays["vocabulary"]]
    encoder = Encoder(len(vocabulary), len(ALL_KINDS), count_layers(state))
    encoder.load_state_dict({k: v.float() for k, v in state.items()})
    network = _Outputs(encoder).eval()
    row = torch.zeros((1, 8), dtype=torch.int64)
    content = io.BytesIO()
    dynamic = {name: {0: "turns", 1: "length"} for name in _INPUTS[:3]}
    dynamic["channels"] = {0: "turns"}
    torch.onnx.export(
        network,
        (row, row, row, row[:, 0]),
        content,
        input_names=list(_INPUTS),
        output_names=["outputs"],
        dynamic_axes=dynamic,
        opset_version=_OPERATOR_SET,
        dynamo=False,
    )
    folder.mkdir(parents=True, exist_ok=True)
    quantize_dynamic(
        onnx.load_from_string(content.getvalue()),
        folder / READER_NETWORK,
        per_channel=True,
        weight_type=QuantType.QInt8,
    )
    (folder / READER_CHARACTERS).write_text("\n".join(vocabulary), "utf-8")
    shutil.copy(weights_path.parent / CARD, folder / CARD)
