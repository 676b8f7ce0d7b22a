/** The desk's server: requests that name what went wrong, and the feed of what happens. */

/** A refusal or failure with words for the person. */
export class DeskError extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

/** Ask the server; `path` is below /desk/api. Resolves with what it answers. */
export async function ask(method, path, body = null) {
  let response;
  try {
    response = await fetch(`/desk/api${path}`, {
      method,
      headers: body ? { 'Content-Type': 'application/json' } : {},
      body: body && JSON.stringify(body),
    });
  } catch {
    throw new DeskError('The server cannot be reached. Check your connection.');
  }
  if (response.ok) return response.json();
  const { detail } = await response.json().catch(() => ({}));
  throw new DeskError(explain(response.status, detail), response.status);
}

/** Close the line into a call although the page is being left. */
export function leave(id) {
  navigator.sendBeacon(`/desk/api/calls/${encodeURIComponent(id)}/leave`);
}

/**
 * All that happens, as it happens. Comes back by itself when the connection was lost, and then
 * begins with all calls again. `onDown` is told when the feed is gone, and may be told often.
 */
export function follow(onEvent, onDown) {
  const source = new EventSource('/desk/api/feed');
  source.onmessage = ({ data }) => onEvent(JSON.parse(data));
  source.onerror = () => onDown(source.readyState === EventSource.CLOSED);
  return source;
}

function explain(status, detail) {
  if (Array.isArray(detail)) return detail.map(({ msg }) => msg).join('; ');
  const said = typeof detail === 'string' ? detail : `the server said ${status}`;
  return `${said[0].toUpperCase()}${said.slice(1)}.`;
}
