"""Pairs take minutes, and install what they need: they run where slow tests are asked for (``-m slow``)."""

from pathlib import Path


def pytest_collection_modifyitems(config, items):
    """Leave them out otherwise."""
    if "slow" in (config.option.markexpr or ""):
        return
    here = Path(__file__).parent
    left_out = [item for item in items if item.path.parent == here and item.get_closest_marker("slow")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
