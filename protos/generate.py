"""Regenerates the stubs beside the protos: `python -m protos.generate [FOLDER]`."""

import sys
from pathlib import Path

import grpc_tools
from grpc_tools import protoc

PROTOS = Path(__file__).parent
_STANDARD_PROTOS = Path(grpc_tools.__file__).parent / "_proto"
_PLUGINS = Path(sys.executable).parent


def generate(output: Path) -> None:
    """Write stubs and their types for every proto.

    Args:
        output: Root that stands for the folder ``protos``.

    Raises:
        SystemExit: The compiler found an error, which it has printed.
    """
    sources = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.glob("wurao/v*/*.proto"))
    status = protoc.main([
        "protoc",
        f"--proto_path={PROTOS}",
        f"--proto_path={_STANDARD_PROTOS}",
        f"--plugin={_PLUGINS / 'protoc-gen-mypy'}",
        f"--plugin={_PLUGINS / 'protoc-gen-mypy_grpc'}",
        f"--python_out={output}",
        f"--grpc_python_out={output}",
        f"--mypy_out={output}",
        f"--mypy_grpc_out={output}",
        *sources,
    ])
    if status != 0:
        raise SystemExit(status)


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else PROTOS)
