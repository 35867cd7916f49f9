"""`wurao demo`."""

from pathlib import Path

import click

_SAMPLE = Path("data/sample_conversation.jsonl")


@click.command("demo")
@click.option("--keep-serving", is_flag=True, help="Go on serving until Ctrl-C.")
@click.option(
    "--sample",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"Turns to send.  [default: {_SAMPLE}]",
)
def command(keep_serving: bool, sample: Path | None) -> None:
    """Show it whole: turns classified, a subject opted out, the next check answering no.

    Two server processes share one registry, in a new folder that stays for you to look at.
    """
    import tempfile

    from cli.showcase import Showcase

    if sample is None and not _SAMPLE.is_file():
        raise click.UsageError(
            f"{_SAMPLE} is of the repository; name turns with --sample FILE.jsonl"
        )
    folder = Path(tempfile.mkdtemp(prefix="wurao-demo-"))
    with Showcase(folder) as show:
        show.classify(sample or _SAMPLE)
        show.opt_out()
        show.prove()
        if keep_serving:
            show.wait()
