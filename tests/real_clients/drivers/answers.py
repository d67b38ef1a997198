"""What the drivers share: the question comes as JSON on stdin, the answer goes as JSON to stdout. Runs in any venv."""

import base64
import contextlib
import json
import os
import sys
from pathlib import Path

ORIGIN = "https://copilot.microsoft.com"


class Turn:
    """One answer, by what the items of g4f, and ours, are called."""

    def __init__(self, turns):
        self._turns = turns
        self.told = {
            "text": "",
            "images": [],
            "sources": [],
            "reasoning": "",
            "suggestions": [],
            "title": "",
            "finish": "",
        }

    def take(self, item):
        told, kind = self.told, type(item).__name__
        if isinstance(item, str):
            told["text"] += item
        elif kind == "Conversation":
            self._turns.conversation = item
        elif kind == "ImageResponse":
            urls = next(filter(None, (getattr(item, name, None) for name in ("images", "urls", "url"))))
            told["images"] += [urls] if isinstance(urls, str) else list(urls)
        elif kind == "SourceLink":
            told["sources"].append(item.url)
        elif kind == "Reasoning":
            told["reasoning"] += getattr(item, "text", None) or item.token or ""
        elif kind == "SuggestedFollowups":
            told["suggestions"] += item.suggestions
        elif kind == "TitleGeneration":
            told["title"] = item.title
        elif kind == "FinishReason":
            told["finish"] = item.reason


class Turns:
    """All answers, and the conversation that they belong to."""

    def __init__(self):
        self.conversation = None
        self.turns = []

    @contextlib.contextmanager
    def turn(self):
        turn = Turn(self)
        self.turns.append(turn.told)
        yield turn


def question(asked, told, prompt):
    """The messages and the further arguments of one turn, by g4f's names."""
    more = {"conversation": told.conversation} if told.conversation else {}
    if asked["image"]:
        more["media"] = [(base64.b64decode(asked["image"]), "pixel.png")]
    return [{"role": "user", "content": prompt}], more


def write_har(asked):
    """A HAR with the session, in the place where g4f looks for one."""
    headers = [{"name": "authorization", "value": f"Bearer {asked['token']}"}] if asked["token"] else []
    cookies = [{"name": name, "value": value} for name, value in asked["cookies"].items()]
    request = {"method": "GET", "url": f"{ORIGIN}/c/api/user", "headers": headers, "cookies": cookies}
    folder = Path("har_and_cookies")
    folder.mkdir(exist_ok=True)
    (folder / "session.har").write_text(json.dumps({"log": {"entries": [{"request": request}]}}))


def main(turns):
    """Answer the question on stdin by ``turns(asked, told)``; g4f's own chatter goes to stderr."""
    asked = json.load(sys.stdin)
    out, sys.stdout = sys.stdout, sys.stderr
    told, error = Turns(), None
    try:
        turns(asked, told)
    except BaseException as raised:  # whatever it is, it is the client's answer
        error = {"type": type(raised).__name__, "text": str(raised)[:2000]}
    json.dump({"turns": told.turns, "error": error}, out)
    out.flush()
    os._exit(0)  # threads and loops that a client leaves behind are none of ours
