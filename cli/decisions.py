"""`wurao decisions`."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import BinaryIO

import click

from cli.output import warn
from cli.overwriting import refuse_overwriting
from cli.whole_file import STANDARD_OUTPUT, private_output


class _DayOrTime(click.DateTime):
    """A day or moment in UTC, or how many days before today, such as ``7d``; for timers."""

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        before = re.fullmatch(r"(\d{1,5})d", value) if isinstance(value, str) else None
        if before is None:
            return super().convert(value, param, ctx).replace(tzinfo=UTC)
        midnight = datetime.combine(datetime.now(UTC), time(), UTC)
        return midnight - timedelta(days=int(before[1]))


DAY_OR_TIME = _DayOrTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


def log_options(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a verb the options that say which part of a decision log it reads.

    Args:
        verb: Takes ``keys``, ``since`` and ``until``.
    """
    since_help = "First day or moment, in UTC; 7d is seven days ago."
    since = click.option("--since", type=DAY_OR_TIME, help=since_help)
    until = click.option("--until", type=DAY_OR_TIME, help="First moment left out, in UTC.")
    return _keys_option(since(until(verb)))


_keys_option = click.option(
    "--keys",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="WURAO_DECISION_KEYS",
    default=Path("decision.keys"),
    show_envvar=True,
    show_default=True,
    help="Key file of the log.",
)


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
    default=STANDARD_OUTPUT,
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

    for source in (keys, *files_of_log(folder)) if output != STANDARD_OUTPUT else ():
        refuse_overwriting(source, output)
    damage = Damage()
    records = read_records(folder, read_log_keys(keys), since, until, damage)
    with private_output(output) as file:
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
