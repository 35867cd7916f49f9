"""The command line as a user types it."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from cli.main import VERBS
from tests.command_line import run_command
from tests.conftest import ROOT

LONG = "打" * 10_001


def wurao(
    *arguments: object, stdin: bytes = b"", status: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run the command line in the repository; check its exit status; no traceback ever."""
    result = run_command(arguments, stdin)
    assert result.returncode == status, result.stderr
    assert "Traceback" not in result.stderr
    return result


OTHER_CHANNELS = (
    ", in a table also 电话, 聊天, 短信, 邮件, 网页; a column of other words can be left out or "
    "renamed"
)


def test_help_names_every_verb_and_loads_none() -> None:
    """`wurao --help` imports neither a verb nor what it needs."""
    program = (
        "import json, sys; from cli.main import main; sys.argv[1:] = ['--help']\n"
        "try: main()\n"
        "finally: print(json.dumps([n.split('.')[0] for n in sys.modules]), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    for verb in VERBS:
        assert verb in result.stdout
    assert not {"numpy", "grpc", "rich", "jieba", "sklearn"} & set(json.loads(result.stderr))


@pytest.mark.parametrize("verb", [*VERBS, "data check", "data stats", "data freeze"])
def test_every_verb_has_help(verb: str) -> None:
    """Each says what it does and what its options mean."""
    assert "Usage: wurao" in wurao(*verb.split(), "--help").stdout


def test_classify_one_text(bundle_folder: Path) -> None:
    """A turn with the bot's question, on the command line."""
    asked = "請問您是要取消後續來電嗎"
    result = wurao("classify", "--text", "對", "--bot", asked, "--bundle", bundle_folder)
    assert "opt_out   stop     對" in result.stdout
    assert asked in result.stdout


def test_classify_file_names_bad_lines_and_answers_the_rest(
    bundle_folder: Path, tmp_path: Path
) -> None:
    """Empty, too long, unknown channel, too much context, broken UTF-8: each is named by line."""
    said = {"speaker": "bot", "text": "喂"}
    lines: list[bytes] = [
        json.dumps(record, ensure_ascii=False).encode()
        for record in (
            {"id": 1, "text": "以后不要再给我打电话了"},
            {"text": ""},
            {"text": LONG},
            {"text": "好", "channel": "fax"},
            {"text": "好", "context": [said] * 200},
        )
    ]
    lines += [b'{"text": "\xff"}', '{"id": 7, "text": "帮我取消一下订单"}'.encode()]
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b"\n".join(lines))
    result = wurao("classify", source, "-o", output, "--bundle", bundle_folder, status=1)
    assert result.stderr.splitlines()[:5] == [
        f"{source}:2: text: is empty; send what the subject said",
        f"{source}:3: text: has 10,001 characters; at most 10,000",
        f"{source}:4: channel: must be one of voice, chat, sms, email, web{OTHER_CHANNELS}",
        f"{source}:5: context: has 200 turns; at most 100, send the latest",
        f"{source}:6: line: is not UTF-8 at byte 11",
    ]
    answered = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    labels = {record["id"]: record["prediction"]["label"] for record in answered}
    assert labels == {1: "opt_out", 7: "normal"}


def test_classify_pipe(bundle_folder: Path) -> None:
    """`-` reads and writes records, so that tools can be chained."""
    result = wurao("classify", "-", "--bundle", bundle_folder, stdin='{"text": "嗯"}\n'.encode())
    assert json.loads(result.stdout)["prediction"]["label"] == "normal"


def test_classify_on_a_terminal_is_readable_text(bundle_folder: Path, tmp_path: Path) -> None:
    """A person sees words in colour, not JSON."""
    source = tmp_path / "in.jsonl"
    source.write_text('{"text": "以后别再打了"}\n', "utf-8")
    command = [sys.executable, "-m", "cli.main", "classify", str(source)]
    text = shown_on_a_terminal([*command, "--bundle", str(bundle_folder)])
    assert "opt_out" in text
    assert "prediction" not in text
    assert "\x1b[" in text


def test_progress_on_a_terminal_tells_the_speed() -> None:
    """Where the total is known too."""
    program = (
        "import time; from cli.progress import show_count\n"
        "with show_count(100, 'turns') as told:\n"
        "    for done in (0, 20, 40): time.sleep(0.1); told(done)\n"
    )
    shown = shown_on_a_terminal([sys.executable, "-c", program])
    assert re.search(r"40/100\x1b\[0m \d+ a second", shown)


