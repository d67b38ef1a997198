"""Pairs take minutes, and install what they need: they run where they are asked for (``-m pairs``)."""

from pathlib import Path


def pytest_collection_modifyitems(config, items):
    """Leave them out otherwise."""
    if "pairs" in (config.option.markexpr or ""):
        return
    here = Path(__file__).parent
    left_out = [item for item in items if item.path.parent == here and item.get_closest_marker("pairs")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
