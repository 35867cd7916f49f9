"""Which libraries make a model."""

from importlib.metadata import PackageNotFoundError, version

_LIBRARIES = ("scikit-learn", "numpy", "scipy", "joblib", "jieba")
_READER = "onnxruntime"


def library_versions(with_reader: bool = False) -> dict[str, str]:
    """Return name -> version of the libraries on which a model's figures depend.

    Args:
        with_reader: Whether the second reader is asked, whose library may go by another name.
    """
    found = {name: version(name) for name in _LIBRARIES}
    try:
        return found | {_READER: version(_READER)} if with_reader else found
    except PackageNotFoundError:
        return found
