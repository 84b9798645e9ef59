// The audits of GraphQL over HTTP: a failed MUST is an error, a failed SHOULD a warning; a MAY is left to us.
import { serverAudits } from "graphql-http";
import { signedFetch, url } from "./desk.mjs";

const results = await Promise.all(serverAudits({ url, fetchFn: signedFetch() }).map((audit) => audit.fn()));
const failed = results.filter((result) => ["error", "warn"].includes(result.status));
for (const { status, id, name, reason } of failed) console.error(`${status} ${id}: ${name}: ${reason}`);
process.exitCode = failed.length || results.length < 50 ? 1 : 0;
console.log(`${results.length} audits, ${failed.length} failed`);
