import { createStore } from '../store.js';
import { readCredential, storeCredential } from './stored-credential.js';

export interface Access {
  /** An API key, a token or a viewer password; null: none is shown. */
  credential: string | null;
  /** Whether the server asks for one just now, and what it said of the one that was shown. */
  asked: 'no' | 'missing' | 'refused';
}

export const access = createStore<Access>({ credential: readCredential(), asked: 'no' });

/** Shows this one from now on; whoever waits for it goes on. */
export function giveCredential(credential: string): void {
  storeCredential(credential);
  access.set({ credential, asked: 'no' });
}

export function forgetCredential(): void {
  storeCredential(null);
  access.set({ credential: null, asked: 'no' });
}

/** The server did not take `shown`. Of an earlier one that says nothing. */
export function askForCredential(shown: string | null): void {
  const { credential } = access.get();
  if (shown !== credential) return;
  access.set({ credential, asked: credential === null ? 'missing' : 'refused' });
}

/** Resolves once nothing is asked for. */
export function credentialGiven(): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (access.get().asked !== 'no') return;
      stop();
      resolve();
    };
    const stop = access.subscribe(look);
    look();
  });
}
