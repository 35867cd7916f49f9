"""A store to put models into."""

from pathlib import Path

import pytest

from training.store.model_store import ModelStore


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    """A store in a new folder."""
    return ModelStore(tmp_path / "models")
