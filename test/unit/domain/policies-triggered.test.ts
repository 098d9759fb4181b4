import { expect, it } from 'vitest';
import {
  MAX_TRIGGERED,
  MAX_TRIGGERED_CHARACTERS,
  MAX_TRIGGERED_TEXT,
  policiesTriggered,
} from '../../../src/domain/sessions/policies-triggered.js';

it('sums up what each policy of a guardrail found', () => {
  const trace = {
    guardrail: {
      inputAssessment: {
        g1: {
          contentPolicy: {
            filters: [{ type: 'VIOLENCE', confidence: 'HIGH', action: 'BLOCKED' }, { type: 'HATE' }],
          },
          topicPolicy: { topics: [{ name: 'money', action: 'BLOCKED' }] },
          wordPolicy: {
            customWords: [{ match: 'foo' }],
            managedWordLists: [{ type: 'PROFANITY', match: 'bar' }],
          },
        },
      },
      outputAssessments: {
        g1: [
          {
            sensitiveInformationPolicy: {
              piiEntities: [{ type: 'EMAIL', action: 'ANONYMIZED' }],
              regexes: [{ action: 'BLOCKED' }],
            },
            contextualGroundingPolicy: { filters: [{ type: 'GROUNDING', score: 0.1, threshold: 0.7 }] },
            contentPolicy: { filters: [{ type: 'INSULTS', confidence: 'LOW' }] },
          },
        ],
      },
    },
  };
  expect(policiesTriggered(trace)).toEqual({
    contentPolicy: ['VIOLENCE/HIGH', 'HATE/UNKNOWN', 'INSULTS/LOW'],
    topicPolicy: ['money/BLOCKED'],
    wordPolicy: ['foo', 'PROFANITY/bar'],
    sensitiveInformationPolicy: ['EMAIL/ANONYMIZED', 'UNKNOWN/BLOCKED'],
    contextualGroundingPolicy: ['GROUNDING/0.1/0.7'],
  });
});

it.each([[{}], [{ contentPolicy: 'odd' }], [{ contentPolicy: { filters: [] } }], [{ a: { b: null } }]])(
  'finds nothing in %j',
  (trace) => {
    expect(policiesTriggered(trace)).toBeNull();
  },
);

it('sums up the first of very many, and cuts what is long', () => {
  const trace = Array.from({ length: 60_000 }, () => ({ contentPolicy: { filters: [{ type: 'A' }] } }));
  expect(policiesTriggered({ trace })?.contentPolicy).toHaveLength(MAX_TRIGGERED);
  const match = 'x'.repeat(2_000_000);
  const long = policiesTriggered({
    wordPolicy: { customWords: Array.from({ length: 100 }, () => ({ match })) },
  });
  const texts = long?.wordPolicy as string[];
  expect(texts[0]).toBe(`${'x'.repeat(MAX_TRIGGERED_TEXT)}…`);
  expect(texts.join('').length).toBeLessThan(MAX_TRIGGERED_CHARACTERS + 2 * MAX_TRIGGERED_TEXT);
});
