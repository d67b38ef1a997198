"""A home folder of a test's own, in which `provider` keeps credentials in a file."""


def own_home(folder, monkeypatch):
    """Make `folder` the home and the working directory, without any sign-in; returns it."""
    monkeypatch.setenv("COPILOT_STORE", "file")
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(folder / name))
    monkeypatch.chdir(folder)
    return folder
