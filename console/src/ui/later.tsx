import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { isNewerThere, reloadIfNewer } from '../api/newer.js';
import { Notice } from './notice.js';

interface LaterProps<Props> {
  load(): Promise<ComponentType<Props>>;
  props: Props;
}

/** A view whose code is fetched when it is first opened. */
export function Later<Props extends object>({ load, props }: LaterProps<Props>) {
  const [View, setView] = useState<ComponentType<Props> | 'failed' | null>(null);
  useEffect(() => {
    let left = false;
    load().then(
      (view) => left || setView(() => view),
      async () => left || (await reloadIfNewer()) || left || setView('failed'),
    );
    return () => {
      left = true;
    };
  }, [load]);
  if (View === null) return <main class="opening" aria-busy="true" />;
  if (View === 'failed') {
    return (
      <main>
        <Notice
          icon="warning"
          title="This view could not be fetched"
          action={{ label: 'Try again', run: reloadIfThere }}
        >
          <p>The server was not reached, or has another version of the console than this page.</p>
        </Notice>
      </main>
    );
  }
  return <View {...props} />;
}

/** A browser may remember that a script could not be fetched: only the page anew asks for it again. Without its server it would be lost. */
async function reloadIfThere(): Promise<void> {
  if ((await isNewerThere()) !== null) location.reload();
}
