"""What a worker counts, and that it outlives the worker."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import grpc
import pytest

from classifier.server.telemetry.figure_families import (
    CALL_SECONDS,
    CALLS,
    CODES,
    IN_FLIGHT,
    METHODS,
    OPT_OUT_SCORE,
    RELOADS,
    RULE_FLOOR,
    TURN_CHARACTERS,
    TURN_SECONDS,
    TURNS,
)
from classifier.server.telemetry.figures import Figures, share_figures
from classifier.turns import Action, Label, Prediction

STOP = Prediction(
    Label.OPT_OUT, (0.95, 0.03, 0.02), Action.STOP, "v", rule="TD", second_reading=True
)


def test_call_is_counted_once_by_method_and_code() -> None:
    """A call in flight is seen as such, and ends in one row of calls and one bucket."""
    figures = Figures()
    row = figures.method_row("/wurao.v1.ClassifierService/Classify")
    figures.call_began()
    assert figures.row(IN_FLIGHT, 0) == [1]
    figures.call_ended(row, CODES.index("RESOURCE_EXHAUSTED"), 0.000_4)
    assert figures.row(IN_FLIGHT, 0) == [0]
    counted = {CALLS.rows[i]: figures.row(CALLS, i)[0] for i in range(len(CALLS.rows))}
    assert {labels for labels, number in counted.items() if number} == {
        ("ClassifierService/Classify", "RESOURCE_EXHAUSTED")
    }
    *buckets, total = figures.row(CALL_SECONDS, row)
    assert buckets.index(1) == CALL_SECONDS.bounds.index(0.000_4)  # the bound itself is inside
    assert sum(buckets) == 1
    assert total == pytest.approx(0.000_4)


def test_codes_are_those_of_grpc() -> None:
    """Names and numbers, written out so that the supervisor loads no gRPC, are gRPC's own."""
    assert {code.name: code.value[0] for code in grpc.StatusCode} == {
        name: number for number, name in enumerate(CODES)
    }


def test_what_no_contract_names_is_other() -> None:
    """A caller who makes up methods makes up no series."""
    figures = Figures()
    made_up = (
        "/a.b/C",
        "",
        "/wurao.v1.ClassifierService/13800138000",
        "/evil.ClassifierService/Classify",
        "ClassifierService/Classify",
    )
    for method in made_up:
        assert METHODS[figures.method_row(method)] == "other"


def test_turn_is_counted_in_each_of_its_families() -> None:
    """Label with action, seconds by reader, length, score and rule."""
    figures = Figures()
    figures.classified(12, STOP, 0.004)
    place = TURNS.rows.index(("opt_out", "stop"))
    assert [figures.row(TURNS, i)[0] for i in range(len(TURNS.rows))].index(1) == place
    assert sum(figures.row(TURN_SECONDS, 0)) == 0
    assert figures.row(TURN_SECONDS, 1)[-1] == pytest.approx(0.004)
    assert figures.row(TURN_CHARACTERS, 0)[TURN_CHARACTERS.bounds.index(20)] == 1
    assert figures.row(OPT_OUT_SCORE, 0)[OPT_OUT_SCORE.bounds.index(0.95)] == 1
    assert figures.row(RULE_FLOOR, 0) == [1]


def test_value_above_every_bound_is_counted_too() -> None:
    """Nothing falls off the end of a histogram."""
    figures = Figures()
    figures.classified(10_000, STOP, 99.0)
    assert figures.row(TURN_CHARACTERS, 0)[-2:] == [1, 10_000]
    assert figures.row(TURN_SECONDS, 1)[-2:] == [1, 99]


def test_reload_is_counted_by_its_outcome() -> None:
    """A refused bundle is not a loaded one."""
    figures = Figures()
    figures.reloaded(loaded=False)
    refused = RELOADS.rows.index(("refused",))
    assert [figures.row(RELOADS, i)[0] for i in range(2)].index(1) == refused


def test_counts_outlive_a_killed_worker() -> None:
    """A kill -9 loses no count; the successor goes on, with nothing in flight."""
    shared = share_figures(2)
    program = f"""
from classifier.server.telemetry.figures import Figures, share_figures
figures = Figures({shared}, 1)
figures.start()
figures.serve_model("abc123")
figures.call_began(); figures.call_ended(0, 0, 0.001); figures.call_began()
print("counted", flush=True)
import time; time.sleep(60)
"""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, pass_fds=(shared,)) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "counted\n"
        seen = Figures(shared, 1)
        assert seen.process == worker.pid
        assert seen.model_version == "abc123"
        worker.send_signal(signal.SIGKILL)
    assert Figures(shared).row(CALLS, 0) == [0]
    assert seen.row(CALLS, 0) == [1]
    assert seen.row(IN_FLIGHT, 0) == [1]
    assert seen.restarts == 0
    successor = Figures(shared, 1)
    successor.start()
    successor.call_began()
    successor.call_ended(0, 0, 0.001)
    assert seen.row(CALLS, 0) == [2]
    assert seen.restarts == 1
    assert seen.row(IN_FLIGHT, 0) == [0]
    os.close(shared)


def test_memory_has_its_place(tmp_path: Path) -> None:
    """Memory that runs short later kills nobody who counts; want of it is told at the start."""
    shared = share_figures(3)
    found = os.fstat(shared)
    os.close(shared)
    assert found.st_blocks * 512 >= found.st_size
    program = """
import resource, sys
from classifier.errors import SettingsError
from classifier.server.telemetry.figures import share_figures
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
try:
    share_figures(2)
except SettingsError as error:
    sys.exit(str(error))
"""
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert result.stderr.startswith("no memory for the workers' metrics: ")
    assert "do without WURAO_METRICS_ADDRESS" in result.stderr
