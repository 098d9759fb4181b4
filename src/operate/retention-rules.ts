import { checkFilter } from '../domain/sessions/check-filter.js';
import type { SessionFilter } from '../domain/sessions/session-store.js';
import { loadListed, parseListed } from './listed-file.js';
import { isText, MATCH_MEMBERS, parseMatch, refuseUnknownMembers } from './session-match.js';

/** How long sessions are kept after their last change. Of all rules the first one that matches a session decides about it. */
export interface RetentionRule {
  /** As its writer calls it, else what it says. */
  readonly name: string;
  readonly match: SessionFilter;
  /** Null: for ever. */
  readonly keepMs: number | null;
}

/** The filter of a rule leaves out what the rules before it match: it grows with each of them. */
const MAX_RULES = 20;
const MAX_NAME_LENGTH = 100;
const UNITS_MS = { h: 3_600_000, d: 86_400_000 } as const;
const MEMBERS = ['name', 'keep', ...MATCH_MEMBERS];

/** The rules of a file. ConfigError, which names the rule and what would be right. */
export const loadRetentionRules = (path: string): Promise<RetentionRule[]> =>
  loadListed({ variable: 'RETENTION_RULES', path, content: 'rules' }, parseRetentionRules);

/** Throws an Error with one sentence. */
export function parseRetentionRules(text: string): RetentionRule[] {
  const names = { one: 'rule', several: 'rules, such as [{"keep": "90d"}]' };
  const rules = parseListed({ text, listed: JSON.parse(text), most: MAX_RULES }, names, parseRule);
  const everything = rules.findIndex(({ match }) => Object.keys(match).length === 0);
  if (everything !== -1 && everything < rules.length - 1) {
    throw new Error(`rule ${everything + 2} is never asked: rule ${everything + 1} matches every session`);
  }
  checkFilter(expiredFilter(rules, rules.length - 1, new Date(0)));
  return rules;
}

/** The sessions that this rule decides about, and that had their last change before. */
export function expiredFilter(
  rules: readonly RetentionRule[],
  index: number,
  unchangedSince: Date,
): SessionFilter {
  const earlier = rules.slice(0, index).map(({ match }): SessionFilter => ({ not: match }));
  return {
    ...rules[index]?.match,
    updatedAt: { lt: unchangedSince },
    ...(earlier.length > 0 ? { and: earlier } : {}),
  };
}

function parseRule(given: object): RetentionRule {
  const { name, keep, ...others } = given as Record<string, unknown>;
  refuseUnknownMembers(given, MEMBERS, 'a rule');
  if (name !== undefined && !(isText(name) && name !== '' && name.length <= MAX_NAME_LENGTH)) {
    throw new Error(`name takes 1 to ${MAX_NAME_LENGTH} characters`);
  }
  const match = parseMatch(others);
  return { name: name ?? describe(match), match, keepMs: parseKeep(keep) };
}

function parseKeep(keep: unknown): number | null {
  if (keep === 'forever') return null;
  const [, count = '0', unit = 'h'] = isText(keep) ? (/^(\d{1,6})([hd])$/.exec(keep) ?? []) : [];
  const ms = Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
  if (ms > 0) return ms;
  const given = keep === undefined ? 'keep is missing' : `keep is ${JSON.stringify(keep)}`;
  throw new Error(`${given}; it takes a time such as 12h or 90d, or forever`);
}

function describe({ applicationName, sessionType, metadata = [] }: SessionFilter): string {
  const parts = [
    ...(applicationName === undefined ? [] : [`applicationName ${JSON.stringify(applicationName)}`]),
    ...(sessionType === undefined ? [] : [`sessionType ${JSON.stringify(sessionType)}`]),
    ...metadata.map(({ path, equals }) => `${path} ${JSON.stringify(equals)}`),
  ];
  return (parts.join(', ') || 'every other session').slice(0, MAX_NAME_LENGTH);
}
