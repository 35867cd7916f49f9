"""What is compiled; everything else about the package is in pyproject.toml."""

import os
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

_SOURCES = sorted(Path("classifier/text").glob("*.pyx"))
if not _SOURCES:
    raise SystemExit("classifier/text: has no .pyx files; build from the repository or an sdist")

setup(
    ext_modules=cythonize([
        Extension(
            ".".join(path.with_suffix("").parts),
            [str(path)],
            language="c++",
            # A place beyond the end of a vector ends the process instead of being read.
            define_macros=[("_GLIBCXX_ASSERTIONS", None)],
        )
        for path in _SOURCES
    ]),
    options={"build_ext": {"parallel": os.cpu_count()}},  # one C++ compiler for each core
)
