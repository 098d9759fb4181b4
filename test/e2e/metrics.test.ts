import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeKey } from '../support/access.js';
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

  it('gives every series that the dashboard draws', async () => {
    const { text } = await scrape();
    const dashboard = JSON.parse(await readFile(new URL('../../docs/grafana.json', import.meta.url), 'utf8'));
    const expressions: string[] = dashboard.panels.flatMap((panel: { targets?: { expr: string }[] }) =>
      (panel.targets ?? []).map(({ expr }) => expr),
    );
    const names = expressions.flatMap((expr) => expr.match(/\b(?:parley|nodejs|process)_[a-z_]+/g) ?? []);
    expect(names.length).toBeGreaterThan(15);
    const shown = new Set(text.match(/^[a-z_]+/gm));
    // SQLite has no pool of connections.
    expect(names.filter((name) => !shown.has(name) && !name.startsWith('parley_pool'))).toEqual([]);
    expect(text).toContain('# TYPE parley_pool_connections gauge');
  });
});

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
