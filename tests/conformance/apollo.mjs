// Apollo Client: variables, a cache that knows rows by their id, errors, persisted queries by hash, a subscription.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createClient } from "graphql-ws";
import { authorization, CLIENTS, ENDED, FOLLOW, run, signedFetch, socketUrl, url, WebSocket } from "./desk.mjs";

const sent = [];
const http = new HttpLink({ uri: url, fetch: signedFetch(sent) });
const sockets = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: { Authorization: authorization } });
const isSubscription = ({ operationType }) => operationType === "subscription";
const link = ApolloLink.split(isSubscription, new GraphQLWsLink(sockets), http);
const client = new ApolloClient({ cache: new InMemoryCache(), link });

const { data } = await client.query({ query: gql(CLIENTS), variables: { first: 3 } });
const [ann] = data.clients.nodes;
assert.equal(ann.email, "ann@example.com");

const ONE = gql`query One($id: ID!) { node(id: $id) { id ... on Client { firstName email } } }`;
const one = await client.query({ query: ONE, variables: { id: ann.id } });
assert.equal(one.data.node.firstName, "Ann");
const cached = client.cache.extract();
assert.equal(Object.keys(cached).filter((key) => key.startsWith("Client:")).length, 3);
assert.deepEqual(cached[`Client:${ann.id}`], {
  __typename: "Client", id: ann.id, clientId: ann.clientId, email: ann.email, firstName: "Ann",
});
const before = sent.length;
await client.query({ query: gql(CLIENTS), variables: { first: 3 } });
assert.equal(sent.length, before);

await assert.rejects(client.query({ query: gql`{ nothing }` }), (error) => {
  assert(CombinedGraphQLErrors.is(error), String(error));
  return error.errors[0].extensions.code === "GRAPHQL_VALIDATION_FAILED";
});

const states = [];
await new Promise((complete, error) =>
  client.subscribe({ query: gql(FOLLOW), variables: { run } }).subscribe({ next: (state) => states.push(state), error, complete }),
);
assert.equal(states.length, 1);
const { status, totals: { __typename, ...totals } } = states[0].data.importRun;
assert.deepEqual({ status, totals }, ENDED);

{
  const sha256 = (text) => createHash("sha256").update(text).digest("hex");
  for (const useGETForHashedQueries of [false, true]) {
    sent.length = 0;
    const hashed = new PersistedQueryLink({ sha256, useGETForHashedQueries });
    const ask = (name) =>
      new ApolloClient({ cache: new InMemoryCache(), link: hashed.concat(http) })
        .query({ query: gql(CLIENTS.replace("Clients(", `${name}(`)), variables: { first: 1 } });
    for (let turn = 0; turn < 2; turn += 1) {
      const { data } = await ask(`Hashed${useGETForHashedQueries}`);
      assert.equal(data.clients.nodes[0].email, "ann@example.com");
    }
    // Unknown, then with its text, then known by its hash.
    assert.equal(sent.length, 3);
    assert.equal(sent[2].method, useGETForHashedQueries ? "GET" : "POST");
    assert(!`${sent[2].url} ${sent[2].body}`.includes("orderBy"));
  }
}
client.stop();
await sockets.dispose();
