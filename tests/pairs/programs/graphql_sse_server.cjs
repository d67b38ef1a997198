// graphql-sse: subscriptions by server-sent events.
const http = require("http");
const { buildSchema } = require("graphql");
const { createHandler } = require("graphql-sse/lib/use/http");

const schema = buildSchema("type Query { tree: String } type Subscription { counted(name: String!, upto: Int!): String }");
schema.getSubscriptionType().getFields().counted.subscribe = async function* (_root, { name, upto }) {
  for (let number = 0; number < upto; number++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    yield { counted: `${name} ${number}` };
  }
};
http.createServer(createHandler({ schema })).listen(+process.argv[2], "127.0.0.1");
