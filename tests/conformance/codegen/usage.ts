// What a TypeScript client may rely on; each line fails to compile when the schema says otherwise.
import type { ClientsQuery, ClientsQueryVariables, FollowSubscription, RunMutation } from "./operationTypes";
import type { Statement } from "./schemaTypes";

export const variables: ClientsQueryVariables = { first: 10, filter: { email: { startsWith: "ann" }, not: { birthday: { isNull: true } } } };

export function emails(answer: ClientsQuery): string[] {
  return answer.clients.nodes.map((client) => client.email.toLowerCase());
}

export function countries(answer: ClientsQuery): (string | undefined)[] {
  return answer.clients.nodes.map((client) => client.country?.countryName);
}

export function isOver(answer: FollowSubscription): boolean {
  const { status } = answer.importRun;
  return status === "SUCCESS" || status === "SUCCESS_WITH_ERRORS" || status === "FAILED";
}

export function refusals(answer: RunMutation): string[] {
  return answer.importJobRun.run ? [] : answer.importJobRun.userErrors.map((error) => `${error.code}: ${error.message}`);
}

// @ts-expect-error A first name may be missing.
export const initial = (answer: ClientsQuery): string => answer.clients.nodes[0]!.firstName.charAt(0);

// Exact numbers are text.
export const equity = (statement: Statement): string => statement.equity;
