// The token of a mailed link: in the fragment, which no server sees; then in memory alone.

export const mailed = { token: null };

/** Takes the token out of the address bar and the history; tells whether there was one. */
export function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given === null) {
    return false;
  }
  mailed.token = given || null;
  history.replaceState({ linkTaken: true }, "", location.pathname + location.search);
  return mailed.token !== null;
}

/** Whether this entry of the history was opened by a link whose token is no longer known. */
export function wasReloaded() {
  return mailed.token === null && history.state?.linkTaken === true;
}

/** Forgets the token, once it is spent or of no use. */
export function forgetToken() {
  mailed.token = null;
  history.replaceState(null, "", location.pathname + location.search);
}
