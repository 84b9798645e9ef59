/** GraphiQL with the prepared tabs, the sign-in and subscriptions. */
import { createGraphiQLFetcher, isAsyncIterable } from "@graphiql/toolkit";
import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { GraphiQL } from "graphiql";
import { getOperationAST } from "graphql";
import { createElement, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

import "./bar.js";
import { examples, startAnImport } from "./examples.js";
import { authorizedFetch, changes, endpoint } from "./session.js";
import { events } from "./subscriptions.js";
import { followStarted, uploads } from "./upload.js";

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

/** Fills the prepared tab that starts an import with an uploaded file, and runs it. */
function StartAfterUpload() {
  const { addTab, changeTab, run } = useGraphiQLActions();
  const { tabs, queryEditor, variableEditor, operationName } = useGraphiQL((state) => state);
  const [waiting, setWaiting] = useState(false);
  useEffect(() => {
    function fill({ detail }) {
      const index = tabs.findIndex(({ query }) => query === start.query);
      // A tab that was edited stays as it is.
      if (index < 0) addTab();
      else changeTab(index);
      queryEditor.setValue(start.query);
      variableEditor.setValue(JSON.stringify(detail, null, 2));
      setWaiting(true);
    }
    uploads.addEventListener("uploaded", fill);
    return () => uploads.removeEventListener("uploaded", fill);
  }, [tabs, queryEditor, variableEditor, addTab, changeTab]);
  useEffect(() => {
    // GraphiQL reads the operation's name out of the text a moment after the tab has changed, and sends it along.
    if (!waiting || operationName !== start.operationName) return;
    setWaiting(false);
    run();
  }, [waiting, operationName, run]);
  return null;
}

const prepared = examples();
const start = startAnImport(prepared);
const overHttp = createGraphiQLFetcher({ url: endpoint, fetch: authorizedFetch });

function fetcher(operation, options) {
  const definition = options?.documentAST && getOperationAST(options.documentAST, operation.operationName);
  if (definition?.operation === "subscription") return events(operation);
  const asked = overHttp(operation, options);
  return definition?.operation === "mutation" ? watched(asked) : asked;
}

/** The answers to a mutation, one of which may tell that a run was started. */
async function* watched(asked) {
  const answers = await asked;
  for await (const answer of isAsyncIterable(answers) ? answers : [answers]) {
    followStarted(answer);
    yield answer;
  }
}

const root = createRoot(document.getElementById("explorer"));
let session = 0;

function render() {
  // GraphiQL shows the first tab without its variables, and takes initial ones for what was typed last time.
  const firstOpening = localStorage.getItem("graphiql:tabState") === null;
  const initialVariables = firstOpening ? prepared[0].variables : undefined;
  const options = { key: session, fetcher, initialVariables, defaultTabs: prepared, defaultEditorToolsVisibility: "variables" };
  root.render(createElement(GraphiQL, options, createElement(SchemaAfterSignIn), createElement(StartAfterUpload)));
}

// Each tab keeps its last answer; under another key React drops them all, and the operations come back from the storage.
changes.addEventListener("forget", () => {
  session += 1;
  render();
});
render();
