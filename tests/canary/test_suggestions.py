"""A suggested profile, and what is printed about it, holds no secret of a take: no value, no name that is one."""

from harness.cli.main import main
from harness.match.mask import Mask

VALUES = (
    "sk-live-canary4fTq9ZxL27mWb8RnPdK{n}",
    "robin{n}@canary.example",
    "eyJhbGciOiJIUzI1NiJ9.canary{n}.c2lnbmF0dXJl",
)
NAMES = ("ghp_canary9fTq9ZxL27mWb8RnPdK3vY5hC2jA1e", "robin@canary.example")
HEAD = "cassette: 1\nrecorded: {at: '2026-11-23T05:00:00Z', by: hand}\nexchanges:\n"
SOCKET = """
- socket: /feed
  at: 9
  response: {status: 101}
  messages: |
    > 0.0 {"op":"ask","key":"KEY","n":N01}
    < 0.1 {"op":"part","key":"KEY"}
    < 0.2 {"op":"KEY"}
    > 0.3 {"op":"ask","key":"KEY","n":N02}
    < 0.4 {"op":"part","key":"KEY"}
    < 0.5 {"op":"KEY"}
    > 0.6 close 1000
"""


def take(number):
    calls: list[str] = []
    for at, value in enumerate(each.format(n=number) for each in VALUES):
        calls.append(
            f"- call: POST /a{at}?code={value}&state=1\n  at: {at}\n"
            f"  request: {{headers: {{x-any: '{value}'}}, json: {{pin: '{value}', n: {number}0{at}, {{names}}}}}}\n"
            f"  response: {{status: 200, json: {{told: '{value}'}}}}\n"
        )
    names = ", ".join(f"'{name}': {number}{at}7" for at, name in enumerate(NAMES))
    socket = SOCKET.replace("KEY", VALUES[0].format(n="")).replace("N0", f"{number}0")
    return HEAD + "".join(calls).replace("{names}", names) + socket.lstrip("\n")


def told(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    for number in (1, 2):
        (tmp_path / f"{number}.yaml").write_text(take(number))
    code = main(["profile", "suggest", "1.yaml", "2.yaml", "--name", "shop", "--apply"])
    captured = capfd.readouterr()
    assert code in (0, 1), captured.err
    return captured.out + captured.err + (tmp_path / "wiretape.toml").read_text()


def test_no_secret_of_a_take_is_suggested_or_printed(tmp_path, capfd, monkeypatch):
    text = told(tmp_path, capfd, monkeypatch)
    assert "json.n" in text
    assert "canary" not in text


def test_names_would_be_printed_if_they_were_not_checked(tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(Mask, "text", lambda _, text: text)
    assert all(name in told(tmp_path, capfd, monkeypatch) for name in NAMES[:1])
