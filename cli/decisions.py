"""`wurao decisions`."""

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import BinaryIO

import click

from cli.output import warn
from cli.overwriting import refuse_overwriting

_STANDARD_OUTPUT = Path("-")


class _DayOrTime(click.DateTime):
    """A day or moment, or how many days before today, such as ``7d``; for timers."""

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        before = re.fullmatch(r"(\d{1,5})d", value) if isinstance(value, str) else None
        if before is None:
            return super().convert(value, param, ctx)
        midnight = datetime.combine(datetime.now(UTC), time())
        return midnight - timedelta(days=int(before[1]))


DAY_OR_TIME = _DayOrTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])
"""Its value has no time zone and is in UTC: `in_utc`."""


def log_options(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a verb the options that say which part of a decision log it reads.

    Args:
        verb: Takes ``keys``, ``since`` and ``until``.
    """
    for option in (
        click.option("--until", type=DAY_OR_TIME, help="First moment left out, in UTC."),
        click.option(
            "--since", type=DAY_OR_TIME, help="First day or moment, in UTC; 7d is seven days ago."
        ),
        _keys_option,
    ):
        verb = option(verb)
    return verb


_keys_option = click.option(
    "--keys",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="WURAO_DECISION_KEYS",
    default=Path("decision.keys"),
    show_envvar=True,
    show_default=True,
    help="Key file of the log.",
)


def in_utc(moment: datetime | None) -> datetime | None:
    """Return a moment of the command line with its time zone.

    Args:
        moment: As it was given.
    """
    return None if moment is None else moment.replace(tzinfo=UTC)


def files_of_log(folder: Path) -> list[Path]:
    """Return the files of a log, none where it is not there.

    Args:
        folder: Of the log.
    """
    return [path for path in folder.glob("*") if path.is_file()]


@click.group("decisions")
def command() -> None:
    """Read the log of decisions that a server keeps (WURAO_DECISION_LOG); make its key."""


@command.command("new-key")
@_keys_option
def new_key(keys: Path) -> None:
    """Add a key to the key file, which is made if need be.

    A server encrypts with the newest key of its start. A key is needed for as long as there are
    files that it encrypted.
    """
    from classifier.key_file import add_key

    click.echo(f"key {add_key(keys)} is in {keys}; without it the log cannot be read")


@command.command("read")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@log_options
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    default=_STANDARD_OUTPUT,
    help="Where to; - is standard output.  [default: -]",
)
def read(
    folder: Path,
    keys: Path,
    since: datetime | None,
    until: datetime | None,
    output: Path,
) -> None:
    """Write the masked turns of a period as records, which `wurao data select` takes.

    Each has time, request_id, the length of the text as it was said, the share of its kind that
    was logged, and the prediction. A file is replaced when all is read, and readable by its owner
    alone.
    """
    from classifier.decision_log.log_keys import read_log_keys
    from classifier.decision_log.log_reader import Damage, read_records
    from classifier.errors import DecisionLogError
    from cli.optouts.whole_file import private_file

    to_file = output != _STANDARD_OUTPUT
    for source in (keys, *files_of_log(folder)) if to_file else ():
        refuse_overwriting(source, output)
    damage = Damage()
    records = read_records(folder, read_log_keys(keys), in_utc(since), in_utc(until), damage)
    with private_file(output) if to_file else nullcontext(sys.stdout.buffer) as file:
        # Where nothing was decided, an empty file takes the place of an earlier period's.
        count = _write(records, file)
        if not count and damage.lines:
            none = f"none of the {damage.lines:,} lines can be opened"
            raise DecisionLogError(f"{folder}: {none}; take the key file of this log")
    click.echo(f"{count:,} decisions", err=True)
    warn_of_damage(damage.lines)


def _write(records: Iterable[Mapping[str, object]], file: BinaryIO) -> int:
    count = 0
    for record in records:
        file.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
        count += 1
    return count


def warn_of_damage(lines: int) -> None:
    """Say how many lines of a log could not be opened.

    Args:
        lines: That many.
    """
    if lines:
        warn(f"{lines:,} lines could not be opened: changed, cut off, or of another log")
