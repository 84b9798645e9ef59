/**
 * Who is signed in, kept for this browser tab alone, and requests made in their name.
 *
 * `changes` tells "signin", "signout" and "refused" (a request lacked a valid sign-in); each carries a sentence
 * for the person in `detail`.
 *
 * @typedef {{token: string, expiresAt: string | null, email: string, name: string}} SignedIn
 * @typedef {{email: string, password: string, otp?: string}} Credentials
 */

const KEY = "backoffice.session";
const LOGIN = `mutation SignIn($input: LoginInput!) {
  login(input: $input) { token expiresAt viewer { user { email name } } userErrors { code message field } }
}`;

export const endpoint = location.pathname;
export const changes = new EventTarget();

/** @returns {SignedIn | null} */
export function signedIn() {
  const stored = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  return stored && !(Date.parse(stored.expiresAt) <= Date.now()) ? stored : null;
}

/** @returns {{Authorization?: string}} */
export function authorization() {
  const who = signedIn();
  return who ? { Authorization: `Bearer ${who.token}` } : {};
}

/**
 * @param {Credentials} credentials
 * @returns {Promise<{code: string, message: string, field?: string[]}[]>} why not; empty when signed in
 */
export async function signIn({ email, password, otp }) {
  const input = { email, password, rememberMe: false, ...(otp && { otp }) };
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ query: LOGIN, variables: { input } }),
  });
  const { data, errors = [] } = await response.json();
  const login = data?.login;
  if (!login?.token) {
    const topLevel = errors.map(({ message, extensions }) => ({ code: extensions?.code ?? "", message }));
    return [...(login?.userErrors ?? []), ...topLevel];
  }
  const user = login.viewer?.user;
  const who = { token: login.token, expiresAt: login.expiresAt, email: user?.email ?? email, name: user?.name ?? email };
  sessionStorage.setItem(KEY, JSON.stringify(who));
  tell("signin");
  return [];
}

export function signOut() {
  sessionStorage.removeItem(KEY);
  tell("signout");
}

/** Someone must sign in (again) before what they asked for is answered. */
export function refused() {
  const had = sessionStorage.getItem(KEY) !== null;
  sessionStorage.removeItem(KEY);
  tell("refused", had ? "Your sign-in is no longer valid. Please sign in again." : "Please sign in first.");
}

/**
 * `fetch` with the token, unless the request brings credentials of its own.
 * @type {typeof fetch}
 */
export async function authorizedFetch(url, options = {}) {
  const headers = new Headers(options.headers);
  const ownCredentials = ["Authorization", "X-Auth-Token", "X-Api-Key"].some((name) => headers.has(name));
  const token = signedIn()?.token;
  if (token && !ownCredentials) headers.set("Authorization", `Bearer ${token}`);

  const response = await fetch(url, { ...options, headers });

  // An answer to an earlier sign-in must not end the present one.
  if (!ownCredentials && token === signedIn()?.token && (await isRefusal(response))) refused();
  return response;
}

/** @param {{errors?: {extensions?: {code?: string}}[]}} result */
export function isUnauthenticated(result) {
  return Boolean(result?.errors?.some?.((error) => error.extensions?.code === "UNAUTHENTICATED"));
}

/** @param {Response} response */
async function isRefusal(response) {
  if (response.status === 401) return true;
  if (!response.headers.get("Content-Type")?.includes("json")) return false;
  return isUnauthenticated(await response.clone().json().catch(() => ({})));
}

function tell(type, detail = "") {
  changes.dispatchEvent(new CustomEvent(type, { detail }));
}
