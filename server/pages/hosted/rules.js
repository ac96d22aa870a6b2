// The rules for a new password, marked as one types. The server's answer decides; this only saves a round.

import { POLICY } from "./documents.js";
import { ask } from "./graphql.js";
import { number, say, words } from "./language.js";

/** Bytes of UTF-8 that a password has at most, whatever its length in characters. */
const MOST_BYTES = 1024;
/** Milliseconds without typing, after which a screen reader is told how far one is. */
const PAUSE = 1000;

const KINDS = {
  requireLower: ["rule_lower", /\p{Lowercase}/u],
  requireUpper: ["rule_upper", /\p{Uppercase}/u],
  requireDigit: ["rule_digit", /\p{Nd}/u],
  requireSpecial: ["rule_special", /[^\p{L}\p{N}]/u],
};

/** Code points after NFC, which is how passwords are kept. */
const length = (text) => [...text.normalize("NFC")].length;
const bytes = (text) => new TextEncoder().encode(text.normalize("NFC")).length;

function rulesOf(policy) {
  const { minLength: min, maxLength: max } = policy;
  const kinds = Object.keys(KINDS).filter((name) => policy[name]);
  return [
    { label: "rule_min", rule: "MIN_LENGTH", holds: (text) => length(text) >= min, values: () => ({ min: number(min) }) },
    {
      label: "rule_max",
      rule: "MAX_LENGTH",
      holds: (text) => length(text) <= max && bytes(text) <= MOST_BYTES,
      values: () => ({ max: number(max) }),
      quiet: true, // said only where it is broken
    },
    ...kinds.map((name) => {
      const [label, pattern] = KINDS[name];
      return { label, rule: "COMPOSITION", holds: (text) => pattern.test(text.normalize("NFC")) };
    }),
  ];
}

function line(rule) {
  const item = document.createElement("li");
  item.append(document.createElement("span"), document.createElement("span"));
  item.lastChild.className = "unseen";
  return { ...rule, item };
}

/**
 * Lists the rules below the new password and marks those that hold.
 *
 * @returns {(text: string) => string | undefined} Names the first rule that a password breaks, as far as known.
 */
export function showRules(form) {
  const { newPassword, repeatNewPassword } = form.elements;
  const list = document.getElementById("rules");
  const progress = document.getElementById("progress");
  let rules = [];
  let pause;

  function mark() {
    const [text, again] = [newPassword.value, repeatNewPassword.value];
    for (const { item, label, holds, quiet, values } of rules) {
      const met = holds(text, again);
      item.hidden = Boolean(quiet) && met;
      item.classList.toggle("met", met);
      say(item.firstChild, () => words("said", label, values?.()));
      say(item.lastChild, () => `(${words("said", met ? "met" : "unmet")})`);
    }
  }

  function tellLater() {
    clearTimeout(pause);
    pause = setTimeout(() => {
      const met = list.querySelectorAll(".met:not([hidden])").length;
      const all = list.querySelectorAll("li:not([hidden])").length;
      say(progress, () => words("said", "rules_met", { met: number(met), all: number(all) }));
    }, PAUSE);
  }

  function fill(found) {
    const same = { label: "rule_same", holds: (text, again) => text !== "" && text === again };
    rules = [...found, same].map(line);
    list.replaceChildren(...rules.map(({ item }) => item));
    mark();
  }

  form.addEventListener("input", (event) => {
    if (event.target === newPassword || event.target === repeatNewPassword) {
      mark();
      tellLater();
    }
  });
  ask(POLICY).then(({ outcome }) => fill(outcome ? rulesOf(outcome) : []));
  return (text) => rules.find(({ rule, holds }) => rule && !holds(text))?.rule;
}
