import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/json/json-value.js';
import { ownUsage } from '../../../src/domain/sessions/own-usage.js';
import { USAGE_REPORTS } from '../../support/usage-reports.js';

const countsOf = (usage: JsonObject) => {
  const own = ownUsage({ usage });
  return own && Object.values(own);
};

describe('what a model call reports of itself', () => {
  it.each(USAGE_REPORTS)('is read as %s gives it', (_library, usage, counts) => {
    expect(countsOf(usage)).toEqual(counts);
  });

  it('is the first name that holds a count', () => {
    const usage = { inputTokens: 'many', input_tokens: -1, prompt_tokens: 5, promptTokenCount: 6 };
    expect(countsOf(usage)).toEqual([5, null, null, null, null]);
  });

  it.each([
    ['no usage', {}],
    ['a usage that is no object', { usage: [1] }],
    ['texts and fractions', { usage: { inputTokens: '1', outputTokens: 0.5, totalTokens: 1e12 + 1 } }],
    ['counts that are too many together', { usage: { candidatesTokenCount: 1e12, thoughtsTokenCount: 1 } }],
    [
      'details without counts',
      { usage: { inputTokensDetails: [{}, 'x', null], prompt_tokens_details: 'x' } },
    ],
  ])('is nothing in %s', (_what, metadata) => {
    expect(ownUsage(metadata as JsonObject)).toBeNull();
  });
});
