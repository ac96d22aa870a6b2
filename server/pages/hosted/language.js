// The page's words, and the switch to another language without losing what was typed.

import { TEXTS } from "./texts.js";

const root = document.documentElement;
const said = new Map();

export const language = () => root.lang;

/** A text in the page's language with its {places} filled; undefined where there is no such key. */
export function words(section, key, values = {}) {
  return TEXTS[root.lang][section][key]?.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export const number = (value) => new Intl.NumberFormat(root.lang).format(value);

/** A number of seconds in words, in the largest unit that does not understate it: 90 is "2 minutes". */
export function span(seconds) {
  const [unit, size] = seconds > 3600 ? ["hour", 3600] : seconds > 60 ? ["minute", 60] : ["second", 1];
  const style = { style: "unit", unit, unitDisplay: "long" };
  return new Intl.NumberFormat(root.lang, style).format(Math.ceil(seconds / size));
}

/** Shows what `make` gives, and shows it anew in another language. */
export function say(element, make) {
  said.set(element, make);
  element.textContent = make();
}

export function unsay(element) {
  said.delete(element);
  element.textContent = "";
}

function turnTo(link) {
  root.lang = link.lang;
  root.dir = TEXTS[link.lang].direction;
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = words("page", element.dataset.text);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", words("page", element.dataset.label));
  }
  for (const other of document.querySelectorAll("a[data-page]:not([data-page=''])")) {
    other.setAttribute("href", `${other.dataset.page}?lang=${root.lang}`);
  }
  document.querySelector("nav [aria-current]")?.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  for (const [element, make] of said) {
    element.textContent = make();
  }
  history.replaceState(history.state, "", `?lang=${root.lang}`);
}

for (const link of document.querySelectorAll("nav a")) {
  link.addEventListener("click", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      turnTo(link);
    }
  });
}
