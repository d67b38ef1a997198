"""HAR files with a token, as `provider.auth.har` reads them."""

import json
import os

URL = "https://copilot.microsoft.com"


def entry(url=f"{URL}/c/api/user", *, token=None, cookies=(), headers=()):
    listed = [{"name": name, "value": value} for name, value in headers]
    if token:
        listed.append({"name": "Authorization", "value": f"Bearer {token}"})
    return {"request": {"url": url, "headers": listed, "cookies": [{"name": n, "value": v} for n, v in cookies]}}


def write(path, *entries, age=0):
    path.write_text(json.dumps({"log": {"entries": list(entries)}}))
    os.utime(path, (1_000_000_000 - age, 1_000_000_000 - age))
    return path
