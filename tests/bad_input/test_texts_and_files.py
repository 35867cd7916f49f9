"""Hostile turns, lines, arguments and data files: a valid answer or a clear error, in time.

`make fuzz` runs the same properties for much longer.
"""

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wurao.v1 import classifier_pb2 as pb

from classifier.errors import InvalidTurnError
from classifier.masking.mask import mask_turn
from classifier.messages import turn_from_request
from classifier.record_stream import AnsweredLine, classify_lines, read_turn
from classifier.records import parse_line, turn_from_record
from classifier.turn_classifier import TurnClassifier
from classifier.turns import Channel, Turn
from tests import hostile
from tests.conftest import ROOT
from training.checks import check_data

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
MOST_SECONDS_PER_THOUSAND = 0.05
SLACK = 2.0
"""A busy machine's processor time reads up to twice an idle one's: its cores share caches."""
ATTEMPTS = 5


def seconds_of(work: Callable[[], object], limit: float) -> float:
    """Return the processor time that work takes, the least of a few attempts."""
    least = math.inf
    for _ in range(ATTEMPTS):
        began = time.process_time()
        work()
        least = min(least, time.process_time() - began)
        if least < limit:
            break
    return least


def seconds_of_answer(classifier: TurnClassifier, turn: Turn) -> float:
    """Return the processor time that an answer takes, the least of a few attempts."""
    return seconds_of(
        lambda: hostile.check_prediction(turn.text, classifier.classify(turn)), limit_of(turn)
    )


def limit_of(turn: Turn) -> float:
    """Return how long an answer may take: 50 ms for each thousand characters or part of it."""
    texts = [turn.text, *(said.text for said in turn.context)]
    characters = sum(map(len, [*texts, *(other.text for other in turn.alternatives)]))
    return SLACK * MOST_SECONDS_PER_THOUSAND * max(1, -(-characters // 1_000))


@given(request=hostile.requests())
@hostile.property_settings(80)
def test_no_turn_takes_long(classifier: TurnClassifier, request: pb.ClassifyRequest) -> None:
    """At most 50 ms of one core for each thousand characters, second reading included."""
    try:
        turn = turn_from_request(request)
    except InvalidTurnError:
        return
    assert seconds_of_answer(classifier, turn) < limit_of(turn)


@pytest.mark.parametrize(
    "unit",
    [
        "以后别再打了", "别打", "不", "TD", "打 ", "你们这样我要考虑一下要不要投诉,", "a\u0301",
        "👨‍👩‍👧‍👦", "\u202e打\u200d", "\ufdfa", "的的的的的的的1",
        " 打" + " " * 998, "3 写道：", "From: a\nTo", ">\n",
        "微信" + " " * 998, "微信id" + "\n" * 995, "幺 ", "一-", "账号1,", "路1号 1 ",
    ],
)  # fmt: skip
@pytest.mark.parametrize("length", [1_000, 10_000])
def test_nothing_repeated_takes_long(classifier: TurnClassifier, unit: str, length: int) -> None:
    """Texts that say one thing over and over, the worst for whatever is not linear.

    E-mails, since of them what is quoted is looked for too. The decision log masks what was said.
    """
    turn = Turn((unit * length)[:length], Channel.EMAIL)
    assert seconds_of_answer(classifier, turn) < limit_of(turn)
    assert seconds_of(lambda: mask_turn(turn), limit_of(turn)) < limit_of(turn)


@given(content=st.lists(hostile.lines(), max_size=12))
@hostile.property_settings(60)
def test_any_line_has_an_outcome(classifier: TurnClassifier, content: list[bytes]) -> None:
    """Each line that is not blank is answered or named by its number; answers are JSON lines."""
    outcomes = list(
        classify_lines(content, lambda turns: [classifier.classify(turn) for turn in turns], 5)
    )
    assert [outcome.line for outcome in outcomes] == [
        number for number, line in enumerate(content, 1) if line.strip()
    ]
    for outcome in outcomes:
        if isinstance(outcome, AnsweredLine):
            record = json.loads(outcome.to_json())
            hostile.check_prediction(record["text"], outcome.prediction)
        else:
            assert outcome.error.isprintable()


@given(line=hostile.lines())
@hostile.property_settings(150)
def test_a_line_is_read_as_the_record_format_says(line: bytes) -> None:
    """The quick reader of lines gives the turn, or the error, of the careful one."""
    outcomes: list[Turn | str] = []
    for read in (read_turn, lambda given: turn_from_record(parse_line(given))):
        try:
            outcomes.append(read(line))
        except InvalidTurnError as error:
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]


def run(bundle: Path, *arguments: str | bytes, given_input: bytes = b"") -> tuple[int, bytes, str]:
    """Run `wurao`; return its status and what it wrote to its outputs. It never breaks down."""
    result = subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        input=given_input,
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"WURAO_BUNDLE": str(bundle)},
        timeout=300,
    )
    errors = result.stderr.decode()
    assert result.returncode in {0, 1}, errors
    assert "Traceback" not in errors
    return result.returncode, result.stdout, errors


