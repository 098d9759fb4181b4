import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { access } from './api/credential.js';
import { newer } from './api/look-for-newer.js';
import { socketState } from './api/socket.js';
import { Help } from './help.js';
import { SessionsPage } from './sessions/sessions-page.js';
import { SignIn } from './sign-in.js';
import { useStore } from './store.js';
import { Icon } from './ui/icon.js';
import { useKeys } from './ui/keys.js';
import { Later } from './ui/later.js';
import { Who } from './who.js';

const conversation = () => import('./conversation/conversation-page.js').then((it) => it.ConversationPage);

const server = () => import('./server/server-page.js').then((it) => it.ServerPage);

/** The frame around every view: where one is, who one is, whether the server is there. */
export function App() {
  const { path, query } = useLocation();
  const { asked } = useStore(access);
  const [help, setHelp] = useState(false);
  useKeys({ '?': () => setHelp(true) });
  return (
    <>
      <header class="top">
        <a class="brand" href="/">
          <Logo /> Parley
        </a>
        <nav class="views" aria-label="Views">
          <a href="/" aria-current={path === '/server' ? undefined : 'page'}>
            Conversations
          </a>
          <a href="/server" aria-current={path === '/server' ? 'page' : undefined}>
            Server
          </a>
          {/* A page of its own: the browser leaves this one. */}
          <a href="/graphiql" target="_self" onClick={(event) => event.stopPropagation()}>
            GraphiQL
          </a>
        </nav>
        <span class="spring" />
        {asked === 'no' && <Lost />}
        <Newer />
        <Who />
        <button
          type="button"
          class="icon-button"
          aria-label="Keys"
          title="Keys (?)"
          onClick={() => setHelp(true)}
        >
          <span class="kbd">?</span>
        </button>
      </header>
      <View path={path} sessionId={query.id ?? ''} />
      {help && <Help onClose={() => setHelp(false)} />}
      {asked !== 'no' && <SignIn refused={asked === 'refused'} />}
    </>
  );
}

function View({ path, sessionId }: { path: string; sessionId: string }) {
  if (path === '/session') return <Later key={sessionId} load={conversation} props={{ sessionId }} />;
  if (path === '/server') return <Later load={server} props={{}} />;
  return <SessionsPage />;
}

/** Only while something is wrong: a page that is live says nothing. */
function Lost() {
  const state = useStore(socketState);
  return (
    <span class="lost" role="status">
      {state === 'lost' && (
        <>
          <Icon name="warning" /> Connection lost. Trying again…
        </>
      )}
    </span>
  );
}

/** Nothing is loaded again under the eyes of whoever reads or writes here. */
function Newer() {
  const isThere = useStore(newer);
  return (
    <span class="newer" role="status">
      {isThere && (
        <button type="button" class="button" onClick={() => location.reload()}>
          A new version is there: load it
        </button>
      )}
    </span>
  );
}

function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M8 9.5h13a3 3 0 0 1 3 3v5a3 3 0 0 1-3 3h-7l-4.4 3.6v-3.6H8z" />
    </svg>
  );
}
