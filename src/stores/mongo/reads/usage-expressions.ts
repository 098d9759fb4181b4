import { COUNT_PLACES, type CountPlace } from '../../../domain/sessions/own-usage.js';
import { MAX_TOKENS, USAGE_FIELDS } from '../../../domain/sessions/usage.js';
import type { Expression } from './read-expressions.js';

/*
 * domain/sessions/usage-costs.ts as one `$reduce`, so that no message leaves the server: `step` with the same names. What no count is
 * (fractions, NaN, decimals, texts) is null, on the way to the first sum. `$ifNull` of 4.4 takes two operands.
 */

type Fields = Record<(typeof USAGE_FIELDS)[number], Expression>;

const each = (value: (field: (typeof USAGE_FIELDS)[number]) => Expression): Fields =>
  Object.fromEntries(USAGE_FIELDS.map((field) => [field, value(field)])) as Fields;

const bound = (vars: Record<string, Expression>, within: Expression): Expression => ({
  $let: { vars, in: within },
});
const isObject = (path: string): Expression => ({ $eq: [{ $type: path }, 'object'] });
const isKnown = (path: string): Expression => ({ $ne: [path, null] });
const orElse = (values: readonly Expression[]): Expression =>
  values.reduceRight((rest, value) => ({ $ifNull: [value, rest] }));

/** The count at a path, as a Double: sums of Int64 can overflow, and that fails the whole command. Null where there is none. */
const countAt = (path: string): Expression => ({
  $cond: [
    {
      $and: [
        { $in: [{ $type: path }, ['int', 'long', 'double']] },
        { $gte: [path, 0] },
        { $lte: [path, MAX_TOKENS] },
        { $eq: [{ $mod: [path, 1] }, 0] },
      ],
    },
    { $toDouble: path },
    null,
  ],
});

/** The sum of the counts in a list of counts and nulls; null where none is known, or where they are too many together. */
const sumOf = (counts: Expression): Expression =>
  bound(
    { known: { $filter: { input: counts, as: 'count', cond: isKnown('$$count') } } },
    {
      $cond: [
        { $eq: ['$$known', []] },
        null,
        bound({ sum: { $sum: '$$known' } }, { $cond: [{ $lte: ['$$sum', MAX_TOKENS] }, '$$sum', null] }),
      ],
    },
  );

function placeIn(usage: string, place: CountPlace): Expression {
  if (typeof place !== 'string') return sumOf(place.map((one) => placeIn(usage, one)));
  const [key = '', inner] = place.split('.');
  if (inner === undefined) return countAt(`${usage}.${key}`);
  return {
    $cond: [
      { $isArray: `${usage}.${key}` },
      sumOf({ $map: { input: `${usage}.${key}`, as: 'part', in: itemCount(inner) } }),
      countAt(`${usage}.${key}.${inner}`),
    ],
  };
}

/** An item that is a list itself has no counts. */
const itemCount = (inner: string): Expression => ({
  $cond: [isObject('$$part'), countAt(`$$part.${inner}`), null],
});

/** `ownUsage` of `$$usage`. */
const OWN: Expression = {
  $cond: [
    isObject('$$usage'),
    bound(
      { told: each((field) => orElse(COUNT_PLACES[field].map((place) => placeIn('$$usage', place)))) },
      {
        $cond: [
          { $or: USAGE_FIELDS.map((field) => isKnown(`$$told.${field}`)) },
          each((field) =>
            field === 'totalTokens'
              ? { $ifNull: ['$$told.totalTokens', { $add: ['$$told.inputTokens', '$$told.outputTokens'] }] }
              : `$$told.${field}`,
          ),
          null,
        ],
      },
    ),
    null,
  ],
};

/** `readingOf` of `$$loop`. */
const READING: Expression = bound(
  { counts: '$$loop.accumulated_usage' },
  {
    $cond: [
      isObject('$$counts'),
      {
        counts: each((field) => countAt(`$$counts.${field}`)),
        cycles: countAt('$$loop.cycle_metrics.cycle_count'),
      },
      null,
    ],
  },
);

