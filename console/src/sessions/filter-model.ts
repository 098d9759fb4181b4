import type { MetadataCondition, SessionFilter } from '../generated/operations.js';

/** What a form for conditions works on. */
export interface FilterFormProps {
  filter: SessionFilter;
  apply(filter: SessionFilter): void;
}

/** One condition of a filter, as it stands on a chip. */
export interface Chip {
  /** Where in the filter it stands. */
  key: string;
  label: string;
  value: string;
  /** The filter without it. */
  without: SessionFilter;
}

const LABELS: Readonly<Record<string, string>> = {
  sessionIds: 'Id',
  sessionIdPrefix: 'Id begins with',
  applicationName: 'Application',
  withoutApplicationName: 'Application',
  sessionType: 'Type',
  createdAt: 'Started',
  updatedAt: 'Last activity',
  agentIds: 'Agent',
  feedbackRating: 'Rated',
  withUnratedFeedback: 'Feedback',
};

export function chipsOf(filter: SessionFilter): Chip[] {
  return Object.entries(filter).flatMap(([key, value]) => {
    if (value === null || value === undefined) return [];
    if (key === 'metadata' && Array.isArray(value)) {
      return (value as MetadataCondition[]).map((condition, index) => ({
        key: `metadata:${index}`,
        label: condition.path,
        value: describeCondition(condition),
        without: withMetadata(filter, (value as MetadataCondition[]).toSpliced(index, 1)),
      }));
    }
    return [{ key, label: LABELS[key] ?? key, value: describe(key, value), without: omit(filter, key) }];
  });
}

export const withCondition = (filter: SessionFilter, condition: MetadataCondition): SessionFilter =>
  withMetadata(filter, [...(filter.metadata ?? []), condition]);

function withMetadata(filter: SessionFilter, metadata: MetadataCondition[]): SessionFilter {
  return metadata.length === 0 ? omit(filter, 'metadata') : { ...filter, metadata };
}

const omit = (filter: SessionFilter, key: string): SessionFilter =>
  Object.fromEntries(Object.entries(filter).filter(([name]) => name !== key));

function describe(key: string, value: unknown): string {
  if (key === 'withoutApplicationName') return 'none';
  if (key === 'withUnratedFeedback') return 'without a rating';
  if (key === 'feedbackRating') return value === 'UP' ? 'good' : 'bad';
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(' or ');
  if ((key === 'createdAt' || key === 'updatedAt') && typeof value === 'object') return describeRange(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const SIGNS: Readonly<Record<string, string>> = {
  eq: '=',
  gt: '>',
  gte: '≥',
  lt: '<',
  lte: '≤',
  in: 'one of',
};

function describeCondition(condition: MetadataCondition): string {
  return Object.entries(condition)
    .filter(([key, value]) => key !== 'path' && value !== undefined)
    .map(([key, value]) => {
      if (key === 'exists') return value ? 'is there' : 'is missing';
      if (key === 'isNull') return 'is null';
      return `${SIGNS[key] ?? key} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
    })
    .join(', ');
}

function describeRange(range: object | null): string {
  return Object.entries(range ?? {})
    .map(
      ([key, value]) =>
        `${key.startsWith('g') ? 'from' : 'until'} ${String(value).slice(0, 16).replace('T', ' ')}`,
    )
    .join(' ');
}

/** What was typed for a metadata value: JSON where it is a number, a truth value, a list or an object, else text. */
export function readValue(text: string): unknown {
  if (!/^(-?\d|true$|false$|null$|["[{])/.test(text.trim())) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
