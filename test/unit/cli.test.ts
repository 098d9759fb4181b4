import { describe, expect, it } from 'vitest';
import { readArguments, UsageError } from '../../src/cli/arguments.js';
import { describeFailure } from '../../src/cli/describe-failure.js';
import { helpText } from '../../src/cli/help.js';
import { flagOf, SETTINGS } from '../../src/config.js';
import { ParleyError } from '../../src/domain/errors.js';
import { ListenError } from '../../src/listen-error.js';

const NOW = new Date('2026-01-31T12:00:00Z');
const read = (...words: string[]) => readArguments(words, NOW);

describe('arguments', () => {
  it('serves by default', () => {
    expect(read()).toEqual({ name: 'serve', flags: {} });
    expect(read('serve')).toEqual({ name: 'serve', flags: {} });
    expect(read('--port', '1')).toEqual({ name: 'serve', flags: { port: '1' } });
  });

  it('takes every setting as a flag', () => {
    for (const { variable } of Object.values(SETTINGS)) {
      expect(read('serve', `--${flagOf(variable)}=x`)).toEqual({
        name: 'serve',
        flags: { [flagOf(variable)]: 'x' },
      });
    }
  });

  it('knows help and version', () => {
    expect(read('--help')).toEqual({ name: 'help', topic: 'parley' });
    expect(read('serve', '-h')).toEqual({ name: 'help', topic: 'serve' });
    expect(read('tail', '--help')).toEqual({ name: 'help', topic: 'tail' });
    expect(read('-v')).toEqual({ name: 'version' });
    expect(read('help')).toEqual({ name: 'help', topic: 'parley' });
    for (const topic of [
      'serve',
      'tail',
      'keys',
      'retention',
      'webhooks',
      'backup',
      'export',
      'import',
      'doctor',
    ])
      expect(read('help', topic)).toEqual({ name: 'help', topic });
  });

  it('reads tail', () => {
    expect(read('tail', 's1')).toEqual({
      name: 'tail',
      sessionId: 's1',
      url: 'http://127.0.0.1:4000/graphql',
      agentId: null,
      since: null,
      json: false,
    });
    expect(
      read('tail', 's1', '--agent', 'a', '--since', '10m', '--json', '--url', 'https://x/graphql'),
    ).toEqual({
      name: 'tail',
      sessionId: 's1',
      url: 'https://x/graphql',
      agentId: 'a',
      since: new Date('2026-01-31T11:50:00Z'),
      json: true,
    });
    expect(read('tail', 's1', '--since', '2026-01-01')).toMatchObject({ since: new Date('2026-01-01') });
  });

  it('reads what works on a whole database', () => {
    expect(read('backup', 'x.db', '--force', '--sqlite-path=y.db')).toEqual({
      name: 'backup',
      file: 'x.db',
      force: true,
      flags: { 'sqlite-path': 'y.db' },
    });
    expect(read('export', 'x', '--resume', '--application', 'a', '--metadata', 'user.id=u')).toEqual({
      name: 'export',
      file: 'x',
      resume: true,
      secrets: false,
      reach: { applicationName: 'a', metadata: { 'user.id': 'u' } },
      flags: {},
    });
    expect(read('import', 'x', '--check')).toEqual({ name: 'import', file: 'x', check: true, flags: {} });
    expect(read('doctor', '--json')).toEqual({ name: 'doctor', json: true, flags: {} });
    expect(read('doctor', '-h')).toEqual({ name: 'help', topic: 'doctor' });
    for (const command of ['export', 'import', 'backup'])
      expect(() => read(command, '-')).toThrow('"-" is none, as what is stopped goes on in its file');
  });

  it('reads retention', () => {
    expect(read('retention')).toEqual({ name: 'retention', dryRun: false, flags: {} });
    expect(read('retention', '--dry-run', '--retention-rules', 'r.json')).toEqual({
      name: 'retention',
      dryRun: true,
      flags: { 'retention-rules': 'r.json' },
    });
    expect(read('retention', '-h')).toEqual({ name: 'help', topic: 'retention' });
    expect(helpText('retention')).toContain('--dry-run');
  });

  it('reads webhooks', () => {
    const asked = (...words: string[]) => (read('webhooks', ...words) as { command: object }).command;
    expect(read('webhooks', '--webhooks', 'w.json')).toEqual({
      name: 'webhooks',
      command: { action: 'list', json: false },
      flags: { webhooks: 'w.json' },
    });
    expect(asked('dead', 'crm', '--json')).toEqual({ action: 'dead', endpoint: 'crm', json: true });
    expect(asked('resend', 'crm', 'a', 'b')).toEqual({ action: 'resend', endpoint: 'crm', ids: ['a', 'b'] });
    expect(asked('discard', 'crm', '--all')).toEqual({ action: 'discard', endpoint: 'crm', ids: null });
    for (const action of ['enable', 'forget', 'test']) {
      expect(asked(action, 'crm')).toEqual({ action, endpoint: 'crm' });
    }
    expect(read('webhooks', '-h')).toEqual({ name: 'help', topic: 'webhooks' });
    expect(helpText('webhooks')).toContain('discard');
  });

  it.each([
    [['webhooks', 'send'], 'webhooks takes list, dead, resend, discard, enable, forget or test'],
    [['webhooks', 'dead'], 'webhooks dead takes the name of an endpoint'],
    [['webhooks', 'resend', 'crm'], 'webhooks resend takes ids of dead letters, or --all'],
    [['webhooks', 'resend', 'crm', 'a', '--all'], 'webhooks resend takes ids of dead letters, or --all'],
    [['webhooks', 'test', 'crm', '--all'], 'webhooks test takes no --all'],
    [['webhooks', 'test', 'crm', 'now'], 'webhooks test takes no "now"'],
    [['backup'], 'backup takes one file, where the copy goes'],
    [['backup', 'a', 'b'], 'backup takes one file, where the copy goes'],
    [['export'], 'export takes one file, where the sessions go'],
    [['import', 'a', 'b'], 'import takes one file, which parley export has written'],
    [['doctor', 'me'], 'doctor takes no "me"'],
    [['frobnicate'], 'there is no command "frobnicate"'],
    [['help', 'frobnicate'], 'there is no command "frobnicate"'],
    [['webhooks', 'test', 'crm', '--json'], 'webhooks test takes no --json'],
    [['export', 'x', '--application', 'a', '--application', 'b'], "option '--application' is given twice"],
    [['tail', 'a', '--agent', 'b', '--agent', 'c'], "option '--agent' is given twice"],
    [['keys', 'list', '--application', 'a'], 'keys list takes no --application'],
    [['keys', 'revoke', 'a', '--expires', '1d'], 'keys revoke takes no --expires'],
    [['keys', 'revoke', 'a', '--json'], 'keys revoke takes no --json'],
    [['keys', 'create', '--name', 'a', '--scopes', 'read', '--json'], 'keys create takes no --json'],
    [['keys', 'list', '--version'], "unknown option '--version'"],
    [['serve', '--prot', '1'], "unknown option '--prot'"],
    [['serve', '--port'], "option '--port <value>' argument missing"],
    [['serve', 'now'], 'serve takes no "now"'],
    [['retention', 'now'], 'retention takes no "now"'],
    [['serve', '--help=1'], "option '-h, --help' does not take an argument"],
    [['tail'], 'tail takes one session id'],
    [['tail', 'a', 'b'], 'tail takes one session id'],
    [['tail', 'a', '--url', 'ftp://x'], '--url takes an address such as http://127.0.0.1:4000/graphql'],
    ...['later', '40', '999999999d', 'Jan 2026', '2026-02-30', '2026-02-30T12:00Z'].map(
      (since): [string[], string] => [
        ['tail', 'a', '--since', since],
        '--since takes a time such as 10m, 2h, 1d or 2026-01-31T12:00:00Z',
      ],
    ),
    [
      ['tail', 'a', '--url', 'https://me:hunter2@x/graphql'],
      '--url takes no user name and password; put a key or a token into PARLEY_TOKEN',
    ],
  ])('refuses %j in one line', (words, message) => {
    expect(() => read(...words)).toThrow(new UsageError(message));
  });
});

