// Our fake of Home Assistant's socket: signing in, calls of services, and the events that they cause.
const { randomUUID } = require("crypto");
const http = require("http").createServer().listen(Number(process.argv[2]), "127.0.0.1");
const { WebSocketServer } = require("ws");

const now = () => new Date().toISOString();
const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
const results = {
  get_states: () => [{ entity_id: "light.oak", state: "on", last_changed: now(), context: { id: randomUUID() } }],
  call_service: () => ({ context: { id: randomUUID() } }),
};

new WebSocketServer({ server: http, path: "/api/websocket" }).on("connection", (socket) => {
  const subscribed = [];
  const send = (message) => socket.send(JSON.stringify(message));

  async function receive(message) {
    const { id, type } = message;
    if (type === "auth") {
      const isRight = message.access_token === process.env.PAIR_TOKEN;
      return send({ type: isRight ? "auth_ok" : "auth_invalid", ha_version: "2025.1.0" });
    }
    if (type === "ping") return send({ id, type: "pong" });
    await pause();
    if (type === "subscribe_events") subscribed.push([id, message.event_type]);
    send({ id, type: "result", success: true, result: results[type] ? results[type]() : null });
    if (type !== "call_service") return;
    for (const [id, event_type] of subscribed) {
      const data = { entity_id: message.service_data.entity, service: message.service };
      send({ id, type: "event", event: { event_type, data, origin: "LOCAL", time_fired: now() } });
    }
  }
  socket.on("message", (text) => [JSON.parse(text)].flat().forEach(receive));
  send({ type: "auth_required", ha_version: "2025.1.0" });
});
