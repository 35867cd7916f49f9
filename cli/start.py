"""Entry point of `wurao`: loads the command line, and lets Ctrl-C end it quietly meanwhile."""

import signal


def main() -> None:
    """Run the command line.

    While it is loaded, Ctrl-C ends the process as it ends any that does not listen; a shell shows
    130. Python's own way would be a traceback, or nothing where a library catches it.
    """
    listens = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if listens:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from cli.main import main as run

    if listens:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


if __name__ == "__main__":
    main()
