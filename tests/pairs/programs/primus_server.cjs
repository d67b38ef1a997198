// Primus by WebSockets: says again what it is told.
const http = require("http");
const Primus = require("primus");

const server = http.createServer().listen(+process.argv[2], "127.0.0.1");
const primus = new Primus(server, { transformer: "websockets" });
primus.on("connection", (spark) => spark.on("data", (data) => spark.write({ echo: data })));
