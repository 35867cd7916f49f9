"""What `wurao classify` adds to the scorer: `python -m benchmarks.bulk [TURNS] [BUNDLE]`.

The scorer alone answers turns that stand in memory; the command answers a file of the same turns.
Both without the second reader, which would hide what is measured. All their CPU is told.
"""

import json
import resource
import subprocess
import sys
import tempfile
from itertools import cycle, islice
from pathlib import Path

from classifier.model_bundle import load_bundle
from classifier.records import parse_line, turn_from_record
from classifier.turn_classifier import TurnClassifier

_TURNS, _BUNDLE = 120_000, "models/champion"
_DIFFERENT_TURNS = 40_000


def score(source: Path, bundle: Path) -> None:
    """Classify the turns of a file, and print the CPU seconds of that alone.

    Args:
        source: JSON Lines.
        bundle: Folder of the model bundle.
    """
    classifier = TurnClassifier(load_bundle(bundle, second_reader=False))
    turns = [turn_from_record(parse_line(line)) for line in source.read_bytes().splitlines()]
    before = _cpu_seconds(resource.RUSAGE_SELF)
    for turn in turns:
        classifier.classify(turn)
    print(json.dumps(_cpu_seconds(resource.RUSAGE_SELF) - before))


def _cpu_seconds(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


def _command(source: Path, bundle: Path, jobs: int) -> float:
    output = source.with_name("out.jsonl")
    verb = ["classify", source, "-o", output, "--bundle", bundle, "--no-second-reader"]
    command = [sys.executable, "-m", "cli.main", *map(str, verb), "--jobs", str(jobs)]
    before = _cpu_seconds(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return _cpu_seconds(resource.RUSAGE_CHILDREN) - before


def main(turns: int, bundle: Path) -> None:
    """Print CPU seconds of the scorer alone and of the command, and the ratio.

    Args:
        turns: How many; those of the training data, again and again.
        bundle: Folder of the model bundle.
    """
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "in.jsonl"
        files = sorted(Path("data/train").glob("*.jsonl"))
        lines = (line for file in files for line in file.read_bytes().splitlines(keepends=True))
        with source.open("wb") as file:
            file.writelines(islice(cycle(list(islice(lines, _DIFFERENT_TURNS))), turns))
        scoring = [sys.executable, "-m", "benchmarks.bulk", "score", str(source), str(bundle)]
        alone = float(subprocess.run(scoring, check=True, stdout=subprocess.PIPE).stdout)
        print(f"the scorer alone     {alone:6.2f} CPU s")
        for jobs in (1, 2):
            whole = _command(source, bundle, jobs)
            print(f"classify --jobs {jobs}    {whole:6.2f} CPU s  {alone / whole:.2f} of its speed")


if __name__ == "__main__":
    if sys.argv[1:2] == ["score"]:
        score(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        given = dict(enumerate(sys.argv[1:]))
        main(int(given.get(0, _TURNS)), Path(given.get(1, _BUNDLE)))
