// graphql-sse: three subscriptions at once, first with a stream each, then in one.
const { createClient } = require("graphql-sse");

const query = "subscription ($name: String!, $upto: Int!) { counted(name: $name, upto: $upto) }";

function listen(client, [name, upto]) {
  return new Promise((resolve, reject) => {
    const heard = [];
    const next = (result) => heard.push(result.data.counted);
    client.subscribe({ query, variables: { name, upto } }, { next, error: reject, complete: () => resolve(heard.join(", ")) });
  });
}

async function main() {
  for (const singleConnection of [false, true]) {
    const headers = { authorization: `Bearer ${process.env.PAIR_TOKEN}` };
    const client = createClient({ url: `${process.env.WIRETAPE_URL}/graphql/stream`, singleConnection, headers });
    const told = await Promise.all([["larch", 2], ["alder", 3], ["birch", 4]].map((each) => listen(client, each)));
    console.log(told.sort().join("\n"));
    client.dispose();
  }
}

main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
