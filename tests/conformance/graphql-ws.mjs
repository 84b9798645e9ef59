// graphql-ws: a query, a subscription to its end, an error that leaves the socket open, a ping that is answered.
import assert from "node:assert/strict";
import { createClient } from "graphql-ws";
import { authorization, CLIENTS, ENDED, FOLLOW, run, socketUrl, WebSocket } from "./desk.mjs";

let opened = 0;
let ponged;
const pong = new Promise((resolve) => (ponged = resolve));
const client = createClient({
  url: socketUrl,
  webSocketImpl: WebSocket,
  connectionParams: { Authorization: authorization },
  lazy: false,
  retryAttempts: 0,
  keepAlive: 200,
  on: { opened: () => (opened += 1), pong: (received) => received && ponged() },
});

const results = async (payload) => Array.fromAsync
  ? Array.fromAsync(client.iterate(payload))
  : (async () => {
      const all = [];
      for await (const result of client.iterate(payload)) all.push(result);
      return all;
    })();

const [{ data }, ...more] = await results({ query: CLIENTS, variables: { first: 2 } });
assert.deepEqual(data.clients.nodes.map((node) => node.email), ["ann@example.com", "bo@example.com"]);
assert.deepEqual(more, []);

const states = await results({ query: FOLLOW, variables: { run } });
assert.equal(states.length, 1);
const { id, ...state } = states[0].data.importRun;
assert.deepEqual(state, ENDED);

await assert.rejects(results({ query: "{ clients { " }), (errors) => errors[0].extensions.code === "GRAPHQL_PARSE_FAILED");
await assert.rejects(results({ query: "{ nothing }" }), (errors) => errors[0].extensions.code === "GRAPHQL_VALIDATION_FAILED");
await assert.rejects(results({ query: "query A { __typename }", operationName: "B" }), (errors) => errors[0].extensions.code === "BAD_USER_INPUT");

await pong;
assert.equal((await results({ query: "{ __typename }" }))[0].data.__typename, "Query");
assert.equal(opened, 1);
await client.dispose();
