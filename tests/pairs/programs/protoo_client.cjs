// protoo-client: two peers with names that they make up, and requests with random numbers, three at once.
const protoo = require("protoo-client");

const lines = [];
const pause = (most) => new Promise((resolve) => setTimeout(resolve, Math.random() * most));

async function join(name, onNotification = () => {}) {
  const query = new URLSearchParams({ roomId: "forest", peerId: crypto.randomUUID(), token: process.env.PAIR_TOKEN });
  const peer = new protoo.Peer(new protoo.WebSocketTransport(`${process.env.WIRETAPE_WS_URL}/?${query}`));
  peer.on("request", ({ data }, accept) => accept({ took: data.id }));
  peer.on("notification", onNotification);
  await new Promise((resolve) => peer.on("open", resolve));
  lines.push((await peer.request("join", { tree: name })).echo);
  return peer;
}

async function main() {
  let told;
  const joined = new Promise((resolve) => (told = resolve));
  const oak = await join("oak", ({ method }) => told(method));
  // The first peer's answer and the second one's connection reach the service by two sockets, in any order.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const elm = await join("elm");
  lines.push(await joined);
  const echoes = ["ash", "fir", "yew"].map(async (tree) => {
    await pause(60);
    return (await oak.request("produce", { tree })).echo;
  });
  lines.push((await Promise.all(echoes)).join());
  await elm.request("fell", {}).catch(({ code, message }) => lines.push(`${code} ${message}`));
  oak.close();
  elm.close();
  console.log(lines.join("\n"));
  await new Promise((resolve) => setTimeout(resolve, 50));
}
main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
