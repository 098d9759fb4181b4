import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
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
      () => left || setView('failed'),
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
          action={{ label: 'Load the page again', run: () => location.reload() }}
        >
          <p>The server was not reached, or runs a newer console than this page.</p>
        </Notice>
      </main>
    );
  }
  return <View {...props} />;
}
