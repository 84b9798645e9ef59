/** The run of an import, followed beside the answer from its start to its end. */
import { authorizedFetch, changes, endpoint, problemsOf } from "./session.js";
import { isStream, results } from "./stream.js";

const PAUSE = 2000; // ms before a stream that broke off is taken up again
const TOTALS = ["read", "added", "updated", "skipped", "errored", "warned"];
const RUN = `subscription Run($id: Int!) {
  importRun(importRunId: $id) {
    importRunId number dryRun status failure errorFileUrl
    job { title }
    totals { ${TOTALS.join(" ")} }
    progress { fraction rowsPerSecond }
    errorMessages(first: 5) { nodes { line column message } }
  }
}`;

const element = (id) => document.getElementById(id);
const panel = element("run");
let following = new AbortController();
let errorFile = null;

/**
 * Shows a run in the place of the one before, until it has ended.
 * @param {number} id
 */
export async function follow(id) {
  forget();
  const { signal } = following;
  for (;;) {
    try {
      if (await hasEnded(id, signal)) return;
      say("The server ended the stream; it is asked again.");
    } catch (problem) {
      if (signal.aborted) return;
      if (problem instanceof Refused) return say(problem.message);
      say(`The connection is lost; it is tried again. (${problem.message})`);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    if (signal.aborted) return;
  }
}

/** Shows no run any more, and follows none. */
export function forget() {
  following.abort();
  following = new AbortController();
  panel.hidden = true;
  for (const id of ["run-title", "run-status", "run-rate", "run-totals", "run-notice", "run-errors"]) element(id).replaceChildren();
}

/** What the server refuses, it would refuse again. */
class Refused extends Error {}

/** Follows one stream; true when the run had ended with it. */
async function hasEnded(id, signal) {
  const headers = { "Content-Type": "application/json", Accept: "text/event-stream" };
  const body = JSON.stringify({ query: RUN, variables: { id } });
  const response = await authorizedFetch(endpoint, { method: "POST", headers, body, signal });
  if (!isStream(response)) throw refusal(await response.json());
  let ended = false;
  for await (const result of results(response)) {
    if (result.errors) throw refusal(result);
    ended = show(result.data.importRun);
  }
  return ended;
}

function refusal(answer) {
  return new Refused(problemsOf(answer).map(({ message }) => message).join(" "));
}

/** @returns {boolean} whether the run has ended */
function show(run) {
  panel.hidden = false;
  panel.dataset.status = run.status;
  element("run-title").textContent = `${run.job.title}, run ${run.number}${run.dryRun ? ", dry" : ""}`;
  element("run-status").textContent = run.status;
  element("run-rate").textContent = run.progress.rowsPerSecond === null ? "" : `${run.progress.rowsPerSecond.toLocaleString("en")} rows per second`;
  element("run-progress").value = run.progress.fraction;
  element("run-totals").replaceChildren(...TOTALS.map((name) => total(name, run.totals[name])));
  say(run.failure ?? "");
  element("run-errors").replaceChildren(...run.errorMessages.nodes.map((error) => text("li", faultOf(error))));
  errorFile = run.errorFileUrl;
  const ended = !["NEW", "IN_PROGRESS"].includes(run.status);
  element("run-error-file").hidden = !ended || !errorFile;
  return ended;
}

function faultOf({ line, column, message }) {
  return `Line ${line}${column ? `, ${column}` : ""}: ${message}`;
}

function total(name, count) {
  const made = document.createElement("div");
  made.append(text("dt", name), text("dd", count.toLocaleString("en")));
  return made;
}

/** A new element that holds a text, and never markup. */
function text(name, content) {
  const made = document.createElement(name);
  made.textContent = content;
  return made;
}

function say(message) {
  panel.hidden = false;
  element("run-notice").textContent = message;
}

/** The file wants the token, which a link cannot carry. */
async function download() {
  try {
    const response = await authorizedFetch(errorFile);
    if (!response.ok) throw refusal(await response.json());
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await response.blob());
    link.download = "rejected.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), PAUSE);
  } catch (problem) {
    say(`Not downloaded. ${problem.message}`);
  }
}

element("run-error-file").addEventListener("click", download);
changes.addEventListener("forget", forget);
