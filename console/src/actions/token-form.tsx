import { useState } from 'preact/hooks';
import { ask } from '../api/ask.js';
import { useScope } from '../api/caller.js';
import { moment } from '../format.js';
import {
  CreateSessionTokenDocument,
  type CreateSessionTokenMutation,
  type SessionTokenScope,
} from '../generated/operations.js';
import { CopyButton } from '../ui/copy-button.js';
import { Dialog } from '../ui/dialog.js';
import { ActionForm } from './action-form.js';
import { useAction } from './use-action.js';

const SPANS = [
  { seconds: 600, name: '10 minutes' },
  { seconds: 3_600, name: 'an hour' },
  { seconds: 28_800, name: '8 hours' },
  { seconds: 86_400, name: 'a day' },
];
const SCOPES = [
  { scope: 'READ', name: 'read and follow it' },
  { scope: 'APPEND', name: 'append messages' },
  { scope: 'FEEDBACK', name: 'add feedback' },
] as const;

type Made = CreateSessionTokenMutation['createSessionToken'];

/** A short-lived token for this one session. It is shown once. */
export function TokenForm({ sessionId, onClose }: { sessionId: string; onClose(): void }) {
  const action = useAction();
  const allowed = { READ: useScope('READ'), APPEND: useScope('APPEND'), FEEDBACK: useScope('FEEDBACK') };
  const [scopes, setScopes] = useState<readonly SessionTokenScope[]>(['READ']);
  const [expiresIn, setExpiresIn] = useState(3_600);
  const [made, setMade] = useState<Made | null>(null);
  const submit = () =>
    action.run(async () => {
      const answer = await ask(CreateSessionTokenDocument, {
        input: { sessionId, scopes: [...scopes], expiresIn },
      });
      setMade(answer.createSessionToken);
    });
  if (made !== null) return <Token made={made} onClose={onClose} />;
  return (
    <ActionForm
      title="A token for this session"
      submit="Make it"
      action={action}
      disabled={scopes.length === 0}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>Whoever has it sees this session and no other, until it ends. It cannot be taken back before.</p>
      <fieldset class="checks">
        <legend>It lets its holder</legend>
        {SCOPES.filter(({ scope }) => allowed[scope]).map(({ scope, name }) => (
          <label key={scope}>
            <input
              type="checkbox"
              checked={scopes.includes(scope)}
              onChange={() =>
                setScopes(scopes.includes(scope) ? scopes.filter((one) => one !== scope) : [...scopes, scope])
              }
            />{' '}
            {name}
          </label>
        ))}
      </fieldset>
      <label class="field">
        <span>It is good for</span>
        <select value={expiresIn} onChange={(event) => setExpiresIn(Number(event.currentTarget.value))}>
          {SPANS.map(({ seconds, name }) => (
            <option key={seconds} value={seconds}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </ActionForm>
  );
}

function Token({ made: { token, expiresAt }, onClose }: { made: Made; onClose(): void }) {
  return (
    <Dialog title="The token" onClose={onClose}>
      <div class="form">
        <p>It is good until {moment(expiresAt)}, and is shown this once.</p>
        <div class="snippet">
          <pre>{token}</pre>
          <CopyButton text={() => token} label="Copy the token" />
        </div>
      </div>
    </Dialog>
  );
}
