// Where the endpoint is, and who asks: what every script here is given by tests/test_conformance.py.
import WebSocket from "ws";

export const url = process.env.ENDPOINT;
export const socketUrl = url.replace(/^http/, "ws");
export const authorization = `Bearer ${process.env.TOKEN}`;
export const run = Number(process.env.RUN);
export { WebSocket };

/** A fetch that signs in and remembers what was sent. */
export function signedFetch(sent = []) {
  return (address, options = {}) => {
    sent.push({ url: String(address), ...options });
    return fetch(address, { ...options, headers: { ...options.headers, authorization } });
  };
}

export const CLIENTS = "query Clients($first: Int!) { clients(first: $first, orderBy: [{field: EMAIL}]) { nodes { id clientId email } } }";
export const FOLLOW =
  "subscription Follow($run: Int!) { importRun(importRunId: $run) { id status totals { read added updated errored } } }";
export const ENDED = { status: "SUCCESS", totals: { read: 3, added: 3, updated: 0, errored: 0 } };
