"""What an inspection of the data found, in lines."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cli.output import complain

_MOST_PLACES = 20


def print_findings(content: Mapping[str, Any], data: Path, page: Path | None) -> None:
    """Print problems on standard error, and the rest in a line each.

    Args:
        content: From `training.inspection.inspection.inspect_data`.
        data: The folder that was inspected.
        page: Where the page went.
    """
    for kind in content["problems"].values():
        for problem in kind["shown"]:
            complain(problem)
    count = content["problem_count"]
    if count:
        complain(f"wurao: {count:,} problems in {data}")
    else:
        counts = ", ".join(f"{p['turns']:,} turns in {s}" for s, p in content["parts"].items())
        click.echo(f"{data} is sound: {counts}")
    near = content["near_leaks"]["count"]
    if near:
        stand = "turn nearly stands" if near == 1 else "turns nearly stand"
        click.echo(f"{near:,} frozen {stand} in training")
    if content["drift"] is not None:
        _print_unreadable(content["drift"])
        _print_drift(content["drift"])
    if content["suspects"] is not None:
        click.echo(f"{content['suspects']['count']:,} labels to look at again")
    if page is not None:
        click.echo(f"page: {page}")


def _print_unreadable(drift: Mapping[str, Any]) -> None:
    places = drift["unreadable_places"]
    for place in places["shown"][:_MOST_PLACES]:
        complain(place)
    if count := places["count"]:
        complain(f"wurao: {count:,} entries of {drift['name']} cannot be read")


def _print_drift(drift: Mapping[str, Any]) -> None:
    if not drift["enough"]:
        click.echo(f"{drift['name']}: too few turns to compare")
        return
    for shift in drift["shifts"]:
        figure = f"{shift['statistic']} {shift['value']:.3f}, by chance {shift['by_chance']:.3f}"
        line = f"{shift['name']}: {shift['verdict']} ({figure})"
        click.secho(line, fg=None if shift["verdict"] == "same" else "yellow")
