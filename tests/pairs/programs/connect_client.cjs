// connect-node: a call and three streams at once, by Connect in binary and by gRPC-Web.
const { randomUUID } = require("crypto");
const { createClient } = require("@connectrpc/connect");
const { createConnectTransport, createGrpcWebTransport } = require("@connectrpc/connect-node");
const { Wood } = require("./connect_service.cjs");

const settings = { baseUrl: process.env.WIRETAPE_URL, httpVersion: "1.1", useBinaryFormat: true };
const options = { headers: { authorization: `Bearer ${process.env.PAIR_TOKEN}` } };

async function listen(client, name) {
  const heard = [];
  for await (const tree of client.count({ name, id: randomUUID() }, options)) heard.push(tree.name);
  return heard.join(", ");
}

async function main() {
  for (const transport of [createConnectTransport(settings), createGrpcWebTransport(settings)]) {
    const client = createClient(Wood, transport);
    const id = randomUUID();
    const said = await client.say({ name: "oak", id }, options);
    console.log(said.name, said.id === id);
    console.log((await Promise.all(["larch", "alder", "birch"].map((name) => listen(client, name)))).join("\n"));
  }
}

main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