@given(content=st.lists(hostile.lines(), min_size=40, max_size=120))
@hostile.property_settings(2)
def test_the_command_line_takes_any_file(bundle_folder: Path, content: list[bytes]) -> None:
    """`wurao classify -` writes an answer or an error for each line and says so by its status."""
    wanted = sum(1 for line in content if line.strip())
    status, output, errors = run(bundle_folder, "classify", "-", given_input=b"\n".join(content))
    answers = [json.loads(line) for line in output.split(b"\n") if line]
    bad = [line for line in errors.splitlines() if line.startswith("-:")]
    assert len(answers) + len(bad) == wanted
    assert status == bool(bad)
    for answer in answers:
        for span in answer["prediction"]["evidence"]:
            assert answer["text"][span["start"] : span["end"]] == span["text"] != ""


@pytest.mark.parametrize(
    "text",
    [
        b"\xff\xfe\x80",
        "\u202e以后别再打了".encode(),
        b"\xed\xa0\x80",
        " \u3000\t".encode(),
        "\x1b[2J别打了".encode(),
    ],
)
def test_any_argument_is_answered_or_refused(bundle_folder: Path, text: bytes) -> None:
    """Bytes that are no text are refused in words; controls never reach the terminal."""
    _status, output, errors = run(bundle_folder, "classify", b"--text", text, b"--bot", text)
    for control in ("\x1b[2J", "\u202e"):
        assert control not in output.decode() + errors


@given(content=st.lists(hostile.lines(), min_size=1, max_size=12))
@hostile.property_settings(25)
def test_any_data_file_is_checked(
    tmp_path_factory: pytest.TempPathFactory, content: list[bytes]
) -> None:
    """Each problem of a labelled file is one printable line that names file and line."""
    data = tmp_path_factory.mktemp("data")
    write_data(data, content)
    _splits, problems = check_data(data)
    assert problems
    for problem in problems:
        assert problem.isprintable()
        assert problem.startswith(str(data))


@given(content=st.lists(hostile.lines(), min_size=20, max_size=60))
@hostile.property_settings(2)
def test_the_data_verb_takes_any_file(
    bundle_folder: Path, tmp_path_factory: pytest.TempPathFactory, content: list[bytes]
) -> None:
    """`wurao data check` lists the problems and ends with status 1."""
    data = tmp_path_factory.mktemp("data")
    write_data(data, content)
    status, _output, errors = run(bundle_folder, "data", "check", "--data", str(data))
    assert status == 1
    assert "problems in" in errors


def write_data(data: Path, content: list[bytes]) -> None:
    """Write the same lines as every split, so that whatever can clash does."""
    for split in ("train", "test", "challenge", "behaviour"):
        (data / split).mkdir()
        (data / split / "hostile.jsonl").write_bytes(b"\n".join([*content, *content[:1]]))
    (data / "frozen.toml").write_bytes(content[0])
