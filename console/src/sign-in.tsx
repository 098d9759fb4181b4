import { useState } from 'preact/hooks';
import { ApiError, askOnce } from './api/ask.js';
import { giveCredential } from './api/credential.js';
import { CallerDocument } from './generated/operations.js';
import { Dialog } from './ui/dialog.js';

/** Asks for a credential above the page, and tries it before it takes the place of another. */
export function SignIn({ refused }: { refused: boolean }) {
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState<string | null>(null);
  const [trying, setTrying] = useState(false);
  const submit = async () => {
    const credential = text.trim().replace(/^bearer\s+/i, '');
    if (credential === '') return;
    setTrying(true);
    try {
      await askOnce(CallerDocument, {}, credential);
      giveCredential(credential);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setWrong(error.message);
      setTrying(false);
    }
  };
  return (
    <Dialog title={refused ? 'Your credential has ended' : 'Who are you?'}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <p>
          {refused
            ? 'The server takes it no more: it has ended, or was revoked. Show another one, and you go on where you are.'
            : 'This server asks for a credential: an API key, a token of your identity provider, a session token, or a viewer password.'}
        </p>
        <label class="field">
          <span>Credential</span>
          <input
            type="password"
            autocomplete="off"
            spellcheck={false}
            value={text}
            aria-invalid={wrong !== null}
            aria-describedby="credential-note"
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        {wrong !== null && (
          <p class="wrong" role="alert">
            {wrong}
          </p>
        )}
        <p class="faint" id="credential-note">
          It is kept in this tab alone, until the tab is closed. A key is made with{' '}
          <code>parley keys create</code>.
        </p>
        <button type="submit" class="button primary" disabled={trying}>
          {trying ? 'Trying…' : 'Continue'}
        </button>
      </form>
    </Dialog>
  );
}