/** Both are known, and hold for `compare`. */
const bothKnown = (a: string, b: string, compare: Expression): Expression => ({
  $and: [isKnown(a), isKnown(b), compare],
});

/** A first counter too: it has risen by all that it shows. */
const IS_NEW_RUN: Expression = {
  $or: [
    { $eq: ['$$value.last', null] },
    bothKnown('$$value.last.cycles', '$$counter.cycles', {
      $or: [
        { $lt: ['$$counter.cycles', '$$value.last.cycles'] },
        { $and: ['$$answered', { $eq: ['$$counter.cycles', '$$value.last.cycles'] }] },
      ],
    }),
    ...USAGE_FIELDS.map((field) => {
      const [before, now] = [`$$value.last.counts.${field}`, `$$counter.counts.${field}`];
      return bothKnown(before, now, { $lt: [now, before] });
    }),
  ],
};

const RISE = each((field) => ({
  $cond: [
    isKnown(`$$counter.counts.${field}`),
    {
      $cond: [
        '$$paid',
        0,
        { $subtract: [`$$counter.counts.${field}`, { $ifNull: [`$$since.counts.${field}`, 0] }] },
      ],
    },
    null,
  ],
}));

const LAST: Expression = {
  counts: each((field) => orElse([`$$counter.counts.${field}`, `$$since.counts.${field}`, null])),
  cycles: orElse(['$$counter.cycles', '$$since.cycles', null]),
};

/**
 * The walk after one message; `positions`: the messages whose cost is kept, the name of a variable that holds a rising list. The
 * next one is looked at alone: `$in` would look at all of them for each message.
 */
function stepOver(positions: string | null): Expression {
  const next = {
    last: { $cond: ['$$isReading', LAST, '$$value.last'] },
    asked: {
      $and: [{ $not: ['$$isReading'] }, { $or: ['$$value.asked', { $eq: ['$$role', 'user'] }] }],
    },
    answered: { $and: [{ $not: ['$$isReading'] }, '$$answered'] },
    paid: '$$paid',
    total: each((field) => ({
      $add: [`$$value.total.${field}`, { $ifNull: [`$$cost.${field}`, 0] }],
    })),
    ...(positions === null
      ? {}
      : {
          at: { $add: ['$$value.at', 1] },
          costs: {
            $cond: [
              { $eq: ['$$value.at', { $arrayElemAt: [positions, { $size: '$$value.costs' }] }] },
              { $concatArrays: ['$$value.costs', [{ at: '$$value.at', cost: '$$cost' }]] },
              '$$value.costs',
            ],
          },
        }),
  };
  return bound(
    {
      role: { $cond: [isObject('$$this.message'), '$$this.message.role', '$$this.role'] },
      own: bound({ usage: '$$this.message.metadata.usage' }, OWN),
      counter: bound({ loop: '$$this.event_loop_metrics' }, READING),
    },
    bound(
      {
        isReading: isKnown('$$counter'),
        answered: {
          $or: ['$$value.answered', { $and: ['$$value.asked', { $eq: ['$$role', 'assistant'] }] }],
        },
        paid: { $cond: [{ $eq: ['$$role', 'assistant'] }, isKnown('$$own'), '$$value.paid'] },
      },
      bound(
        { since: { $cond: [{ $and: ['$$isReading', { $not: [IS_NEW_RUN] }] }, '$$value.last', null] } },
        bound({ cost: { $cond: [isKnown('$$own'), '$$own', { $cond: ['$$isReading', RISE, null] }] } }, next),
      ),
    ),
  );
}

/** `{total, costs}` of a list of messages; `costs` only where `positions` names a variable with those that are wanted. */
export const walkOver = (messages: Expression, positions: string | null): Expression => ({
  $reduce: {
    input: messages,
    initialValue: {
      last: null,
      asked: false,
      answered: false,
      paid: false,
      total: each(() => 0),
      ...(positions === null ? {} : { at: 0, costs: [] }),
    },
    in: stepOver(positions),
  },
});
