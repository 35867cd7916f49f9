"""Where answers go: a regular file, there or not yet, through links."""

from pathlib import Path

from classifier.errors import OutputError


def output_file(path: Path) -> Path:
    """Return the file that answers to a path will replace: where it is a link, what that leads to.

    Args:
        path: As it was named.

    Raises:
        OutputError: What is there is no regular file, or cannot be looked at.
    """
    try:
        target = path.resolve() if path.is_symlink() else path
        if target.exists() and not target.is_file():
            raise OutputError(f"{path}: is no regular file; `-` is standard output")
    except (OSError, RuntimeError) as error:  # the latter for links in a circle
        reason = getattr(error, "strerror", None) or error
        raise OutputError(f"{path}: cannot be written: {reason}") from None
    return target
