import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { ask } from '../api/ask.js';
import { counted } from '../format.js';
import { FindSessionDocument, type FindSessionQuery } from '../generated/operations.js';
import { Icon } from '../ui/icon.js';
import { sessionAddress } from './address.js';

type Found = FindSessionQuery['session'] | 'asking';
const TYPING_MS = 150;

/** Finds a session by its id while it is typed, and opens it. */
export function QuickSearch({ input }: { input: RefObject<HTMLInputElement | null> }) {
  const { route } = useLocation();
  const [text, setText] = useState('');
  const [found, setFound] = useState<Found>(null);
  const id = text.trim();
  useEffect(() => {
    setFound(id === '' ? null : 'asking');
    if (id === '') return;
    let left = false;
    const timer = setTimeout(async () => {
      const answer = await ask(FindSessionDocument, { sessionId: id }).catch(() => ({ session: null }));
      if (!left) setFound(answer.session);
    }, TYPING_MS);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [id]);
  return (
    <search class="quick-search">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (id !== '') route(sessionAddress(id));
        }}
      >
        <Icon name="search" />
        <input
          ref={input}
          type="search"
          aria-label="Open a session by its id"
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
          {found === 'asking' ? (
            <span class="faint">Looking…</span>
          ) : found === null ? (
            <span class="faint">No session has this id.</span>
          ) : (
            <a href={sessionAddress(found.sessionId)}>
              <bdi>{found.sessionId}</bdi> <span class="faint">{counted(found.messageCount, 'message')}</span>
            </a>
          )}
        </div>
      )}
    </search>
  );
}
