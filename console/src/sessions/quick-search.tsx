import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { ask } from '../api/ask.js';
import { counted } from '../format.js';
import { FindSessionsDocument, type FoundSessionFragment } from '../generated/operations.js';
import { Icon } from '../ui/icon.js';
import { sessionAddress } from './address.js';

interface Found {
  sessions: readonly FoundSessionFragment[];
  more: boolean;
}

const TYPING_MS = 150;
const MOST = 8;

/** Finds sessions by the beginning of their id while it is typed: the one with this very id first. */
export function QuickSearch({ input }: { input: RefObject<HTMLInputElement | null> }) {
  const { route } = useLocation();
  const [text, setText] = useState('');
  const id = text.trim();
  const found = useFound(id);
  const search = useRef<HTMLElement>(null);
  /** Up and down through what was found. */
  const step = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const links = [...(search.current?.querySelectorAll<HTMLElement>('a') ?? [])];
    const next = links.indexOf(document.activeElement as HTMLElement) + by;
    (next < 0 ? input.current : links[Math.min(next, links.length - 1)])?.focus();
  };
  return (
    <search class="quick-search" ref={search} onKeyDown={step}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          // One that does not exist yet is opened as well: it appears there.
          if (id !== '') route(sessionAddress(found?.sessions[0]?.sessionId ?? id));
        }}
      >
        <Icon name="search" />
        <input
          ref={input}
          type="search"
          aria-label="Open a session by its id, or the beginning of it"
          placeholder="Open by id"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            setText('');
            event.currentTarget.blur();
          }}
        />
        {text === '' && <span class="kbd">/</span>}
      </form>
      {id !== '' && (
        <div class="quick-found" role="status">
          {found === null ? (
            <span class="faint">Looking…</span>
          ) : found.sessions.length === 0 ? (
            <span class="faint">No session has an id that begins so.</span>
          ) : (
            <FoundSessions id={id} found={found} />
          )}
        </div>
      )}
    </search>
  );
}

function FoundSessions({ id, found }: { id: string; found: Found }) {
  const all = new URLSearchParams({ filter: JSON.stringify({ sessionIdPrefix: id }) });
  return (
    <ul aria-label="Sessions found">
      {found.sessions.map(({ sessionId, messageCount }) => (
        <li key={sessionId}>
          <a href={sessionAddress(sessionId)}>
            <bdi>{sessionId}</bdi> <span class="faint">{counted(messageCount, 'message')}</span>
          </a>
        </li>
      ))}
      {found.more && (
        <li>
          <a href={`/?${all}`}>All that begin so</a>
        </li>
      )}
    </ul>
  );
}

/** Null while it is looked for. */
function useFound(id: string): Found | null {
  const [found, setFound] = useState<Found | null>(null);
  useEffect(() => {
    setFound(null);
    if (id === '') return;
    let left = false;
    const timer = setTimeout(async () => {
      const { session, sessions } = await ask(FindSessionsDocument, {
        id,
        beginning: id,
        first: MOST,
      }).catch(() => ({ session: null, sessions: { nodes: [], pageInfo: { hasNextPage: false } } }));
      const others = sessions.nodes.filter(({ sessionId }) => sessionId !== session?.sessionId);
      if (left) return;
      setFound({ sessions: session ? [session, ...others] : others, more: sessions.pageInfo.hasNextPage });
    }, TYPING_MS);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [id]);
  return found;
}
