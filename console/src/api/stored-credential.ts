/** Of this tab alone, and gone with it. */
const KEY = 'parley.credential';

export const readCredential = (): string | null => sessionStorage.getItem(KEY);

export function storeCredential(credential: string | null): void {
  if (credential === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, credential);
}

export const authorizationOf = (credential: string | null): Record<string, string> =>
  credential === null ? {} : { authorization: `Bearer ${credential}` };
