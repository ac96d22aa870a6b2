// /change-password: a new password with the expired, temporary or still valid one.

import { CHANGE } from "./documents.js";
import { answer, byId, finish } from "./forms.js";
import { showRules } from "./rules.js";

const form = byId("change");

answer(form, {
  firstBroken: showRules(form),
  request: () => {
    const { username, oldPassword, newPassword, repeatNewPassword } = form.elements;
    const input = {
      username: username.value.trim(),
      oldPassword: oldPassword.value,
      newPassword: newPassword.value,
      repeatNewPassword: repeatNewPassword.value,
    };
    return [CHANGE, { input }];
  },
  done: finish,
});
byId("views").classList.remove("settling");