describe('the limits of a key', () => {
  it.each(['name', 'scopes', 'expires', 'application', 'session-prefix'])(
    'may not say --%s twice',
    (name) => {
      const given = { name: 'k', scopes: 'read', expires: '1d', application: 'a', 'session-prefix': 'p' };
      const words = Object.entries(given).map(([key, value]) => `--${key}=${value}`);
      expect(read('keys', 'create', ...words)).toMatchObject({ name: 'keys' });
      expect(() => read('keys', 'create', ...words, `--${name}=read`)).toThrow(
        new UsageError(`option '--${name}' is given twice`),
      );
    },
  );

  it('stand beside settings that are given again, of which the last counts', () => {
    expect(read('keys', 'list', '--sqlite-path=a', '--sqlite-path=b')).toMatchObject({
      flags: { 'sqlite-path': 'b' },
    });
  });

  const create = (value: string) =>
    read('keys', 'create', '--name', 'k', '--scopes', 'read', '--metadata', `user.id=${value}`);

  it('may be numbers that keep their digits', () => {
    expect(create('9007199254740991')).toMatchObject({
      command: { key: { reach: { metadata: { 'user.id': 9007199254740991 } } } },
    });
    expect(create('"1234567890123456702"')).toMatchObject({
      command: { key: { reach: { metadata: { 'user.id': '1234567890123456702' } } } },
    });
  });

  it.each([
    [
      ['--session-prefix', ''],
      '--session-prefix is empty: name what it is to be limited to, or leave it out',
    ],
    [['--application', ''], '--application is empty: name what it is to be limited to, or leave it out'],
    [
      ['--metadata', 'user.id=alice', '--metadata', 'user.id=bob'],
      '--metadata: Metadata path "user.id": is named twice',
    ],
    [
      ['--metadata', 'user=alice', '--metadata', 'user.id=bob'],
      '--metadata: Metadata path "user.id": lies inside "user", which is named with it',
    ],
  ])('are none where %j would limit otherwise than it says', (limits, message) => {
    const words = ['keys', 'create', '--name', 'k', '--scopes', 'read', ...limits];
    expect(() => read(...words)).toThrow(new UsageError(message));
  });

  it.each(['40', 'in 40', '2099', '+40', 'Jan 2040', '2020-01-01', '2026-13-01', ''])(
    'are no times that are read as another: %j',
    (expires) => {
      const words = ['keys', 'create', '--name', 'k', '--scopes', 'read', '--expires', expires];
      const message = '--expires takes a time to come, such as 30d or 2027-01-31T12:00:00Z';
      expect(() => read(...words)).toThrow(new UsageError(message));
    },
  );

  it('are refused where two would become one', () => {
    expect(() => create('1234567890123456702')).toThrow(UsageError);
    expect(() => create('[1234567890123456702]')).toThrow('would be lost');
  });
});

