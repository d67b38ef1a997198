"""What a recording says of hosts that it does not have holds no secret: neither of a path nor of the URL's own."""

import sys

from fake_server import serve
from fake_server.stage import Response
from harness.cli.main import main

KEY = "sk-live-canary4fTq9ZxL27mWb8RnPdK9"
CLIENT = (
    f"import os, urllib.request as u; u.urlopen(os.environ['WIRETAPE_URL'] + '/hooks/{KEY}/start?key={KEY}').read()"
)
BODY = (
    f'{{"url": "wss://gateway.example/{KEY}?token={KEY}", "far": "wss://user:{KEY}@far.example/", '
    f'"own": "wss://{KEY}.example/"}}'
)


class Leading:
    async def handle(self, request):
        return Response(headers=(("content-type", "application/json"),), body=BODY.encode())

    async def close(self):
        pass


def test_no_secret_is_printed_with_a_host_that_a_response_leads_to(tmp_path, capfd):
    with serve(Leading()) as service:
        options = ["-o", str(tmp_path / "led.yaml"), "--upstream", service.url]
        assert main(["record", *options, "--", sys.executable, "-c", CLIENT]) == 0
    captured = capfd.readouterr()
    assert "leads to wss://gateway.example" in captured.err
    assert "canary" not in captured.out + captured.err + (tmp_path / "led.yaml").read_text()
