"""Versions of the model as a person or a program reads them."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from classifier.errors import BundleError
from cli.output import table_console
from training.store.history import Event
from training.store.model_store import Alias, Version

_WIDE = 100
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
    console = table_console()
    table = Table(title=f"models in {store}", box=None, pad_edge=False)
    table.add_column("version", no_wrap=True, min_width=max(len(one.name) for one in versions))
    table.add_column("alias")
    for heading in ("opt_out\nrecall", "\nprecision", "\nmacro-F1"):
        table.add_column(heading, justify="right", min_width=len(heading.split()[-1]))
    table.add_column("added", min_width=len("2026-11-30"))
    table.add_column("by")
    if console.width >= _WIDE:  # else `models show` tells them
        table.add_column("code")
        table.add_column("data")
    for version in versions:
        table.add_row(*_row(version)[: len(table.columns)])
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
    lineage, digest = version.lineage, ""
    figures: list[Text | str] = [Text("cannot be loaded by this code", style="red"), "", ""]
    with suppress(BundleError):
        manifest = version.manifest()
        scores, digest = manifest.test_scores, manifest.data_digest[:8]
        opt_out = scores.get("labels", {}).get("opt_out", {})
        estimates = (opt_out.get("recall"), opt_out.get("precision"), scores.get("macro_f1"))
        figures = [*map(_figure, estimates)]
    return [
        Text(version.name, style="bold"),
        alias,
        *figures,
        lineage.added_at[:16].replace("T", " ") if lineage else "?",
        lineage.added_by if lineage else "?",
        f"{lineage.commit[:8]}{'+' * lineage.uncommitted}" if lineage else "?",
        digest,
    ]


def _figure(estimate: dict[str, float | None] | None) -> str:
    value = (estimate or {}).get("value")
    return "none" if value is None else f"{value:.3f}"