def shown_on_a_terminal(command: Sequence[str], columns: int = 120) -> str:
    """What a command that ends well writes, on both ways out."""
    parent, child = pty.openpty()
    with subprocess.Popen(
        command,
        stdout=child,
        stderr=child,
        cwd=ROOT,
        env=os.environ | {"TERM": "xterm-256color", "COLUMNS": str(columns)},
    ) as process:
        os.close(child)
        shown = b""
        while chunk := _read(parent):
            shown += chunk
    os.close(parent)
    assert process.returncode == 0
    return shown.decode()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # Linux says so when the other end is closed
        return b""


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["classify"], 2, "name one file, `-`, or give --text"),
        (["classify", "none.jsonl"], 2, "does not exist"),
        (["classify", "--text", "好", "--bundle", "nowhere"], 1, "nowhere: no model bundle here"),
        (["classify", "--text", ""], 1, "text: is empty"),
        (["classify", "--text", "好", "--channel", "fax"], 2, "'fax' is not one of"),
        (["classify", "--text", "好", "-o", "x.jsonl"], 2, "--output goes with a file"),
        (["data", "freeze", "--data", "nowhere"], 1, "nowhere/train: no *.jsonl here"),
        (["evaluate", "--data", "nowhere"], 1, "nowhere/test: no *.jsonl here"),
        (["train", "--data", "nowhere"], 1, "nowhere/train: no *.jsonl here"),
        (["train", "--recipe", "nowhere.toml"], 1, "nowhere.toml: cannot be read"),
        (["call", "--text", "好", "--address", "127.0.0.1:9"], 1, "no server answers"),
        (["data", "check", "--data", "nowhere"], 1, "nowhere/train: no *.jsonl here"),
        (["sing"], 2, "No such command 'sing'"),
    ],
)
def test_wrong_use_has_a_clear_error(
    arguments: list[str], status: int, message: str, bundle_folder: Path
) -> None:
    """One line says what is wrong; the exit status is not 0."""
    if "--bundle" not in arguments and arguments[0] in ("classify", "evaluate"):
        arguments = [*arguments, "--bundle", str(bundle_folder)]
    assert message in wurao(*arguments, status=status).stderr


def test_classify_never_overwrites_its_input(bundle_folder: Path, tmp_path: Path) -> None:
    """The same file in and out is refused before anything is lost."""
    source = tmp_path / "in.jsonl"
    source.write_text('{"text": "好"}\n', "utf-8")
    result = wurao("classify", source, "-o", source, "--bundle", bundle_folder, status=2)
    assert "would overwrite the input" in result.stderr
    assert source.read_text("utf-8") == '{"text": "好"}\n'


def test_output_that_cannot_be_written_is_named(bundle_folder: Path) -> None:
    """No traceback, and the path is in the message."""
    sample = ROOT / "data" / "sample_conversation.jsonl"
    arguments = ("classify", sample, "-o", "/nonexistent/x.jsonl", "--bundle", bundle_folder)
    assert "/nonexistent/x.jsonl: cannot be written" in wurao(*arguments, status=1).stderr


def test_failed_call_leaves_the_old_output_alone(tmp_path: Path) -> None:
    """A server that is away costs no earlier answers."""
    output = tmp_path / "answers.jsonl"
    output.write_text("older", "utf-8")
    sample = ROOT / "data" / "sample_conversation.jsonl"
    wurao("call", sample, "-o", output, "--address", "127.0.0.1:9", status=1)
    assert output.read_text("utf-8") == "older"


@pytest.mark.parametrize("verb", [["classify", "--text", "好"], ["doctor", "--json"]])
def test_an_output_that_cannot_be_written_is_named(verb: list[str], tiny_bundle: Path) -> None:
    """A full disk behind `>` is one line, not a traceback."""
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [sys.executable, "-m", "cli.main", *verb],
            stdout=full,
            stderr=subprocess.PIPE,
            env=os.environ | {"WURAO_BUNDLE": str(tiny_bundle)},
            cwd=ROOT,
            check=False,
        )
    said = "wurao: output cannot be written: No space left on device\n"
    assert (result.returncode, result.stderr.decode()) == (1, said)


