"""paho-mqtt over WebSocket: one client that publishes to a topic which it hears itself, all of it acknowledged (QoS 1)."""

import os
import random
import threading
import time
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt

COUNT = 12
heard, over, subscribed = [], threading.Event(), threading.Event()


def on_connect(client, userdata, flags, reason, properties):
    client.subscribe("trees", qos=1)


def on_message(client, userdata, message):
    heard.append(message.payload.decode())
    if len(heard) == COUNT:
        over.set()


client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="walker", transport="websockets")
client.ws_set_options(path="/mqtt")
if "PAIR_PASSWORD" in os.environ:
    client.username_pw_set("walker", os.environ["PAIR_PASSWORD"])
client.on_connect, client.on_message = on_connect, on_message
client.on_subscribe = lambda *_: subscribed.set()
where = urlsplit(os.environ["WIRETAPE_URL"])
client.connect(where.hostname, where.port)
client.loop_start()
assert subscribed.wait(10), "no SUBACK"
sent = []
for number in range(COUNT):
    # So chance decides which acknowledgement overtakes which message.
    time.sleep(random.uniform(0, 0.003))
    sent.append(client.publish("trees", f"tree {number}", qos=1))
for each in sent:
    each.wait_for_publish(10)
assert over.wait(10), f"heard {heard} only"
client.disconnect()
client.loop_stop()
print("\n".join(heard))
