"""The command ``wiretape``: one file a command."""
