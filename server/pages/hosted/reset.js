// /reset-password: by the mailed link, or by the mail's code with the address; and the wish for a mail.

import { REQUEST, RESET } from "./documents.js";
import { answer, byId, finish, hush, tell } from "./forms.js";
import { forgetToken, mailed, takeToken, wasReloaded } from "./fragment.js";
import { language, say, words } from "./language.js";
import { showRules } from "./rules.js";

const [ask, set] = [byId("ask"), byId("set")];
const [wish, address, code] = [byId("ask-address"), byId("address"), byId("code")];

/** Shows what leads on: ask for a mail, type its code, or (by the link) the new password alone. */
function show(view) {
  const byLink = view === "link";
  ask.hidden = view !== "ask";
  set.hidden = view === "ask";
  byId("code-field").hidden = byLink;
  // A password manager still finds whose password it is, where that is known.
  byId("address-field").className = byLink ? "unseen" : "field";
  byId("address-field").ariaHidden = byLink ? "true" : null;
  [address.readOnly, address.tabIndex] = byLink ? [true, -1] : [false, 0];
  [address.required, code.required] = [!byLink, !byLink];
  say(byId("lead"), () => words("said", byLink ? "link_lead" : "code_lead"));
}

function showCode() {
  address.value ||= wish.value.trim();
  show("code");
}

function byHand(view, first) {
  hush();
  view();
  first().focus();
}

answer(ask, {
  request: () => [REQUEST, { input: { emailAddress: wish.value.trim(), locale: language() } }],
  done: () => {
    address.value = wish.value.trim();
    show("code");
    tell("good", () => words("said", "sent_heading"), () => words("said", "sent"));
    byId("notice").focus();
  },
});

answer(set, {
  firstBroken: showRules(set),
  request: () => {
    const { newPassword, repeatNewPassword } = set.elements;
    const passwords = { newPassword: newPassword.value, repeatNewPassword: repeatNewPassword.value };
    const input =
      mailed.token === null
        ? { proof: { code: code.value }, emailAddress: address.value.trim(), ...passwords }
        : { proof: { token: mailed.token }, ...passwords };
    return [RESET, { input }];
  },
  done: () => {
    forgetToken();
    finish();
  },
  refused: ({ code: reason }) => {
    if (reason === "INVALID_TOKEN" && mailed.token !== null) {
      forgetToken();
      show("ask");
    }
  },
});

byId("to-code").addEventListener("click", () => byHand(showCode, () => (address.value ? code : address)));
byId("to-ask").addEventListener("click", () => {
  forgetToken();
  byHand(() => show("ask"), () => wish);
});
// A link that is opened where this page is already shown only changes the fragment.
addEventListener("hashchange", () => {
  if (!set.isConnected) {
    location.reload(); // it was used before: begin anew, with the fragment in its place
  } else if (takeToken()) {
    byHand(() => show("link"), () => byId("new"));
  }
});

if (takeToken()) {
  show("link");
} else if (wasReloaded()) {
  show("code");
  tell("plain", () => words("said", "reload_heading"), () => words("said", "reload"));
} else {
  show("ask");
}
byId("views").classList.remove("settling");
