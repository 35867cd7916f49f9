"""`wurao serve`."""

import click


@click.command("serve")
@click.option("--address", help="Host and port.  [default: WURAO_ADDRESS or 127.0.0.1:50051]")
@click.option("--bundle", help="Model bundle.  [default: WURAO_BUNDLE or models/champion]")
@click.option(
    "--second-reader/--no-second-reader",
    default=None,
    help="Use the bundle's second reader.  [default: WURAO_SECOND_READER or true]",
)
def command(address: str | None, bundle: str | None, second_reader: bool | None) -> None:
    """Serve a model bundle over gRPC until SIGTERM or Ctrl-C.

    Every setting is an environment variable; the README lists them.
    """
    import asyncio
    import logging
    import os

    from classifier.server.app import serve
    from classifier.server.settings import read_settings

    options = {
        "WURAO_ADDRESS": address,
        "WURAO_BUNDLE": bundle,
        "WURAO_SECOND_READER": second_reader,
    }
    given = {name: str(value) for name, value in options.items() if value is not None}
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    asyncio.run(serve(read_settings(os.environ | given), click.echo))
