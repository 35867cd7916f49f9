"""Versions of the model as a person or a program reads them."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from classifier.errors import BundleError
from training.store.history import Event
from training.store.model_store import Alias, Version

_STYLES = {Alias.CHAMPION: "bold green", Alias.CANDIDATE: "yellow"}


def version_to_dict(version: Version, events: Sequence[Event]) -> dict[str, Any]:
    """Return a version as plain data for JSON.

    Args:
        version: Which.
        events: What happened to the store; what did to this version is taken in.
    """
    content: dict[str, Any] = {
        "version": version.name,
        "aliases": list(version.aliases),
        "folder": str(version.folder),
        "lineage": asdict(version.lineage) if version.lineage else None,
        "history": [asdict(event) for event in events if event.version == version.name],
    }
    try:
        manifest = version.manifest()
    except BundleError as error:
        return content | {"problem": str(error)}
    return content | {
        "data_digest": manifest.data_digest,
        "test_digest": manifest.test_digest,
        "recipe": manifest.recipe,
        "libraries": manifest.libraries,
        "thresholds": asdict(manifest.second_thresholds or manifest.thresholds),
        "test_scores": manifest.test_scores,
    }


def print_versions(versions: Sequence[Version], store: Path) -> None:
    """Print a table of versions.

    Args:
        versions: The newest first.
        store: The store's folder.
    """
    if not versions:
        Console(markup=False).print(
            f"{store} holds no version; `wurao train` makes one", soft_wrap=True
        )
        return
    console = Console(markup=False, width=None if Console().is_terminal else 160)
    table = Table(title=f"models in {store}")
    for heading in ("version", "alias", "added", "by", "code", "data"):
        table.add_column(heading, no_wrap=True)
    for heading in ("opt_out recall", "precision", "macro-F1"):
        table.add_column(heading, justify="right")
    for version in versions:
        table.add_row(*_row(version))
    console.print(table)


def print_version(version: Version, events: Sequence[Event]) -> None:
    """Print everything known of a version.

    Args:
        version: Which.
        events: What happened to the store, oldest first.
    """
    console = Console(markup=False)
    table = Table(title=f"model {version.name}", show_header=False)
    table.add_column("", style="bold")
    table.add_column("")
    for name, value in _facts(version_to_dict(version, events)):
        table.add_row(name, value)
    console.print(table)
    for event in events:
        if event.version != version.name:
            continue
        line = Text(f"{event.at}  {event.kind:<12} by {event.by}")
        failed = [gate["gate"] for gate in event.gates if not gate["passed"]]
        line.append(f"  {len(event.gates)} gates, {len(failed)} failed" if event.gates else "")
        line.append(f": {', '.join(failed)}" if failed else "", style="red")
        if event.gates_digest:
            digests = f"{event.gates_digest[:12]}, data {event.data_digest[:12]}"
            line.append(f"  gates {event.gates_file} {digests}")
        line.append(f"  reason: {event.reason}" if event.reason else "")
        console.print(line, soft_wrap=True)


def _facts(content: dict[str, Any]) -> list[tuple[str, str]]:
    facts = [("aliases", ", ".join(content["aliases"]) or "none"), ("folder", content["folder"])]
    facts += [(k.replace("_", " "), str(v)) for k, v in (content["lineage"] or {}).items()]
    if "problem" in content:
        return [*facts, ("problem", content["problem"])]
    facts += [("data digest", content["data_digest"]), ("test digest", content["test_digest"])]
    for name in ("recipe", "libraries", "thresholds"):
        facts.append((name, "\n".join(f"{k} {v}" for k, v in content[name].items())))
    scores = content["test_scores"]
    for label, of in scores.get("labels", {}).items():
        shown = (f"{k} {_figure(of[k])}" for k in ("precision", "recall", "f1"))
        facts.append((f"test, {label}", "  ".join(shown)))
    return [*facts, ("test, macro-F1", _figure(scores.get("macro_f1")))]


def _row(version: Version) -> list[Text | str]:
    alias = Text(", ").join(Text(name, style=_STYLES[name]) for name in version.aliases)
    lineage = version.lineage
    code = f"{lineage.commit[:8]}{'+' * lineage.uncommitted}" if lineage else "?"
    row: list[Text | str] = [
        Text(version.name, style="bold"),
        alias,
        lineage.added_at[:16].replace("T", " ") if lineage else "?",
        lineage.added_by if lineage else "?",
        code,
    ]
    try:
        manifest = version.manifest()
    except BundleError:
        return [*row, Text("cannot be loaded by this code", style="red"), "", "", ""]
    scores = manifest.test_scores
    opt_out = scores.get("labels", {}).get("opt_out", {})
    figures = (opt_out.get("recall"), opt_out.get("precision"), scores.get("macro_f1"))
    return [*row, manifest.data_digest[:8], *map(_figure, figures)]


def _figure(estimate: dict[str, float | None] | None) -> str:
    value = (estimate or {}).get("value")
    return "none" if value is None else f"{value:.3f}"
