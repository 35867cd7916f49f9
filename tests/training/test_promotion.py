"""Gates stop a model that is not better; a reason overrides what may be overridden."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from classifier.errors import DataError, PromotionRefusedError
from classifier.model_bundle import load_bundle
from classifier.turn_classifier import TurnClassifier
from classifier.turns import Action
from tests.training.gates.test_rules import write
from training.checks import freeze
from training.dataset import FROZEN_SPLITS, digest_files, read_split
from training.gates.judgement import STATUTORY
from training.gates.rules import read_gates
from training.promotion import VersionTrial, compare_versions, promote, try_version
from training.store.model_store import Alias, ModelStore

Variant = Callable[..., Path]
DEAF = {"stop": 1.0, "review": 1.0, "objection": 1.0}
"""Only the rule floor is heard: the law's words are missed."""
TIMID = {"stop": 0.6, "review": 0.6}
"""Fewer opt-outs are heard, all of the law's among them."""
SMALL = "gates for small data"
GATES = """
[[gate]]
name = "heard"
measure = "opt_out_recall"
at_least = 0.3

[[gate]]
name = "no loss"
measure = "opt_out_recall"
may_lose = 0.0
significance = 0.05

[[gate]]
name = "no new false stops"
measure = "false_stops"
may_lose = 0.0
"""


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    """A store in a new folder."""
    return ModelStore(tmp_path / "models")


@pytest.fixture
def gates(tmp_path: Path) -> Path:
    """Gates that the tiny model passes."""
    return write(tmp_path, GATES)


def tried(store: ModelStore, bundle: Path, data: Path, gates: Path) -> VersionTrial:
    """Add a bundle and hold it against the gates."""
    return try_version(store, store.add(bundle), data, gates, lambda _name, _turns: lambda _n: None)


def test_good_model_is_promoted_and_a_deaf_one_refused(
    store: ModelStore, variant: Variant, tiny_data: Path, gates: Path
) -> None:
    """The refusal names gate, figure, limit and the champion's figure; the champion stays."""
    first = tried(store, variant("one"), tiny_data, gates)
    assert [v.gate for v in first.verdicts] == [STATUTORY, "heard"]
    promote(store, first, SMALL)
    deaf = tried(store, variant("deaf", **DEAF), tiny_data, gates)
    assert [v.gate for v in deaf.failed] == [STATUTORY, "heard", "no loss"]
    now = deaf.failed[1].value  # the rule floor still hears a few
    assert now < 0.1
    assert deaf.failed[1].limit == "share ≥ 30 %"
    assert deaf.failed[1].failure == f"{100 * now:.2f} %, is below 30 %"
    champion = deaf.failed[2].champion
    assert champion is not None
    assert (
        f"{100 * champion:.2f} % by the champion, {100 * now:.2f} % now" in deaf.failed[2].failure
    )
    assert "may lose 0 %;" in deaf.failed[2].failure
    timid = tried(store, variant("timid", **TIMID), tiny_data, gates)
    with pytest.raises(PromotionRefusedError, match="1 gates failed; --override REASON"):
        promote(store, timid, "  ")
    assert store.find("champion").name == first.version.name


def test_figures_are_those_of_the_answers(
    store: ModelStore, variant: Variant, tiny_data: Path, gates: Path
) -> None:
    """A gate's share is what anybody counts who asks the model turn by turn."""
    bundle = variant("one")
    turns, _problems = read_split(tiny_data, "test")
    classifier = TurnClassifier(load_bundle(bundle))
    heard = [classifier.classify(t.turn).label == "opt_out" for t in turns if t.label == "opt_out"]
    verdict = tried(store, bundle, tiny_data, gates).verdicts[1]
    assert verdict.turns == len(heard) > 20
    assert verdict.value == pytest.approx(sum(heard) / len(heard))
    assert verdict.low is not None
    assert verdict.high is not None
    assert verdict.low < verdict.value < verdict.high


def test_override_promotes_and_is_recorded(
    store: ModelStore, variant: Variant, tiny_data: Path, gates: Path
) -> None:
    """The history keeps the reason beside what every gate said, of which data."""
    promote(store, tried(store, variant("one"), tiny_data, gates), SMALL)
    timid = tried(store, variant("timid", **TIMID), tiny_data, gates)
    promote(store, timid, "a drill")
    event = store.history()[-1]
    assert event.reason == "a drill"
    assert [gate["gate"] for gate in event.gates if not gate["passed"]] == ["no loss"]
    frozen = [path for split in FROZEN_SPLITS for path in (tiny_data / split).glob("*.jsonl")]
    assert event.data_digest == digest_files(frozen)
    assert store.find("champion").name == timid.version.name


