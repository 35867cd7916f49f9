"""`wurao models`."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.options import data_option, json_option, store_option
from cli.output import complain, print_json

if TYPE_CHECKING:
    from training.promotion import VersionTrial
    from training.store.model_store import ModelStore


def _worded(_context: click.Context, _option: click.Parameter, reason: str | None) -> str:
    from classifier.optouts.subjects.subject import is_unicode

    if reason is not None and not reason.strip():
        raise click.BadParameter("must say why; it is blank")
    if reason and not is_unicode(reason):
        raise click.BadParameter("is no UTF-8; type it anew")
    return reason or ""


_gates_option = click.option(
    "--gates",
    "gates_path",
    type=click.Path(path_type=Path),
    help="What to demand beside the statutory words.  [default: training/gates/gates.toml]",
)


@click.group("models")
def command() -> None:
    """Keep versions of the model: list, compare, promote, roll back, verify, prune.

    VERSION is an alias (champion, candidate), a version or its first characters, four or more.
    """


@command.command("list")
@store_option
@json_option()
def list_versions(store: Path, as_json: bool) -> None:
    """List every version, the newest first."""
    from cli.models_table import print_versions, version_to_dict

    opened = _open(store)
    versions = opened.versions()
    if as_json:
        events = opened.history()
        print_json([version_to_dict(version, events) for version in versions], indent=1)
    else:
        print_versions(versions, store)


@command.command("show")
@click.argument("version", default="champion")
@store_option
@json_option()
def show(version: str, store: Path, as_json: bool) -> None:
    """Show where a version came from, its scores and what happened to it."""
    from cli.models_table import print_version, version_to_dict

    opened = _open(store)
    found = opened.find(version)
    events = opened.history()
    if as_json:
        print_json(version_to_dict(found, events), indent=1)
    else:
        print_version(found, events)


@command.command("add")
@click.argument("bundle", type=click.Path(exists=True, file_okay=False, path_type=Path))
@store_option
def add(bundle: Path, store: Path) -> None:
    """Take in a bundle that was trained elsewhere; it becomes the candidate.

    What its lineage says of its training is kept. A report that it lacks is not made.
    """
    from training.beside_bundle import REPORT_FOLDER, REPORT_PAGE
    from training.store.model_store import ModelStore

    version = ModelStore(store).add(bundle, str(bundle))
    click.echo(f"{version.name} is the candidate; `wurao models promote` judges it")
    if not (version.folder / REPORT_FOLDER / REPORT_PAGE).is_file():
        command = shlex.join(["wurao", "report", "--bundle", str(version.folder)])
        click.echo(f"it has no report; `{command}` writes one", err=True)


@command.command("compare")
@click.argument("new", default="candidate")
@click.argument("old", default="champion")
@store_option
@data_option
@click.option("--turns", is_flag=True, help="List every turn that is answered differently.")
@json_option()
def compare(new: str, old: str, store: Path, data: Path, turns: bool, as_json: bool) -> None:
    """Compare NEW with OLD on the frozen turns: paired bootstrap and McNemar."""
    from cli.gates_table import print_comparison
    from cli.progress import count_by_name
    from training.promotion import compare_versions

    opened = _open(store)
    before, after = opened.find(old), opened.find(new)
    with count_by_name("turns") as show_progress:
        comparison = compare_versions(before, after, data, show_progress)
    if as_json:
        print_json({"old": before.name, "new": after.name} | comparison.to_dict(), indent=1)
    else:
        print_comparison(comparison, before.name, after.name, turns)


@command.command("gates")
@click.argument("version", default="candidate")
@store_option
@data_option
@_gates_option
@json_option()
def gates(version: str, store: Path, data: Path, gates_path: Path | None, as_json: bool) -> None:
    """Hold a version against the gates and promote nothing.

    Exit status 1 when one fails, or the champion cannot be compared with.
    """
    trial = _try(_open(store), version, data, gates_path, as_json)
    if trial.failed or trial.unread:
        sys.exit(1)


@command.command("promote")
@click.argument("version", default="candidate")
@store_option
@data_option
@_gates_option
@click.option(
    "--override",
    metavar="REASON",
    callback=_worded,
    help="Promote although gates fail, by gates or frozen turns of your own, or beside a champion "
    "that cannot be loaded, and record why; hard gates cannot be overridden.",
)
@json_option()
def promote(
    version: str, store: Path, data: Path, gates_path: Path | None, override: str, as_json: bool
) -> None:
    """Hold a version against the gates and make it the champion where they open.

    The statutory words of the project are a hard gate whatever --gates says.
    """
    from training.promotion import promote as make_champion

    opened = _open(store)
    opened.refuse_champion(opened.find(version))
    trial = _try(opened, version, data, gates_path, as_json)
    make_champion(opened, trial, override)
    click.secho(f"{trial.version.name} is the champion", fg="green", err=as_json)


@command.command("rollback")
@store_option
@click.option("--reason", required=True, callback=_worded, help="Why; the history keeps it.")
def rollback(store: Path, reason: str) -> None:
    """Make the champion before this one the champion again."""
    version = _open(store).roll_back(reason)
    click.secho(f"{version.name} is the champion again", fg="green")


@command.command("verify")
@store_option
@json_option()
def verify(store: Path, as_json: bool) -> None:
    """Load every bundle as a server would; check names, lineage and history."""
    from training.store.soundness import verify as find_problems

    opened = _open(store)
    problems = find_problems(opened)
    if as_json:
        print_json({"problems": problems}, indent=1)
    for problem in () if as_json else problems:
        complain(problem)
    if problems:
        sys.exit(1)
    if not as_json:
        click.echo(f"{store} is sound: {len(opened.versions())} versions")


@command.command("prune")
@store_option
@click.option(
    "--keep",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="How many of the newest stay besides.",
)
@click.option("--dry-run", is_flag=True, help="Only say which.")
def prune(store: Path, keep: int, dry_run: bool) -> None:
    """Delete old versions and what killed runs left in the store.

    Champion, candidate and what a rollback leads to always stay.
    """
    for folder in _open(store).prune(keep, dry_run):
        click.echo(f"{'would delete' if dry_run else 'deleted'} {folder.name}")


def _open(folder: Path) -> "ModelStore":
    from classifier.errors import ModelStoreError
    from training.store.model_store import ModelStore

    store = ModelStore(folder)
    if not store.is_there:
        message = "no model store here; `wurao train` makes one, or name another with --store"
        raise ModelStoreError(f"{folder}: {message}")
    return store


def _try(
    store: "ModelStore", version: str, data: Path, gates_path: Path | None, as_json: bool
) -> "VersionTrial":
    from cli.gates_table import print_trial
    from cli.progress import count_by_name
    from training.gates.rules import DEFAULT_GATES
    from training.promotion import try_version

    found = store.find(version)
    with count_by_name("turns") as show_progress:
        trial = try_version(store, found, data, gates_path or DEFAULT_GATES, show_progress)
    if as_json:
        print_json(trial.to_dict(), indent=1)
    else:
        print_trial(trial)
    return trial
