"""python-socketio's client by the transport named: hears a welcome, asks, and hears what it is told."""

import os
import queue
import sys

import socketio

client, heard = socketio.Client(), queue.Queue()
client.on("welcome", lambda said: heard.put(said))
client.on("told", lambda said: heard.put(said))
auth = {"token": os.environ["PAIR_TOKEN"]} if "PAIR_TOKEN" in os.environ else None
client.connect(os.environ["WIRETAPE_URL"], transports=[sys.argv[1]], auth=auth, wait_timeout=10)
print("welcome", heard.get(timeout=10))
for number in range(3):
    print("answer", client.call("ask", f"tree {number}", timeout=10))
    print("told", heard.get(timeout=10))
client.disconnect()
