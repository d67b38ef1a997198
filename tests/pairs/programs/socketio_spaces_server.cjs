// socket.io: two namespaces with a room each; what is said there with bytes goes to all in the room.
const http = require("http").createServer();
const { Server } = require("socket.io");

const io = new Server(http, { pingInterval: 300 });
for (const name of ["/oak", "/elm"]) {
  io.of(name).on("connection", (socket) => {
    socket.join("forest");
    socket.on("say", (text, bytes, done) => {
      io.of(name).to("forest").emit("said", text, bytes);
      done({ length: bytes.length, at: new Date() });
    });
  });
}
http.listen(Number(process.argv[2]), "127.0.0.1");
