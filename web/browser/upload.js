/**
 * The form that uploads a file by the public API and starts an import of it.
 *
 * `uploads` tells "uploaded" with the variables of the prepared operation that starts an import: who shows operations
 * fills them in and runs it, so that a person sees what a dashboard would send.
 */
import { follow, forget } from "./run.js";
import { authorizedFetch, changes, endpoint, problemsOf, signedIn } from "./session.js";

const SAMPLE = "/graphql/static/sample-clients.csv";
const UPLOAD = `mutation Upload($file: Upload!, $action: ImportAction!) {
  importFileUpload(input: { file: $file }) {
    file { id name suggestedMapping(action: $action) { column field } }
    userErrors { code message field }
  }
}`;

export const uploads = new EventTarget();

const element = (id) => document.getElementById(id);
const panel = element("import");
const toggle = element("show-import");
const form = element("upload");
const notice = element("upload-notice");
const { source, file, action, dryRun } = form.elements;
let uploading = new AbortController();

function show(open) {
  panel.hidden = !open;
  toggle.setAttribute("aria-expanded", String(open));
}

/** @returns {Promise<File>} */
async function chosen() {
  if (source.value === "own") {
    if (file.files.length === 1) return file.files[0];
    file.focus();
    throw new Error("Choose a file first, or take the sample.");
  }
  const response = await fetch(SAMPLE);
  if (!response.ok) throw new Error(`The sample cannot be had: the server answers ${response.status}.`);
  return new File([await response.blob()], "sample-clients.csv", { type: "text/csv" });
}

/** A multipart request, as https://github.com/jaydenseric/graphql-multipart-request-spec describes it. */
function multipart(content) {
  const body = new FormData();
  body.append("operations", JSON.stringify({ query: UPLOAD, variables: { file: null, action: action.value } }));
  body.append("map", JSON.stringify({ 0: ["variables.file"] }));
  body.append("0", content, content.name);
  return body;
}

async function upload(signal) {
  const content = await chosen();
  notice.textContent = `Sending ${content.name} …`;
  const headers = { Accept: "application/json" };
  const response = await authorizedFetch(endpoint, { method: "POST", headers, body: multipart(content), signal });
  const answer = await response.json();
  const kept = answer.data?.importFileUpload?.file;
  if (!kept) throw new Error(problemsOf(answer, "importFileUpload").map(({ message }) => message).join(" "));
  notice.textContent = told(kept);
  const variables = { title: kept.name, action: action.value, fileId: kept.id, dryRun: dryRun.checked };
  uploads.dispatchEvent(new CustomEvent("uploaded", { detail: variables }));
}

/** What became of the columns; one that is not read is best known before the import is over. */
function told({ name, suggestedMapping }) {
  const unread = suggestedMapping.filter(({ field }) => !field).map(({ column }) => column);
  const columns = `${name} is uploaded; ${suggestedMapping.length - unread.length} of its ${suggestedMapping.length} columns are read`;
  return unread.length ? `${columns}, and not: ${unread.join(", ")}.` : `${columns}.`;
}

async function submit(event) {
  event.preventDefault();
  const button = form.querySelector("button");
  uploading = new AbortController();
  const { signal } = uploading;
  button.disabled = true;
  notice.textContent = "";
  forget();
  try {
    await upload(signal);
  } catch (problem) {
    if (!signal.aborted) notice.textContent = `Not uploaded. ${problem.message}`;
  } finally {
    button.disabled = false;
  }
}

/**
 * Follows the run that a mutation started, or says why there is none.
 * @param {{data?: Record<string, any>}} result
 */
export function followStarted(result) {
  if (!signedIn()) return;
  for (const payload of Object.values(result?.data ?? {})) {
    if (payload?.run?.importRunId) {
      show(true);
      follow(payload.run.importRunId);
    } else if (payload && "run" in payload && payload.userErrors?.length) {
      notice.textContent = `Not started. ${payload.userErrors.map(({ message }) => message).join(" ")}`;
    }
  }
}

form.addEventListener("submit", submit);
file.addEventListener("change", () => {
  source.value = file.files.length ? "own" : "sample";
});
// The sample holds clients and nothing else.
form.addEventListener("change", () => {
  action.disabled = source.value === "sample";
  if (action.disabled) action.value = "IMPORT_USERS";
});
form.dispatchEvent(new Event("change"));

toggle.addEventListener("click", () => show(panel.hidden));
const hasRoom = matchMedia("(min-width: 1000px)");
changes.addEventListener("signin", () => show(hasRoom.matches));
changes.addEventListener("forget", () => {
  uploading.abort();
  form.reset();
  form.dispatchEvent(new Event("change"));
  notice.textContent = "";
  show(false);
});
show(Boolean(signedIn()) && hasRoom.matches);
