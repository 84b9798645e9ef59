/** Subscriptions over one WebSocket, in the name of whoever is signed in. */
import { createClient } from "graphql-ws";

import { authorization, changes, endpoint, isUnauthenticated, refused } from "./session.js";

const UNAUTHORIZED = 4401;
const FORBIDDEN = 4403;

function connect() {
  const url = new URL(endpoint, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return createClient({
    url: url.href,
    connectionParams: authorization,
    // Proxies close sockets that stay silent for a minute.
    keepAlive: 20_000,
    retryAttempts: 3,
    shouldRetry: (problem) => problem.code !== FORBIDDEN,
  });
}

let client = connect();

// A socket keeps the token that it was opened with.
for (const type of ["signin", "signout"]) {
  changes.addEventListener(type, () => {
    client.dispose();
    client = connect();
  });
}

/** The events of a subscription, as the observable that GraphiQL follows and stops. */
export function events(operation) {
  return {
    subscribe: ({ next, error, complete }) => ({
      unsubscribe: client.subscribe(operation, { next, complete, error: (problem) => error(told(problem)) }),
    }),
  };
}

/** What ended a subscription, as GraphQL errors. */
function told(problem) {
  const errors = problem instanceof CloseEvent ? [closed(problem)] : problem;
  if (isUnauthenticated({ errors })) refused();
  return errors;
}

/** @param {CloseEvent} event */
function closed({ code, reason }) {
  if (code === UNAUTHORIZED || code === FORBIDDEN) {
    return { message: "Subscriptions need a valid sign-in.", extensions: { code: "UNAUTHENTICATED" } };
  }
  return { message: `The server closed the connection: ${[code, reason].filter(Boolean).join(" ")}.` };
}
