// urql, whose fetch exchange lists text/event-stream in each request: a query, an error, a subscription over fetch.
import assert from "node:assert/strict";
import { Client, fetchExchange } from "@urql/core";
import { CLIENTS, ENDED, FOLLOW, run, signedFetch, url } from "./desk.mjs";

const sent = [];
const client = new Client({ url, exchanges: [fetchExchange], fetch: signedFetch(sent), fetchSubscriptions: true, preferGetMethod: false });

const found = await client.query(CLIENTS, { first: 2 }).toPromise();
assert.equal(found.error, undefined);
assert.deepEqual(found.data.clients.nodes.map((node) => node.email), ["ann@example.com", "bo@example.com"]);
assert.match(sent[0].headers.accept, /text\/event-stream/);

const refused = await client.query("{ nothing }", {}).toPromise();
assert.deepEqual(refused.error.graphQLErrors.map((error) => error.extensions.code), ["GRAPHQL_VALIDATION_FAILED"]);
assert.equal(refused.error.networkError, undefined);

const states = [];
await new Promise((resolve, reject) => {
  client.subscription(FOLLOW, { run }).subscribe((state) => {
    if (state.error) reject(state.error);
    if (state.data) states.push(state.data.importRun);
    if (!state.hasNext) resolve();
  });
});
const { status, totals } = states.at(-1);
assert.deepEqual({ status, totals }, ENDED);
