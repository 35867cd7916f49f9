"""The second reader: a small encoder that is asked about turns of which the linear model is unsure.

It is an ONNX file run by onnxruntime, an optional dependency: ``pip install wurao[reader]``.
"""

import hashlib
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from classifier.errors import BundleError, ReaderMissingError
from classifier.processor import sums_exactly
from classifier.text.characters import CharacterEncoder, Context, Rows
from classifier.text.fingerprint import probe_turns
from classifier.turns import LABELS, Channel, Turn

_SMALLEST = 1e-12
_NO_SATURATION = "session.x64quantprecision"  # half as slow again; see `sums_exactly`
_SLOW_FUSIONS = ["SkipLayerNormFusion"]  # a sum and a norm apart take a fifth of its time
_NO_MEMORY = "bad_alloc"  # as C++ names it, in errors of onnxruntime's own
_CHANNELS = tuple(Channel)


@dataclass(frozen=True, slots=True)
class JoiningPlan:
    """When the second reader is asked, and how its answer is joined with the first.

    Attributes:
        from_opt_out: Asked where the linear score of opt_out reaches this,
        from_complaint: or that of complaint this.
        coefficients: Shape (3, 6): from the logarithms of the linear scores and of the reader's
            to joint logits.
        intercepts: Shape (3,), added to them.
        fingerprint: Of the numbers that the probe turns are read as.
        reply_shift: Shape (3,), added too where the turn is a reply.
    """

    from_opt_out: float
    from_complaint: float
    coefficients: tuple[tuple[float, ...], ...]
    intercepts: tuple[float, ...]
    fingerprint: str
    reply_shift: tuple[float, ...] = (0.0, 0.0, 0.0)

    def asks(self, scores: Sequence[float]) -> bool:
        """Say whether a turn is to be read a second time.

        Args:
            scores: The linear model's, in the order of `LABELS`.
        """
        return scores[0] >= self.from_opt_out or scores[1] >= self.from_complaint

    def join(
        self, scores: Sequence[float], outputs: np.ndarray, is_reply: bool
    ) -> tuple[float, float, float]:
        """Return the probabilities after both readings, in the order of `LABELS`.

        Args:
            scores: The linear model's.
            outputs: The reader's, shape (8,).
            is_reply: `classifier.turns.Turn.is_reply`.
        """
        logits = np.array(self.coefficients) @ joint_row(scores, outputs) + self.intercepts
        if is_reply:
            logits += self.reply_shift
        return softmax(logits.tolist())


def import_onnxruntime() -> Any:  # ruff: ignore[any-type]  # an untyped package
    """Return onnxruntime, told to keep to itself: its builds call their makers where they run.

    Raises:
        ReaderMissingError: It is not installed.
        BundleError: It is, and cannot be loaded, such as for want of memory.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # looked at once, when it is loaded
    try:
        return import_module("onnxruntime")
    except ModuleNotFoundError:
        raise ReaderMissingError from None
    except ImportError as error:
        raise BundleError(_not_started(error)) from None


class SecondReader:
    """Reads turns; safe to share between threads, and lets go of the interpreter while it reads."""

    def __init__(self, network: Path, vocabulary: Sequence[str]) -> None:
        """Start the network, on one thread a call.

        Args:
            network: An ONNX file; of one given as bytes onnxruntime keeps those for good.
            vocabulary: Of its characters.

        Raises:
            ReaderMissingError: onnxruntime is not installed.
            BundleError: It cannot be loaded, or cannot run the network.
        """
        onnxruntime = import_onnxruntime()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False  # keeps 13 MB of what the longest turn took
        if not sums_exactly():
            options.add_session_config_entry(_NO_SATURATION, "1")
        try:
            self._session = onnxruntime.InferenceSession(
                str(network),
                options,
                providers=["CPUExecutionProvider"],
                disabled_optimizers=_SLOW_FUSIONS,
            )
        except Exception as error:  # ruff: ignore[blind-except]  # its own have no other root
            raise BundleError(_not_started(error)) from None
        self._encoder = CharacterEncoder(vocabulary)

    def spell_context(self, turn: Turn) -> Context:
        """Return the context of a turn for `read`; of a long one that takes time.

        Args:
            turn: Its text is not looked at.
        """
        return self._encoder.spell_context(turn)

    def read(self, turn: Turn, context: Context | None = None) -> np.ndarray:
        """Return the outputs for one turn, shape (8,), float64.

        They are three label logits, the odds of also_complaint and the odds of each reason.

        Args:
            turn: The turn with its context; alternatives are not looked at, and of a text of more
                than `classifier.text.characters.ROW_CHARACTERS` only the beginning.
            context: From `spell_context`, where several texts were said in one.
        """
        return self._run(self._encoder.row(turn, context), turn.channel)

    def fingerprint(self) -> str:
        """Return a SHA-256 over the numbers that the probe turns are read as."""
        total = hashlib.sha256()
        for turn in probe_turns():
            rows = self._encoder.row(turn)
            for array in (rows.ids, rows.sounds, rows.segments):
                total.update(array.tobytes())
        return total.hexdigest()

    def _run(self, rows: Rows, channel: Channel) -> np.ndarray:
        inputs = {
            "ids": rows.ids,
            "sounds": rows.sounds,
            "segments": rows.segments,
            "channels": np.array([_CHANNELS.index(channel)]),
        }
        outputs: np.ndarray = self._session.run(None, inputs)[0][0]
        return outputs.astype(np.float64)


def _not_started(error: Exception) -> str:
    short = isinstance(error, MemoryError) or _NO_MEMORY in str(error)
    why = "memory does not suffice; free some" if short else f"{error}; mend that"
    remedy = "or do without it: `--no-second-reader`, WURAO_SECOND_READER=false"
    return f"the second reader cannot be started: {why}, {remedy}"


def joint_row(scores: Sequence[float], outputs: np.ndarray) -> np.ndarray:
    """Return what the joint logits are made from, shape (6,).

    Args:
        scores: The linear model's probabilities, in the order of `LABELS`.
        outputs: The reader's, shape (8,).
    """
    logits = outputs[: len(LABELS)]
    peak = logits.max()
    normaliser = peak + math.log(float(np.exp(logits - peak).sum()))
    return np.concatenate([np.log(np.maximum(scores, _SMALLEST)), logits - normaliser])


def softmax(logits: Sequence[float]) -> tuple[float, float, float]:
    """Return three probabilities that sum to 1.

    Args:
        logits: Three of them.
    """
    a, b, c = logits
    top = max(a, b, c)
    a, b, c = math.exp(a - top), math.exp(b - top), math.exp(c - top)
    total = a + b + c
    return (a / total, b / total, c / total)
