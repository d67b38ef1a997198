// protoo-server: answers requests in any order, asks each client back that joins, and tells the others.
const http = require("http");
const protoo = require("protoo-server");

const server = http.createServer();
const room = new protoo.Room();
const random = () => Math.random().toString(36).slice(2).padEnd(11, "0");
const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 40));

new protoo.WebSocketServer(server, {}).on("connectionrequest", (info, accept, refuse) => {
  const query = new URL(info.request.url, "http://here").searchParams;
  if (query.get("token") !== process.env.PAIR_TOKEN) return refuse(403, "another token");
  const peer = room.createPeer(query.get("peerId"), accept());
  peer.on("request", async (request, accept, refuse) => {
    if (request.method === "fell") return refuse(404, "no such tree");
    await pause();
    accept({ echo: request.data.tree, producerId: random() });
    if (request.method !== "join") return;
    await peer.request("newConsumer", { id: `consumer-${random()}` });
    for (const other of room.peers) if (other !== peer) other.notify("joined", {}).catch(() => {});
  });
});
server.listen(Number(process.argv[2]), "127.0.0.1");
