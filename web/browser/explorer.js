/** GraphiQL with the prepared tabs, the sign-in and subscriptions. */
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { GraphiQL } from "graphiql";
import { getOperationAST } from "graphql";
import { createElement, useEffect } from "react";
import { createRoot } from "react-dom/client";

import "./bar.js";
import { examples } from "./examples.js";
import { authorizedFetch, changes, endpoint } from "./session.js";
import { events } from "./subscriptions.js";

const WORKERS = { graphql: "graphql.worker.js", json: "json.worker.js" };

globalThis.MonacoEnvironment = {
  getWorker: (_, label) =>
    new Worker(new URL(`./${WORKERS[label] ?? "editor.worker.js"}`, import.meta.url), { type: "module" }),
};

/** Reads the schema again after a sign-in when the first try was refused. */
function SchemaAfterSignIn() {
  const { introspect } = useGraphiQLActions();
  const schema = useGraphiQL((state) => state.schema);
  useEffect(() => {
    if (schema) return undefined;
    changes.addEventListener("signin", introspect);
    return () => changes.removeEventListener("signin", introspect);
  }, [schema, introspect]);
  return null;
}

const prepared = examples();
// GraphiQL shows the first tab without its variables, and takes initial ones for what was typed last time.
const firstOpening = localStorage.getItem("graphiql:tabState") === null;
const initialVariables = firstOpening ? prepared[0].variables : undefined;
const overHttp = createGraphiQLFetcher({ url: endpoint, fetch: authorizedFetch });

function fetcher(operation, options) {
  const definition = options?.documentAST && getOperationAST(options.documentAST, operation.operationName);
  return definition?.operation === "subscription" ? events(operation) : overHttp(operation, options);
}

createRoot(document.getElementById("explorer")).render(
  createElement(
    GraphiQL,
    { fetcher, initialVariables, defaultTabs: prepared, defaultEditorToolsVisibility: "variables" },
    createElement(SchemaAfterSignIn),
  ),
);
