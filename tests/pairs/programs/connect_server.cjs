// connect-node: Connect, gRPC and gRPC-Web on the same paths.
const http = require("http");
const { connectNodeAdapter } = require("@connectrpc/connect-node");
const { Wood } = require("./connect_service.cjs");

const handlers = {
  say: ({ name, id }) => ({ name: `the ${name}`, id }),
  count: async function* ({ name }) {
    for (let number = 0; number < 3; number++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      yield { name: `${name} ${number}` };
    }
  },
};
http.createServer(connectNodeAdapter({ routes: (router) => router.service(Wood, handlers) })).listen(+process.argv[2], "127.0.0.1");