describe('help', () => {
  it('names every setting by flag and variable, with its default', () => {
    const help = helpText('serve');
    for (const { variable, fallback } of Object.values(SETTINGS)) {
      expect(help).toContain(`--${flagOf(variable)} <value>`);
      expect(help).toContain(variable);
      if (fallback !== undefined) expect(help).toContain(`(${fallback})`);
    }
  });
});

describe('the line for a start that failed', () => {
  const failed = (code: string, prefix: '' | 'METRICS_' = '') =>
    new ListenError(Object.assign(new Error(`listen ${code}`), { code }), {
      host: '127.0.0.1',
      port: 4000,
      prefix,
    });

  it.each([
    ['EADDRINUSE', 'port 4000 on 127.0.0.1 is in use. Stop what listens there, or choose another PORT.'],
    ['EACCES', 'port 4000 on 127.0.0.1 needs rights that this user lacks. Choose a PORT above 1023.'],
    ['ENOTFOUND', 'HOST 127.0.0.1 is no address of this machine. 127.0.0.1 and 0.0.0.0 always are.'],
  ])('explains %s, by the settings of what was to listen', (code, line) => {
    expect(describeFailure(failed(code))).toBe(line);
    expect(describeFailure(failed(code, 'METRICS_'))).toBe(line.replace(/PORT|HOST/, 'METRICS_$&'));
  });

  it('takes no other failure for one of the address', () => {
    const denied = Object.assign(new Error('EACCES: permission denied, open'), { code: 'EACCES' });
    expect(describeFailure(denied)).toBe('cannot start: EACCES: permission denied, open');
  });

  it('is the message of the store', () => {
    expect(describeFailure(new ParleyError('STORE_UNAVAILABLE', 'The file\n  is damaged.'))).toBe(
      'The file is damaged.',
    );
  });

  it('is one line without credentials, whatever failed', () => {
    const line = describeFailure(new Error('first\nmongodb://admin:hunter2@db7 second'));
    expect(line).toBe('cannot start: first mongodb://[hidden]@db7 second');
    expect(describeFailure(undefined)).toBe('cannot start: undefined');
  });
});
