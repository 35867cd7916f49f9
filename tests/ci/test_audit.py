"""The audit of dependencies, with a real pip-audit and a list of vulnerabilities served here."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.conftest import ROOT

VULNERABLE = {
    "grpcio": {
        "id": "PYSEC-2099-1",
        "summary": "made up",
        "details": "made up",
        "affected": [
            {
                "package": {"name": "grpcio", "ecosystem": "PyPI"},
                "ranges": [
                    {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.0"}]}
                ],
            }
        ],
    }
}


class OsvList(BaseHTTPRequestHandler):
    """Answers as api.osv.dev does."""

    flaws: dict[str, dict[str, object]]

    def do_POST(self) -> None:
        """Answer one query."""
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        flaw = self.flaws.get(query["package"]["name"])
        content = json.dumps({"vulns": [flaw]} if flaw else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def vulnerabilities(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a list that holds what the test asks for."""
    handler = type("List", (OsvList,), {"flaws": request.param})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/query"
    server.shutdown()
    server.server_close()


def audit(url: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run what `make audit` runs, against another list."""
    service = ["--vulnerability-service", "osv", "--osv-url", url]
    return subprocess.run(
        [sys.executable, ".ci/audit.py", *service, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("vulnerabilities", [VULNERABLE], indirect=True)
def test_a_known_vulnerability_fails(vulnerabilities: str) -> None:
    """Package, name of the flaw and the version that mends it are printed."""
    result = audit(vulnerabilities)
    assert result.returncode == 1, result.stderr
    assert "grpcio" in result.stdout
    assert "PYSEC-2099-1, mended in 99.0" in result.stdout


@pytest.mark.parametrize("vulnerabilities", [{}], indirect=True)
def test_a_clean_audit_says_how_much_it_saw(vulnerabilities: str) -> None:
    """Every pinned package was asked about."""
    result = audit(vulnerabilities, "--required")
    assert result.returncode == 0, result.stderr
    assert "no known vulnerability in" in result.stdout
    assert int(result.stdout.split(" in ")[1].split()[0]) > 50


def test_a_sealed_machine_is_told_loudly() -> None:
    """Without the network lint goes on, and nobody can take it for an audit."""
    unreachable = "http://127.0.0.1:9/v1/query"
    result = audit(unreachable)
    assert result.returncode == 0
    assert "NOT AUDITED: the list of vulnerabilities cannot be reached" in result.stderr
    assert audit(unreachable, "--required").returncode == 1