def test_gates_of_ones_own_need_a_reason(
    store: ModelStore, variant: Variant, tiny_data: Path, gates: Path
) -> None:
    """Whoever lowers the limits says why, and the history keeps by which file."""
    trial = tried(store, variant("one"), tiny_data, gates)
    assert not trial.failed
    with pytest.raises(PromotionRefusedError, match=r"gates\.toml holds other gates .* --override"):
        promote(store, trial)
    promote(store, trial, "a pilot")
    event = store.history()[-1]
    assert event.reason == "a pilot"
    assert event.gates_file == str(gates)
    assert event.gates_digest == hashlib.sha256(gates.read_bytes()).hexdigest()


def test_other_frozen_turns_need_a_reason(
    store: ModelStore, variant: Variant, tiny_data: Path, gates: Path, tmp_path: Path
) -> None:
    """Nobody is judged by easier turns unnoticed: the history says why, and the next go by them."""
    promote(store, tried(store, variant("one"), tiny_data, gates), SMALL)
    easier = tmp_path / "easier"
    shutil.copytree(tiny_data, easier)
    [path] = (easier / "behaviour").glob("*.jsonl")
    whole = path.read_bytes()
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[:-2]))
    freeze(easier)

    def put_back(_name: str, _turns: int) -> Callable[[int], None]:
        path.write_bytes(whole)  # while the easier ones are asked about
        return lambda _n: None

    second = store.add(variant("two", review=0.01))
    trial = try_version(store, second, easier, gates, put_back)
    moved = f"{easier} holds other frozen turns than the last promotion was judged by"
    assert list(trial.other_turns) == trial.to_dict()["data_problems"] == [moved]
    with pytest.raises(PromotionRefusedError, match=f"{moved}; --override"):
        promote(store, trial)
    promote(store, trial, "turns were wrong")
    path = easier / "test" / "ordinary_voice.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-2]))
    freeze(easier)
    scored = f"{easier} holds another frozen test than {second.name} was scored on"
    assert try_version(store, second, easier, gates).other_turns == (moved, scored)
    assert try_version(ModelStore(tmp_path / "new"), second, tiny_data, gates).other_turns == ()


def test_no_reason_overrides_the_law(
    store: ModelStore, variant: Variant, tiny_data: Path, tmp_path: Path
) -> None:
    """A model that misses a statutory word never becomes the champion, whatever gates are named."""
    law = json.dumps({"id": "l1", "text": "以后别再打了", "source": "a law"})
    lax = GATES.replace("0.3", "0.0")
    deaf = tried(store, variant("deaf", **DEAF), tiny_data, write(tmp_path, lax, law))
    [missed] = deaf.failed
    assert missed.turns == len(read_gates().statutory) + 1
    assert "l1 以后别再打了" in missed.failure
    assert "law-" in missed.failure
    with pytest.raises(PromotionRefusedError, match="statutory words; no reason overrides"):
        promote(store, deaf, "we need it now")
    assert store.target(Alias.CHAMPION) is None


def test_more_false_stops_are_refused(
    store: ModelStore, variant: Variant, tiny_data: Path, gates: Path
) -> None:
    """For false stops, more is worse."""
    promote(store, tried(store, variant("one"), tiny_data, gates), SMALL)
    eager = tried(store, variant("eager", stop=0.02, review=0.01), tiny_data, gates)
    assert [verdict.gate for verdict in eager.failed] == ["no new false stops"]


def test_a_model_that_asks_back_on_everything_is_refused(
    store: ModelStore, variant: Variant, tiny_data: Path, tmp_path: Path
) -> None:
    """Opt-outs are heard by whoever asks everybody; ordinary turns bear the cost."""
    gate = '[[gate]]\nname = "calm"\nmeasure = "asked_back"\n'
    gates = write(tmp_path, gate + "at_most = 0.5\nmay_lose = 0.1\nsignificance = 0.05\n")
    first = tried(store, variant("one"), tiny_data, gates)
    promote(store, first, SMALL)
    asking = tried(store, variant("asking", review=0.0001), tiny_data, gates)
    [calm] = asking.failed
    turns, _problems = read_split(tiny_data, "test")
    classifier = TurnClassifier(load_bundle(asking.version.folder))
    others = [classifier.classify(t.turn).action for t in turns if t.label != "opt_out"]
    assert calm.turns == len(others)
    assert calm.value == others.count(Action.CLARIFY) / len(others) > 0.7
    assert [refusal.reason for refusal in calm.refusals] == ["above", "loses", "chance"]


