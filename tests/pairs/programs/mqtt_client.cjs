// MQTT.js: it writes a packet in many messages, and makes up its client id and the number of its first packet.
const mqtt = require("mqtt");

const client = mqtt.connect(`${process.env.WIRETAPE_WS_URL}/mqtt`, {
  protocolVersion: Number(process.argv[2]),
  username: "walker",
  password: process.env.PAIR_PASSWORD,
  reconnectPeriod: 0,
});
const heard = [];

client.on("error", (error) => {
  // The broker may close the connection before the last packet is written.
  if (heard.length < 5) {
    console.error(error);
    process.exit(1);
  }
});
client.on("connect", async () => {
  await client.subscribeAsync({ "trees/#": { qos: 1 }, leaves: { qos: 2 } });
  for (let number = 0; number < 4; number++) {
    await client.publishAsync("trees/oak", JSON.stringify({ number, at: Date.now() }), { qos: 1 });
  }
  await client.publishAsync("leaves", '{"number": 4}', { qos: 2 });
});
client.on("message", async (topic, payload) => {
  heard.push(`${topic} ${JSON.parse(payload).number}`);
  if (heard.length === 5) {
    console.log(heard.sort().join("\n"));
    await client.endAsync();
  }
});
