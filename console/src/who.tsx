import { useEffect } from 'preact/hooks';
import { ask } from './api/ask.js';
import { caller } from './api/caller.js';
import { access, forgetCredential } from './api/credential.js';
import { moment } from './format.js';
import { CallerDocument, type CallerQuery } from './generated/operations.js';
import { useStore } from './store.js';
import { Icon } from './ui/icon.js';
import { Popover } from './ui/popover.js';

type Caller = CallerQuery['caller'];

/** Who one is, what one may do, and how to be somebody else. */
export function Who() {
  const { credential } = useStore(access);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again for each credential
  useEffect(() => {
    ask(CallerDocument, {}).then(
      (answer) => caller.set(answer.caller),
      () => caller.set(null),
    );
  }, [credential]);
  const known = useStore(caller);
  if (known === null || credential === null) return null;
  return (
    <Popover
      class="button quiet"
      label={
        <>
          <Icon name="key" /> <bdi class="who-name">{known.name || known.id}</bdi>
        </>
      }
    >
      {() => (
        <div class="form who">
          <p>
            <bdi>
              <strong>{known.name || known.id}</strong>
            </bdi>
            <br />
            <span class="faint">{KINDS[known.kind]}</span>
          </p>
          <p>
            May:{' '}
            {known.scopes.length === 0
              ? 'nothing'
              : known.scopes.map((scope) => scope.toLowerCase()).join(', ')}
            {known.sessionId !== null && (
              <>
                , in the session <bdi>{known.sessionId}</bdi>
              </>
            )}
            {known.expiresAt !== null && <>, until {moment(known.expiresAt)}</>}.
          </p>
          <button
            type="button"
            class="button"
            onClick={() => {
              forgetCredential();
              location.reload();
            }}
          >
            Forget this credential
          </button>
        </div>
      )}
    </Popover>
  );
}

const KINDS: Readonly<Record<Caller['kind'], string>> = {
  ANONYMOUS: 'Without a credential',
  KEY: 'API key',
  JWT: 'Token of the identity provider',
  SESSION_TOKEN: 'Session token',
  VIEWER: 'Viewer password',
  SYSTEM: 'The server itself',
};
