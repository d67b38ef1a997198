// socket.io: echoes, answers, and says good day by itself.
const http = require("node:http");
const { Server } = require("socket.io");

const server = http.createServer();
const io = new Server(server);
io.on("connection", (socket) => {
  socket.emit("welcome", { known: Boolean(socket.handshake.auth.token) });
  socket.on("ask", (text, answer) => {
    socket.emit("told", { text: `about ${text}` });
    answer(`heard ${text}`);
  });
});
server.listen(Number(process.argv[2]), "127.0.0.1");
