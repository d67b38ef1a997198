// Our fake of Phoenix channels: joins, replies, broadcasts and presence, by the second serializer.
const { randomBytes } = require("crypto");
const { WebSocketServer } = require("ws");

const joined = new Map();
const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 20));

new WebSocketServer({ port: Number(process.argv[2]), host: "127.0.0.1" }).on("connection", (socket) => {
  const topics = new Set();
  // A channel is a process of Phoenix: it handles its messages one by one, beside those of other channels.
  const channels = new Map();
  joined.set(socket, topics);
  socket.on("close", () => joined.delete(socket));
  socket.on("message", (text) => {
    const message = JSON.parse(text);
    const before = channels.get(message[2]) ?? Promise.resolve();
    channels.set(message[2], before.then(() => handle(...message)));
  });

  async function handle(join, ref, topic, event, payload) {
    const say = (to, about, name, body) => to.send(JSON.stringify([join, about, topic, name, body]));
    const reply = (response, status = "ok") => say(socket, ref, "phx_reply", { response, status });
    if (event === "heartbeat") return reply({});
    await pause();
    if (event === "phx_join") {
      topics.add(topic);
      reply({}, payload.token === process.env.PAIR_TOKEN ? "ok" : "error");
      const meta = { phx_ref: randomBytes(9).toString("base64"), online_at: Date.now() };
      return say(socket, null, "presence_state", { robin: { metas: [meta] } });
    }
    if (event === "phx_leave") {
      topics.delete(topic);
      reply({});
      return say(socket, ref, "phx_close", {});
    }
    reply({ said: payload.body });
    const all = JSON.stringify([null, null, topic, event, payload]);
    for (const [other, its] of joined) if (its.has(topic)) other.send(all);
  }
});
