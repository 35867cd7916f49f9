"""New turns beside those that were there."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from classifier.errors import DataError
from training.dataset import LabelledTurn
from training.exchange.formats import WRITERS
from training.exchange.source import LabelFile
from training.inspection.drift import DatasetDrift, ShiftVerdict, compare
from training.inspection.samples import Sample, read_samples, sample_of, shares

FIRST_WAVE = {
    "hongkong",
    "ordinary_everyday",
    "ordinary_phone",
    "ordinary_service_chat",
    "ordinary_taiwan_hongkong",
    "sales_voice",
    "service_voice",
    "short_answers",
    "taiwan",
    "text_channels",
    "tricky_voice",
}


@pytest.fixture(scope="module")
def samples(splits: dict[str, list[LabelledTurn]]) -> list[Sample]:
    """Every second scene of the first wave: later waves do not change what is drawn."""
    turns = [turn for turn in splits["train"] if Path(turn.place.path).stem in FIRST_WAVE]
    wanted = set(sorted({turn.group for turn in turns})[::2])
    return [sample_of(turn) for turn in turns if turn.group in wanted]


def verdicts(drift: DatasetDrift | None) -> dict[str, ShiftVerdict]:
    """Measure -> verdict."""
    assert drift is not None
    return {shift.name: shift.verdict for shift in drift.shifts}


def split(samples: Sequence[Sample], groups: set[str]) -> tuple[list[Sample], list[Sample]]:
    """The samples of other groups, and those of these."""
    return (
        [sample for sample in samples if sample.group not in groups],
        [sample for sample in samples if sample.group in groups],
    )


def some_groups(samples: Sequence[Sample], seed: int) -> set[str]:
    """A quarter of the scenes."""
    names = sorted({sample.group for sample in samples})
    order = np.random.default_rng(seed).permutation(len(names))
    return {names[place] for place in order[: len(names) // 4]}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_more_of_the_same_has_not_moved(samples: list[Sample], seed: int) -> None:
    """Scenes drawn from the same turns raise no alarm, though small sets always differ a little."""
    found = verdicts(compare(*split(samples, some_groups(samples, seed))))
    assert [name for name, verdict in found.items() if verdict is not ShiftVerdict.SAME] == []


def test_another_language_of_the_region_has_moved(samples: list[Sample]) -> None:
    """Cantonese beside all else differs in script and words, and its words are told."""
    new = [sample for sample in samples if sample.script == "yue"]
    drift = compare([sample for sample in samples if sample.script != "yue"], new)
    found = verdicts(drift)
    assert found["script"] is ShiftVerdict.LARGE
    assert found["vocabulary"] is ShiftVerdict.LARGE
    assert drift is not None
    assert {"唔", "你哋"} <= {word for word, _before, _now in drift.risen}
    assert all(now >= 3 * before for _word, before, now in drift.risen)


def test_few_scenes_are_enough(samples: list[Sample]) -> None:
    """Where one scene is most of the old turns, something is still left to hold it against."""
    old = [
        Sample(s.turn, "large" if i < 25 else "small", s.label, s.script, s.industry)
        for i, s in enumerate(samples[:30])
    ]
    assert compare(old, samples[100:140]) is not None


def test_turned_labels_have_moved(samples: list[Sample]) -> None:
    """A week in which every second turn is an opt-out is told by the labels alone."""
    old, new = split(samples, some_groups(samples, 0))
    turned = [
        Sample(s.turn, s.group, "opt_out" if i % 2 else s.label, s.script, s.industry)
        for i, s in enumerate(new)
    ]
    found = verdicts(compare(old, turned))
    assert [name for name, said in found.items() if said is not ShiftVerdict.SAME] == ["label"]


def test_what_no_turn_tells_has_not_moved(samples: list[Sample], tmp_path: Path) -> None:
    """Bare texts are compared by their words, script and length alone; told fields as before."""
    old, new = split(samples, some_groups(samples, 0))
    path = tmp_path / "raw.jsonl"
    records = [{"text": sample.turn.text} for sample in new]
    for telling, more in ((len(records), {"industry"}), (19, set())):
        told = [r | {"industry": s.industry} for r, s in zip(records, new, strict=True)][:telling]
        lines = [json.dumps(record) for record in told + records[telling:]]
        path.write_text("\n".join(lines), "utf-8")
        found = verdicts(compare(old, read_samples(LabelFile(path))[0]))
        assert set(found) == {"script", "length", "vocabulary", "unseen_words", *more}
        assert set(found.values()) == {ShiftVerdict.SAME}


def test_a_handful_says_nothing(samples: list[Sample]) -> None:
    """Fewer than twenty turns are not compared."""
    assert compare(samples, samples[:19]) is None


def test_files_without_labels_are_samples_too(tmp_path: Path) -> None:
    """Transcripts are read in any format, without labels; bad lines are told with their places."""
    records = [{"text": "唔好再打嚟"}, {"text": "不需要", "label": "normal", "channel": "sms"}]
    for name, write in (("turns.csv", "csv"), ("turns.jsonl", "records")):
        WRITERS[write](tmp_path / name, records)
        found, problems = read_samples(LabelFile(tmp_path / name))
        assert [(sample.script, sample.label) for sample in found] == [
            ("yue", ""),
            ("hans", "normal"),
        ]
        assert not problems
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"text": "喂"}\n{"text": ""}\n{\n', "utf-8")
    found, problems = read_samples(LabelFile(bad))
    assert len(found) == 1
    assert [str(problem.place) for problem in problems] == [f"{bad}:2", f"{bad}:3"]
    bad.write_text(json.dumps({"text": ""}), "utf-8")
    with pytest.raises(DataError, match="holds no turn"):
        read_samples(LabelFile(bad))


def test_values_come_in_the_order_of_people() -> None:
    """Labels, scripts and lengths stand as they stand everywhere else."""
    assert list(shares(["long", "short", "middling"])) == ["short", "middling", "long"]
    assert list(shares(["normal", "opt_out"])) == ["opt_out", "normal"]
