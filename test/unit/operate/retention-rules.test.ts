import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/config.js';
import {
  expiredFilter,
  loadRetentionRules,
  parseRetentionRules,
} from '../../../src/operate/retention-rules.js';

const parse = (rules: unknown) => parseRetentionRules(JSON.stringify(rules));

describe('the rules of retention', () => {
  it('are read with their times, and called what they say where they have no name', () => {
    const rules = parse([
      { name: 'legal hold', keep: 'forever', metadata: { 'legal.hold': true } },
      { keep: '30d', applicationName: 'support' },
      { keep: '12h', applicationName: null, sessionType: 'TEST' },
      { keep: '7d', metadata: { 'user.plan': 'free', 'user.level': 3 } },
      { keep: '365d' },
    ]);
    expect(rules.map(({ name, keepMs }) => [name, keepMs])).toEqual([
      ['legal hold', null],
      ['applicationName "support"', 30 * 86_400_000],
      ['applicationName null, sessionType "TEST"', 12 * 3_600_000],
      ['user.plan "free", user.level 3', 7 * 86_400_000],
      ['every other session', 365 * 86_400_000],
    ]);
  });

  it('look for what they match, and no rule before them does', () => {
    const rules = parse([
      { keep: 'forever', metadata: { hold: true } },
      { keep: '1d', applicationName: 'a' },
    ]);
    const since = new Date(5);
    expect(expiredFilter(rules, 1, since)).toEqual({
      applicationName: 'a',
      updatedAt: { lt: since },
      and: [{ not: { metadata: [{ path: 'hold', equals: true }] } }],
    });
    expect(expiredFilter(rules, 0, since)).toEqual({
      metadata: [{ path: 'hold', equals: true }],
      updatedAt: { lt: since },
    });
  });

  it.each<[unknown, string]>([
    [{}, 'they are a JSON list of 1 to 20 rules, such as [{"keep": "90d"}]'],
    [[], 'they are a JSON list of 1 to 20 rules'],
    [Array(21).fill({ keep: '1d', applicationName: 'a' }), 'they are a JSON list of 1 to 20 rules'],
    [['90d'], 'rule 1: it is no object'],
    [[{ keep: '90' }], 'rule 1: keep is "90"; it takes a time such as 12h or 90d, or forever'],
    [[{ keep: '0d' }], 'rule 1: keep is "0d"; it takes'],
    [[{ keep: 90 }], 'rule 1: keep is 90; it takes'],
    [[{}], 'rule 1: keep is missing; it takes'],
    [
      [{ keep: '1d', application: 'a' }],
      'rule 1: there is no "application"; a rule has name, keep, applicationName, sessionType, metadata',
    ],
    [[{ keep: '1d', applicationName: 3 }], 'rule 1: applicationName takes text, or null'],
    [[{ keep: '1d', sessionType: null }], 'rule 1: sessionType takes text'],
    [[{ keep: '1d', name: '' }], 'rule 1: name takes 1 to 100 characters'],
    [[{ keep: '1d', metadata: {} }], 'rule 1: metadata takes paths and their values'],
    [[{ keep: '1d', metadata: ['a'] }], 'rule 1: metadata takes paths and their values'],
    [
      [{ keep: '1d', metadata: { a: { b: 1 } } }],
      'rule 1: metadata "a" takes text, a number, true, false or null',
    ],
    [[{ keep: '1d', metadata: { 'a..b': 1 } }], 'rule 1: Metadata path "a..b"'],
    [
      [{ keep: '1d', applicationName: 'a' }, { keep: '9d' }, { keep: '1d', applicationName: 'b' }],
      'rule 3 is never asked: rule 2 matches every session',
    ],
    [
      [
        {
          keep: '1d',
          metadata: Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`p${index}`, 1])),
        },
      ],
      'The filter has 121 conditions',
    ],
  ])('refuse %j', (rules, message) => {
    expect(() => parse(rules)).toThrow(message);
  });

  it('refuse a number whose digits would be lost, and what is no JSON', () => {
    expect(() => parseRetentionRules('[{"keep":"1d","metadata":{"a":12345678901234567890}}]')).toThrow(
      '12345678901234567890',
    );
    expect(() => parseRetentionRules('keep: 1d')).toThrow('JSON');
  });

  it('that cannot be read are a wrong setting', async () => {
    const loading = loadRetentionRules('/nowhere/rules.json');
    await expect(loading).rejects.toBeInstanceOf(ConfigError);
    await expect(loading).rejects.toThrow(
      'RETENTION_RULES is "/nowhere/rules.json", but its rules cannot be used',
    );
  });
});
