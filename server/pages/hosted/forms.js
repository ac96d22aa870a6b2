// What every form of the pages does: check, send once, say what came of it.

import { ask } from "./graphql.js";
import { say, span, unsay, words } from "./language.js";
import { faultsOf, rejection } from "./problems.js";

export const byId = (id) => document.getElementById(id);

/** Says something above the forms. `kind` is plain, good or bad. */
export function tell(kind, heading, text) {
  const [strong, paragraph] = [document.createElement("strong"), document.createElement("p")];
  say(strong, heading);
  say(paragraph, text);
  byId("notice").className = kind;
  byId("notice").replaceChildren(strong, paragraph);
}

export function hush() {
  byId("notice").replaceChildren();
}

/** Takes back what was said of a field: it is about what was typed before. */
function clear(input) {
  const place = byId(`${input.id}-error`);
  if (place) {
    input.removeAttribute("aria-invalid");
    unsay(place);
  }
}

/** Writes what is wrong under each field that `faults` (name to a maker of words) has, and clears the others. */
function mark(form, faults) {
  const inputs = [...form.elements].filter((each) => byId(`${each.id}-error`));
  for (const input of inputs) {
    const make = faults.get(input.name);
    if (make) {
      input.setAttribute("aria-invalid", "true");
      say(byId(`${input.id}-error`), make);
    } else {
      clear(input);
    }
  }
  return inputs.find((input) => faults.has(input.name));
}

/** What can be seen before anything is sent. */
function check(form, firstBroken) {
  const faults = new Map();
  const { newPassword, repeatNewPassword } = form.elements;
  for (const input of form.elements) {
    const value = input.type === "password" ? input.value : input.value.trim();
    if (input.required && value === "") {
      faults.set(input.name, () => words("fields", "REQUIRED"));
    }
  }
  const rule = newPassword?.value && firstBroken(newPassword.value);
  if (rule) {
    faults.set("newPassword", () => rejection({ rule }));
  } else if (newPassword?.value && repeatNewPassword.value && newPassword.value !== repeatNewPassword.value) {
    faults.set("repeatNewPassword", () => words("fields", "DIFFERS"));
  }
  return faults;
}

/** Says why something was turned down, and moves focus to where it can be mended. */
function explain(form, problem) {
  const faults = faultsOf(problem);
  const wrong = mark(form, faults);
  const wait = () => ({ wait: span(problem.retryAfterSeconds ?? 0) });
  tell(
    "bad",
    () => words("headings", problem.code) ?? problem.heading,
    () => {
      const message = words("problems", problem.code, wait()) ?? problem.message;
      return wrong ? message : [message, ...[...faults.values()].map((make) => make())].join(" ");
    },
  );
  (wrong ?? byId("notice")).focus();
}

function tellFailure({ failed: id }) {
  const key = id === undefined ? "unreachable" : "failed";
  tell("bad", () => words("said", `${key}_heading`), () => words("said", key, { id }));
  byId("notice").focus();
}

/** The checkbox that shows what was typed; nothing is sent from fields that show it. */
function letShow(form) {
  const { show } = form.elements;
  const secrets = form.querySelectorAll("input[type=password]");
  const turn = () => secrets.forEach((input) => (input.type = show.checked ? "text" : "password"));
  show?.addEventListener("change", turn);
  return () => {
    if (show?.checked) {
      show.checked = false;
      turn();
    }
  };
}

/**
 * Sends a form by the API, once at a time.
 *
 * @param {object} flow `request` gives the document and its input; `done` and `refused` get the outcome, the
 *   latter before it is explained; `firstBroken` names the first rule that a new password breaks.
 */
export function answer(form, { request, done, refused = () => {}, firstBroken = () => {} }) {
  const button = form.querySelector("button.main");
  const hide = letShow(form);
  let busy = false;

  async function send() {
    const got = await ask(...request());
    if (!got.outcome) {
      tellFailure(got);
    } else if (got.outcome.success) {
      done(got.outcome);
    } else {
      refused(got.outcome);
      explain(form, got.outcome);
    }
  }

  form.addEventListener("input", (event) => clear(event.target));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) {
      return;
    }
    hush();
    hide();
    const wrong = mark(form, check(form, firstBroken));
    if (wrong) {
      wrong.focus();
      return;
    }
    busy = true;
    button.setAttribute("aria-disabled", "true");
    await send();
    busy = false;
    button.removeAttribute("aria-disabled");
  });
}

/** The end: the forms go, and what happened takes their place. */
export function finish() {
  const [heading, paragraph] = [byId("heading"), document.createElement("p")];
  for (const element of [heading, document.querySelector("title")]) {
    delete element.dataset.text;
    say(element, () => words("said", "done_heading"));
  }
  say(paragraph, () => words("said", "done"));
  byId("views").replaceChildren(paragraph);
  heading.focus();
}
