import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { WEBHOOK_EVENTS } from '../../../../src/domain/webhook-store.js';
import { loadWebhooks, parseEndpoints } from '../../../../src/operate/webhooks/endpoints.js';
import { headersOf } from '../../../../src/operate/webhooks/request-headers.js';
import { createTargets } from '../../../../src/operate/webhooks/targets.js';
import { makeTempFolder } from '../../../support/temp-folder.js';
import { OTHER_SECRET, SECRET } from '../../../support/webhook-receiver.js';

const ENDPOINT = { name: 'crm', url: 'https://crm.example.org/hooks?key=abc', secrets: [SECRET] };
const parse = (endpoints: unknown, allowed: string[] = [], env = {}) =>
  parseEndpoints(JSON.stringify(endpoints), createTargets(allowed), env);

describe('the endpoints of webhooks', () => {
  it('are read, with what they are told and of which sessions', () => {
    const [all, some] = parse([
      ENDPOINT,
      {
        ...ENDPOINT,
        name: 'some_2-x',
        types: ['message.added', 'feedback.added'],
        applicationName: 'support',
        metadata: { 'user.plan': 'pro' },
      },
    ]);
    expect(all).toMatchObject({ name: 'crm', types: new Set(WEBHOOK_EVENTS), match: null });
    expect(some).toMatchObject({
      types: new Set(['message.added', 'feedback.added', 'conversation.resync']),
      match: { applicationName: 'support', metadata: [{ path: 'user.plan', equals: 'pro' }] },
    });
  });

  it('sign with each secret, so that the specification’s own library finds the one it knows', () => {
    const secrets = [SECRET, { env: 'CRM_SECRET' }];
    const [endpoint] = parse([{ ...ENDPOINT, secrets }], [], { CRM_SECRET: OTHER_SECRET });
    const body = JSON.stringify({ type: 'message.added', data: { text: 'Grüße 👋' } });
    const headers = headersOf(endpoint as NonNullable<typeof endpoint>, 'msg_1', body, Date.now());
    for (const secret of [SECRET, OTHER_SECRET]) {
      expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    }
    const strange = new Webhook(`whsec_${Buffer.alloc(32, 7).toString('base64')}`);
    expect(() => strange.verify(body, headers)).toThrow('No matching signature');
    expect(() => new Webhook(SECRET).verify(`${body} `, headers)).toThrow('No matching signature');
    expect(JSON.stringify(endpoint)).not.toContain(SECRET.slice(6, 20));
  });

  it.each<[unknown, string]>([
    [{}, 'they are a JSON list of 1 to 20 endpoints'],
    [[], 'they are a JSON list of 1 to 20 endpoints'],
    [Array(21).fill(ENDPOINT), 'they are a JSON list of 1 to 20 endpoints'],
    [['x'], 'endpoint 1: it is no object'],
    [[ENDPOINT, ENDPOINT], 'two endpoints are called crm'],
    [[{ ...ENDPOINT, name: 'a/b' }], 'endpoint 1: name takes 1 to 64 letters, digits, _ and -'],
    [
      [{ ...ENDPOINT, secret: SECRET }],
      'endpoint 1: there is no "secret"; an endpoint has name, url, secrets, types',
    ],
    [[{ ...ENDPOINT, url: 'crm' }], 'endpoint 1: url takes an address such as https://example.org/hooks'],
    [[{ ...ENDPOINT, url: 'ftp://example.org' }], 'endpoint 1: url takes an address'],
    [[{ ...ENDPOINT, url: 'https://u:p@example.org' }], 'endpoint 1: url takes no user name and password'],
    [
      [{ ...ENDPOINT, url: 'http://example.org' }],
      'endpoint 1: url: example.org is spoken to without TLS; name it in WEBHOOK_ALLOW_PRIVATE if that is meant',
    ],
    [
      [{ ...ENDPOINT, url: 'https://127.1/x' }],
      'endpoint 1: url: 127.0.0.1 is a loopback address; name it in',
    ],
    [
      [{ ...ENDPOINT, url: 'https://[::ffff:10.0.0.1]/' }],
      'endpoint 1: url: ::ffff:a00:1 is a private address',
    ],
    [[{ ...ENDPOINT, types: [] }], 'endpoint 1: types takes some of session.created'],
    [[{ ...ENDPOINT, types: ['message.read'] }], 'endpoint 1: types takes some of session.created'],
    [[{ ...ENDPOINT, secrets: SECRET }], 'endpoint 1: secrets takes a list of 1 to 5'],
    [[{ ...ENDPOINT, secrets: [] }], 'endpoint 1: secrets takes a list of 1 to 5'],
    [
      [{ ...ENDPOINT, secrets: [SECRET, 'whsec_c2hvcnQ='] }],
      'endpoint 1: secret 2 is not whsec_ and 24 to 64 bytes',
    ],
    [[{ ...ENDPOINT, secrets: ['hunter2hunter2'] }], 'endpoint 1: secret 1 is not whsec_ and 24 to 64 bytes'],
    [[{ ...ENDPOINT, secrets: [{ env: 'NONE' }] }], 'endpoint 1: secret 1: the variable NONE is not set'],
    [[{ ...ENDPOINT, metadata: { 'a..b': 1 } }], 'endpoint 1: '],
    [[{ ...ENDPOINT, applicationName: 3 }], 'endpoint 1: applicationName takes text, or null'],
  ])('%j cannot be used, and it is said why', (given, why) => {
    expect(() => parse(given)).toThrow(why);
  });

  it('are a wrong setting where they cannot be used, without what is secret', async () => {
    const folder = await makeTempFolder();
    const path = join(folder.path, 'webhooks.json');
    for (const text of [
      `[{"name": "crm", "secrets": ["${SECRET}"] "x"}]`,
      `[{"secrets": ["${SECRET}x!"]}]`,
    ]) {
      await writeFile(path, text);
      const error = await loadWebhooks(path, [], {}).catch((reason: Error) => reason);
      expect(error).toMatchObject({ name: 'ConfigError' });
      const { message } = error as Error;
      expect(message).toContain(`WEBHOOKS is ${JSON.stringify(path)}, but its endpoints cannot be used: `);
      expect(message).not.toContain(SECRET.slice(6, 20));
    }
    await expect(loadWebhooks(join(folder.path, 'none.json'), [], {})).rejects.toThrow('ENOENT');
    await folder.remove();
  });
});

