import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AccessPolicy, originIsAllowed, refuseAccess } from '../../../src/transport/origin.js';

const policy = (given: Partial<AccessPolicy>): AccessPolicy => ({
  loopback: true,
  allowedHosts: [],
  allowedOrigins: [],
  allowedHeaders: [],
  ...given,
});
const LOOPBACK = policy({});
const OPEN = policy({ loopback: false });

describe('a server on loopback', () => {
  it.each([
    'localhost',
    'LOCALHOST:4000',
    'localhost:',
    '127.0.0.1',
    '127.0.0.1:4000',
    '127.255.0.9:1',
    '127.1:4000',
    '[::1]',
    '[::1]:4000',
    '[0:0:0:0:0:0:0:1]:80',
  ])('answers to the Host %s', (host) => {
    expect(refuseAccess({ host }, LOOPBACK)).toBeNull();
  });

  it.each([
    'evil.example',
    'evil.example:4000',
    'app.localhost',
    'localhost.evil.example',
    'localhost.',
    '127.0.0.1.evil.example',
    '128.0.0.1',
    '0.0.0.0:4000',
    '[::]:4000',
    '[::ffff:127.0.0.1]',
    '192.168.1.4',
    'localhost:99999',
    'localhost:x',
    'evil.example@localhost',
    'localhost/@evil.example',
    'localhost\\.evil.example',
    'localhost, evil.example',
    ' localhost',
    '[localhost]',
    '[::1',
    '',
    ':4000',
  ])('refuses the Host %j', (host) => {
    expect(refuseAccess({ host }, LOOPBACK)).toMatch(/Host/);
  });

  it('refuses a request without a Host', () => {
    expect(refuseAccess({}, LOOPBACK)).toBe(
      'The Host header is missing: send the name that the server is called by, such as localhost.',
    );
  });

  it('says which Host was wrong and what would be right', () => {
    expect(refuseAccess({ host: 'evil.example' }, LOOPBACK)).toBe(
      'The Host "evil.example" is not a loopback name: call localhost or 127.0.0.1, or add it to ALLOWED_HOSTS.',
    );
  });

  it('does not echo a Host of any length', () => {
    expect(refuseAccess({ host: 'a'.repeat(10_000) }, LOOPBACK)?.length).toBeLessThan(300);
  });

  it.each([
    ['parley.internal', 'parley.internal'],
    ['PARLEY.Internal:8080', 'parley.internal'],
    ['parley.internal', 'Parley.INTERNAL'],
    ['[fd00::1]:4000', 'fd00::1'],
    ['[fd00::1]', '[fd00::1]'],
  ])('answers to the Host %s when %s is allowed', (host, allowed) => {
    expect(refuseAccess({ host }, policy({ allowedHosts: [allowed] }))).toBeNull();
  });

  it('does not take an allowed Host for its subdomains', () => {
    expect(
      refuseAccess({ host: 'a.parley.internal' }, policy({ allowedHosts: ['parley.internal'] })),
    ).not.toBeNull();
  });

  it('still checks the Host of a page that is allowed', () => {
    const both = policy({ allowedOrigins: ['https://app.example.org'] });
    expect(refuseAccess({ host: 'evil.example', origin: 'https://app.example.org' }, both)).toMatch(/Host/);
  });
});

describe.each([
  ['on loopback', LOOPBACK, 'localhost:4000'],
  ['on another address', OPEN, 'parley.example.org:4000'],
])('the Origin of a request to a server %s', (_where, rules, host) => {
  it('may be missing', () => {
    expect(refuseAccess({ host }, rules)).toBeNull();
  });

  it.each([`http://${host}`, `https://${host}`, `HTTP://${host.toUpperCase()}`])(
    'may be its own: %s',
    (origin) => {
      expect(refuseAccess({ host, origin }, rules)).toBeNull();
    },
  );

  it.each([
    'null',
    '',
    'https://evil.example',
    `http://${host}.evil.example`,
    `http://${host}/`,
    `http://${host}@evil.example`,
    `http://evil.example#${host}`,
    `ftp://${host}`,
    `file://${host}`,
    `http://${host}, http://${host}`,
    host,
    'http://localhost:3000',
    'http://localhost',
    'http://',
  ])('is refused when it is %j', (origin) => {
    expect(refuseAccess({ host, origin }, rules)).toMatch(/^The Origin .* ALLOWED_ORIGINS/);
  });

  it.each([
    ['https://app.example.org', 'https://app.example.org'],
    ['https://APP.example.org', 'https://app.example.org'],
    ['https://app.example.org:443', 'https://app.example.org'],
    ['https://app.example.org', 'HTTPS://app.example.org:443'],
    ['http://localhost:3000', 'http://localhost:3000'],
  ])('may be %s when %s is allowed', (origin, allowed) => {
    expect(refuseAccess({ host, origin }, { ...rules, allowedOrigins: [allowed] })).toBeNull();
  });

  it.each(['http://app.example.org', 'https://app.example.org:8443', 'https://x.app.example.org', 'null'])(
    'may not be %s when https://app.example.org is allowed',
    (origin) => {
      const rulesOfOne = { ...rules, allowedOrigins: ['https://app.example.org', 'null'] };
      expect(refuseAccess({ host, origin }, rulesOfOne)).not.toBeNull();
    },
  );
});

describe('a server on another address', () => {
  it.each(['anything.example', '10.0.0.1:4000', 'junk\\'])('leaves the Host %j alone', (host) => {
    expect(refuseAccess({ host }, OPEN)).toBeNull();
  });

  it.each(['api.example.org', 'API.example.org:443', 'localhost:4000', '127.0.0.1'])(
    'answers to the Host %s where there is a list of names',
    (host) => {
      const named = policy({ loopback: false, allowedHosts: ['api.example.org'] });
      expect(refuseAccess({ host }, named)).toBeNull();
    },
  );

  it.each(['evil.example', 'x.api.example.org', '10.0.0.1:4000', '', undefined])(
    'refuses the Host %s then, but to probes',
    (host) => {
      const named = policy({ loopback: false, allowedHosts: ['api.example.org'] });
      expect(refuseAccess({ host }, named)).toMatch(/^The Host /);
      expect(refuseAccess({ host }, named, { probe: true })).toBeNull();
      expect(refuseAccess({ host: 'evil.example' }, LOOPBACK, { probe: true })).toMatch(/^The Host /);
    },
  );

  it('knows its own origin with the default port written or left out', () => {
    expect(refuseAccess({ host: 'a.example:443', origin: 'https://a.example' }, OPEN)).toBeNull();
    expect(refuseAccess({ host: 'a.example', origin: 'http://a.example:80' }, OPEN)).toBeNull();
    expect(refuseAccess({ host: 'a.example:80', origin: 'https://a.example' }, OPEN)).not.toBeNull();
  });

  it('refuses an Origin where there is no Host to compare it with', () => {
    expect(refuseAccess({ origin: 'http://a.example' }, OPEN)).not.toBeNull();
  });
});

describe('access', () => {
  it('is decided for any text at all', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        fc.boolean(),
        (host, origin, loopback) => {
          const answer = refuseAccess(
            { host, origin },
            policy({ loopback, allowedOrigins: ['https://a.example'] }),
          );
          expect(answer === null || answer.length > 0).toBe(true);
        },
      ),
    );
  });

  it('counts an origin as allowed only when it was configured, not when it is the server itself', () => {
    const one = policy({ allowedOrigins: ['https://a.example'] });
    expect(originIsAllowed('https://a.example', one)).toBe(true);
    expect(originIsAllowed('http://localhost:4000', one)).toBe(false);
  });
});
