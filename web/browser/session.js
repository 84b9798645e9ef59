/**
 * Who is signed in, kept for this browser tab alone, and requests made in their name.
 *
 * `changes` tells "signin", "signout" and "refused" (a request lacked a valid sign-in); each carries a sentence
 * for the person in `detail`. "forget" says that whoever looks at the page now may be somebody else: what it shows goes.
 *
 * @typedef {{token: string, expiresAt: string | null, email: string, name: string}} SignedIn
 * @typedef {{email: string, password: string, otp?: string}} Credentials
 */

const KEY = "backoffice.session";
const LOGIN = `mutation SignIn($input: LoginInput!) {
  login(input: $input) { token expiresAt viewer { user { email name } } userErrors { code message field } }
}`;
const LOGOUT = "mutation SignOut { logout { userErrors { code message field } } }";

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
  const response = await post({ query: LOGIN, variables: { input } });
  const answer = await response.json();
  const login = answer.data?.login;
  if (!login?.token) {
    tell("forget");
    return problemsOf(answer, "login");
  }
  const user = login.viewer?.user;
  const who = { token: login.token, expiresAt: login.expiresAt, email: user?.email ?? email, name: user?.name ?? email };
  sessionStorage.setItem(KEY, JSON.stringify(who));
  tell("signin");
  return [];
}

/** Forgets the token at once, and has the server forget it too. */
export async function signOut() {
  const token = signedIn()?.token;
  sessionStorage.removeItem(KEY);
  tell("forget");
  tell("signout");
  if (!token) return;
  try {
    // The page may be closed before the answer is there.
    const response = await post({ query: LOGOUT }, { headers: { Authorization: `Bearer ${token}` }, keepalive: true });
    const answer = await response.json();
    const [problem] = problemsOf(answer, "logout");
    if (problem && !isUnauthenticated(answer)) throw new Error(problem.message);
  } catch (problem) {
    tell("signout", `You are signed out here, but the server could not be told, so the token works until it expires. ${problem.message}`);
  }
}

/** Someone must sign in (again) before what they asked for is answered. */
export function refused() {
  const had = sessionStorage.getItem(KEY) !== null;
  sessionStorage.removeItem(KEY);
  if (had) tell("forget");
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

/**
 * Why an answer is not what was asked for: the errors of the operation, and those of one mutation's payload.
 * @returns {{code: string, message: string, field?: string[]}[]}
 */
export function problemsOf({ data, errors = [] }, mutation) {
  const ofOperation = errors.map(({ message, extensions }) => ({ code: extensions?.code ?? "", message }));
  return [...(data?.[mutation]?.userErrors ?? []), ...ofOperation];
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

function post(operation, { headers = {}, ...options } = {}) {
  const accepted = { "Content-Type": "application/json", Accept: "application/json", ...headers };
  return fetch(endpoint, { method: "POST", headers: accepted, body: JSON.stringify(operation), ...options });
}

function tell(type, detail = "") {
  changes.dispatchEvent(new CustomEvent(type, { detail }));
}
