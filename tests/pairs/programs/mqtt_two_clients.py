"""Two clients of a broker: one publishes, the other hears it and answers, and the first hears the answer."""

import os
import queue
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt

WHERE = urlsplit(os.environ["WIRETAPE_URL"])


def connected(name, topic):
    """A client that hears that topic, and the queue of what it hears."""
    heard, ready = queue.Queue(), queue.Queue()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=name, transport="websockets")
    client.ws_set_options(path="/mqtt")
    client.on_connect = lambda *_: client.subscribe(topic)
    client.on_subscribe = lambda *_: ready.put(True)
    client.on_message = lambda _client, _userdata, message: heard.put(message.payload.decode())
    client.connect(WHERE.hostname, WHERE.port)
    client.loop_start()
    ready.get(timeout=10)
    return client, heard


asking, answers = connected("asking", "answers")
answering, questions = connected("answering", "questions")
for number in range(3):
    # Whatever comes before it was asked for is told, and would be the player's fault.
    print("before:", questions.qsize(), answers.qsize())
    asking.publish("questions", f"question {number}")
    asked = questions.get(timeout=10)
    print("asked:", asked)
    answering.publish("answers", f"answer to {asked}")
    print("answered:", answers.get(timeout=10))
for client in (asking, answering):
    client.disconnect()
    client.loop_stop()
