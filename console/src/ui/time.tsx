import { useEffect, useState } from 'preact/hooks';
import { ago, moment } from '../format.js';
import { createStore, useStore } from '../store.js';

const TICK_MS = 10_000;
const now = createStore(Date.now());
setInterval(() => now.set(Date.now()), TICK_MS);

/** How long ago, kept true while it is looked at; the moment itself on hover. */
export function Ago({ at }: { at: string | null }) {
  const current = useStore(now);
  if (at === null) return <span class="faint">unknown</span>;
  return (
    <time dateTime={at} title={moment(at)}>
      {ago(at, Math.max(current, Date.now()))}
    </time>
  );
}

/** True for a moment after `key` has changed, but not at first. */
export function useFlash(key: unknown, ms = 1_200): boolean {
  const [seen, setSeen] = useState({ key, flashing: false });
  if (seen.key !== key) setSeen({ key, flashing: true });
  useEffect(() => {
    if (!seen.flashing) return;
    const timer = setTimeout(() => setSeen((one) => ({ ...one, flashing: false })), ms);
    return () => clearTimeout(timer);
  }, [seen, ms]);
  return seen.flashing;
}
