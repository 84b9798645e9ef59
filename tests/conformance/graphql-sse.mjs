// graphql-sse in distinct connections mode: a query, a subscription to its end, errors as results, an end by the client.
import assert from "node:assert/strict";
import { createClient } from "graphql-sse";
import { authorization, CLIENTS, ENDED, FOLLOW, run, url } from "./desk.mjs";

const client = createClient({ url, headers: { authorization }, retryAttempts: 0 });
async function results(payload) {
  const all = [];
  for await (const result of client.iterate(payload)) all.push(result);
  return all;
}

const [{ data }, ...more] = await results({ query: CLIENTS, variables: { first: 2 } });
assert.deepEqual(data.clients.nodes.map((node) => node.email), ["ann@example.com", "bo@example.com"]);
assert.deepEqual(more, []);

const states = await results({ query: FOLLOW, variables: { run } });
assert.equal(states.length, 1);
const { id, ...state } = states[0].data.importRun;
assert.deepEqual(state, ENDED);

for (const [query, code] of [["{ clients { ", "GRAPHQL_PARSE_FAILED"], ["{ nothing }", "GRAPHQL_VALIDATION_FAILED"]]) {
  const [refused] = await results({ query });
  assert.deepEqual(refused.errors.map((error) => error.extensions.code), [code]);
}

const endless = client.iterate({ query: "subscription { importRuns { status } }" });
const waiting = endless.next();
setTimeout(() => endless.return(), 300);
assert.equal((await waiting).done, true);
client.dispose();
