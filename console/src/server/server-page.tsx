import type { ComponentChildren } from 'preact';
import { useScope } from '../api/caller.js';
import { bytes, counted, duration, whole } from '../format.js';
import { Icon } from '../ui/icon.js';
import { Ago } from '../ui/time.js';
import { usePageTitle } from '../ui/use-page-title.js';
import { Chart } from './chart.js';
import { type Sample, type Status, useStatus } from './use-status.js';
import '../styles/server.css';

/** How the server process that answers is, as it is asked again every two seconds. */
export function ServerPage() {
  usePageTitle('Server');
  const admin = useScope('ADMIN');
  const { samples, error, ready } = useStatus(admin);
  const status = samples.findLast((sample) => sample.status !== null)?.status ?? null;
  return (
    <main class="server">
      <h1>Server</h1>
      <p class="readiness" data-ready={ready} role="status">
        <Icon name={ready ? 'check' : 'warning'} />
        {ready === null ? 'It cannot be reached just now' : ready ? 'Ready' : 'Not ready'}
      </p>
      {!admin && <p class="faint">The rest is told to credentials with the scope admin.</p>}
      {error && (
        <p class="banner" role="alert">
          <Icon name="warning" /> {error.message}
        </p>
      )}
      {status && <Charts samples={samples} status={status} />}
      {status && <Facts status={status} />}
    </main>
  );
}

/** The numbers that are drawn, with how each is said. */
const DRAWN: readonly { title: string; of(status: Status): number | null; say(value: number): string }[] = [
  { title: 'Feed lag', of: ({ feed }) => feed.lagMs, say: duration },
  { title: 'Changes that wait', of: ({ feed }) => feed.queued, say: whole },
  { title: 'Furthest behind', of: ({ feed }) => feed.longestQueue, say: (count) => counted(count, 'change') },
  { title: 'Sockets and streams', of: ({ sockets }) => sockets.open, say: whole },
  { title: 'Subscriptions', of: ({ sockets }) => sockets.subscriptions, say: whole },
  { title: 'Bytes not taken yet', of: ({ sockets }) => sockets.waitingBytes, say: bytes },
];

function Charts({ samples, status }: { samples: readonly Sample[]; status: Status }) {
  const times = samples.map(({ at }) => at);
  return (
    <div class="charts">
      {DRAWN.map(({ title, of, say }) => {
        const now = of(status);
        return (
          <Chart
            key={title}
            title={title}
            now={now === null ? 'not live' : say(now)}
            times={times}
            values={samples.map((sample) => sample.status && of(sample.status))}
          />
        );
      })}
    </div>
  );
}

const ENGINES = { SQLITE: 'SQLite', MONGODB: 'MongoDB' } as const;

function Facts({ status: { version, works, store, feed, sockets } }: { status: Status }) {
  return (
    <dl class="server-facts">
      <Fact name="Version">{version}</Fact>
      <Fact name="Database">
        {ENGINES[store.engine]} <Works ok={store.ok} />
        {store.reason !== null && <p>{store.reason}</p>}
        {store.nearlyFull > 0 && <p>{counted(store.nearlyFull, 'session')} nearly too large for it</p>}
      </Fact>
      <Fact name="Reads">
        <Works ok={works.reads} />
      </Fact>
      <Fact name="Writes">
        <Works ok={works.writes} />
      </Fact>
      <Fact name="Feed">
        {feed.state.toLowerCase()} <Works ok={works.live} />
        {feed.reason !== null && <p>{feed.reason}</p>}
        <p class="faint">
          Last heard <Ago at={feed.heardAt} />, last change{' '}
          {feed.lastChangeAt === null ? 'none yet' : <Ago at={feed.lastChangeAt} />}
        </p>
      </Fact>
      <Fact name="Followers">{whole(feed.followers)}</Fact>
      <Fact name="Subscriptions">
        {whole(sockets.subscriptions)} <span class="faint">in {counted(sockets.groups, 'group')}</span>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Works({ ok }: { ok: boolean }) {
  return <span class={ok ? 'good' : 'bad'}>{ok ? 'works' : 'does not work'}</span>;
}
