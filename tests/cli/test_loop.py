"""The retraining loop from new labels to a served model and back."""

import json
import shutil
import time
from pathlib import Path

from classifier.client.client import Client
from classifier.turns import Turn
from tests.cli.test_commands import wurao
from tests.server_process import start_server
from tests.training.gates.test_rules import write
from training.store.model_store import ModelStore

GATES = """
[[gate]]
name = "heard"
measure = "opt_out_recall"
at_least = 0.3

[[gate]]
name = "no loss"
measure = "opt_out_recall"
significance = 0.05
"""


def serving(client: Client, wanted: str) -> str:
    """Return the version that answers, after waiting a while for the wanted one."""
    deadline = time.monotonic() + 20
    while (version := client.classify(Turn("喂")).model_version) != wanted:
        assert time.monotonic() < deadline, f"{version} goes on answering"
        time.sleep(0.05)
    return version


def test_labels_become_a_served_model_and_a_bad_one_is_stopped(
    tiny_bundle: Path, tiny_data: Path, tmp_path: Path
) -> None:
    """Import, settle a conflict, train, refusal of a spoiled model, promotion, switch, rollback."""
    data = tmp_path / "data"
    shutil.copytree(tiny_data, data)
    gates = write(tmp_path, GATES)
    store = ("--store", tmp_path / "models")
    judged = (*store, "--data", data, "--gates", gates)
    trained = (*store, "--data", data, "--no-second-reader", "--no-report")
    wurao("models", "add", tiny_bundle, *store)
    wurao("models", "promote", *judged)
    models = ModelStore(tmp_path / "models")
    first = models.find("champion").name

    labels = tmp_path / "week.jsonl"
    known = json.loads((data / "train" / "short_answers.jsonl").read_bytes().splitlines()[0])
    lines = [
        {"text": f"第{i}遍了 以后别再往我这打了", "label": ["opt_out"], "channel": "voice"}
        for i in range(200)
    ]
    other = "complaint" if known["label"] != "complaint" else "normal"
    fields = {key: known[key] for key in ("channel", "context", "text", "group")}
    lines.append(fields | {"turn_id": known["id"], "label": [other]})
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    labels.write_text(text, "utf-8")
    imported = wurao("data", "import", labels, "--data", data, status=1)
    assert "200 new turns went to" in imported.stdout
    assert f"label {other} here, {known['label']} at" in imported.stderr
    conflicts = tmp_path / "week.conflicts.jsonl"
    conflict = json.loads(conflicts.read_text("utf-8"))
    conflicts.write_text(json.dumps(conflict | {"decision": "keep"}), "utf-8")
    wurao("data", "settle", conflicts, "--data", data)
    wurao("data", "check", "--data", data)

    with (
        start_server(tmp_path / "models" / "champion", WURAO_RELOAD_SECONDS="0.1") as server,
        Client(server.address) as client,
    ):
        assert serving(client, first) == first
        wurao("train", *trained)
        spoil(data)
        wurao("train", *trained)
        spoiled = models.find("candidate").name
        refused = wurao("models", "promote", *judged, status=1)
        assert f"{spoiled} is refused" in refused.stderr
        assert client.classify(Turn("喂")).model_version == first

        [good] = {version.name for version in models.versions()} - {first, spoiled}
        wurao("models", "promote", good, *judged)
        assert serving(client, good) == good
        wurao("models", "rollback", *store, "--reason", "a drill")
        assert serving(client, first) == first
    assert "is sound: 3 versions" in wurao("models", "verify", *store).stdout


def spoil(data: Path) -> None:
    """Label nine of ten opt-outs of the training split normal."""
    for path in (data / "train").glob("*.jsonl"):
        records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        opt_outs = [record for record in records if record["label"] == "opt_out"]
        for record in opt_outs[: len(opt_outs) * 9 // 10]:
            record |= {"label": "normal", "kind": "other", "also_complaint": False, "reasons": []}
        text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        path.write_text(text, "utf-8")
