"""What an installed package brings."""

import tomllib

from tests.conftest import ROOT


def test_every_room_is_shipped() -> None:
    """A folder with modules is a package of the wheel."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        packages = set(tomllib.load(file)["tool"]["setuptools"]["packages"])
    rooms = {
        ".".join(module.parent.relative_to(ROOT).parts)
        for top in ("classifier", "cli", "training")
        for module in (ROOT / top).rglob("*.py")
    }
    assert packages - {"wurao", "wurao.v1"} == rooms
