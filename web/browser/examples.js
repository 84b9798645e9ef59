/**
 * The prepared operations that the server put into the page.
 * @typedef {{title: string, query: string, variables: string}} Example
 * @returns {Example[]}
 */
export function examples() {
  return JSON.parse(document.body.dataset.tabs);
}

/**
 * The one that starts an import, with the name of its operation.
 * @param {Example[]} prepared
 * @returns {Example & {operationName: string}}
 */
export function startAnImport(prepared) {
  const operationName = "StartAnImport";
  return { ...prepared.find(({ query }) => query.includes(`mutation ${operationName}(`)), operationName };
}
