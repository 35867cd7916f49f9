"""Trains an encoder: to fill in masked characters, then to label, with or without teachers."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from classifier.text.characters import UNKNOWN
from classifier.turns import LABELS
from training.progress import Report
from training.second_reader.base_encoder import WIDTH
from training.second_reader.batches import Batch, Example, length_of, make_batch, plan_epoch
from training.second_reader.encoder import OUTPUTS, Encoder
from training.second_reader.noise import Noise

_WARM_UP = 0.06
_MASKED = 0.2
_SOUND_LOST_TOO = 0.5
_SMOOTHING = 0.05
_KIND_WEIGHT, _FLAG_WEIGHT = 0.3, 0.2
_TEMPERATURE, _TEACHERS_SHARE = 2.0, 0.7
_READ_AT_ONCE = 128


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast to learn.

    Attributes:
        epochs: Times that each turn is seen.
        seconds: The learning rate falls to nothing by then, whatever the epochs.
        rate: Highest learning rate.
        size: Turns in a batch.
        workers: Processes that prepare batches.
    """

    epochs: int
    seconds: float
    rate: float
    size: int = 128
    workers: int = 0


class _Batches(Dataset[Batch]):
    """All batches of a run, made when asked for, the same for the same seed."""

    def __init__(
        self, examples: Sequence[Example], plan: Plan, noise: Noise | None, seed: int
    ) -> None:
        generator = np.random.default_rng(seed)
        self._examples, self._noise, self._seed = examples, noise, seed
        self._places = [
            places
            for _ in range(plan.epochs)
            for places in plan_epoch(examples, plan.size, generator)
        ]

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, number: int) -> Batch:
        generator = np.random.default_rng((self._seed, number))
        return make_batch(self._examples, self._places[number], self._noise, generator)


class _Learner:
    """One optimiser over some parameters, its rate rising and falling over a plan."""

    def __init__(self, modules: Sequence[nn.Module], plan: Plan, steps: int) -> None:
        parameters = [p for module in modules for p in module.parameters()]
        wide = [p for p in parameters if p.ndim > 1]
        thin = [p for p in parameters if p.ndim < 2]
        self._parameters, self._plan, self._steps, self._step = parameters, plan, steps, 0
        self._started: float | None = None
        self._optimiser = torch.optim.AdamW(
            [{"params": wide, "weight_decay": 0.01}, {"params": thin, "weight_decay": 0.0}],
            lr=plan.rate,
            fused=True,
        )

    def finished(self) -> bool:
        return self._progress() >= 1

    def learn(self, loss: Tensor) -> None:
        if self._started is None:  # what went before was the making of batches
            self._started = time.monotonic()
        # Warming up goes by steps, never by the clock: a network that is hurried at first is lost.
        warmth = min(1.0, (self._step + 1) / (_WARM_UP * self._steps))
        for group in self._optimiser.param_groups:
            group["lr"] = self._plan.rate * warmth * (1 - self._progress())
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._optimiser.step()
        self._step += 1

    def _progress(self) -> float:
        spent = 0.0 if self._started is None else time.monotonic() - self._started
        return min(1.0, max(self._step / self._steps, spent / self._plan.seconds))


def learn_language(
    encoder: Encoder, examples: Sequence[Example], plan: Plan, seed: int, report: Report
) -> None:
    """Learn to fill in masked characters, which accustoms the layers to characters and sounds.

    Args:
        encoder: On its device.
        examples: Labels are not looked at.
        plan: How long.
        seed: Of order and chance.
        report: Told of each epoch.
    """
    device = encoder.embedding.weight.device
    torch.manual_seed(seed)
    head = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.LayerNorm(WIDTH)).to(device)
    bias = nn.Linear(1, encoder.mask_id + 1, bias=False).to(device)
    nn.init.zeros_(bias.weight)
    batches = _Batches(examples, plan, None, seed)
    learner = _Learner((encoder, head, bias), plan, len(batches))
    encoder.train()
    for number, batch in enumerate(_load(batches, plan)):
        if learner.finished():
            break
        ids, sounds, segments, channels = tensors_of(batch, device)
        chosen = (ids > UNKNOWN) & (torch.rand(ids.shape, device=device) < _MASKED)
        silent = chosen & (torch.rand(ids.shape, device=device) < _SOUND_LOST_TOO)
        with _half_precision(device):
            rows = encoder.read(
                ids.masked_fill(chosen, encoder.mask_id),
                sounds.masked_fill(silent, 0),
                segments,
                channels,
            )
            guesses = functional.linear(
                head(rows[chosen]), encoder.embedding.weight, bias.weight[:, 0]
            )
        loss = functional.cross_entropy(guesses.float(), ids[chosen])
        learner.learn(loss)
        _tell(report, "characters", number, len(batches), loss)