describe('the addresses that webhooks may reach', () => {
  const refusal = (address: string, allowed: string[] = [], host = 'example.org') =>
    createTargets(allowed).refusal(host, address, 'https:');

  it.each([
    '127.0.0.1',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '224.0.0.1',
    '255.255.255.255',
    '192.0.2.1',
    '198.18.0.1',
    '240.0.0.1',
    '::1',
    '::',
    'fe80::1',
    'fc00::1',
    'fd12::1',
    'ff02::1',
    'fec0::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '2001:0:1::',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::7f00:1',
    '64:ff9b::7f00:1',
    '64:ff9b::a00:1',
    '64:ff9b:1::808:808',
  ])('%s is none of them', (address) => {
    expect(refusal(address)).toMatch(/ is a \w+ address$/);
    expect(refusal(address, ['0.0.0.0/0', '::/0'])).toBeNull();
    expect(refusal(address, ['example.org'])).toBeNull();
    expect(refusal(address, ['example.com', '203.0.113.0/24'])).not.toBeNull();
  });

  it.each(['8.8.8.8', '2606:4700::1', '::ffff:8.8.8.8', '64:ff9b::808:808'])(
    '%s is one of them',
    (address) => {
      expect(refusal(address)).toBeNull();
    },
  );

  it('are spoken to without TLS only where they are named', () => {
    const plain = (allowed: string[]) => createTargets(allowed).refusal('example.org', '8.8.8.8', 'http:');
    expect(plain([])).toBe('example.org is spoken to without TLS');
    expect(plain(['example.org'])).toBeNull();
    expect(plain(['8.0.0.0/8'])).toBeNull();
    expect(plain(['10.0.0.0/8'])).not.toBeNull();
  });
});
