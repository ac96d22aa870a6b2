// What the pages ask of the API.

const PROBLEM = `
  ... on Outcome { success heading message }
  ... on Problem { code retryAfterSeconds fields { field code message } }`;
const REJECTION = `${PROBLEM}
  ... on PasswordRejected { violations { rule message suggestion } }`;

export const POLICY = `query PasswordPolicy {
  passwordPolicy { minLength maxLength requireLower requireUpper requireDigit requireSpecial }
}`;

export const REQUEST = `mutation RequestPasswordReset($input: RequestPasswordResetInput!) {
  requestPasswordReset(input: $input) {${PROBLEM}
  }
}`;

export const RESET = `mutation ResetPassword($input: ResetPasswordInput!) {
  resetPassword(input: $input) {${REJECTION}
  }
}`;

export const CHANGE = `mutation ChangeExpiredPassword($input: ChangeExpiredPasswordInput!) {
  changeExpiredPassword(input: $input) {${REJECTION}
  }
}`;
