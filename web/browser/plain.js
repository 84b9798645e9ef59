/** The plain page: an operation, its variables and headers, and the answer, without any third-party code. */
import "./bar.js";
import { examples } from "./examples.js";
import { authorizedFetch, endpoint } from "./session.js";

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
  const subscription = /^\s*subscription\b/m.test(query.value);
  const response = await authorizedFetch(endpoint, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: subscription ? "text/event-stream" : "application/graphql-response+json, application/json;q=0.9",
      ...parsed(headers),
    },
    body: JSON.stringify({ query: query.value, variables: parsed(variables) }),
    signal: running.signal,
  });
  if (response.headers.get("Content-Type")?.startsWith("text/event-stream")) return follow(response);
  return show(await response.text());
}

/** Shows each event of a stream as it comes. */
async function follow(response) {
  let buffer = "";
  for await (const text of chunks(response.body.pipeThrough(new TextDecoderStream()))) {
    const events = (buffer + text).replaceAll("\r\n", "\n").split("\n\n");
    buffer = events.pop();
    for (const event of events) {
      const data = event.match(/^data: ?(.+)$/m);
      if (data) show(data[1]);
    }
  }
}

/** Not every browser can loop over a stream. */
async function* chunks(stream) {
  const reader = stream.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
}

function show(text) {
  try {
    answer.textContent = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    answer.textContent = text;
  }
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

prepared.forEach(({ title }, index) => example.add(new Option(title, index)));
example.addEventListener("change", choose);
form.addEventListener("submit", submit);
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
});
stop.addEventListener("click", () => {
  running.abort();
  stop.disabled = true;
});
choose();
