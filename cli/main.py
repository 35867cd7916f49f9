"""The command `wurao`; a verb's file is imported only when that verb is called."""

import errno
import io
import os
import shutil
import signal
import sys
from typing import NoReturn

import click

from classifier.errors import WuraoError
from cli.late_verbs import late_verbs
from cli.output import complain

VERBS = {
    "classify": ("cli.classify", "Label turns from a file, a pipe or the command line."),
    "train": ("cli.train", "Train a model bundle from the labelled data."),
    "tune": ("cli.tune", "Search the recipe by cross-validation over scenes."),
    "models": ("cli.models", "Keep versions of the model: compare, promote, roll back."),
    "evaluate": ("cli.evaluate", "Score a bundle on a split or a labelled file."),
    "report": ("cli.report", "Write the evaluation report of a bundle."),
    "goals": ("cli.goals", "Hold a bundle and the baselines against the goals."),
    "serve": ("cli.serve", "Serve a bundle over gRPC."),
    "call": ("cli.call", "Send turns to a running server."),
    "optouts": ("cli.optouts.verbs", "Record, check, list, review and report opt-outs."),
    "monitor": ("cli.monitor", "Tell whether traffic drifts from what the model learnt."),
    "decisions": ("cli.decisions", "Read the log of decisions; make its key."),
    "tokens": ("cli.tokens", "Make, list and revoke the tokens of callers."),
    "doctor": ("cli.doctor", "Check a deployment before callers do."),
    "demo": ("cli.demo", "Start a server, send it the sample conversation, stop."),
    "data": ("cli.data.verbs", "Select, take in, check and freeze labelled turns."),
}
"""Verb -> module with a click command named ``command``, and its line in the help."""

_TRAINING = frozenset({
    "jieba", "jinja2", "joblib", "matplotlib", "openpyxl",
    "scipy", "sklearn", "threadpoolctl", "yaml",
})  # fmt: skip
_BESIDE_CLIENTS = frozenset({"cryptography"})  # what the environment of a bot may lack
_STANDARD_OUTPUT = 1
_NO_MEMORY = "memory does not suffice; free some, or raise its limit (ulimit -v, MemoryMax=)"
_KILLED = (
    "a process that worked for this one was killed, perhaps for want of memory; free some, or let "
    "fewer work at once (jobs)"
)
_INTERRUPTED = 128 + signal.SIGINT
_CANNOT_BE_WRITTEN = frozenset({errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


@click.group(cls=late_verbs(VERBS), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="wurao")
def wurao() -> None:
    """Wurao (勿扰) hears when a person asks a bot to stop contacting them, and makes it stick."""


def main() -> None:
    """Run the command line; an error of ours ends with its message and exit status 1.

    A wrong call ends with click's message and status 2, Ctrl-C with 130, as shells expect.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # an encoding may lack what is printed
    try:
        status = wurao.main(prog_name="wurao", standalone_mode=False)
        if sys.stdout is not None:  # closed before we began
            sys.stdout.flush()
        sys.exit(status)
    except WuraoError as error:
        _fail(str(error))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort as error:
        click.echo("Aborted!", err=True)
        sys.exit(_INTERRUPTED if isinstance(error.__context__, KeyboardInterrupt) else 1)
    except (ModuleNotFoundError, MemoryError, RuntimeError) as error:
        message = _want(error)
        if not message:
            raise
        _fail(message)
    except OSError as error:
        _end(error)


def _fail(message: str) -> NoReturn:
    complain(f"wurao: {message}")
    sys.exit(1)


def _want(error: ModuleNotFoundError | MemoryError | RuntimeError) -> str:
    """Return what the machine lacks that an error comes of; empty where it comes of something else.

    Args:
        error: Of any verb.
    """
    if isinstance(error, MemoryError):
        return _NO_MEMORY
    if isinstance(error, ModuleNotFoundError):
        package = (error.name or "").partition(".")[0]
        source = "'wurao[train]'" if package in _TRAINING else package
        needed = f"{error.name} is not installed; this verb needs: pip install {source}"
        return needed if package in _TRAINING | _BESIDE_CLIENTS else ""
    from concurrent.futures import BrokenExecutor

    return _KILLED if isinstance(error, BrokenExecutor) else ""


def _end(error: OSError) -> NoReturn:
    place, why = error.filename, error.strerror
    if isinstance(error, shutil.Error) and isinstance(error.args[0], list):
        _source, place, why = error.args[0][0]  # the first file of a folder that was not copied
    if place is not None:
        _fail(f"{place}: {why}")
    if error.errno not in _CANNOT_BE_WRITTEN:
        raise error
    # Python would try to write the rest when it ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), _STANDARD_OUTPUT)
    if error.errno == errno.EPIPE:  # whoever reads us has read enough, as `head` does
        sys.exit(1)
    _fail(f"output cannot be written: {error.strerror}")


if __name__ == "__main__":
    main()
