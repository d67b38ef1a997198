// socket.io-client in two namespaces over one connection, which begins by polling; it stays for some of the service's pings.
const { io } = require("socket.io-client");

const settings = { auth: { token: process.env.PAIR_TOKEN }, reconnection: false };
const sockets = ["/oak", "/elm"].map((name) => io(process.env.WIRETAPE_URL + name, settings));
function fail(error) {
  console.error(error);
  process.exit(1);
}

async function main() {
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.on("connect", resolve))));
  for (let number = 0; number < 3; number++) {
    for (const socket of sockets) {
      const heard = new Promise((resolve) => socket.once("said", (text, bytes) => resolve(`${text} ${bytes}`)));
      const done = await socket.timeout(10000).emitWithAck("say", `tree ${number}`, Buffer.from([65, 66, 67, 65 + number]));
      console.log(done.length, await heard);
    }
  }
  let pings = 0;
  await new Promise((resolve) => sockets[0].io.on("ping", () => ++pings === 3 && resolve()));
  process.exit(0);
}
sockets.forEach((socket) => socket.on("connect_error", fail));
main().catch(fail);
