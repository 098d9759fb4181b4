import { expect, it } from 'vitest';
import { policiesTriggered } from '../../../src/domain/sessions/policies-triggered.js';

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
