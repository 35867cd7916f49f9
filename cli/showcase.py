"""What `wurao demo` shows: two server processes, one registry, one call that ends in an opt-out."""

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

from classifier.client.client import Client
from classifier.key_file import add_key
from classifier.optouts.open_registry import create_registry
from classifier.optouts.subjects.keys import keys_from_file
from classifier.turns import ContextTurn, Speaker, Turn
from cli.answers import print_records

if TYPE_CHECKING:
    from wurao.v1.optouts_pb2 import BlockReason

_NUMBER = "13800138000"
_ASKED = "您好,打扰了,我们下个月还有优惠活动,到时候再给您打电话可以吗?"
_SAID = "不用了,以后别再给我打电话了"
_WURAO = [sys.executable, "-m", "cli.start"]


class Showcase:
    """Two servers over a registry in a folder of its own; use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        """Remember where.

        Args:
            folder: For registry, key and report; stays when the show is over.
        """
        self._folder = folder
        self._environment = os.environ | {
            "WURAO_REGISTRY": str(folder / "registry.db"),
            "WURAO_REGISTRY_KEYS": str(folder / "registry.keys"),
        }
        self._servers: list[subprocess.Popen[str]] = []
        self._clients: list[Client] = []
        self._channels = ExitStack()

    def __enter__(self) -> Self:
        """Make a key and a registry, and start both servers."""
        keys = self._folder / "registry.keys"
        add_key(keys)
        create_registry(self._environment["WURAO_REGISTRY"], keys_from_file(keys))
        try:
            self._start({})
            self._start({"WURAO_ADDRESS": "127.0.0.1:0"})
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop both servers."""
        self._stop()

    def classify(self, sample: Path) -> None:
        """Send turns through the first server and print the answers.

        Args:
            sample: A JSON Lines file.
        """
        print_records(sample, self._clients[0].classify_batch)

    def opt_out(self) -> None:
        """Let a subject opt out in a call that one process hears, and ask the other."""
        from wurao.v1.subjects_pb2 import Contact, Subject

        _head(f"A call to {_NUMBER}, heard by process {self._servers[0].pid}")
        self._check()
        contact = Contact(subject=Subject(value=_NUMBER), bot="bot-7", campaign="spring")
        turn = Turn(_SAID, context=(ContextTurn(Speaker.BOT, _ASKED),))
        prediction, recorded = self._clients[0].classify_contact(turn, contact)
        click.echo(f"    bot   {_ASKED}\n    user  {_SAID}")
        action = click.style(f"{prediction.label} {prediction.action}", fg="red", bold=True)
        click.echo(f"{action}  recorded as opt-out {recorded.opt_out_id}")
        self._check()

    def prove(self) -> None:
        """Show the record, verify the audit log, write the monthly report."""
        report = self._folder / "report.html"
        for title, verb in (
            ("The record", ["show", _NUMBER]),
            ("The audit log", ["verify"]),
            ("The monthly report", ["report", "-o", str(report)]),
        ):
            _head(f"{title}: wurao optouts {' '.join(verb)}")
            command = [*_WURAO, "optouts", *verb]
            subprocess.run(command, env=self._environment, check=True)
        if sys.stdout.isatty():
            click.launch(str(report))

    def wait(self) -> None:
        """Go on serving until Ctrl-C."""
        click.echo("serving until Ctrl-C; try: .venv/bin/wurao call --text 以后别再打了")
        try:
            self._servers[0].wait()
        except KeyboardInterrupt:
            click.echo("stopping")

    def _check(self) -> None:
        from wurao.v1.optouts_pb2 import CheckContactRequest
        from wurao.v1.subjects_pb2 import Subject

        request = CheckContactRequest(subject=Subject(value=_NUMBER), campaign="spring")
        answer = self._clients[1].opt_outs.CheckContact(request)
        said = (
            click.style("yes", fg="green")
            if answer.allowed
            else click.style("no", fg="red", bold=True)
            + f", {_reason(answer.reason)}, opt-out {answer.opt_out_id}"
        )
        click.echo(f"may {_NUMBER} be contacted? process {self._servers[1].pid} says {said}")

    def _start(self, more: dict[str, str]) -> None:
        # Processes of their own, as in production; each announces its address when it is warm.
        server = subprocess.Popen(
            [*_WURAO, "serve"], stdout=subprocess.PIPE, text=True, env=self._environment | more
        )
        self._servers.append(server)
        announced = server.stdout.readline() if server.stdout else ""
        if not announced:
            sys.exit(server.wait() or 1)
        click.echo(announced, nl=False)
        self._clients.append(self._channels.enter_context(Client(announced.split()[-1])))

    def _stop(self) -> None:
        self._channels.close()
        for server in self._servers:
            server.terminate()
        for server in self._servers:
            server.wait()


def _head(title: str) -> None:
    click.secho(f"\n{title}", bold=True)


def _reason(reason: "BlockReason.ValueType") -> str:
    from wurao.v1.optouts_pb2 import BlockReason

    return BlockReason.Name(reason).removeprefix("BLOCK_REASON_").lower()
