"""``make demo``: a fake service, a client, a recording of it, and a replay with the service gone."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fake_server import serve
from fake_server.script import Script
from harness.cli.console import stderr
from harness.printable import printable
from harness.sessions import recording, replaying
from provider.Copilot import Copilot
from provider.items import Conversation, FinishReason, ImageResponse, Item, SuggestedFollowups, TitleGeneration

_TURNS: Final = (
    ("text", "Напиши Hello World на Python"),
    ("image", "Сгенерируй изображение котика"),
    ("suggestions", "What could I ask next? /suggest"),
)


@dataclass(frozen=True, slots=True)
class _Take:
    name: str
    prompt: str
    path: Path
    items: list[Item]


def _ask(prompt: str, url: str, *, show: bool) -> list[Item]:
    messages = [{"role": "user", "content": prompt}]
    items: list[Item] = []
    for item in Copilot.create_completion("Copilot", messages, stream=True, base_url=url, api_key="demo-token"):
        items.append(item)
        if show:
            sys.stdout.write(printable(str(item)))
            sys.stdout.flush()
    if show:
        sys.stdout.write("\n")
        for item in items:
            _tell(item)
    return items


def _tell(item: Item) -> None:
    out = stderr()
    if isinstance(item, SuggestedFollowups):
        out.print(*(f"  › {printable(text)}" for text in item.suggestions), sep="\n", style="dim")
    elif isinstance(item, TitleGeneration):
        out.print(f"  title: {printable(item.title)}", style="dim")


def main() -> int:
    """Run the demo; return 0 if each replayed turn has the same items as the recorded turn, else 1."""
    out = stderr()
    folder = Path(tempfile.mkdtemp(prefix="wiretape-demo-"))
    takes: list[_Take] = []
    with serve(Script(), own_origins=Script.ORIGINS) as service:
        out.print(f"A fake Copilot speaks at {service.url}. Each turn goes to it through a recorder.", style="bold")
        for name, prompt in _TURNS:
            path = folder / f"{name}.yaml"
            with recording(path, service.url) as recorder:
                out.print(f"\n> {prompt}", style="cyan")
                takes.append(_Take(name, prompt, path, _ask(prompt, recorder.url, show=True)))
    out.print("\nThe fake Copilot is gone. The same turns again, from the cassettes alone:", style="bold")
    different = sum(not _replay(take) for take in takes)
    out.print(f"\nThe cassettes lie in {folder}; look at one: .venv/bin/wiretape show {takes[0].path}", style="dim")
    sys.stderr.flush()
    print(f"demo ok: {len(takes)} turns recorded, {len(takes)} replayed, 0 differences" if not different  # noqa: T201
          else f"demo failed: {different} of {len(takes)} replayed turns differ")  # fmt: skip
    return 1 if different else 0


def _replay(take: _Take) -> bool:
    """Replay a turn; return whether its items equal the recorded ones, and the player reports no problem."""
    with replaying(take.path) as player:
        items = _ask(take.prompt, player.url, show=False)
        report = player.report()
    same = _comparable(items, player.url) == _comparable(take.items, "") and report.ok
    out = stderr()
    kinds = ", ".join(dict.fromkeys(type(item).__name__ for item in items if not isinstance(item, Conversation)))
    mark = "equal" if same else "DIFFERENT"
    out.print(f"  {take.name}: {len(items)} items ({kinds}): {mark}", style="green" if same else "red")
    if not report.ok:
        out.print(report.text())
    return same


def _comparable(items: list[Item], _: str) -> list[object]:
    """The items without the local server's address, which differs in each run, so that two runs can be compared."""
    plain: list[object] = []
    for item in items:
        if isinstance(item, ImageResponse):
            plain.append(("image", item.alt, item.url.partition("/th/")[2], (item.preview or "").partition("/th/")[2]))
        elif isinstance(item, FinishReason):
            plain.append(("finish", item.reason))
        else:
            plain.append(item)
    return plain


if __name__ == "__main__":
    sys.exit(main())
