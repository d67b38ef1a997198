// Phoenix' own client: three channels on one socket at once, with counted references and heartbeats.
const { Socket } = require("phoenix");

// A heartbeat without an answer until the next one is due ends the socket, and a busy machine needs some time.
const params = { token: process.env.PAIR_TOKEN };
const transport = require("ws");
const socket = new Socket(`${process.env.WIRETAPE_WS_URL}/socket`, { transport, params, heartbeatIntervalMs: 400 });
const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 400));

function done(push) {
  return new Promise((resolve, reject) => {
    const fail = (what) => () => reject(new Error(what));
    push.receive("ok", resolve).receive("error", fail("error")).receive("timeout", fail("timeout"));
  });
}

async function talk(room) {
  await pause();
  const channel = socket.channel(`room:${room}`, params);
  const next = (event) => new Promise((resolve) => channel.on(event, resolve));
  const present = next("presence_state");
  await done(channel.join());
  const lines = [Object.keys(await present).join()];
  for (const text of ["one", "two"]) {
    const heard = next("shout");
    lines.push((await done(channel.push("shout", { body: `${room} ${text}` }))).said, (await heard).body);
    await pause();
  }
  await done(channel.leave());
  return lines.join(", ");
}

async function main() {
  socket.connect();
  console.log((await Promise.all(["ash", "elm", "oak"].map(talk))).join("\n"));
  await new Promise((resolve) => socket.disconnect(resolve));
}
main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
