"""What `wurao classify` adds to the scorer: `python -m benchmarks.bulk [TURNS] [BUNDLE]`.

The scorer alone answers turns that stand in memory; the command answers a file of the same turns:
by the linear model alone, which shows best what reading and writing cost, and a tenth of them with
the second reader, as the command does by itself. All the command's CPU is told, that of its start
too. Processes side by side slow each other down, so several are held against as many scorers.
"""

import json
import resource
import subprocess
import sys
import tempfile
from itertools import cycle, islice
from pathlib import Path

from classifier.model_bundle import load_bundle
from classifier.record_stream import read_turn
from classifier.turn_classifier import TurnClassifier

_TURNS, _BUNDLE = 200_000, "models/champion"
_DIFFERENT_TURNS = 40_000


def score(source: Path, bundle: Path, second_reader: bool) -> None:
    """Classify the turns of a file, and print the CPU seconds of that alone.

    Args:
        source: JSON Lines.
        bundle: Folder of the model bundle.
        second_reader: Whether it is used.
    """
    classifier = TurnClassifier(load_bundle(bundle, second_reader))
    turns = [read_turn(line) for line in source.read_bytes().splitlines()]
    before = _cpu_seconds(resource.RUSAGE_SELF)
    for turn in turns:
        classifier.classify(turn)
    print(json.dumps(_cpu_seconds(resource.RUSAGE_SELF) - before))


def _cpu_seconds(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


def _command(source: Path, bundle: Path, jobs: int, reader: str) -> float:
    output = source.with_name("out.jsonl")
    verb = ["classify", source, "-o", output, "--bundle", bundle, reader, "--jobs", jobs]
    command = [sys.executable, "-m", "cli.main", *map(str, verb)]
    before = _cpu_seconds(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return _cpu_seconds(resource.RUSAGE_CHILDREN) - before


def _scorers(source: Path, bundle: Path, count: int, reader: str) -> float:
    scoring = [sys.executable, "-m", "benchmarks.bulk", "score", str(source), str(bundle), reader]
    running = [subprocess.Popen(scoring, stdout=subprocess.PIPE) for _ in range(count)]
    told = [one.communicate()[0] for one in running]
    if any(one.returncode for one in running):
        raise RuntimeError("a scorer failed")
    return sum(map(float, told)) / count


def _compare(source: Path, bundle: Path, reader: str) -> None:
    for jobs in (1, 2):
        alone = _scorers(source, bundle, jobs, reader)
        whole = _command(source, bundle, jobs, reader)
        print(f"{jobs} x the scorer alone  {alone:6.2f} CPU s for all turns  {reader}")
        print(f"classify --jobs {jobs}     {whole:6.2f} CPU s  {alone / whole:.2f} of its speed")


def main(turns: int, bundle: Path) -> None:
    """Print CPU seconds of the scorer alone and of the command, and the ratio.

    Args:
        turns: How many; those of the training data, again and again.
        bundle: Folder of the model bundle.
    """
    files = sorted(Path("data/train").glob("*.jsonl"))
    lines = (line for file in files for line in file.read_bytes().splitlines(keepends=True))
    different = list(islice(lines, _DIFFERENT_TURNS))
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "in.jsonl"
        for reader, count in (("--no-second-reader", turns), ("--second-reader", turns // 10)):
            source.write_bytes(b"".join(islice(cycle(different), count)))
            _compare(source, bundle, reader)


if __name__ == "__main__":
    if sys.argv[1:2] == ["score"]:
        score(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4] == "--second-reader")
    else:
        given = dict(enumerate(sys.argv[1:]))
        main(int(given.get(0, _TURNS)), Path(given.get(1, _BUNDLE)))
