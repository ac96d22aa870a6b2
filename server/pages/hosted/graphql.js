// One operation of the API over HTTP.

/** Milliseconds: several times what the slowest answer takes. */
const PATIENCE = 30_000;

/**
 * Asks the API.
 *
 * @returns {Promise<{outcome?: object, failed?: string, unreachable?: boolean}>} What the operation's one field
 *   answered; or the number of a request that failed; or that no answer came.
 */
export async function ask(query, variables) {
  try {
    const response = await fetch("graphql", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ query, variables }),
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE),
    });
    const { data, errors } = await response.json();
    const [outcome] = Object.values(data ?? {});
    return errors || !outcome ? { failed: response.headers.get("X-Request-Id") ?? "" } : { outcome };
  } catch {
    return { unreachable: true }; // no connection, no time left, or not JSON: something before the API answered
  }
}
