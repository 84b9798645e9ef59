/** The bar above the explorer: the sign-in form, or who is signed in. */
import { changes, signIn, signOut, signedIn } from "./session.js";

const element = (id) => document.getElementById(id);
const form = element("sign-in");
const code = element("sign-in-code");
const notice = element("notice");

function show(message = "") {
  const who = signedIn();
  form.hidden = Boolean(who);
  element("signed-in").hidden = !who;
  element("who").textContent = who ? `${who.name} (${who.email})` : "";
  element("copy-token").textContent = "Copy token";
  notice.textContent = message;
}

async function submit(event) {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  notice.textContent = "";
  try {
    const problems = await signIn(Object.fromEntries(new FormData(form)));
    if (problems.length === 0) return leaveForm();
    notice.textContent = problems.map(({ message }) => message).join(" ");
    if (problems.some(asksForCode)) code.hidden = false;
    (code.hidden ? form.elements.password : form.elements.otp).focus();
  } catch (error) {
    notice.textContent = `Signing in failed: ${error.message}`;
  } finally {
    button.disabled = false;
  }
}

/** @param {{code: string, field?: string[]}} problem */
function asksForCode({ code: reason, field }) {
  return Boolean(field?.includes("otp")) || reason.includes("OTP");
}

/** The form is hidden now; the keyboard goes on with what took its place. */
function leaveForm() {
  form.reset();
  code.hidden = true;
  element("sign-out").focus();
}

async function copyToken() {
  await navigator.clipboard.writeText(signedIn()?.token ?? "");
  element("copy-token").textContent = "Copied";
}

form.addEventListener("submit", submit);
element("sign-out").addEventListener("click", () => {
  signOut();
  form.elements.email.focus();
});
// Browsers offer the clipboard to https and localhost only.
element("copy-token").hidden = !navigator.clipboard;
element("copy-token").addEventListener("click", copyToken);
for (const type of ["signin", "signout"]) {
  changes.addEventListener(type, ({ detail }) => show(detail));
}
// Why a sign-in failed says more than that there is none.
changes.addEventListener("refused", ({ detail }) => show(notice.textContent || detail));
show();
