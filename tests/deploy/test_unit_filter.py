"""The programs of the units live with the system calls that the units allow."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import grpc
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc

from classifier.key_file import add_key
from tests.conftest import ROOT
from tests.deploy.test_monitor import monitor_arguments, write_log
from tests.new_registry import new_registry
from tests.server_process import free_port

UNITS = ROOT / "deploy" / "systemd"
PYTHON = [sys.executable, "-B"]


def under(unit: str) -> list[str]:
    """Return what runs a program as the unit would; CI's root is nobody to it, as there."""
    filtered = str(Path(__file__).with_name("unit_filter.py"))
    return ["unshare", "--user", sys.executable, filtered, str(UNITS / unit)]


def test_what_a_unit_forbids_ends_a_program() -> None:
    """The checks below can fail."""
    program = [*PYTHON, "-c", "import os; os.chroot('/')"]
    assert subprocess.run([*under("wurao.service"), *program], check=False).returncode == (
        -signal.SIGSYS
    )


def test_the_server_lives_with_its_filter(bundle_folder: Path, tmp_path: Path) -> None:
    """Two workers with registry, decision log and metrics answer, read twice, stop in order."""
    address = f"127.0.0.1:{free_port()}"
    env = (
        os.environ
        | new_registry(tmp_path)
        | {
            "WURAO_ADDRESS": address,
            "WURAO_BUNDLE": str(bundle_folder),
            "WURAO_WORKERS": "2",
            "WURAO_DECISION_LOG": str(tmp_path / "log"),
            "WURAO_DECISION_KEYS": str(tmp_path / "registry.keys"),
            "WURAO_METRICS_ADDRESS": f"127.0.0.1:{free_port()}",
        }
    )
    command = [*under("wurao.service"), *PYTHON, "-m", "cli.main", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("serving model ")
            with grpc.insecure_channel(address) as channel:
                stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
                for text in ("以后别再打了", "能不能别老是给我打呀"):
                    stub.Classify(pb.ClassifyRequest(turn=pb.Turn(text=text)), timeout=20)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    assert list((tmp_path / "log").iterdir())


def test_the_monitor_lives_with_its_filter(bundle_folder: Path, tmp_path: Path) -> None:
    """It looks at a log and tells."""
    add_key(tmp_path / "keys")
    write_log(tmp_path)
    env = os.environ | {
        "WURAO_DECISION_KEYS": str(tmp_path / "keys"), "WURAO_BUNDLE": str(bundle_folder),
    }  # fmt: skip
    arguments = monitor_arguments(str(tmp_path / "log"))
    command = [*under("wurao-monitor.service"), *PYTHON, "-m", "cli.main", *arguments]
    told = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")
    assert "7 turns, 7 logged" in told.stdout
