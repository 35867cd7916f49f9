"""Turns a trained pupil into the two files that a bundle takes in."""

import io
import shutil
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from classifier.model_bundle import READER_CHARACTERS, READER_NETWORK
from training.second_reader.encoder import Encoder
from training.second_reader.pupil import CARD, WEIGHTS, read_pupil

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


def export_reader(pupil_folder: Path, folder: Path) -> None:
    """Write a pupil's network in eight-bit integers, beside what the pupil is kept as.

    Args:
        pupil_folder: From `pupil.write_pupil`.
        folder: Where to.

    Raises:
        DataError: There is no pupil.
    """
    network = _Outputs(read_pupil(pupil_folder).encoder).eval()
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
    for name in (WEIGHTS, READER_CHARACTERS, CARD):
        shutil.copy(pupil_folder / name, folder / name)
