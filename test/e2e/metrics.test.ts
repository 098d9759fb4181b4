import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { parser as promql } from '@prometheus-io/lezer-promql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { makeKey } from '../support/access.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { connect, follow } from '../support/live-client.js';
import { type RunningServer, startServer } from '../support/server.js';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const at = (url: string) => new URL('/metrics', url);
const scrape = async (headers: Record<string, string> = {}) => {
  const response = await fetch(at(server.url), { headers });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    text: await response.text(),
  };
};
/** The value of one series, its labels in the order of its declaration. */
const value = (text: string, series: string) =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length + 1),
  );

describe('/metrics', () => {
  it('counts operations by type, name and code', async () => {
    await server.request('mutation Make { createSession(input: {sessionId: "s"}) { session { id } } }');
    await server.request('mutation Make { createSession(input: {sessionId: "s"}) { session { id } } }');
    await server.request('{ sessions { nodes { id } } }');
    await server.request('{ nothing }');
    const { text } = await scrape();
    const made = (code: string) =>
      value(text, `parley_operations_total{transport="http",type="mutation",name="Make",code="${code}"}`);
    expect(made('OK')).toBe(1);
    expect(made('SESSION_EXISTS')).toBe(1);
    const query = 'transport="http",type="query",name=""';
    expect(value(text, `parley_operations_total{${query},code="OK"}`)).toBe(1);
    expect(value(text, `parley_operation_duration_seconds_count{${query}}`)).toBe(1);
    expect(text).toMatch(/parley_operations_total\{.*code="GRAPHQL_VALIDATION_FAILED"\} 1\n/);
    expect(
      value(text, 'parley_store_command_duration_seconds_count{command="createSession",outcome="error"}'),
    ).toBe(1);
  });

  it('counts what is refused before it is an operation', async () => {
    await fetch(server.url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' });
    await fetch(server.url, { headers: { origin: 'https://elsewhere.example' } });
    const { text } = await scrape();
    expect(value(text, 'parley_refusals_total{code="BAD_REQUEST"}')).toBe(1);
    expect(value(text, 'parley_refusals_total{code="FORBIDDEN"}')).toBe(1);
  });

  it('tells the names that clients choose apart up to a bound', async () => {
    for (let n = 0; n < 120; n++) await server.request(`query Q${n} { __typename }`);
    const { text } = await scrape();
    const names = new Set(text.match(/(?<=parley_operations_total\{.*name=")Q\d+(?=")/g));
    expect(names.size).toBeLessThanOrEqual(100);
    expect(
      value(text, 'parley_operations_total{transport="http",type="query",name="(other)",code="OK"}'),
    ).toBe(120 - names.size);
  });

  it('shows what follows, and what sockets carry', async () => {
    const client = connect(server.url);
    const feed = follow(client, 'subscription { sessionEvents(sessionId: "s") { __typename } }', {});
    await feed.next();
    const { text } = await scrape();
    const overSockets = 'transport="websocket",type="subscription",name="",code="OK"';
    expect(value(text, `parley_operations_total{${overSockets}}`)).toBe(1);
    expect(value(text, 'parley_sockets')).toBe(1);
    expect(value(text, 'parley_subscriptions')).toBe(1);
    expect(value(text, 'parley_followers')).toBe(1);
    expect(value(text, 'parley_feed_state{state="live"}')).toBe(1);
    expect(value(text, 'parley_ready')).toBe(1);
    expect(value(text, 'parley_works{what="writes"}')).toBe(1);
    feed.stop();
  });

  it('answers in the form that is asked for', async () => {
    expect((await scrape()).type).toBe('text/plain; version=0.0.4; charset=utf-8');
    const open = await scrape({ accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5' });
    expect(open.type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(open.text).toMatch(/# EOF\n$/);
    expect(open.text).toContain('# TYPE parley_operations counter');
    expect((await scrape()).text).toContain('# TYPE parley_operations_total counter');
    expect((await fetch(at(server.url), { method: 'POST' })).status).toBe(405);
  });

  it("names what it shows by Prometheus' rules", async () => {
    const { text } = await scrape();
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type]) => ({ name, type }));
    expect(types.length).toBeGreaterThan(40);
    const wrong = types.filter(({ name, type }) => name.endsWith('_total') !== (type === 'counter'));
    expect(wrong).toEqual([]);
    expect(types.filter(({ name }) => /_(ms|milliseconds|minutes|kb|mb|percent)(_|$)/.test(name))).toEqual(
      [],
    );
    const described = [...text.matchAll(/^# HELP (\S+) \S/gm)].map(([, name]) => name);
    expect(types.map(({ name }) => name)).toEqual(described);
  });

  it('tells how long a write takes until its event is handed on, and counts writes and connections refused', async () => {
    const before = (await scrape()).text;
    await server.request('mutation { createSession(input: {sessionId: "delayed"}) { session { id } } }');
    await eventually(async () => {
      const { text } = await scrape();
      const more = (series: string) => value(text, series) - value(before, series);
      expect(more('parley_event_delay_seconds_count')).toBeGreaterThanOrEqual(1);
      expect(more('parley_writes_total{of="session",outcome="ok"}')).toBe(1);
    });
    const foreign = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws', {
      origin: 'https://elsewhere.example',
    });
    await once(foreign, 'error');
    const refused = 'parley_refusals_total{code="FORBIDDEN"}';
    expect(value((await scrape()).text, refused)).toBe(value(before, refused) + 1);
  });

  it('counts the writes of a reply: its start, what is kept of it on the way, and its end, refused ones too', async () => {
    const before = (await scrape()).text;
    const count = async (outcome: string) => {
      const series = `parley_writes_total{of="reply",outcome="${outcome}"}`;
      return value((await scrape()).text, series) - (value(before, series) || 0);
    };
    const ask = (name: string, input: object, selection = '__typename') => {
      const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
      return server.request(`mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} } }`, {
        input,
      });
    };
    const asked = { sessionId: 'counted', agentId: 'a', createIfMissing: true };
    const { body } = await ask('startReply', asked, 'replyId epoch');
    expect(await count('ok')).toBe(1);
    const writer = body.data.startReply;
    await ask('continueReply', { ...writer, offset: 0, parts: [{ block: 0, text: 'Hello' }] });
    // What is batched is on the disk a moment later.
    await eventually(async () => expect(await count('ok')).toBe(2));
    await ask('finishReply', { ...writer, offset: 5 });
    expect(await count('ok')).toBe(3);
    await ask('startReply', { ...asked, sessionId: 'nowhere', createIfMissing: false });
    expect(await count('error')).toBe(1);
  });
});

describe('the dashboard', () => {
  const panels: Promise<Panel[]> = readFile(new URL('../../docs/grafana.json', import.meta.url), 'utf8').then(
    (text) => JSON.parse(text).panels,
  );
  const expressionsOf = ({ targets = [] }: Panel) => targets.map(({ expr }) => expr);

  it('draws series that are there', async () => {
    const { text } = await scrape();
    const expressions = (await panels).flatMap(expressionsOf);
    const names = expressions.flatMap((expr) => expr.match(/\b(?:parley|nodejs|process)_[a-z_0-9]+/g) ?? []);
    expect(names.length).toBeGreaterThan(15);
    const shown = new Set(text.match(/^[a-z_0-9]+/gm));
    // SQLite has no pool of connections, and nobody is told by webhooks here: what they are is said all the same.
    const missing = names.filter((name) => !shown.has(name));
    expect(missing.filter((name) => !/^parley_(?:pool|webhook)_/.test(name))).toEqual([]);
    for (const name of missing) expect(text).toMatch(new RegExp(`^# TYPE ${name} (?:counter|gauge)$`, 'm'));
  });

  it('asks in PromQL, and shows each in its unit', async () => {
    const unitOf = (expr: string) => {
      if (/rate\(process_cpu_seconds_total/.test(expr)) return 'percentunit';
      if (/rate\([a-z_]+_(?:total|count)\{/.test(expr)) return 'ops';
      if (/_bytes\b/.test(expr)) return 'bytes';
      return /_seconds(?:_bucket)?\b/.test(expr) ? 's' : 'short';
    };
    for (const panel of await panels) {
      for (const expr of expressionsOf(panel)) {
        // Variables of Grafana's stand in texts, or for a time.
        const tree = promql.parse(expr.replaceAll('$__rate_interval', '1m'));
        const wrong: string[] = [];
        tree.iterate({ enter: (node) => void (node.type.isError && wrong.push(`${node.from}`)) });
        expect({ expr, wrong }).toEqual({ expr, wrong: [] });
        expect({ expr, unit: panel.fieldConfig.defaults.unit }).toEqual({ expr, unit: unitOf(expr) });
      }
    }
  });
});

interface Panel {
  targets?: { expr: string }[];
  fieldConfig: { defaults: { unit: string } };
}

describe('who may read them', () => {
  it('is who may administer, where the server asks for credentials', async () => {
    const guarded = await startServer();
    try {
      const reader = await makeKey(guarded.sqlitePath, ['read']);
      const admin = await makeKey(guarded.sqlitePath, ['admin']);
      const get = async (authorization?: string) =>
        (await fetch(at(guarded.url), authorization ? { headers: { authorization } } : {})).status;
      expect(await get()).toBe(401);
      expect(await get(reader.bearer)).toBe(403);
      expect(await get(admin.bearer)).toBe(200);
    } finally {
      await guarded.stop();
    }
  });

  it('is whoever reaches METRICS_PORT, where there is one', async () => {
    const metricsPort = await freePort();
    const apart = await startServer({ metricsPort });
    try {
      const own = `http://127.0.0.1:${metricsPort}`;
      const answer = await fetch(`${own}/metrics`);
      expect(answer.status).toBe(200);
      expect(await answer.text()).toContain('parley_build_info{version="');
      expect((await fetch(`${own}/graphql`)).status).toBe(404);
      expect((await fetch(`${own}/metrics`, { method: 'DELETE' })).status).toBe(405);
      expect((await fetch(at(apart.url))).status).toBe(404);
    } finally {
      await apart.stop();
    }
    await expect(fetch(`http://127.0.0.1:${metricsPort}/metrics`)).rejects.toThrow();
  });
});
