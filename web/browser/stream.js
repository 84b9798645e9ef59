/** Server-sent events: a subscription over a request of its own, without any third-party code. */

/**
 * The results of a subscription as they come; ends when the server completes it.
 * @param {Response} response
 */
export async function* results(response) {
  let buffer = "";
  for await (const text of chunks(response.body.pipeThrough(new TextDecoderStream()))) {
    const events = (buffer + text).replaceAll("\r\n", "\n").split("\n\n");
    buffer = events.pop();
    for (const event of events) {
      const data = event.match(/^data: ?(\S.*)$/m);
      if (data) yield JSON.parse(data[1]);
    }
  }
}

/** @param {Response} response */
export function isStream(response) {
  return Boolean(response.headers.get("Content-Type")?.startsWith("text/event-stream"));
}

/** Not every browser can loop over a stream. */
async function* chunks(stream) {
  const reader = stream.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
}
