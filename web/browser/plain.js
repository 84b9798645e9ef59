/** The plain page: an operation, its variables and headers, and the answer, without any third-party code. */
import "./bar.js";
import { examples, startAnImport } from "./examples.js";
import { authorizedFetch, changes, endpoint } from "./session.js";
import { isStream, results } from "./stream.js";
import { followStarted, uploads } from "./upload.js";

const form = document.getElementById("operation");
const { example, query, variables, headers, run, stop } = form.elements;
const answer = document.getElementById("answer");
const prepared = examples();
let running = new AbortController();

function choose() {
  query.value = prepared[example.value].query;
  variables.value = prepared[example.value].variables;
}

/** @param {HTMLTextAreaElement} field */
function parsed(field) {
  try {
    return JSON.parse(field.value.trim() || "{}");
  } catch (problem) {
    field.focus();
    throw new Error(`${field.dataset.name} must be JSON: ${problem.message}`);
  }
}

async function ask() {
  const response = await authorizedFetch(endpoint, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: isOf("subscription") ? "text/event-stream" : "application/graphql-response+json, application/json;q=0.9",
      ...parsed(headers),
    },
    body: JSON.stringify({ query: query.value, variables: parsed(variables) }),
    signal: running.signal,
  });
  if (isStream(response)) {
    for await (const result of results(response)) show(result);
    return;
  }
  const text = await response.text();
  const result = json(text);
  if (result === undefined) {
    answer.textContent = text;
    return;
  }
  show(result);
  if (isOf("mutation")) followStarted(result);
}

/** What a proxy answers in the server's place may be anything. */
function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether the text has an operation of a kind. */
function isOf(kind) {
  return new RegExp(`^\\s*${kind}\\b`, "m").test(query.value);
}

function show(result) {
  answer.textContent = JSON.stringify(result, null, 2);
}

async function submit(event) {
  event?.preventDefault();
  running.abort();
  running = new AbortController();
  const { signal } = running;
  stop.disabled = false;
  answer.textContent = "…";
  try {
    await ask();
  } catch (problem) {
    if (!signal.aborted) answer.textContent = problem.message;
  } finally {
    if (!signal.aborted) stop.disabled = true;
  }
}

function interrupt() {
  running.abort();
  stop.disabled = true;
}

prepared.forEach(({ title }, index) => example.add(new Option(title, index)));
example.addEventListener("change", choose);
form.addEventListener("submit", submit);
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
});
stop.addEventListener("click", interrupt);
uploads.addEventListener("uploaded", ({ detail }) => {
  query.value = startAnImport(prepared).query;
  variables.value = JSON.stringify(detail, null, 2);
  submit();
});
changes.addEventListener("forget", () => {
  interrupt();
  answer.textContent = "";
});
choose();