def learn_labels(
    encoder: Encoder,
    examples: Sequence[Example],
    readings: np.ndarray | None,
    noise: Noise,
    plan: Plan,
    seed: int,
    report: Report,
) -> None:
    """Learn labels, flags and kinds; what teachers made of the undamaged texts is imitated.

    Args:
        encoder: On its device.
        examples: What to learn from.
        readings: The teachers' outputs for them, shape (n, 8), NaN where no teacher has a say;
            None for a teacher's own training.
        noise: Damages the texts.
        plan: How long.
        seed: Of order and chance.
        report: Told of each epoch.
    """
    device = encoder.embedding.weight.device
    torch.manual_seed(seed)
    batches = _Batches(examples, plan, noise, seed)
    learner = _Learner((encoder,), plan, len(batches))
    encoder.train()
    for number, batch in enumerate(_load(batches, plan)):
        if learner.finished():
            break
        inputs = tensors_of(batch, device)
        with _half_precision(device):
            outputs, kinds = encoder(*inputs)
        taught = None if readings is None else torch.from_numpy(readings[batch.places]).to(device)
        loss = _loss(outputs.float(), kinds.float(), batch, taught)
        learner.learn(loss)
        _tell(report, "labels", number, len(batches), loss)


def _loss(outputs: Tensor, kinds: Tensor, batch: Batch, taught: Tensor | None) -> Tensor:
    device = outputs.device
    labels = torch.from_numpy(batch.labels).to(device)
    flags = torch.from_numpy(batch.flags).to(device)
    count = len(LABELS)
    logits = outputs[:, :count]
    losses = functional.cross_entropy(logits, labels, label_smoothing=_SMOOTHING, reduction="none")
    # also_complaint means something for opt-outs, reasons for opt-outs and complaints.
    known = torch.stack([labels == 0, *[labels < count - 1] * (OUTPUTS - count - 1)], dim=1)
    odds = outputs[:, count:]
    misses = functional.binary_cross_entropy_with_logits(odds, flags, reduction="none")
    aids = (misses * known).sum() / known.sum().clamp(min=1)
    if taught is not None:
        heard = ~taught[:, 0].isnan()
        wanted = functional.softmax(taught[:, :count].nan_to_num() / _TEMPERATURE, dim=1)
        given = functional.log_softmax(logits / _TEMPERATURE, dim=1)
        distances = functional.kl_div(given, wanted, reduction="none").sum(dim=1)
        share = _TEACHERS_SHARE * heard
        losses = (1 - share) * losses + share * distances * _TEMPERATURE**2
    finer = functional.cross_entropy(kinds, torch.from_numpy(batch.kinds).to(device))
    total: Tensor = losses.mean() + _KIND_WEIGHT * finer + _FLAG_WEIGHT * aids
    return total


def read_all(encoder: Encoder, examples: Sequence[Example]) -> np.ndarray:
    """Return the outputs for examples as they are, shape (n, 8).

    Args:
        encoder: On its device.
        examples: Any.
    """
    device = encoder.embedding.weight.device
    encoder.eval()
    found = np.zeros((len(examples), OUTPUTS), np.float32)
    order = np.argsort([length_of(example) for example in examples])
    generator = np.random.default_rng(0)
    with torch.no_grad(), _half_precision(device):
        for start in range(0, len(order), _READ_AT_ONCE):
            batch = make_batch(examples, order[start : start + _READ_AT_ONCE], None, generator)
            found[batch.places] = encoder(*tensors_of(batch, device))[0].float().cpu().numpy()
    return found


def tensors_of(batch: Batch, device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return what an encoder reads of a batch: characters, sounds, segments and channels.

    Args:
        batch: From `make_batch`.
        device: Where the encoder is.
    """
    rows = batch.rows
    arrays = (rows.ids, rows.sounds, rows.segments, batch.channels)
    a, b, c, d = (torch.from_numpy(array).to(device, non_blocking=True) for array in arrays)
    return a, b, c, d


def _half_precision(device: torch.device) -> torch.autocast:
    # torch offers no public way to ask.
    fast = torch.ops.mkldnn._is_mkldnn_bf16_supported  # ruff: ignore[private-member-access]
    able = device.type == "cuda" or fast()
    return torch.autocast(device.type, torch.bfloat16, enabled=able)


def _load(batches: _Batches, plan: Plan) -> Iterator[Batch]:
    return iter(DataLoader(batches, batch_size=None, num_workers=plan.workers, collate_fn=_as_is))


def _as_is(batch: Batch) -> Batch:
    return batch


def _tell(report: Report, what: str, number: int, of: int, loss: Tensor) -> None:
    if number % max(1, of // 10) == 0:
        report(f"{what}: {number / of:.0%}, loss {loss.item():.3f}")
