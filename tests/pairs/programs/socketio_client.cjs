// socket.io-client by the transports named (as many as there are, in that order).
const { io } = require("socket.io-client");

const auth = process.env.PAIR_TOKEN ? { token: process.env.PAIR_TOKEN } : {};
const socket = io(process.env.WIRETAPE_URL, { transports: process.argv.slice(2), auth, reconnection: false });
const heard = [];
let waiting = null;
function hear(said) {
  heard.push(said);
  waiting?.();
}
async function next() {
  while (!heard.length) await new Promise((resolve) => (waiting = resolve));
  return JSON.stringify(heard.shift());
}
socket.on("welcome", hear);
socket.on("told", hear);
socket.on("connect_error", fail);
function fail(error) {
  console.error(error);
  process.exit(1);
}

async function main() {
  console.log("welcome", await next());
  const { engine } = socket.io;
  if (engine.transport.name !== process.argv.at(-1)) await new Promise((resolve) => engine.once("upgrade", resolve));
  for (let number = 0; number < 3; number++) {
    console.log("answer", await socket.timeout(10000).emitWithAck("ask", `tree ${number}`));
    console.log("told", await next());
  }
  socket.disconnect();
}
main().catch(fail);
