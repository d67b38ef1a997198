"""The command that installs an extra names the place that wiretape came from, because no index has it."""

import json
import shlex
from importlib import metadata

import pytest

from provider.install_command import install_command


class Installed:
    def __init__(self, origin):
        self.origin = origin

    def read_text(self, _):
        return None if self.origin is None else json.dumps(self.origin)


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ({"url": "file:///home/me/my%20clone", "dir_info": {}}, ["/home/me/my clone[cli,load]"]),
        ({"url": "file:///home/me/wt", "dir_info": {"editable": True}}, ["-e", "/home/me/wt[cli,load]"]),
        ({"url": "file:///tmp/wt.whl", "archive_info": {}}, ["/tmp/wt.whl[cli,load]"]),
        ({"url": "https://git.example/wt", "vcs_info": {}}, ["/path/to/wiretape[cli,load]"]),
        (None, ["/path/to/wiretape[cli,load]"]),
    ],
)
def test_where_it_came_from(monkeypatch, origin, expected):
    monkeypatch.setattr(metadata, "distribution", lambda _: Installed(origin))
    assert shlex.split(install_command("cli,load")) == ["pip", "install", *expected]


def test_a_package_that_is_not_installed(monkeypatch):
    def distribution(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", distribution)
    assert install_command("test") == "pip install '/path/to/wiretape[test]'"