def test_a_reader_that_has_read_enough_ends_the_run_quietly(tiny_bundle: Path) -> None:
    """A pipe that nobody reads, as behind `head`, is no error to tell of."""
    read, write = os.pipe()
    os.close(read)
    sample = "data/sample_conversation.jsonl"
    with os.fdopen(write, "wb") as closed:
        result = subprocess.run(
            [sys.executable, "-m", "cli.main", "classify", sample, "--bundle", str(tiny_bundle)],
            stdout=closed,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            check=False,
        )
    assert (result.returncode, result.stderr) == (1, b"")


def test_evaluate_prints_text_and_json(
    bundle_folder: Path, data_folder: Path, tiny_data: Path, tiny_bundle: Path
) -> None:
    """The same figures for people and for programs; they are those of the manifest."""
    tiny = ("--data", tiny_data, "--bundle", tiny_bundle)
    scores = json.loads(wurao("evaluate", *tiny, "--json").stdout)
    manifest = json.loads((tiny_bundle / "manifest.json").read_text("utf-8"))
    assert scores.pop("model_version") == manifest["version"]
    assert scores == manifest["test_scores"]
    file = min((data_folder / "test").glob("*.jsonl"), key=lambda path: path.stat().st_size)
    scores = json.loads(wurao("evaluate", file, "--bundle", bundle_folder, "--json").stdout)
    assert scores["turns"] == len(file.read_bytes().splitlines())
    text = wurao("evaluate", file, "--bundle", bundle_folder).stdout
    assert f"macro-F1 {scores['macro_f1']['value']:.3f}" in text


def test_goals_keep_progress_apart_from_their_json(tiny_data: Path, tiny_bundle: Path) -> None:
    """Standard output holds the table alone, so that it can be read by a program."""
    options = ["--data", str(tiny_data), "--bundle", str(tiny_bundle), "--no-baselines", "--json"]
    result = wurao("goals", *options)
    assert json.loads(result.stdout)["systems"] == ["this model", "linear alone"]
    assert "reading the data" in result.stderr


def test_goals_list_failures_only_when_asked(tiny_data: Path, tiny_bundle: Path) -> None:
    """Frozen cases come on the screen on purpose, never by the way."""
    options = ["--data", str(tiny_data), "--bundle", str(tiny_bundle), "--no-baselines"]
    cases = json.loads(wurao("goals", *options, "--json").stdout)["failed_cases"]
    plain, asked = (wurao("goals", *options, *more).stdout for more in ([], ["--failures"]))
    assert f"{len(cases)} of " in plain
    assert cases
    assert not [case for case in cases if case["id"] in plain]
    assert not [case for case in cases if f"  {case['id']} " not in asked]


def test_call_asks_a_running_server(server_address: str) -> None:
    """One text and a file go over the wire and come back as from `classify`."""
    result = wurao("call", "--text", "以后别再打了", "--address", server_address)
    assert result.stdout.startswith("opt_out   stop     以后别再打了")
    sample = ROOT / "data" / "sample_conversation.jsonl"
    records = wurao("call", sample, "--address", server_address).stdout.splitlines()
    assert len(records) == len(sample.read_bytes().splitlines())
    assert json.loads(records[0])["prediction"]["label"] == "normal"


def test_demo_answers_and_stops(bundle_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newcomer's first command ends with exit status 0 and an opt-out that sticks.

    A call in which the subject opts out, the next check answering no in another process, the
    record, the chain verified, the monthly report.
    """
    monkeypatch.setenv("WURAO_BUNDLE", str(bundle_folder))
    monkeypatch.setenv("WURAO_ADDRESS", "127.0.0.1:0")
    result = wurao("demo")
    assert result.stdout.startswith("serving model ")
    assert "opt_out   stop" in result.stdout
    asked = re.findall(r"process (\d+) says (yes|no)", result.stdout)
    assert [answer for _process, answer in asked] == ["yes", "no"]
    heard_by = re.findall(r"heard by process (\d+)", result.stdout)
    assert heard_by[0] not in {process for process, _answer in asked}
    assert "active" in result.stdout
    assert "one chain" in result.stdout
    report = Path(re.findall(r"report on [\d-]+: (\S+)", result.stdout)[0])
    assert "拒绝联系登记月度报告" in report.read_text("utf-8")