def test_a_model_that_hears_no_complaint_is_refused(
    store: ModelStore, variant: Variant, tiny_data: Path, tmp_path: Path
) -> None:
    """Complaints are measured like opt-outs."""
    gate = '[[gate]]\nname = "complaints"\nmeasure = "complaint_recall"\nmay_lose = 0.01\n'
    gates = write(tmp_path, gate)
    promote(store, tried(store, variant("one"), tiny_data, gates), SMALL)
    placid = variant("placid", complaint=1.0, objection=1.0)
    [lost] = tried(store, placid, tiny_data, gates).failed
    assert lost.champion is not None
    assert lost.value < lost.champion - 0.01


def test_a_gate_that_measures_nothing_is_refused(
    store: ModelStore, variant: Variant, tiny_data: Path, tmp_path: Path
) -> None:
    """An empty slice opens no gate."""
    nothing = '[[gate]]\nname = "g"\nmeasure = "opt_out_recall"\nat_least = 0.1\n'
    path = write(tmp_path, nothing + 'where = {kind = "nothing"}\n')
    with pytest.raises(
        DataError, match=r"toml: gate g: no turn of test is looked at by its measure, "
    ):
        tried(store, variant("one"), tiny_data, path)


def test_spoiled_labels_give_no_champion(
    store: ModelStore, variant: Variant, tiny_data: Path, gates: Path, tmp_path: Path
) -> None:
    """Trained on opt-outs labelled normal, a model is stopped at the gates."""
    from training.recipe import DEFAULT_RECIPE
    from training.train import train

    promote(store, tried(store, variant("one"), tiny_data, gates), SMALL)
    spoiled = tmp_path / "spoiled"
    shutil.copytree(tiny_data, spoiled)
    [path] = (spoiled / "train").glob("*.jsonl")
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    opt_outs = [line for line in lines if line["label"] == "opt_out"]
    for line in opt_outs[: len(opt_outs) * 4 // 5]:
        line |= {"label": "normal", "kind": "other", "also_complaint": False, "reasons": []}
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_text(text, "utf-8")
    freeze(spoiled)
    with store.workplace() as folder:
        train(spoiled, DEFAULT_RECIPE, folder, lambda step: None, None)
        trial = tried(store, folder, spoiled, gates)
    assert trial.failed
    with pytest.raises(PromotionRefusedError):
        promote(store, trial)


def test_a_champion_that_cannot_be_read_can_be_replaced(
    store: ModelStore, variant: Variant, tiny_data: Path, gates: Path
) -> None:
    """What is damaged cannot be compared with; a reason skips that, and nothing else."""
    first = tried(store, variant("one"), tiny_data, gates)
    promote(store, first, SMALL)
    weights = first.version.folder / "weights.npy"
    weights.write_bytes(b"\0" + weights.read_bytes()[1:])
    deaf = tried(store, variant("deaf", **DEAF), tiny_data, gates)
    with pytest.raises(PromotionRefusedError, match="statutory words; no reason overrides"):
        promote(store, deaf, "it is broken")
    second = tried(store, variant("two", review=0.01), tiny_data, gates)
    assert second.champion == first.version.name
    assert [verdict.gate for verdict in second.verdicts] == [STATUTORY, "heard"]
    with pytest.raises(PromotionRefusedError) as refused:
        promote(store, second)
    assert f"{first.version.name} cannot be compared with: " in str(refused.value)
    assert "weights.npy: was truncated or changed; " in str(refused.value)
    assert "--override REASON" in str(refused.value)
    promote(store, second, "it is broken")
    assert store.find("champion").name == second.version.name
    assert store.history()[-1].reason == "it is broken"


def test_comparison_names_the_turns_that_changed(
    store: ModelStore, variant: Variant, tiny_data: Path
) -> None:
    """Lost opt-outs are counted, listed, and significant where there are many."""
    one, deaf = store.add(variant("one")), store.add(variant("deaf", **DEAF))
    comparison = compare_versions(one, deaf, tiny_data, lambda _name, _turns: lambda _n: None)
    row = comparison.rows[0]
    assert (row.split, row.measure) == ("test", "opt_out_recall")
    assert row.change.new < 0.1
    assert row.change.fall_p < 0.001
    assert row.change.high < 0
    lost = [t for t in comparison.changed if t.split == "test" and t.label == "opt_out"]
    assert len(lost) == row.change.gone > 10
    assert all(turn.worse and not turn.better for turn in lost)
