// stomp-broker-js: a broker that wants a passcode, and tells subscribers what others send.
const http = require("http");
const StompServer = require("stomp-broker-js");

const server = http.createServer();
const broker = new StompServer({ server, path: "/stomp", protocol: "ws" });
broker.addMiddleware("connect", (socket, { headers }, next) => {
  if (headers.passcode === process.env.PAIR_PASSWORD) return next();
  socket.close();
});
server.listen(Number(process.argv[2]), "127.0.0.1");
