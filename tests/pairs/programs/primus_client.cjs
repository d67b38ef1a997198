// Primus by WebSockets: three messages.
const Primus = require("primus");

const Socket = Primus.createSocket({ transformer: "websockets" });
const socket = new Socket(process.env.WIRETAPE_URL);
let left = 3;
socket.on("error", (error) => { console.error(error); process.exit(1); });
socket.on("open", () => ["larch", "alder", "birch"].forEach((tree) => socket.write({ tree })));
socket.on("data", (data) => {
  console.log(JSON.stringify(data));
  if (--left === 0) { socket.end(); process.exit(0); }
});
