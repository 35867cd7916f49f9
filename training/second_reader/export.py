"""Turns a trained pupil into the two files that a bundle takes in."""

import io
import shutil
from importlib import import_module
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional

from classifier.model_bundle import READER_CHARACTERS, READER_NETWORK
from classifier.second_reader import import_onnxruntime
from training.second_reader.base_encoder import WIDTH
from training.second_reader.encoder import HEADS, Encoder, pool
from training.second_reader.pupil import CARD, WEIGHTS, read_pupil

_OPERATOR_SET = 17
_INPUTS = ("ids", "sounds", "segments", "channels")


class _OneRow(nn.Module):
    """The encoder as it serves: one row without padding, so that nothing need be masked.

    Queries, keys and values come from one matrix, and the scale of their products is in it.
    """

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.joined = nn.ModuleList(_join_matrices(layer) for layer in encoder.layers)

    def forward(self, ids: Tensor, sounds: Tensor, segments: Tensor, channels: Tensor) -> Tensor:
        encoder = self.encoder
        rows = encoder.embed(ids, sounds, segments, channels)
        for joined, layer in zip(self.joined, encoder.layers, strict=True):
            queries, keys, values = (
                part.reshape(1, -1, HEADS, WIDTH // HEADS).transpose(1, 2)
                for part in joined(rows).split(WIDTH, dim=2)
            )
            shares = torch.softmax(queries @ keys.transpose(2, 3), dim=3)
            merged = (shares @ values).transpose(1, 2).reshape(1, -1, WIDTH)
            rows = layer.aln(rows + layer.ao(merged))
            rows = layer.oln(rows + layer.fo(functional.gelu(layer.fi(rows))))
        outputs: Tensor = encoder.outputs(pool(rows, segments))
        return outputs


def _join_matrices(layer: nn.Module) -> nn.Linear:
    joined = nn.Linear(WIDTH, 3 * WIDTH)
    scale = (WIDTH // HEADS) ** -0.5
    with torch.no_grad():
        for name in ("weight", "bias"):
            q, k, v = (getattr(part, name) for part in (layer.q, layer.k, layer.v))
            getattr(joined, name).copy_(torch.cat([q * scale, k, v]))
    return joined


def export_reader(pupil_folder: Path, folder: Path) -> None:
    """Write a pupil's network in eight-bit integers, beside what the pupil is kept as.

    Args:
        pupil_folder: From `pupil.write_pupil`.
        folder: Where to.

    Raises:
        DataError: There is no pupil.
    """
    network = _OneRow(read_pupil(pupil_folder).encoder).eval()
    row = torch.zeros((1, 8), dtype=torch.int64)
    content = io.BytesIO()
    dynamic = {name: {1: "length"} for name in _INPUTS[:3]}
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
    import_onnxruntime()
    quantization = import_module("onnxruntime.quantization")
    quantization.quantize_dynamic(
        onnx.load_from_string(content.getvalue()),
        folder / READER_NETWORK,
        per_channel=True,
        weight_type=quantization.QuantType.QInt8,
    )
    for name in (WEIGHTS, READER_CHARACTERS, CARD):
        shutil.copy(pupil_folder / name, folder / name)
