/**
 * The prepared operations that the server put into the page.
 * @typedef {{title: string, query: string, variables: string}} Example
 * @returns {Example[]}
 */
export function examples() {
  const prepared = JSON.parse(document.body.dataset.tabs);
  // The commands in comments can be copied as they are: they name this server.
  return prepared.map((example) => ({ ...example, query: example.query.replaceAll("$ORIGIN", location.origin) }));
}
