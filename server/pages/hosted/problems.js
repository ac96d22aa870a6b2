// Why something was turned down, in the page's language: by its code; unknown ones in the server's words.

import { language, words } from "./language.js";

/** One broken rule in words; the server's own suggestion, which is English, knows the password best. */
export function rejection({ rule, message, suggestion }) {
  const reason = words("rules", rule) ?? message;
  const advice = (language() === "en" && suggestion) || words("suggestions", rule);
  return [reason, advice ?? suggestion ?? ""].join(" ").trim();
}

/** What is wrong with which field of an input: its name, and a maker of words. */
export function faultsOf(problem) {
  if (problem.violations) {
    return new Map([["newPassword", () => problem.violations.map(rejection).join(" ")]]);
  }
  return new Map(problem.fields.map(({ field, code, message }) => [field, () => words("fields", code) ?? message]));
}
