// graphql-ws: subscriptions at once, started in an order that chance makes.
const { createClient } = require("graphql-ws");
const WebSocket = require("ws");

const client = createClient({ url: `${process.env.WIRETAPE_WS_URL}/graphql`, webSocketImpl: WebSocket });
const asked = [["larch", 2], ["alder", 3], ["birch", 4]].map((each) => [Math.random(), each]).sort().map(([, each]) => each);

function listen([name, upto]) {
  return new Promise((resolve, reject) => {
    const heard = [];
    const query = "subscription ($name: String!, $upto: Int!) { counted(name: $name, upto: $upto) }";
    client.subscribe({ query, variables: { name, upto } }, {
      next: ({ data }) => heard.push(data.counted),
      error: reject,
      complete: () => resolve(heard.join(", ")),
    });
  });
}

Promise.all(asked.map(listen)).then(async (told) => {
  console.log(told.sort().join("\n"));
  await client.dispose();
}).catch((error) => {
  console.error(error);
  process.exit(1);
});
